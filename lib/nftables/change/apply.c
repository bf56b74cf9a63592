/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what is in force to what should be.
 *
 * What this process has put into the kernel it knows, and sends only the difference; nothing,
 * if there is none.  At its start, and when the kernel says that our table is not what we
 * think (somebody else was there), it reads what there is and replaces it.
 *
 * A change that restricts anything moves the generation on, so that live connections are
 * judged again; one that only adds leaves it, and so does every change if the admin wants
 * what lives to go on (revoke = keep).  A change takes several transactions, so that no packet
 * is lost: ruleset/stages.c says why.
 *
 * Every batch names the generation of the kernel's whole ruleset for which it was made.  If
 * somebody changes anything before it arrives, the kernel answers ERESTART, and we look again.
 */
#include "nftables/change/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "netlink/marks.h"
#include "nftables/change/inflight.h"
#include "nftables/change/replace.h"
#include "nftables/change/send.h"
#include "nftables/change/takeover.h"
#include "nftables/change/timeouts.h"
#include "nftables/encode/emit.h"
#include "nftables/read/fingerprint.h"
#include "nftables/read/inventory.h"
#include "ruleset/copy.h"
#include "ruleset/generation.h"
#include "ruleset/move.h"

enum {
	/* The kernel shows a set by going through it from the front for each message: a million
	 * elements take ten times as long to be read back as to be sent anew. */
	ADOPTED_AT_MOST = 100000,
};

void applied_done(struct applied *a)
{
	ruleset_free(a->ruleset);
	edits_done(&a->edits);
	*a = (struct applied){0};
}

/* The generation for a table made anew: the next one, or the same one if live sessions are kept. */
static int generation_over(const struct applied *last, const struct inventory *now,
	const struct ruleset *next, uint16_t *ret)
{
	uint32_t mask = next->mark_mask;
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

static int is_in_force(struct nfsock *s, const struct ruleset *r, struct text *difference)
{
	struct fingerprints expected = {0}, found = {0};
	int result = fingerprints_of(r, &expected);
	if (result == 0)
		result = fingerprints_read(s, &found);
	if (result == 0)
		result = fingerprints_compare(&expected, &found, difference);
	fingerprints_done(&expected);
	fingerprints_done(&found);
	return result;
}

/* True (1) if the kernel has exactly the ruleset. */
static int holds(struct nfsock *s, const struct ruleset *r)
{
	struct text difference = {0};
	if (ruleset_elements(r) > ADOPTED_AT_MOST)
		return 0;
	int result = is_in_force(s, r, &difference);
	text_done(&difference);
	return result;
}

/* From a ruleset that the kernel has to next, which differs in its generation alone. */
static int move_on(struct nfsock *s, const struct ruleset *same, const struct ruleset *next)
{
	struct differences d;
	int r = differences_find(same, next, NULL, &d);
	if (r < 0)
		return r;
	r = send_difference(s, &d);
	differences_done(&d);
	return r;
}

/* An earlier process may have given its sets less room, or more. */
static void take_room(struct ruleset *next, const struct inventory *now)
{
	for (struct set *s = next->sets; s; s = s->next) {
		const struct inventory_item *item = inventory_set(now, s->name);
		if (item && item->room)
			s->room = item->room;
	}
}

/* Takes an inventory's table over if it holds next already, as after a restart: then only the
 * generation moves on, and no set is made anew.  1, or 0 if it does not. */
static int adopt(struct nfsock *s, const struct applied *last, const struct inventory *now,
	enum ownership ownership, struct ruleset *next)
{
	uint16_t generation = mark_generation(next->mark_mask, now->mark);
	struct ruleset *same;
	if (!now->has_table || generation == 0 || generation > generation_last(next->mark_mask) ||
		!ownership_adopts(ownership, now->table_flags))
		return 0;
	int r = ruleset_moved(next, generation, &same);
	if (r < 0)
		return r;
	r = holds(s, same);
	if (r > 0) {
		r = generation_over(last, now, next, &generation);
		if (r == 0) {
			ruleset_move(next, generation);
			r = move_on(s, same, next);
			if (r == 0)
				take_room(next, now);
			r = r == 0 ? 1 : r == -ERESTART || r == -EINTR || r == -ENOMEM ? r : 0;
		}
	}
	ruleset_free(same);
	return r;
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
	struct differences d;
	struct ruleset *bare;
	int r = ruleset_bare(next, &bare);
	if (r < 0)
		return r;
	r = put_at_once(s, now, ownership, bare, diags);
	if (r == 0) {
		r = differences_find(bare, next, NULL, &d);
		if (r == 0) {
			r = send_difference(s, &d);
			differences_done(&d);
		}
		if (r < 0)
			r = -ESTALE;
	}
	ruleset_free(bare);
	return r;
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

static int make_anew(struct nfsock *s, const struct applied *last, const struct inventory *now,
	enum ownership ownership, struct ruleset *next, bool in_stages, struct diags *diags)
{
	uint16_t generation;
	int r = generation_over(last, now, next, &generation);
	if (r < 0)
		return r;
	ruleset_move(next, generation);
	/* at a start; a repair is in a hurry */
	bool at_start = !last->ruleset && in_stages;
	if (at_start && !now->has_table && ruleset_elements(next) > PART_ELEMENTS)
		r = make_table(s, now, ownership);
	else if (at_start)
		r = takeover(s, now, ownership, next);
	return r == 0 ? put_all(s, now, ownership, next, diags) : r;
}

/* Brings the table from any state to next, in the generation that follows.  0 with the ownership
 * that it got. */
static int replace(struct nfsock *s, const struct applied *last, struct ruleset *next,
	bool in_stages, struct diags *diags, enum ownership *ret_ownership)
{
	struct inventory now;
	enum ownership ownership = last->ownership;
	int r = inventory_read(s, &now);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return -EPROTONOSUPPORT; /* nfnetlink is there, nf_tables is not */
	if (r < 0)
		return r;
	if (now.owner && now.owner != s->portid)
		r = -EBUSY;
	else if (!last->ruleset)
		r = ownership_find(s, now.genid, ownership, last->socket_is_kept, &ownership);
	if (r == 0)
		r = take_possession(s, &now, ownership);
	if (r == 0 && !last->ruleset)
		r = adopt(s, last, &now, ownership, next);
	if (r == 0)
		r = make_anew(s, last, &now, ownership, next, in_stages, diags);
	inventory_done(&now);
	if (r >= 0)
		*ret_ownership = ownership;
	return r > 0 ? 0 : r;
}

/* The same, until nobody is in between.  Notes in now if an answer is lost. */
static int replace_soon(struct nfsock *s, struct applied *now, struct ruleset *next,
	struct diags *diags, enum ownership *ret_ownership)
{
	int r = -ERESTART;
	for (int i = 0; i < SEND_TRIES && (r == -ERESTART || r == -EINTR || r == -ESTALE); i++) {
		r = replace(s, now, next, i < SEND_TRIES / 2, diags, ret_ownership);
		now->is_unsure |= r == -ESTALE;
	}
	return r;
}

/* True if live connections must be judged again after the change. */
static bool moves_on(const struct ruleset *old, const struct ruleset *next,
	const struct change_summary *sum)
{
	if (next->keeps_sessions)
		return false;
	/* those that were kept so far are not kept any longer */
	return sum->restricts || old->keeps_sessions;
}

void apply_drain(struct applied *now)
{
	if (!now->has_inflight)
		return;
	inflight_wait();
	now->has_inflight = now->lane_was_used = false;
}

/* Before rules change. */
static void await_packets(struct applied *now)
{
	now->has_inflight |= now->lane_was_used;
	apply_drain(now);
}

/* From a ruleset to next and last, if there is one. */
static int change_in_stages(struct nfsock *s, struct applied *now, const struct differences *d,
	struct ruleset *next, struct ruleset *last)
{
	struct stages stages;
	int r = stages_plan(d, next, last, &stages);
	if (r < 0)
		return r;
	await_packets(now);
	r = send_stages(s, d, &stages);
	now->has_inflight = stages.leaves_inflight;
	stages_done(&stages);
	return r;
}

static int change_from(struct nfsock *s, struct applied *now, const struct ruleset *old,
	struct ruleset *next, struct ruleset *last)
{
	struct differences d;
	int r = differences_find(old, next, NULL, &d);
	if (r < 0)
		return r;
	r = change_in_stages(s, now, &d, next, last);
	differences_done(&d);
	return r;
}

/* By way of sets of other names, which are filled in parts before rules lead to them. */
static int change_by_shadow(struct nfsock *s, struct applied *now, struct ruleset *next,
	struct ruleset *last)
{
	struct ruleset *shadow = NULL, *last_shadow = NULL;
	int r = ruleset_shadow(next, "-1", &shadow);
	if (r == 0 && last)
		r = ruleset_shadow(last, "-1", &last_shadow);
	if (r == 0)
		r = change_from(s, now, now->ruleset, shadow, last_shadow);
	if (r == 0)
		r = change_from(s, now, last ? last_shadow : shadow, last ? last : next, NULL) < 0
			    ? -ESTALE
			    : 0;
	ruleset_free(shadow);
	ruleset_free(last_shadow);
	return r;
}

/* From d's old ruleset to next and last, if there is one.  Of a large change only addresses can be
 * changed in parts, and only where a set has the room. */
static int change(struct nfsock *s, struct applied *now, const struct differences *d,
	struct ruleset *next, struct ruleset *last)
{
	if (changes_elements(d) > PART_ELEMENTS &&
		(!changes_only_addresses(d) || changes_remake_sets(d)))
		return change_by_shadow(s, now, next, last);
	return change_in_stages(s, now, d, next, last);
}

/* The generation in which next is compared with the ruleset in force: the same one.  Under another
 * mask a new count begins, since connections may carry any value there. */
static int generation_to_compare(const struct ruleset *old, const struct ruleset *next,
	uint16_t *ret)
{
	*ret = old->generation;
	if (next->mark_mask == old->mark_mask)
		return 0;
	const uint32_t stamped = mark_of_generation(old->mark_mask, old->generation);
	return marks_new_count(next->mark_mask, mark_generation(next->mark_mask, stamped), ret);
}

/* The same ruleset in the next generation. */
static int move_to_next(const struct ruleset *r, struct ruleset **ret)
{
	uint16_t generation;
	int result = marks_next_generation(r->mark_mask, r->generation, &generation);
	return result < 0 ? result : ruleset_moved(r, generation, ret);
}

static enum apply_outcome outcome_of(const struct differences *d)
{
	const struct change_summary sum = changes_summarise(d);
	if (moves_on(d->old, d->next, &sum))
		return APPLY_RESTRICTED;
	return sum.any ? APPLY_EXTENDED : APPLY_UNCHANGED;
}

void comparison_done(struct comparison *c)
{
	differences_done(&c->differences);
	*c = (struct comparison){0};
}

int apply_compare(const struct applied *now, struct ruleset *next, struct comparison *ret)
{
	uint16_t generation;
	*ret = (struct comparison){.outcome = APPLY_REPLACED};
	int r = edits_lay(&now->edits, next);
	if (r < 0 || !now->ruleset)
		return r;
	r = generation_to_compare(now->ruleset, next, &generation);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return r;
	ruleset_move(next, generation);
	r = differences_find(now->ruleset, next, NULL, &ret->differences);
	if (r == 0 && !now->is_unsure)
		ret->outcome = outcome_of(&ret->differences);
	return r;
}

DEFINE_CLEANUP(drop_ruleset, struct ruleset, ruleset_free)

/* From the ruleset in force to next, in the same generation; then, if it restricts, on to the
 * next one.  -ESTALE if only a part could be done. */
static int update(struct nfsock *s, struct applied *now, struct ruleset *next,
	const struct comparison *c)
{
	CLEANUP(drop_ruleset) struct ruleset *last = NULL;
	if (c->outcome == APPLY_UNCHANGED) {
		changes_keep_room(next, &c->differences);
		return 0;
	}
	int r = c->outcome == APPLY_RESTRICTED ? move_to_next(next, &last) : 0;
	if (r < 0)
		return r;
	r = change(s, now, &c->differences, next, last);
	if (r < 0)
		return r;
	if (last)
		ruleset_follow(next, last);
	return 0;
}

int apply_prepare(struct nfsock *s, struct applied *now)
{
	return now->ruleset ? 0 : timeouts_find(s, &now->lacks_timeouts);
}

int apply_compared(struct nfsock *s, struct applied *now, struct ruleset *next,
	const struct comparison *c, struct diags *diags, enum apply_outcome *ret)
{
	enum ownership ownership = now->ownership;
	enum apply_outcome outcome = c->outcome;
	int r = outcome == APPLY_REPLACED ? -EINVAL : update(s, now, next, c);
	now->is_unsure |= r == -ESTALE;
	if (r == -EINVAL || r == -EOPNOTSUPP || r == -ESTALE) {
		/* not known, or not as we left it */
		outcome = APPLY_REPLACED;
		r = replace_soon(s, now, next, diags, &ownership);
	}
	if (r < 0)
		return r;
	ruleset_free(now->ruleset);
	now->ruleset = next;
	now->ownership = ownership;
	now->is_unsure = false;
	if (!next->on_trial) /* which may be undone */
		edits_prune(&now->edits, next, NULL);
	*ret = outcome;
	return 0;
}

int apply(struct nfsock *s, struct applied *now, struct ruleset *next, struct diags *diags,
	enum apply_outcome *ret)
{
	CLEANUP(comparison_done) struct comparison c;
	int r = apply_compare(now, next, &c);
	return r < 0 ? r : apply_compared(s, now, next, &c, diags, ret);
}

/* The same ruleset, in the next generation, into a table made anew. */
static int apply_again(struct nfsock *s, struct applied *now, struct diags *diags)
{
	struct ruleset *next;
	enum ownership ownership;
	int r = ruleset_copy(now->ruleset, &next);
	if (r < 0)
		return r;
	r = replace_soon(s, now, next, diags, &ownership);
	if (r == 0) {
		ruleset_follow(now->ruleset, next);
		now->ownership = ownership;
		now->is_unsure = false;
	}
	ruleset_free(next);
	return r;
}

int apply_verify(struct nfsock *s, struct applied *now, struct diags *diags,
	struct text *difference)
{
	int r = is_in_force(s, now->ruleset, difference);
	if (r < 0)
		return r;
	now->is_unsure = r == 0;
	if (!now->is_unsure)
		return 0;
	r = apply_again(s, now, diags);
	return r < 0 ? r : 1;
}

int apply_release(struct nfsock *s, struct applied *now, struct diags *diags)
{
	if (now->ownership != OWNERSHIP_OWNER || !now->ruleset)
		return 0; /* the others stay as they are */
	now->ownership = OWNERSHIP_NONE;
	int r = apply_again(s, now, diags);
	if (r < 0)
		now->ownership = OWNERSHIP_OWNER;
	return r;
}

static int flush(struct nfsock *s)
{
	struct inventory now;
	struct diags ignored = {0};
	struct batch batch;
	int r = inventory_read(s, &now);
	if (r < 0)
		return r;
	if (now.owner && now.owner != s->portid) {
		r = -EBUSY;
	} else if (now.has_table) {
		batch_start(&batch, s->seq, now.genid);
		emit_delete_table(&batch);
		r = send_batch(s, &batch, batch_finish(&batch), &ignored);
	}
	inventory_done(&now);
	diags_done(&ignored);
	return r;
}

int apply_flush(struct nfsock *s, struct applied *now)
{
	int r = -ERESTART;
	for (int i = 0; i < SEND_TRIES && (r == -ERESTART || r == -EINTR || r == -ESTALE); i++)
		r = flush(s);
	if (r == 0) {
		ruleset_free(now->ruleset);
		now->ruleset = NULL;
	}
	return r;
}

int apply_protects(struct nfsock *s)
{
	struct inventory now;
	int r = -EINTR;
	for (int i = 0; i < SEND_TRIES && r == -EINTR; i++)
		r = inventory_read(s, &now);
	if (r < 0)
		return r;
	r = inventory_protects(&now);
	inventory_done(&now);
	return r;
}
