/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lane must know what differs before it asks the kernel, and may not run out of memory once
 * the kernel has said yes.  So everything that needs memory is done when the difference is found;
 * the alteration itself only moves.
 */
#include "ruleset/alteration.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "net/splice.h"

void alterations_done(struct alterations *a)
{
	for (size_t i = 0; i < a->count; i++) {
		addrset_done(&a->items[i].coming);
		addrset_done(&a->items[i].going);
	}
	free(a->items);
	*a = (struct alterations){0};
}

/* Those of the wanted that the set has, or has not. */
static int select_of(const struct set *s, const struct addrset *wanted, bool if_it_has,
	struct addrset *ret)
{
	int r = splice_copy(ret, s->part, wanted, 0);
	if (r < 0)
		return r;
	splice_keep(ret, s->part, s->addresses, if_it_has);
	return 0;
}

static int find(const struct edited *e, struct ruleset *r, struct alteration *ret)
{
	int result = select_of(ret->set, &e->in, false, &ret->coming);
	if (result < 0)
		return result;
	result = select_of(ret->set, &e->out, true, &ret->going);
	const size_t coming = ret->coming.count[ret->set->part];
	if (result == 0 && coming + ret->going.count[ret->set->part] > 0)
		result = ruleset_own(r, ret->set, coming);
	return result;
}

int alterations_find(const struct edits *e, struct ruleset *r, struct alterations *ret)
{
	CLEANUP(alterations_done) struct alterations a = {0};
	a.items = calloc(e->count ? e->count : 1, sizeof(*a.items));
	if (!a.items)
		return -ENOMEM;
	for (size_t i = 0; i < e->count; i++) {
		struct alteration *x = &a.items[a.count];
		x->set = ruleset_hosts(r, e->items[i].set);
		if (!x->set)
			continue;
		a.count++;
		int result = find(&e->items[i], r, x);
		if (result < 0)
			return result;
		const size_t n = x->coming.count[x->set->part] + x->going.count[x->set->part];
		a.addresses += n;
		if (n == 0) {
			addrset_done(&x->coming);
			addrset_done(&x->going);
			a.count--;
		}
	}
	*ret = a;
	a = (struct alterations){0};
	return 0;
}

size_t alteration_size(const struct alteration *a)
{
	return set_size(a->set) + a->coming.count[a->set->part] - a->going.count[a->set->part];
}

void alterations_make(const struct alterations *a)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct alteration *x = &a->items[i];
		splice_out(&x->set->own->addresses, x->set->part, &x->going);
		splice_in(&x->set->own->addresses, x->set->part, &x->coming);
	}
}
