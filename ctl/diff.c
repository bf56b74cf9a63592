/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl diff: what a reload would change, and which live connections it would cut.
 *
 * The daemon knows what is in force, so it is asked.  Where none answers, or it reads other
 * directories than ours, what was saved last stands for what is in force, and the kernel's table is
 * held against it by fingerprints.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/diff_text.h"
#include "base/cleanup.h"
#include "client.h"
#include "compile/compile.h"
#include "config/basis.h"
#include "host/gather.h"
#include "netlink/live.h"
#include "nftables/change/timeouts.h"
#include "nftables/read/disturbance.h"
#include "nftables/read/inventory.h"
#include "nftables/read/numbers.h"
#include "ruleset/generation.h"
#include "session.h"
#include "state/store.h"
#include "verbs.h"

enum { TRIES = 5 };
_Static_assert((int)NUMBERS_USERS == (int)LOOK_UP_USERS, "as many users as look up names");

enum { JSON };

static const struct cli_option options[] = {
	[JSON] = {"json", NULL, "as one object of JSON", false},
	{0},
};

/* The configuration in force, as far as it is known without the daemon. */
struct known {
	bool lacks_timeouts; /* the kernel */
	struct numbers numbers;
	struct policy *policy; /* NULL: nothing was saved, or it cannot be read */
	struct ruleset *ruleset;
	struct basis basis;
};

static void known_done(struct known *k)
{
	ruleset_free(k->ruleset);
	policy_free(k->policy);
	basis_done(&k->basis);
}

/* If the state cannot be read, nothing is known. */
static void read_saved(const char *state_dir, bool on_trial, const struct facts *facts,
	struct known *k)
{
	CLEANUP(basis_done) struct basis saved = {0};
	CLEANUP(diags_done) struct diags ignored = {0};
	struct trial trial;
	char why[STATE_FAULT_SIZE];
	if (store_load(state_dir, on_trial ? STORE_TRIAL : STORE_CONFIRMED, &saved.snapshot, &trial,
		    why) < 0)
		return;
	if (basis_load(NULL, &saved, BASIS_KEPT, facts, &ignored, &k->policy, &k->basis) < 0)
		k->policy = NULL;
}

static int know(const struct invocation *v, const struct inventory *now, const struct facts *facts,
	struct known *k)
{
	const bool on_trial = inventory_find(now->chains, TRIAL_CHAIN) != NULL;
	if (now->has_table)
		read_saved(v->state_dir, on_trial, facts, k);
	if (!k->policy)
		return 0;
	const uint32_t mask = k->policy->host.mark_mask;
	const struct form form = {
		.generation = mark_generation(mask, now->mark),
		.on_trial = on_trial,
		.lacks_timeouts = k->lacks_timeouts,
		.learns_elsewhere = true,
		.log_group = k->numbers.log_group,
		.queue = k->numbers.queue,
		.look_up_users = k->numbers.look_up_users,
		.n_look_up_users = k->numbers.n_look_up_users,
	};
	if (form.generation == 0 || form.generation > generation_last(mask))
		return 0; /* the table is of another policy, or tells none */
	return compile_form(k->policy, &form, &k->ruleset);
}

static struct proposal propose(const struct policy *p, const struct facts *f,
	const struct inventory *now, const struct known *k)
{
	uint32_t mask = k->policy ? k->policy->host.mark_mask : p->host.mark_mask;
	struct proposal proposal = {
		.now = k->ruleset,
		.has_table = now->has_table,
		.generation = mark_generation(mask, now->mark),
		.on_trial = inventory_find(now->chains, TRIAL_CHAIN) != NULL,
		.lacks_timeouts = k->lacks_timeouts,
		.policy = p,
		.queue = k->numbers.queue,
		.log_group = k->numbers.log_group,
		.n_look_up_users = k->numbers.n_look_up_users,
		.facts = f,
	};
	memcpy(proposal.look_up_users, k->numbers.look_up_users, sizeof(proposal.look_up_users));
	return proposal;
}

static int look(struct nfsock *s, const struct proposal *proposal, const struct inventory *now,
	struct preview *ret)
{
	CLEANUP(preview_done) struct preview v = {0};
	uint32_t genid;
	int r = preview_begin(proposal, &v);
	if (r < 0)
		return r;
	if (now->has_table) {
		r = disturbance_read(s, proposal->now ? proposal->now : v.next, &v.disturbed);
		if (r < 0)
			return r;
	}
	r = live_add_all(s, &v);
	if (r < 0)
		return r;
	r = nfsock_genid(s, &genid);
	if (r < 0)
		return r;
	if (genid != now->genid)
		return -EINTR;
	*ret = v;
	v = (struct preview){0};
	return 0;
}

/* Printing. */

static int explain_failure(int r)
{
	if (r == -EPERM)
		fputs("rolewallctl: diff needs root: it asks the daemon, or reads the rules and "
		      "the connections of the kernel (CAP_NET_ADMIN)\n",
			stderr);
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT || r == -EINVAL || r == -EOPNOTSUPP)
		fputs("rolewallctl: this kernel has no nf_tables, or cannot list its connections "
		      "(nf_conntrack_netlink)\n",
			stderr);
	else if (r == -EINTR)
		fputs("rolewallctl: the rules in the kernel keep changing; try again\n", stderr);
	else
		return failed("cannot compare", r);
	return EXIT_BAD;
}

static int print(const struct preview *v, const char *ssh, bool as_json)
{
	struct text text = {0};
	char *out = NULL;
	diff_put(v, ssh, as_json, &text);
	int r = text_finish(&text, &out);
	if (r < 0)
		return failed("cannot compare", r);
	fputs(out, stdout);
	free(out);
	return preview_has_change(v) ? EXIT_DIFFERENT : EXIT_GOOD;
}

/* Without the daemon. */

struct comparing {
	const struct invocation *invocation;
	const struct policy *policy;
	struct facts facts;
	struct nfsock socket;
	const char *session;
	bool as_json;
	int status; /* once it was printed */
};

static int compare_once(struct comparing *c)
{
	CLEANUP(known_done) struct known known = {0};
	CLEANUP(inventory_done) struct inventory now = {0};
	CLEANUP(preview_done) struct preview v = {0};
	int r = inventory_read(&c->socket, &now);
	if (r < 0)
		return r;
	r = timeouts_find(&c->socket, &known.lacks_timeouts);
	if (r < 0)
		return r;
	r = numbers_read(&c->socket, &known.numbers);
	if (r < 0)
		return r;
	r = know(c->invocation, &now, &c->facts, &known);
	if (r < 0)
		return r;
	const struct proposal p = propose(c->policy, &c->facts, &now, &known);
	r = look(&c->socket, &p, &now, &v);
	if (r < 0)
		return r;
	c->status = print(&v, c->session, c->as_json);
	return 0;
}

static int compare(struct comparing *c)
{
	int r = facts_gather(NULL, &c->facts);
	if (r < 0)
		return r;
	r = facts_error(&c->facts, FOLLOWS_LINKS);
	if (r < 0)
		return r;
	r = nfsock_open(&c->socket);
	if (r < 0)
		return r;
	r = -EINTR;
	for (int i = 0; i < TRIES && r == -EINTR; i++)
		r = compare_once(c);
	nfsock_close(&c->socket);
	return r;
}

static int compare_without(const struct invocation *v, const char *session, bool as_json)
{
	struct policy *p;
	struct comparing c = {.invocation = v, .session = session, .as_json = as_json};
	int status = load_policy(v, &p);
	if (status != EXIT_GOOD)
		return status;
	c.policy = p;
	int r = compare(&c);
	facts_done(&c.facts);
	policy_free(p);
	return r < 0 ? explain_failure(r) : c.status;
}

/* With it. */

static int put(sd_bus_message *m, const void *request)
{
	return message_put_diff(m, request);
}

static int status_of(enum diff_result result)
{
	switch (result) {
	case DIFF_SAME:
		return EXIT_GOOD;
	case DIFF_DIFFERENT:
		return EXIT_DIFFERENT;
	case DIFF_FAULTY:
	case DIFF_ELSEWHERE:
		return EXIT_BAD;
	}
	return EXIT_BAD;
}

/* context: bool, false where the daemon reads other directories. */
static int take(sd_bus_message *answer, void *context)
{
	bool *answered = context;
	struct preview_answer a;
	int r = message_get_preview(answer, &a);
	if (r < 0)
		return failed("cannot read the answer", r);
	*answered = a.result != DIFF_ELSEWHERE;
	fputs(a.lines, stderr);
	fputs(a.preview, stdout);
	return status_of(a.result);
}

/* *ret_answered is false, and nothing was printed, if there is no daemon, none that we may ask, or
 * one that reads other directories. */
static int ask_daemon(const struct invocation *v, const char *session, bool as_json,
	bool *ret_answered)
{
	char config[PATH_MAX], roles[PATH_MAX];
	bool is_absent = false;
	*ret_answered = false;
	if (!realpath(v->dirs.config, config) || !realpath(v->dirs.roles, roles))
		return EXIT_ABSENT; /* reading them will say why */
	const struct diff_request request = {config, roles, session, as_json};
	const struct question q = {
		.method = "Diff",
		.connect_within = 300,
		.answer_within = 1800,
		.put = put,
		.request = &request,
		.take = take,
		.context = ret_answered,
		.is_absent = &is_absent,
	};
	*ret_answered = true;
	int status = client_ask(v, &q);
	if (is_absent)
		*ret_answered = false;
	return status;
}

static int diff(const struct invocation *v)
{
	bool answered;
	char *found = session_find();
	const char *session = found ? found : "";
	int status = ask_daemon(v, session, v->values[JSON], &answered);
	if (!answered)
		status = compare_without(v, session, v->values[JSON]);
	free(found);
	return status;
}

const struct verb verb_diff = {
	.name = "diff",
	.run = diff,
	.what = "what a reload would change, and which live connections it would cut (as root)",
	.options = options,
};
