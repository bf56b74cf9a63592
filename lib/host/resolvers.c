/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name server at a loopback address is a stub: look-ups leave this host as questions of its own,
 * to servers of its own.  systemd-resolved writes down which; it listens at 127.0.0.53 and .54,
 * and elsewhere if it is told to.  The servers of other stubs (dnsmasq, unbound) are not known.
 * Those of resolved are used where it has any, since such a stub mostly stands in front of it or
 * has the same servers; and the facts say that this is a guess.
 */
#include "host/resolvers.h"

#include <stdio.h>
#include <string.h>

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');
	return end ? end + 1 : line + strlen(line);
}

/* The server that a line names. */
static bool read_line(const char *line, struct addr *ret)
{
	char word[INET6_ADDRSTRLEN + IFNAMSIZ];
	if (sscanf(line, "nameserver %61s", word) != 1)
		return false;
	word[strcspn(word, "%")] = '\0'; /* a zone */
	return addr_parse(word, strlen(word), ret) == 0;
}

static bool is_loopback(const struct addr *a)
{
	static const struct facts nothing = {0};
	return facts_is_local(&nothing, a);
}

bool resolvers_is_systemd(const struct addr *a)
{
	return a->family == AF_INET && memcmp(a->bytes, (uint8_t[]){127, 0, 0}, 3) == 0 &&
	       (a->bytes[3] == 53 || a->bytes[3] == 54);
}

bool resolvers_have_systemd(const struct facts *f)
{
	bool any = false;
	for (size_t i = 0; i < f->n_local_resolvers; i++)
		any |= resolvers_is_systemd(&f->local_resolvers[i]);
	return any;
}

/* Adds the servers of text; *ret_stub is the first that is on this host. */
static int add_servers(struct facts *f, const char *text, struct addr *ret_stub)
{
	*ret_stub = (struct addr){0};
	for (const char *line = text; *line; line = next_line(line)) {
		struct addr a;
		if (!read_line(line, &a))
			continue;
		if (is_loopback(&a) && ret_stub->family == 0)
			*ret_stub = a;
		int r = is_loopback(&a) ? facts_add_local_resolver(f, &a)
					: facts_add_resolver(f, &a);
		if (r < 0)
			return r;
	}
	return 0;
}

int resolvers_read(struct facts *f, const char *conf, const char *uplinks)
{
	struct addr stub, behind;
	int r = add_servers(f, conf, &stub);
	if (r < 0 || stub.family == 0)
		return r;
	size_t before = f->n_resolvers;
	r = add_servers(f, uplinks, &behind);
	if (r < 0)
		return r;
	if (!resolvers_is_systemd(&stub) || f->n_resolvers == before)
		f->stub = stub;
	else
		f->stub = behind; /* family 0, if it asks nobody on this host */
	return 0;
}
