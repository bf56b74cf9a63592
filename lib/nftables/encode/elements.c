/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From runs to keys.
 *
 * In an interval set each run is two elements: where it begins, and behind its last
 * address one flagged as an end; a run up to the highest value has no end.  nft puts an end at
 * zero in front of everything, and so do we.
 */
#include "nftables/encode/elements.h"

#include <arpa/inet.h>
#include <string.h>

struct walk {
	const struct set *set;
	kernel_element_fn *f;
	void *context;
};

/* The next key, or false behind the highest. */
static bool successor(uint8_t *key, size_t length)
{
	for (size_t i = length; i-- > 0;)
		if (++key[i] != 0)
			return true;
	return false;
}

void kernel_key(enum data_type type, uint32_t n, uint8_t key[KEY_MAX])
{
	size_t length = type_spec(type)->length;
	memset(key, 0, KEY_MAX);
	if (type_spec(type)->big_endian) {
		n = htonl(n);
		memcpy(key, (const uint8_t *)&n + (sizeof(n) - length), length);
	} else {
		memcpy(key, &n, sizeof(n));
	}
}

static void address_key(const struct addr *a, uint8_t key[KEY_MAX])
{
	memcpy(key, a->bytes, KEY_MAX);
}

/* A run or a number, as one of the two is given. */
static void visit(const struct walk *w, const struct addr_range *range, const struct element *e)
{
	struct kernel_element begin = {.verdict = w->set->is_map ? e : NULL},
			      end = {.is_end = true};
	if (e) {
		kernel_key(w->set->type, e->first, begin.key);
		kernel_key(w->set->type, e->last, end.key);
	} else {
		address_key(&range->first, begin.key);
		address_key(&range->last, end.key);
	}
	if (!w->set->interval) {
		w->f(w->context, &begin);
		return;
	}
	begin.is_open = !successor(end.key, type_spec(w->set->type)->length);
	w->f(w->context, &begin);
	if (!begin.is_open)
		w->f(w->context, &end);
}

/* An interval set that does not begin at zero has an end there. */
static bool has_end_at_zero(const struct set *s)
{
	static const struct addr zero4 = {.family = AF_INET}, zero6 = {.family = AF_INET6};
	if (!s->interval || set_size(s) == 0)
		return false;
	if (!s->addresses)
		return s->elements[0].first != 0;
	struct addr_range r = addrset_get(s->addresses, s->part, 0);
	return addr_compare(&r.first, s->part == ADDRSET_RANGES4 ? &zero4 : &zero6) != 0;
}

static void visit_end_at_zero(const struct walk *w)
{
	const struct kernel_element end = {.is_end = true};
	w->f(w->context, &end);
}

void kernel_elements(const struct set *s, kernel_element_fn *f, void *context)
{
	kernel_elements_part(s, 0, set_size(s), f, context);
}

void kernel_elements_part(const struct set *s, size_t first, size_t count, kernel_element_fn *f,
	void *context)
{
	const struct walk w = {s, f, context};
	if (first == 0 && has_end_at_zero(s))
		visit_end_at_zero(&w);
	for (size_t i = first, n = set_size(s); i < n && i - first < count; i++) {
		struct addr_range range;
		if (s->addresses)
			range = addrset_get(s->addresses, s->part, i);
		visit(&w, &range, s->addresses ? NULL : &s->elements[i]);
	}
}

static void visit_list(const struct walk *w, const struct set *s, const struct element_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct addr_range range;
		if (s->addresses)
			range = addrset_get(s->addresses, s->part, l->items[i]);
		visit(w, &range, s->addresses ? NULL : &s->elements[l->items[i]]);
	}
}

void kernel_elements_going(const struct set_difference *d, kernel_element_fn *f, void *context)
{
	const struct walk w = {d->next, f, context};
	if (!d->continues && has_end_at_zero(d->old) && !has_end_at_zero(d->next))
		visit_end_at_zero(&w);
	visit_list(&w, d->old, &d->going);
}

void kernel_elements_coming(const struct set_difference *d, kernel_element_fn *f, void *context)
{
	const struct walk w = {d->next, f, context};
	if (!d->continues && has_end_at_zero(d->next) && !has_end_at_zero(d->old))
		visit_end_at_zero(&w);
	visit_list(&w, d->next, &d->coming);
}
