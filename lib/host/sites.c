/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is found goes into a configuration file, so that nothing gets in here that could be more
 * there than a word: letters, digits, dots and hyphens, or an address.
 */
#include "host/sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "host/facts.h"

enum { HOST_LENGTH_MOST = 254 };

void sites_done(struct sites *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i]);
	free(s->items);
	*s = (struct sites){0};
}

static bool is_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
	return s[0] && s[0] != '-' && s[0] != '.' && s[strspn(s, letters)] == '\0' &&
	       strcmp(s, "localhost") != 0;
}

/* True if it is one that may be noted; the host as it is then in ret. */
static bool normalize(const struct span *host, char ret[HOST_LENGTH_MOST + 1])
{
	static const struct facts nothing = {0};
	struct addr a;
	if (host->length == 0 || host->length > HOST_LENGTH_MOST)
		return false;
	if (addr_parse(host->text, host->length, &a) == 0) {
		addr_print(&a, ret);
		return !facts_is_local(&nothing, &a);
	}
	for (size_t i = 0; i < host->length; i++) {
		const char c = host->text[i];
		ret[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	ret[host->length] = '\0';
	return is_name(ret);
}

int sites_add(struct sites *s, const struct span *host)
{
	char text[HOST_LENGTH_MOST + 1];
	if (!normalize(host, text))
		return 0;
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->items[i], text) == 0)
			return 0;
	int r = array_reserve(&s->items, &s->allocated, s->count + 1);
	if (r < 0)
		return r;
	char *copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	s->items[s->count++] = copy;
	return 0;
}

void sites_add_port(struct sites *s, uint16_t port)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (s->ports[i] == port)
			return;
	if (s->n_ports < SITES_PORTS_MOST)
		s->ports[s->n_ports++] = port;
}
