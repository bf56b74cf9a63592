/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interface that is not there may be misspelt, or come up later; a default route or a name
 * server mostly comes with it.  So none of this is an error: the configuration is applied, and
 * the warning says which line matches no host for now.
 *
 * Facts that could not be read are not reported as absent.
 */
#include "config/absent.h"

#include <string.h>

#include "base/suggest.h"
#include "host/resolvers.h"

bool absent_warn_link(const struct facts *f, const char *link, const char *until, struct place at,
	struct diags *diags)
{
	struct suggestion near;
	if (facts_may_have_link(f, link))
		return false;
	suggest_init(&near, link);
	for (size_t i = 0; i < f->n_links; i++)
		suggest_offer(&near, f->links[i]);
	if (near.best)
		diag_warning(diags, at,
			"there is no interface '%s' now; did you mean '%s'? %s until there is one",
			link, near.best, until);
	else
		diag_warning(diags, at, "there is no interface '%s' now; %s until there is one",
			link, until);
	return true;
}

void absent_warn_address(const struct facts *f, const char *link, struct place at,
	struct diags *diags)
{
	bool is_down = false;
	for (size_t i = 0; i < f->n_addresses; i++)
		if (strcmp(f->addresses[i].link, link) == 0)
			is_down |= f->addresses[i].is_down;
	if (is_down)
		diag_warning(diags, at,
			"interface '%s' is down now; it matches no host until it is up", link);
	else
		diag_warning(diags, at,
			"interface '%s' has no address now; it matches no host until it has one",
			link);
}

void absent_warn_gateway(const struct facts *f, struct place at, struct diags *diags)
{
	if (f->n_gateways == 0)
		diag_warning(diags, at,
			"this host has no default route now; gateway matches no host until it has "
			"one");
}

/* The resolver is on this host: the servers that it asks are what counts. */
static void warn_stub(const struct addr *stub, struct place at, struct diags *diags)
{
	char text[INET6_ADDRSTRLEN];
	addr_print(stub, text);
	if (resolvers_is_systemd(stub))
		diag_warning(diags, at,
			"systemd-resolved (%s in " RESOLVERS_CONF ") has no name server now, in "
			"" RESOLVERS_UPLINKS "; resolver matches no host until it has "
			"one",
			text);
	else
		diag_warning(diags, at,
			"%s is a resolver on this host, and rolewall does not know which name "
			"servers it asks; name them with address =, or its look-ups may be refused",
			text);
}

void absent_warn_resolver(const struct facts *f, struct place at, struct diags *diags)
{
	if (f->stub.family)
		warn_stub(&f->stub, at, diags);
	else if (f->n_resolvers == 0)
		diag_warning(diags, at,
			"this host has no name server now; resolver matches no host until it has "
			"one");
}

void absent_warn_asking(const struct facts *f, const char *name, struct place at,
	struct diags *diags)
{
	char stub[INET6_ADDRSTRLEN];
	if (f->resolvers_error || f->n_resolvers)
		return;
	if (f->stub.family == 0) {
		diag_warning(diags, at,
			"this host has no name server now, so '%s' cannot be asked for; what "
			"/etc/hosts "
			"says of it counts, and nothing else is learned until there is one",
			name);
		return;
	}
	addr_print(&f->stub, stub);
	if (resolvers_is_systemd(&f->stub))
		diag_warning(diags, at,
			"systemd-resolved (%s in " RESOLVERS_CONF
			") has no name server now, so '%s' "
			"cannot be asked for; nothing is learned of it until there is one",
			stub, name);
	else
		diag_warning(diags, at,
			"'%s' is asked for by way of %s, a resolver on this host, and it is not "
			"known "
			"which name servers that asks; let it out by a flow to them, with port = "
			"53",
			name, stub);
}
