/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy of timeouts that we send, in a rehearsal. */
#include "nftables/change/timeouts.h"

#include "nftables/encode/emit.h"

void timeouts_rehearse(struct rehearsal *r)
{
	static const struct object half_open = {.name = "half-open", .kind = OBJECT_HALF_OPEN};
	emit_object_of(&r->batch, rehearsal_next(r, 0), &half_open);
}

int timeouts_find(struct nfsock *s, bool *ret_lacks)
{
	struct rehearsal r;
	rehearsal_start(s, &r);
	timeouts_rehearse(&r);
	return rehearsal_find(s, &r, ret_lacks);
}
