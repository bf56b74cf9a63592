/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rehearses a policy of timeouts (rehearsal.c). */
#include "nftables/change/timeouts.h"

#include "nftables/change/rehearsal.h"
#include "nftables/encode/emit.h"

int timeouts_find(struct nfsock *s, bool *ret_lacks)
{
	static const struct object half_open = {.name = "half-open", .kind = OBJECT_HALF_OPEN};
	struct batch batch;
	rehearsal_start(s, &batch);
	emit_object_of(&batch, REHEARSED_NAME, &half_open);
	return rehearsal_find(s, &batch, ret_lacks);
}
