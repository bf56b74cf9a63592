/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A start must know these before it compiles a ruleset, and a start is a host without rules.  Each
 * rehearsal takes up to 15 ms in which the kernel waits (rehearsal.h): so there is one.
 */
#include "nftables/change/abilities.h"

#include "nftables/change/queues.h"
#include "nftables/change/rehearsal.h"
#include "nftables/change/timeouts.h"

enum { OWNERSHIPS = OWNERSHIP_PERSIST + 1 };

int abilities_find(struct nfsock *s, enum ownership wanted, bool socket_is_kept, bool with_queues,
	struct abilities *ret)
{
	enum ownership tried[OWNERSHIPS], o;
	bool lacks[REHEARSED_MOST];
	struct rehearsal r;
	size_t n = 0;
	rehearsal_start(s, &r);
	for (o = wanted; o != OWNERSHIP_NONE; o = ownership_after(o, socket_is_kept)) {
		rehearsal_next(&r, ownership_flags(o));
		tried[n++] = o;
	}
	timeouts_rehearse(&r);
	if (with_queues)
		queues_rehearse(&r);
	int result = rehearsal_find(s, &r, lacks);
	if (result < 0)
		return result;
	*ret = (struct abilities){
		.ownership = OWNERSHIP_NONE,
		.lacks_timeouts = lacks[n],
		.lacks_queues = with_queues && lacks[n + 1],
	};
	for (size_t i = n; i-- > 0;)
		if (!lacks[i])
			ret->ownership = tried[i];
	return 0;
}
