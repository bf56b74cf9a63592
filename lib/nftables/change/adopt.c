/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After a restart the kernel has, as a rule, what the process before has put there.  Fingerprints
 * tell whether it is just that, but for the generation, which that process may have had to take
 * further.
 */
#include "nftables/change/adopt.h"

#include <errno.h>

#include "base/cleanup.h"
#include "nftables/change/send.h"
#include "nftables/read/disturbance.h"
#include "ruleset/generation.h"
#include "ruleset/move.h"

enum {
	/* The kernel shows a set by going through it from the front for each message: a million
	 * elements take ten times as long to be read back as to be sent anew. */
	ADOPTED_AT_MOST = 100000,
};

DEFINE_CLEANUP(free_ruleset, struct ruleset, ruleset_free)

static bool may_be_adopted(const struct inventory *now, enum ownership ownership,
	const struct ruleset *next)
{
	const uint16_t generation = mark_generation(next->mark_mask, now->mark);
	return now->has_table && generation != 0 &&
	       generation <= generation_last(next->mark_mask) &&
	       ownership_adopts(ownership, now->table_flags) &&
	       ruleset_elements(next) <= ADOPTED_AT_MOST;
}

/* True (1) if the kernel has exactly the ruleset. */
static int holds(struct nfsock *s, const struct ruleset *r)
{
	struct text difference = {0};
	int result = disturbance_none(s, r, &difference);
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

int adopt(struct nfsock *s, const struct inventory *now, enum ownership ownership,
	uint16_t generation, struct ruleset *next)
{
	CLEANUP(free_ruleset) struct ruleset *same = NULL;
	if (!may_be_adopted(now, ownership, next))
		return 0;
	int r = ruleset_moved(next, mark_generation(next->mark_mask, now->mark), &same);
	if (r < 0)
		return r;
	r = holds(s, same);
	if (r <= 0)
		return r;
	ruleset_move(next, generation);
	r = move_on(s, same, next);
	if (r < 0) /* what the kernel refuses is made anew */
		return r == -ERESTART || r == -EINTR || r == -ENOMEM ? r : 0;
	take_room(next, now);
	return 1;
}
