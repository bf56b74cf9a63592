/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what is in force to what should be.
 *
 * What this process has put into the kernel it knows, and sends only the difference; nothing,
 * if there is none.  At its start, and when the kernel says that our table is not what we
 * think (somebody else was there), it reads what there is and replaces it.
 *
 * A change that restricts anything moves the generation on, so that live connections are
 * judged again; one that only adds leaves it.
 *
 * Every batch names the generation of the kernel's whole ruleset for which it was made.  If
 * somebody changes anything before it arrives, the kernel answers ERESTART, and we look again.
 */
#include "kernel/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "kernel/fingerprint.h"
#include "kernel/inventory.h"
#include "kernel/refused.h"
#include "kernel/replace.h"
#include "kernel/update.h"
#include "ruleset/changes.h"
#include "ruleset/compile.h"

/* Others change their tables now and then, not all the time. */
enum { TRIES = 20 };

void applied_done(struct applied *a)
{
	ruleset_free(a->ruleset);
	policy_free(a->policy);
	*a = (struct applied){0};
}

/* The first generation is anybody's guess, so that it is none that an earlier table, since
 * removed, has left on live connections. */
static uint16_t next_generation(uint16_t now)
{
	uint16_t next = now;
	if (now == 0 && getrandom(&next, sizeof(next), GRND_NONBLOCK) != sizeof(next))
		next = now;
	return next >= GENERATION_MAX ? 1 : (uint16_t)(next + 1);
}

/* Sends a batch that was built with result r, and ends it. */
static int send_batch(struct nfsock *s, struct batch *b, int r, struct diags *diags)
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

/* last is the generation that we had put there, or 0; the table itself may be gone. */
static int replace(struct nfsock *s, const struct policy *p, uint16_t last, struct diags *diags,
	struct ruleset **ret)
{
	struct inventory now;
	struct ruleset *next;
	struct batch batch;
	int r = inventory_read(s, &now);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return -EPROTONOSUPPORT; /* nfnetlink is there, nf_tables is not */
	if (r < 0)
		return r;
	r = compile(p, next_generation(now.generation ? now.generation : last), &next);
	if (r == 0) {
		r = replace_batch(next, &now, s->seq, &batch);
		r = send_batch(s, &batch, r, diags);
		if (r == 0)
			*ret = next;
		else
			ruleset_free(next);
	}
	inventory_done(&now);
	return r;
}

/* Compiles p for the generation that it needs after old. */
static int compile_after(const struct ruleset *old, const struct policy *p, struct ruleset **ret,
	enum apply_outcome *ret_outcome)
{
	int r = compile(p, old->generation, ret);
	if (r < 0)
		return r;
	struct change_summary sum = changes_summarise(old, *ret);
	*ret_outcome = sum.restricts ? APPLY_RESTRICTED
		       : sum.any     ? APPLY_EXTENDED
				     : APPLY_UNCHANGED;
	if (!sum.restricts)
		return 0;
	ruleset_free(*ret);
	return compile(p, next_generation(old->generation), ret);
}

static int update(struct nfsock *s, const struct ruleset *old, const struct policy *p,
	struct ruleset **ret, enum apply_outcome *ret_outcome)
{
	/* what the kernel refuses here is not the admin's fault: a replacement follows */
	struct diags unheard = {0};
	struct ruleset *next;
	struct batch batch;
	uint32_t genid;
	int r = compile_after(old, p, &next, ret_outcome);
	if (r < 0)
		return r;
	if (*ret_outcome != APPLY_UNCHANGED) {
		r = nfsock_genid(s, &genid);
		if (r == 0) {
			r = update_batch(old, next, s->seq, genid, &batch);
			r = send_batch(s, &batch, r, &unheard);
		}
	}
	diags_done(&unheard);
	if (r < 0) {
		ruleset_free(next);
		return r;
	}
	ruleset_keep_room(next, old);
	*ret = next;
	return 0;
}

int apply(struct nfsock *s, struct applied *now, struct policy *p, struct diags *diags,
	enum apply_outcome *ret)
{
	struct ruleset *next = NULL;
	bool known = now->ruleset != NULL;
	int r = -ERESTART;
	for (int i = 0; i < TRIES && (r == -ERESTART || r == -EINTR); i++) {
		if (known) {
			r = update(s, now->ruleset, p, &next, ret);
			if (r == -EINVAL || r == -EOPNOTSUPP) {
				known = false;
				r = -ERESTART;
			}
		} else {
			*ret = APPLY_REPLACED;
			r = replace(s, p, now->ruleset ? now->ruleset->generation : 0, diags,
				&next);
		}
	}
	if (r < 0)
		return r;
	applied_done(now);
	*now = (struct applied){p, next};
	return 0;
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

int apply_verify(struct nfsock *s, struct applied *now, struct diags *diags,
	struct text *difference)
{
	struct ruleset *next = NULL;
	int r = is_in_force(s, now->ruleset, difference);
	if (r != 0)
		return r < 0 ? r : 0;
	r = -ERESTART;
	for (int i = 0; i < TRIES && (r == -ERESTART || r == -EINTR); i++)
		r = replace(s, now->policy, now->ruleset->generation, diags, &next);
	if (r < 0)
		return r;
	ruleset_free(now->ruleset);
	now->ruleset = next;
	return 1;
}
