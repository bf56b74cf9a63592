/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With IPv6, a host believes whoever on a link says that he is a router: it takes him for a
 * gateway, and gives itself an address in the network that he names.  Where [management] is told
 * by gateways and interfaces, that router becomes management.
 *
 * Whether this host believes advertisements cannot be found out: net.ipv6.conf.*.accept_ra is 0
 * where systemd-networkd or NetworkManager read them themselves.  So the warning only asks whether
 * the link has IPv6 at all.  A link without any address counts as if it had: it may not be up yet.
 */
#include "config/advertised.h"

#include <string.h>
#include <sys/socket.h>

/* link may be NULL: any but the loopback. */
static bool may_have_ipv6(const struct facts *f, const char *link)
{
	bool has_any = false;
	if (!f || facts_error(f, FOLLOWS_LINKS))
		return true;
	for (size_t i = 0; i < f->n_addresses; i++) {
		const struct link_address *l = &f->addresses[i];
		if (link ? strcmp(l->link, link) != 0 : strcmp(l->link, "lo") == 0)
			continue;
		if (l->address.family == AF_INET6)
			return true;
		has_any = true;
	}
	return !has_any;
}

void advertised_warn_link(const struct facts *f, const char *link, struct place at,
	struct diags *diags)
{
	if (strcmp(link, "lo") == 0 || (f && !facts_may_have_link(f, link)) ||
		!may_have_ipv6(f, link))
		return;
	diag_warning(diags, at,
		"anybody on the link of '%s' can make himself an administrator: an IPv6 router "
		"advertisement adds his network to this interface; it is safer to name the "
		"administrators' addresses with from =",
		link);
}

void advertised_warn_gateway(const struct facts *f, struct place at, struct diags *diags)
{
	if (!may_have_ipv6(f, NULL))
		return;
	diag_warning(diags, at,
		"anybody on a link of this host can make himself an administrator: an IPv6 router "
		"advertisement makes him a gateway; it is safer to name the administrators' "
		"addresses with from =");
}
