/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches into the kernel, and its answers into words. */
#include "nftables/change/send.h"

#include <errno.h>
#include <stdlib.h>

#include "nftables/change/inflight.h"
#include "nftables/change/parts.h"
#include "nftables/change/refused.h"
#include "nftables/change/update.h"
#include "nftables/encode/emit.h"

int send_batch(struct nfsock *s, struct batch *b, int r, struct diags *diags)
{
	struct refusals refusals = {0};
	if (r == 0)
		r = nfsock_send(s, b, &refusals);
	if (r == -EREMOTEIO)
		r = refused_report(b, &refusals, diags);
	free(refusals.items);
	batch_done(b);
	return r;
}

int send_built(struct nfsock *s, build_fn *build, const void *what)
{
	/* what the kernel refuses here is not the admin's fault: a replacement follows */
	struct diags ignored = {0};
	int r = -ERESTART;
	for (int i = 0; i < SEND_TRIES && r == -ERESTART; i++) {
		struct batch batch;
		uint32_t genid;
		r = nfsock_genid_likely(s, &genid);
		if (r < 0)
			break;
		r = build(what, s->seq, genid, &batch);
		r = send_batch(s, &batch, r, &ignored);
	}
	diags_done(&ignored);
	return r;
}

static int build_update(const void *what, uint32_t first_seq, uint32_t genid, struct batch *ret)
{
	return update_batch(what, first_seq, genid, ret);
}

/* Where in a list of sets. */
struct position {
	size_t set, element;
};

struct filling {
	const struct set *const *sets;
	size_t n_sets;
	struct position from, *to;
};

/* One part: the end of one set, some whole ones, the beginning of another. */
static int build_filling(const void *what, uint32_t first_seq, uint32_t genid, struct batch *ret)
{
	const struct filling *f = what;
	struct position at = f->from;
	size_t sum = 0;
	batch_start(ret, first_seq, genid);
	while (at.set < f->n_sets) {
		const struct set *set = f->sets[at.set];
		size_t left = set_size(set) - at.element, room = parts_room(set, at.element);
		if (sum >= room)
			break;
		size_t n = left < room - sum ? left : room - sum;
		if (n > 0)
			emit_elements_part(ret, set, at.element, n);
		sum += n;
		at = n < left ? (struct position){at.set, at.element + n}
			      : (struct position){at.set + 1, 0};
	}
	*f->to = at;
	return batch_finish(ret);
}

int send_elements(struct nfsock *s, const struct set *const *sets, size_t n_sets, size_t *ret_sent)
{
	struct position to = {0};
	struct filling f = {sets, n_sets, to, &to};
	size_t sent = 0;
	while (f.from.set < n_sets) {
		int r = send_built(s, build_filling, &f);
		if (r < 0)
			return r;
		f.from = to;
		sent++;
	}
	*ret_sent = sent;
	return 0;
}

static int send_parts(struct nfsock *s, const struct differences *d)
{
	struct parts parts;
	const struct differences *part;
	bool begun = false;
	int r = parts_start(&parts, d);
	if (r < 0)
		return r;
	while (r == 0 && (part = parts_next(&parts))) {
		r = send_built(s, build_update, part);
		if (r < 0 && begun)
			r = -ESTALE;
		begun = true;
	}
	parts_done(&parts);
	return r;
}

/* Those that were made without their elements. */
static int fill_sets(struct nfsock *s, const struct differences *d)
{
	const struct set **sets = calloc(d->n_sets ? d->n_sets : 1, sizeof(const struct set *));
	size_t n = 0, sent;
	if (!sets)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_sets; i++)
		if (d->sets[i].is_filled_later && set_size(d->sets[i].next) > 0)
			sets[n++] = d->sets[i].next;
	int r = send_elements(s, sets, n, &sent);
	free(sets);
	return r;
}

/* New sets are filled when they are there: nothing leads to them before the next stage. */
static int send_with_sets_filled_later(struct nfsock *s, const struct differences *d)
{
	for (size_t i = 0; i < d->n_sets; i++)
		d->sets[i].is_filled_later =
			d->sets[i].change == CHANGE_ADDED && d->sets[i].next->addresses;
	int r = send_built(s, build_update, d);
	if (r == 0 && fill_sets(s, d) < 0)
		r = -ESTALE;
	return r;
}

int send_difference(struct nfsock *s, const struct differences *d)
{
	if (changes_elements(d) <= PART_ELEMENTS)
		return send_built(s, build_update, d);
	if (changes_only_addresses(d) && !changes_remake_sets(d))
		return send_parts(s, d);
	return send_with_sets_filled_later(s, d);
}

int send_stages(struct nfsock *s, const struct differences *d, const struct stages *stages)
{
	const struct ruleset *now = d->old;
	int r = 0;
	for (size_t i = 0; i < stages->count && r == 0; i++) {
		struct differences step;
		if (i > 0)
			inflight_wait();
		r = differences_find(now, stages->way[i], d, &step);
		if (r == 0) {
			r = send_difference(s, &step);
			changes_keep_room(stages->way[i], &step);
			differences_done(&step);
		}
		if (r < 0 && i > 0)
			r = -ESTALE;
		now = stages->way[i];
	}
	return r;
}
