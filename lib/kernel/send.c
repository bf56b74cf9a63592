/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches into the kernel, and its answers into words. */
#include "kernel/send.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/inflight.h"
#include "kernel/refused.h"
#include "kernel/update.h"

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

int send_difference(struct nfsock *s, const struct differences *d)
{
	/* what the kernel refuses here is not the admin's fault: a replacement follows */
	struct diags unheard = {0};
	int r = -ERESTART;
	for (int i = 0; i < SEND_TRIES && r == -ERESTART; i++) {
		struct batch batch;
		uint32_t genid;
		r = nfsock_genid(s, &genid);
		if (r < 0)
			break;
		r = update_batch(d, s->seq, genid, &batch);
		r = send_batch(s, &batch, r, &unheard);
	}
	diags_done(&unheard);
	return r;
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
