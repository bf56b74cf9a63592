/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boxes and lists.  Reading them from the kernel is in others/foreign.c, what they mean for us
 * in survey.c. */
#include "others/foreign.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

/* More than this in one rule are not worth their time. */
enum { BOXES_AT_MOST = 2048 };

struct foreign_box foreign_all(uint8_t families)
{
	struct foreign_box b = {.states = UINT32_MAX,
		.families = families,
		.types = {UINT16_MAX, UINT16_MAX},
		.dnat = FOREIGN_AS_DIALLED | FOREIGN_DNATED};
	memset(b.protocols, 0xff, sizeof(b.protocols));
	for (int i = 0; i < FOREIGN_PORTS; i++)
		b.ports[i] = (struct port_range){0, UINT16_MAX};
	return b;
}

void foreign_only_protocols(struct foreign_box *b, uint8_t first, uint8_t last)
{
	memset(b->protocols, 0, sizeof(b->protocols));
	for (unsigned p = first; p <= last; p++)
		b->protocols[p / 64] |= UINT64_C(1) << p % 64;
}

bool foreign_has_protocol(const struct foreign_box *b, uint8_t protocol)
{
	return b->protocols[protocol / 64] >> protocol % 64 & 1;
}

int foreign_add(struct foreign_boxes *list, const struct foreign_box *b)
{
	int r = array_reserve(&list->items, &list->allocated, list->count + 1);
	if (r < 0)
		return r;
	list->items[list->count++] = *b;
	return 0;
}

static bool meet_addresses(struct addr_range *a, const struct addr_range *b)
{
	if (b->first.family == AF_UNSPEC)
		return true;
	if (a->first.family == AF_UNSPEC) {
		*a = *b;
		return true;
	}
	if (a->first.family != b->first.family)
		return false;
	if (addr_compare(&a->first, &b->first) < 0)
		a->first = b->first;
	if (addr_compare(&a->last, &b->last) > 0)
		a->last = b->last;
	return addr_compare(&a->first, &a->last) <= 0;
}

/* Of two interfaces in a match only one is remembered. */
static bool meet_links(struct foreign_box *ret, enum foreign_way way, const struct foreign_link *b)
{
	struct foreign_link *a = &ret->links[way];
	if (!b->name[0])
		return true;
	if (!a->name[0]) {
		*a = *b;
		return true;
	}
	bool same = strcmp(a->name, b->name) == 0 && a->is_beginning == b->is_beginning;
	if (same || a->is_beginning || b->is_beginning) {
		ret->is_narrower |= !same;
		return !same || a->inverted == b->inverted;
	}
	if (!a->inverted)
		return b->inverted;
	if (b->inverted)
		ret->is_narrower = true;
	else
		*a = *b;
	return true;
}

/* False if nothing lies in both. */
static bool meet(const struct foreign_box *a, const struct foreign_box *b, struct foreign_box *ret)
{
	uint64_t protocols = 0;
	*ret = *a;
	for (int i = 0; i < 4; i++)
		protocols |= ret->protocols[i] &= b->protocols[i];
	for (int i = 0; i < FOREIGN_PORTS; i++) {
		struct port_range *p = &ret->ports[i];
		if (b->ports[i].first > p->first)
			p->first = b->ports[i].first;
		if (b->ports[i].last < p->last)
			p->last = b->ports[i].last;
		if (p->first > p->last)
			return false;
	}
	for (int i = 0; i < FOREIGN_SIDES; i++) {
		ret->types[i] &= b->types[i];
		ret->of_unknown[i] |= b->of_unknown[i];
		if (!ret->types[i] || !meet_addresses(&ret->addresses[i], &b->addresses[i]))
			return false;
	}
	ret->states &= b->states;
	ret->families &= b->families;
	ret->dnat &= b->dnat;
	ret->names_port |= b->names_port;
	ret->names_list |= b->names_list;
	ret->is_narrower |= b->is_narrower;
	return protocols && ret->states && ret->families && ret->dnat &&
	       meet_links(ret, FOREIGN_IN, &b->links[FOREIGN_IN]) &&
	       meet_links(ret, FOREIGN_OUT, &b->links[FOREIGN_OUT]);
}

static void give_up(struct foreign_boxes *list, const struct foreign_boxes *others)
{
	bool names_port = false;
	for (size_t i = 0; i < others->count; i++)
		names_port |= others->items[i].names_port;
	for (size_t i = 0; i < list->count; i++) {
		list->items[i].is_narrower = true;
		list->items[i].names_port |= names_port;
	}
}

int foreign_meet(struct foreign_boxes *list, const struct foreign_boxes *others)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes both = {0};
	if (list->count && others->count > BOXES_AT_MOST / list->count) {
		give_up(list, others);
		return 0;
	}
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < others->count; j++) {
			struct foreign_box b;
			bool lies_in_both = meet(&list->items[i], &others->items[j], &b);
			int r = lies_in_both ? foreign_add(&both, &b) : 0;
			if (r < 0)
				return r;
		}
	foreign_boxes_done(list);
	*list = both;
	both = (struct foreign_boxes){0};
	return 0;
}

void foreign_boxes_done(struct foreign_boxes *list)
{
	free(list->items);
	*list = (struct foreign_boxes){0};
}

/* Lists. */

int foreign_init(struct foreign *f)
{
	*f = (struct foreign){.arena = arena_new()};
	return f->arena ? 0 : -ENOMEM;
}

void foreign_done(struct foreign *f)
{
	arena_free(f->arena);
	*f = (struct foreign){0};
}

int foreign_add_chain(struct foreign *f, const struct foreign_chain *c, struct foreign_chain **ret)
{
	struct foreign_chain *copy = arena_alloc(f->arena, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *c;
	if (f->last)
		f->last->next = copy;
	else
		f->first = copy;
	f->last = *ret = copy;
	return 0;
}

int foreign_add_rule(struct foreign *f, struct foreign_chain *c, const struct foreign_rule *r)
{
	struct foreign_rule *copy = arena_alloc(f->arena, sizeof(*copy));
	assert(r->n_boxes > 0);
	struct foreign_box *boxes = arena_array(f->arena, r->n_boxes, sizeof(*boxes));
	if (!copy || !boxes)
		return -ENOMEM;
	memcpy(boxes, r->boxes, r->n_boxes * sizeof(*boxes));
	*copy = *r;
	copy->boxes = boxes;
	if (c->last)
		c->last->next = copy;
	else
		c->first = copy;
	c->last = copy;
	return 0;
}

int foreign_add_gap(struct foreign *f, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct foreign_gap *g = arena_alloc(f->arena, sizeof(*g));
	char *copy = g ? arena_strndup(f->arena, text, strlen(text)) : NULL;
	if (!copy)
		return -ENOMEM;
	*g = (struct foreign_gap){copy, f->gaps};
	f->gaps = g;
	return 0;
}

static int order_chains(const void *a, const void *b)
{
	const struct foreign_chain *x = *(const struct foreign_chain *const *)a;
	const struct foreign_chain *y = *(const struct foreign_chain *const *)b;
	int order = strcmp(x->name, y->name);
	return order ? order : strcmp(x->table, y->table);
}

static const struct foreign_chain *find(const struct foreign_chain **chains, size_t n,
	const char *table, const char *name)
{
	const struct foreign_chain wanted = {.table = table, .name = name}, *key = &wanted;
	const struct foreign_chain **found =
		bsearch(&key, chains, n, sizeof(*chains), order_chains);
	return found ? *found : NULL;
}

int foreign_link(struct foreign *f)
{
	size_t n = 0;
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		n++;
	if (n == 0)
		return 0;
	const struct foreign_chain **chains = calloc(n, sizeof(*chains)), **to = chains;
	if (!chains)
		return -ENOMEM;
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		*to++ = c;
	qsort(chains, n, sizeof(*chains), order_chains);
	for (struct foreign_chain *c = f->first; c; c = c->next)
		for (struct foreign_rule *r = c->first; r; r = r->next)
			if (r->target_name)
				r->target = find(chains, n, c->table, r->target_name);
	free(chains);
	return 0;
}

const char *foreign_hook_name(enum foreign_hook h)
{
	switch (h) {
	case FOREIGN_NO_HOOK:
		return "";
	case FOREIGN_INGRESS:
		return "ingress";
	case FOREIGN_PREROUTING:
		return "prerouting";
	case FOREIGN_INPUT:
		return "input";
	case FOREIGN_FORWARD:
		return "forward";
	case FOREIGN_OUTPUT:
		return "output";
	case FOREIGN_POSTROUTING:
		return "postrouting";
	case FOREIGN_EGRESS:
		return "egress";
	}
	abort();
}
