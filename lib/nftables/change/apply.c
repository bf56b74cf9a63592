/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what is in force to what should be.
 *
 * What this process has put into the kernel it knows, and sends only the difference; nothing,
 * if there is none.  At its start, and when the kernel says that our table is not what we
 * think (somebody else was there), it is brought up to date whatever is in it (renew.c).
 *
 * A change that restricts anything moves the generation on, so that live connections are
 * judged again; one that only adds leaves it, and so does every change if the admin wants
 * what lives to go on (revoke = keep).  A change takes several transactions, so that no packet
 * is lost: ruleset/stages.c says why.
 */
#include "nftables/change/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "netlink/marks.h"
#include "nftables/change/abilities.h"
#include "nftables/change/inflight.h"
#include "nftables/change/queues.h"
#include "nftables/change/renew.h"
#include "nftables/change/send.h"
#include "nftables/encode/emit.h"
#include "nftables/read/disturbance.h"
#include "nftables/read/inventory.h"
#include "ruleset/change_summary.h"
#include "ruleset/copy.h"
#include "ruleset/generation.h"
#include "ruleset/move.h"

void applied_done(struct applied *a)
{
	ruleset_free(a->ruleset);
	edits_done(&a->edits);
	*a = (struct applied){0};
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

int apply_prepare(struct nfsock *s, struct applied *now, bool with_queues)
{
	struct abilities found;
	if (now->ruleset)
		return 0;
	int r = abilities_find(s, now->ownership, now->socket_is_kept, with_queues, &found);
	if (r < 0)
		return r;
	now->ownership = found.ownership;
	now->lacks_timeouts = found.lacks_timeouts;
	if (with_queues) {
		now->lacks_queues = found.lacks_queues;
		now->queues_were_tried = true;
	}
	return 0;
}

int apply_find_queues(struct nfsock *s, struct applied *now, bool *ret_lacks)
{
	int r = now->queues_were_tried ? 0 : queues_find(s, &now->lacks_queues);
	if (r < 0)
		return r;
	now->queues_were_tried = true;
	*ret_lacks = now->lacks_queues;
	return 0;
}

int apply_compared(struct nfsock *s, struct applied *now, struct ruleset *next,
	const struct comparison *c, struct diags *diags, enum apply_outcome *ret)
{
	enum apply_outcome outcome = c->outcome;
	int r = outcome == APPLY_REPLACED ? -EINVAL : update(s, now, next, c);
	now->is_unsure |= r == -ESTALE;
	if (r == -EINVAL || r == -EOPNOTSUPP || r == -ESTALE) {
		/* not known, or not as we left it */
		outcome = APPLY_REPLACED;
		r = renew(s, now, next, diags);
	}
	if (r < 0)
		return r;
	ruleset_free(now->ruleset);
	now->ruleset = next;
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
	int r = ruleset_copy(now->ruleset, &next);
	if (r < 0)
		return r;
	r = renew(s, now, next, diags);
	if (r == 0) {
		ruleset_follow(now->ruleset, next);
		now->is_unsure = false;
	}
	ruleset_free(next);
	return r;
}

int apply_verify(struct nfsock *s, struct applied *now, struct diags *diags,
	struct text *difference)
{
	int r = disturbance_none(s, now->ruleset, difference);
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
