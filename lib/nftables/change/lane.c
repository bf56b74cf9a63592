/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short way for a change of a few addresses: the caller says what the difference is, and
 * nothing is compared.
 *
 * Only hash sets take part.  The kernel shows all that a transaction adds to them and takes from
 * them at one moment, the one in which it turns from one generation of its ruleset to the next; a
 * packet that looks up two sets around that moment may see one before and one after.  So an
 * address that moves from one set to another is not missed if the rules look up the set that it
 * leaves first.
 *
 * Everything that needs memory is done before the kernel is asked.  After it has agreed nothing
 * can fail.
 */
#include "nftables/change/lane.h"

#include <errno.h>

#include "base/cleanup.h"
#include "nftables/change/send.h"
#include "nftables/encode/emit.h"
#include "ruleset/alteration.h"

/* Takes the addresses of a set to be what comes or goes. */
static struct set with(const struct set *s, const struct addrset *addresses)
{
	struct set part = *s;
	part.addresses = addresses;
	return part;
}

/* Removals first: they make room for additions. */
static int build(const void *what, uint32_t first_seq, uint32_t genid, struct batch *ret)
{
	const struct alterations *a = what;
	batch_start(ret, first_seq, genid);
	for (size_t i = 0; i < a->count; i++) {
		const struct set going = with(a->items[i].set, &a->items[i].going);
		const struct set coming = with(a->items[i].set, &a->items[i].coming);
		emit_elements_removal(ret, &going);
		emit_elements(ret, &coming);
	}
	return batch_finish(ret);
}

static int check_room(const struct alterations *a)
{
	if (a->addresses > PART_ELEMENTS)
		return -E2BIG;
	for (size_t i = 0; i < a->count; i++)
		if (alteration_size(&a->items[i]) > a->items[i].set->room)
			return -ENOSPC;
	return 0;
}

static int put(struct nfsock *s, struct applied *now, const struct alterations *a)
{
	if (a->count == 0)
		return 0;
	/* two transactions in a row would show them a mixture of rules (ruleset/stages.c) */
	apply_drain(now);
	int r = send_built(s, build, a);
	if (r == -EINVAL || r == -ESTALE) {
		now->is_unsure = true;
		return -ESTALE;
	}
	now->lane_was_used |= r == 0;
	return r;
}

int lane_send(struct nfsock *s, struct applied *now, const struct edits *edits)
{
	CLEANUP(alterations_done) struct alterations a = {0};
	if (!now->ruleset || !edits_fit(edits, now->ruleset))
		return -ENOENT;
	if (now->is_unsure)
		return -ESTALE;
	int r = alterations_find(edits, now->ruleset, &a);
	if (r < 0)
		return r;
	r = check_room(&a);
	if (r < 0)
		return r;
	r = edits_reserve(&now->edits, edits);
	if (r < 0)
		return r;
	r = put(s, now, &a);
	if (r < 0)
		return r;
	alterations_make(&a);
	edits_merge(&now->edits, edits);
	/* what a trial allows by itself is not so once it is undone */
	if (!now->ruleset->on_trial)
		edits_prune(&now->edits, now->ruleset, edits);
	return 0;
}
