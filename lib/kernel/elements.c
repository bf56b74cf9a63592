/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From runs to keys.
 *
 * In an interval set each run is two elements: where it begins, and behind its last
 * address one flagged as an end; a run up to the highest value has no end.  nft puts an end at
 * zero in front of everything, and so do we.
 */
#include "kernel/elements.h"

#include <arpa/inet.h>
#include <string.h>

#include "ruleset/changes.h"

struct walk {
	const struct set *set;
	bool added; /* of differences: which side is wanted */
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
	const struct walk w = {s, true, f, context};
	if (has_end_at_zero(s))
		visit_end_at_zero(&w);
	for (size_t i = 0, n = set_size(s); i < n; i++) {
		struct addr_range range;
		if (s->addresses)
			range = addrset_get(s->addresses, s->part, i);
		visit(&w, &range, s->addresses ? NULL : &s->elements[i]);
	}
}

static int visit_difference(void *context, bool added, const struct addr_range *range,
	const struct element *e)
{
	const struct walk *w = context;
	if (added == w->added)
		visit(w, range, e);
	return 0;
}

void kernel_elements_going(const struct set *old, const struct set *next, kernel_element_fn *f,
	void *context)
{
	struct walk w = {next, false, f, context};
	if (has_end_at_zero(old) && !has_end_at_zero(next))
		visit_end_at_zero(&w);
	set_differences(old, next, visit_difference, &w);
}

void kernel_elements_coming(const struct set *old, const struct set *next, kernel_element_fn *f,
	void *context)
{
	struct walk w = {next, true, f, context};
	if (has_end_at_zero(next) && !has_end_at_zero(old))
		visit_end_at_zero(&w);
	set_differences(old, next, visit_difference, &w);
}
