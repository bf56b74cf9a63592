/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of several ports and peers of one service, the first is reported. */
#include "others/hits.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/text.h"

static struct hit *hit_of(struct hits *h, const struct hit_about *a)
{
	for (size_t i = 0; i < h->count; i++) {
		struct hit *x = &h->items[i];
		bool same = x->rule && a->rule ? x->rule->handle == a->rule->handle
					       : x->rule == a->rule;
		if (same && x->chain == a->chain && x->base == a->base &&
			x->side == a->service->side && x->is_answer == a->is_answer)
			return x;
	}
	/* notes leave room for defeats */
	if (h->count >= (a->certain && !a->single ? HITS_AT_MOST : NOTES_AT_MOST)) {
		h->too_many = true;
		return NULL;
	}
	if (h->error == 0)
		h->error = array_reserve(&h->items, &h->allocated, h->count + 1);
	if (h->error < 0)
		return NULL;
	struct hit *x = &h->items[h->count++];
	*x = (struct hit){.base = a->base,
		.chain = a->chain,
		.rule = a->rule,
		.side = a->service->side,
		.is_answer = a->is_answer};
	return x;
}

static void say_service(struct hit *h, const struct hit_about *a)
{
	const struct allowed *s = a->service;
	char protocol[8];
	protocol_print(a->protocol, protocol);
	text_printf(&h->services, "%s%s", h->n_services > 1 ? ", " : "", s->name);
	if (s->any_port)
		text_printf(&h->services, " %s", protocol);
	else if (s->n_ports)
		text_printf(&h->services, " %s %u", protocol, a->port);
	text_printf(&h->services, " (%s:%u)", s->at.file, s->at.line);
	if (!a->peers)
		return;
	text_put(&h->services, s->side == SIDE_IN ? " from " : " to ");
	addr_range_print(a->peers, &h->services);
}

void hits_note(struct hits *hits, const struct hit_about *a)
{
	struct hit *h = hit_of(hits, a);
	if (!h)
		return;
	h->certain |= a->certain;
	h->defeats |= a->certain && !a->single;
	if (h->last == a->service)
		return;
	h->last = a->service;
	if (h->n_services++ < HIT_SERVICES_SHOWN)
		say_service(h, a);
}

void hits_done(struct hits *h)
{
	for (size_t i = 0; i < h->count; i++)
		text_done(&h->items[i].services);
	free(h->items);
	*h = (struct hits){0};
}
