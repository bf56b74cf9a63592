/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration on its way: read from the files or from what was saved, and put into force.
 *
 * One that is bad, or that the kernel refuses, leaves what was in force in force.
 */
#include "candidate.h"

#include <errno.h>
#include <time.h>

#include "ask/expect.h"
#include "base/cleanup.h"
#include "compile/compile.h"
#include "daemon.h"
#include "keep.h"
#include "look.h"
#include "refresh.h"
#include "watching.h"

DEFINE_CLEANUP(drop_ruleset, struct ruleset, ruleset_free)

/* What its tests demand, of a configuration that is read from the disk.  0; -EINVAL with faults in
 * diags; or another negative errno. */
static int test(const struct service *s, const struct candidate *c, struct diags *diags)
{
	CLEANUP(drop_ruleset) struct ruleset *next = NULL;
	const struct form form = {.generation = 1, .learned = learning_of(&s->learning, c->policy)};
	if (!form.learned)
		return -ENOMEM;
	int r = compile_form(c->policy, &form, &next);
	if (r == 0)
		r = expect_judge_all(c->policy, next, form.learned, &c->basis.facts, diags);
	return r == 0 && diags_have_errors(diags) ? -EINVAL : r;
}

int candidate_read(struct service *s, enum basis_how how, struct diags *diags,
	struct candidate *ret)
{
	const bool asked = how == BASIS_ANEW || how == BASIS_CLOSED;
	const struct facts *facts = asked ? look(s) : &s->looking.facts;
	int r = basis_load(&s->options->dirs, &s->in_force.basis, how, facts, diags, &ret->policy,
		&ret->basis);
	if (r == 0 && how == BASIS_ANEW && ret->policy->n_expected)
		r = test(s, ret, diags);
	if (r < 0)
		candidate_done(ret);
	return r;
}

int candidate_read_saved(struct service *s, const struct basis *from, enum basis_how how,
	struct diags *diags, struct candidate *ret)
{
	return basis_load(NULL, from, how, look(s), diags, &ret->policy, &ret->basis);
}

void candidate_done(struct candidate *c)
{
	policy_free(c->policy);
	basis_done(&c->basis);
	*c = (struct candidate){0};
}

/* 0, or negative errno; also if the kernel cannot be asked what it knows. */
static int compile_for_kernel(struct service *s, const struct policy *p, bool on_trial,
	struct ruleset **ret)
{
	int r = apply_prepare(&s->socket, &s->in_force.applied,
		holding_wants_queue(&s->holding, p));
	if (r < 0)
		return r;
	holding_prepare(&s->holding, p);
	uint32_t users[LOOK_UP_USERS];
	learning_prepare(&s->learning, p);
	const struct form form = {
		.generation = 1, /* apply() takes it to the one that it is to have */
		.on_trial = on_trial,
		.lacks_timeouts = s->in_force.applied.lacks_timeouts,
		.learned = learning_of(&s->learning, p),
		.queue = holding_queue(&s->holding),
		.log_group = s->learning.overhearing.group,
		.look_up_users = users,
		.n_look_up_users = overhearing_users(&s->learning.overhearing, p, users),
	};
	if (!form.learned)
		return -ENOMEM;
	return compile_form(p, &form, ret);
}

static int apply_ruleset(struct service *s, struct ruleset *next, const struct comparison *x,
	struct diags *diags, enum apply_outcome *ret)
{
	watching_stop(&s->watching);
	int r = apply_compared(&s->socket, &s->in_force.applied, next, x, diags, ret);
	keep_hear_change(s, r);
	return r;
}

/* Compiles and compares once: effect, or NULL, is what c, whose policy p is, changes.  A policy
 * that is not yet the one in force stays the caller's if this fails. */
static int apply_policy(struct service *s, struct policy *p, bool on_trial,
	const struct candidate *c, struct diags *diags, struct effect *effect)
{
	CLEANUP(drop_ruleset) struct ruleset *next = NULL;
	CLEANUP(comparison_done) struct comparison x = {0};
	enum apply_outcome outcome;
	int r = compile_for_kernel(s, p, on_trial, &next);
	if (r < 0)
		return r;
	r = apply_compare(&s->in_force.applied, next, &x);
	if (r < 0)
		return r;
	if (effect)
		effect_foresee(s, c, next, &x, effect);
	r = apply_ruleset(s, next, &x, diags, &outcome);
	if (r < 0)
		return r;
	next = NULL; /* is in force */
	const bool is_another = p != s->in_force.policy;
	in_force_take_policy(&s->in_force, p);
	if (is_another)
		learning_follow(&s->learning);
	holding_follow(&s->holding);
	s->must_judge_tests = true;
	if (effect)
		effect->outcome = outcome;
	return 0;
}

/* It is in force: the library has its snapshot from now on. */
static void take_basis(struct service *s, struct candidate *c)
{
	struct life_config number = c->number;
	if (c->basis.is_closed)
		number = library_new_number(&s->library);
	else if (number.files == LIFE_NONE)
		number = library_number(&s->library, c->basis.snapshot);
	struct snapshot *snapshot = library_take(&s->library, c->basis.snapshot, number);
	in_force_take_basis(&s->in_force, &c->basis, snapshot);
	*c = (struct candidate){0};
	library_tidy(&s->library, &s->life, s->in_force.basis.snapshot);
}

int candidate_apply(struct service *s, struct candidate *c, struct diags *diags, struct effect *ret)
{
	struct effect effect = {.outcome = APPLY_UNCHANGED};
	int r = apply_policy(s, c->policy, c->on_trial, c, diags, &effect);
	if (r < 0) {
		effect_done(&effect);
		return r;
	}
	*ret = effect;
	if (effect.outcome != APPLY_UNCHANGED || s->in_force.since == 0)
		s->in_force.since = service_realtime();
	take_basis(s, c);
	s->must_judge_tests = true; /* the facts are others */
	refresh_follow(s);
	return 0;
}

/* The kernel has taken the same policy before: there are no faults to be told. */
static int apply_same(struct service *s, bool on_trial)
{
	struct diags ignored = {0};
	int r = apply_policy(s, s->in_force.policy, on_trial, NULL, &ignored, NULL);
	diags_done(&ignored);
	return r;
}

int candidate_settle(struct service *s)
{
	return apply_same(s, false);
}

int candidate_again(struct service *s)
{
	return apply_same(s, s->in_force.applied.ruleset->on_trial);
}
