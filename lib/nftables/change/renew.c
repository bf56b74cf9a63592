/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When nobody knows what is in our table, or it is not what we think, it is read, and what is to be
 * there is put there: by the gentlest way that can be had.
 *
 *  - It holds just that already: it is adopted (adopt.c).
 *  - It protects: the new ruleset is put beside the old one, and rules go over to it (takeover.c).
 *  - Otherwise, and if that fails, it is replaced in one transaction (replace.c), or in several if
 * it is a large one.  A repair is in a hurry, and goes this way at once.
 *
 * Every batch names the generation of the kernel's whole ruleset for which it was made.  If
 * somebody changes anything before it arrives, the kernel answers ERESTART, and we look again.
 */
#include "nftables/change/renew.h"

#include <errno.h>

#include "base/cleanup.h"
#include "netlink/marks.h"
#include "nftables/change/adopt.h"
#include "nftables/change/replace.h"
#include "nftables/change/send.h"
#include "nftables/change/takeover.h"
#include "ruleset/copy.h"
#include "ruleset/generation.h"
#include "ruleset/move.h"

DEFINE_CLEANUP(free_ruleset, struct ruleset, ruleset_free)

/* The generation for a table made anew: the next one, or the same one if live sessions are kept. */
static int generation_over(const struct applied *last, const struct inventory *now,
	const struct ruleset *next, uint16_t *ret)
{
	const uint32_t mask = next->mark_mask;
	uint16_t generation = mark_generation(mask, now->mark);
	if (generation == 0 && last->ruleset)
		generation = last->ruleset->generation;
	if (next->keeps_sessions && generation != 0 && generation <= generation_last(mask)) {
		*ret = generation;
		return 0;
	}
	if (last->ruleset && last->ruleset->mark_mask == mask)
		return marks_next_generation(mask, generation, ret);
	return marks_new_count(mask, generation, ret);
}

/* In one transaction.  What others have put into our table may stand in the way of what must go
 * there; then the table goes as well. */
static int put_at_once(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	const struct ruleset *next, struct diags *diags)
{
	struct diags ignored = {0};
	struct batch batch;
	int r = replace_batch(next, now, ownership, s->seq, &batch);
	r = send_batch(s, &batch, r, now->has_table ? &ignored : diags);
	diags_done(&ignored);
	if (r != -EINVAL || !now->has_table)
		return r;
	r = replace_whole(next, now, ownership, s->seq, &batch);
	return send_batch(s, &batch, r, diags);
}

/* First what refuses, and management; then everybody else, in parts. */
static int put_in_parts(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	const struct ruleset *next, struct diags *diags)
{
	CLEANUP(free_ruleset) struct ruleset *bare = NULL;
	CLEANUP(differences_done) struct differences d = {0};
	int r = ruleset_bare(next, &bare);
	if (r < 0)
		return r;
	r = put_at_once(s, now, ownership, bare, diags);
	if (r < 0)
		return r;
	r = differences_find(bare, next, NULL, &d);
	if (r == 0)
		r = send_difference(s, &d);
	return r < 0 ? -ESTALE : 0;
}

static int put_all(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	const struct ruleset *next, struct diags *diags)
{
	if (ruleset_elements(next) > PART_ELEMENTS)
		return put_in_parts(s, now, ownership, next, diags);
	return put_at_once(s, now, ownership, next, diags);
}

/* The table alone, ours and awake.  -ERESTART: look again; -EINVAL: it cannot be; or another one.
 */
static int make_table(struct nfsock *s, const struct inventory *now, enum ownership ownership)
{
	struct diags ignored = {0};
	struct batch batch;
	int r = replace_owner(now, ownership, s->seq, &batch);
	r = send_batch(s, &batch, r, &ignored);
	diags_done(&ignored);
	return r == 0 ? -ERESTART : r;
}

/* A table that is there becomes ours, and awake.  -ERESTART: look again; 0: it is, or cannot. */
static int take_possession(struct nfsock *s, const struct inventory *now, enum ownership ownership)
{
	if (!replace_needs_owner(now, ownership))
		return 0;
	int r = make_table(s, now, ownership);
	return r == -EINVAL ? 0 : r;
}

/* Without a gap, as there is time for at the first time.  1 if it is done; 0 if it cannot be. */
static int put_gently(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	struct ruleset *next)
{
	if (!now->has_table && ruleset_elements(next) > PART_ELEMENTS)
		return make_table(s, now, ownership);
	return takeover(s, now, ownership, next);
}

static int put(struct nfsock *s, const struct applied *last, const struct inventory *now,
	enum ownership ownership, struct ruleset *next, bool in_stages, struct diags *diags)
{
	uint16_t generation;
	int r = take_possession(s, now, ownership);
	if (r == 0)
		r = generation_over(last, now, next, &generation);
	if (r == 0 && !last->ruleset)
		r = adopt(s, now, ownership, generation, next);
	if (r != 0)
		return r;
	ruleset_move(next, generation);
	if (!last->ruleset && in_stages)
		r = put_gently(s, now, ownership, next);
	return r == 0 ? put_all(s, now, ownership, next, diags) : r;
}

static int try(struct nfsock *s, const struct applied *last, struct ruleset *next, bool in_stages,
	struct diags *diags)
{
	CLEANUP(inventory_done) struct inventory now = {0};
	int r = inventory_read(s, &now);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return -EPROTONOSUPPORT; /* nfnetlink is there, nf_tables is not */
	if (r < 0)
		return r;
	if (now.owner && now.owner != s->portid)
		return -EBUSY;
	return put(s, last, &now, last->ownership, next, in_stages, diags);
}

int renew(struct nfsock *s, struct applied *now, struct ruleset *next, struct diags *diags)
{
	int r = -ERESTART;
	for (int i = 0; i < SEND_TRIES && (r == -ERESTART || r == -EINTR || r == -ESTALE); i++) {
		r = try(s, now, next, i < SEND_TRIES / 2, diags);
		now->is_unsure |= r == -ESTALE;
	}
	return r;
}
