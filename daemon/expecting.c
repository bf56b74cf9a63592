/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration whose tests fail is not loaded from the disk (candidate.c).  One that is in force
 * may come to fail: a test could not be judged then, since a name had no address or an interface
 * was not there; or a list or an address has changed.  It stays in force, and status is degraded.
 */
#include "expecting.h"

#include <errno.h>
#include <string.h>

#include "ask/expect.h"
#include "base/cleanup.h"
#include "base/record.h"
#include "daemon.h"

/* 0 or negative errno; nothing is judged where nothing is demanded or this host is open. */
static int judge(const struct service *s, struct diags *diags)
{
	const struct in_force *f = &s->in_force;
	if (!f->policy || !in_force_any(f) || f->policy->n_expected == 0)
		return 0;
	const struct learned *learned = learning_of(&s->learning, f->policy);
	if (!learned)
		return -ENOMEM;
	return expect_judge_all(f->policy, f->applied.ruleset, learned, &f->basis.facts, diags);
}

static const struct diag *first_error(const struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].severity == SEVERITY_ERROR)
			return &diags->items[i];
	return NULL;
}

void expecting_turn(struct service *s)
{
	CLEANUP(diags_done) struct diags diags = {0};
	if (!s->must_judge_tests)
		return;
	s->must_judge_tests = false;
	int r = judge(s, &diags);
	const struct diag *d = first_error(&diags);
	if (r < 0)
		trouble_set(&s->troubles, TROUBLE_TESTS, "cannot judge the tests: %s",
			strerror(-r));
	else if (d)
		trouble_set(&s->troubles, TROUBLE_TESTS,
			"of the configuration in force, %zu of what its tests demand fails; %s:%u: "
			"%s",
			diags.errors, d->at.file, d->at.line, d->message);
	else
		trouble_clear(&s->troubles, TROUBLE_TESTS);
}

void expecting_put(const struct service *s, struct record *to)
{
	CLEANUP(diags_done) struct diags diags = {0};
	if (judge(s, &diags) < 0)
		return; /* that is a trouble already, or will be at the next change */
	for (size_t i = 0; i < diags.count; i++)
		if (diags.items[i].severity == SEVERITY_WARNING)
			record_line(to, "tests-waiting", diags.items[i].message);
}
