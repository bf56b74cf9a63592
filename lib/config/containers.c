/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers and guests are reached through interfaces with nobody else behind them.  An admin may
 * name these interfaces; otherwise they are guessed: the bridges and the like of facts.inside,
 * except those of a default route and those by which flows let others in.
 */
#include "config/containers.h"

#include <errno.h>
#include <string.h>

#include "config/absent.h"

/* True if a default route goes that way: then others are there, too. */
static bool leads_out(const struct facts *f, const char *link)
{
	for (size_t i = 0; i < f->n_gateways; i++) {
		const char *by = facts_link_to(f, &f->gateways[i].address);
		if (by && strcmp(by, link) == 0)
			return true;
	}
	return false;
}

/* Those that look as if there were nobody else behind them. */
static int guess(const struct facts *f, struct place at, struct arena *arena, struct host *h)
{
	if (!f || f->n_inside == 0)
		return 0;
	struct name *items = arena_array(arena, f->n_inside, sizeof(*items));
	if (!items)
		return -ENOMEM;
	h->follows |= FOLLOWS_ROUTES;
	h->containers.items = items;
	for (size_t i = 0; i < f->n_inside; i++) {
		const char *link = f->inside[i];
		if (leads_out(f, link) || names_have(&h->interfaces, link))
			continue;
		const char *copy = arena_printf(arena, "%s", link);
		if (!copy)
			return -ENOMEM;
		items[h->containers.count++] = (struct name){.text = copy, .at = at};
	}
	return 0;
}

/* auto and none stand alone. */
static void check_alone(const struct names *said, struct diags *diags)
{
	for (size_t i = 0; said->count > 1 && i < said->count; i++) {
		const struct name *word = &said->items[i];
		if (strcmp(word->text, "auto") == 0 || strcmp(word->text, "none") == 0)
			diag_error(diags, word->at,
				"'%s' must stand alone; write it alone, or write the names of "
				"interfaces",
				word->text);
	}
}

/* auto (default), none, or interfaces. */
static int find_links(const struct entry *e, const struct facts *f, struct arena *arena,
	struct diags *diags, struct host *h)
{
	struct names said = {0};
	int r = e ? links_read(e, arena, diags, &said) : 0;
	if (r < 0)
		return r;
	check_alone(&said, diags);
	if (said.count == 0)
		return guess(f, (struct place){0}, arena, h);
	if (said.count == 1 && strcmp(said.items[0].text, "auto") == 0)
		return guess(f, said.items[0].at, arena, h);
	if (said.count == 1 && strcmp(said.items[0].text, "none") == 0)
		return 0;
	h->containers = said;
	for (size_t i = 0; f && i < said.count; i++)
		absent_warn_link(f, said.items[i].text, "it matches no container", said.items[i].at,
			diags);
	return 0;
}

static int add_networks(const struct facts *f, const char *link, struct addrset *to)
{
	for (size_t i = 0; f && i < f->n_addresses; i++) {
		const struct link_address *l = &f->addresses[i];
		if (strcmp(l->link, link) != 0 || l->is_down || addr_is_link_local6(&l->address))
			continue;
		int r = addrset_add(to, &l->network);
		if (r < 0)
			return r;
	}
	return 0;
}

int containers_read(const struct entry *e, const struct facts *f, struct arena *arena,
	struct diags *diags, struct host *h)
{
	int r = find_links(e, f, arena, diags, h);
	if (r < 0)
		return r;
	for (size_t i = 0; i < h->containers.count; i++) {
		r = add_networks(f, h->containers.items[i].text, &h->container_networks);
		if (r < 0)
			return r;
	}
	addrset_normalise(&h->container_networks);
	return 0;
}
