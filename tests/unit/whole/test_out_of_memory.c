/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that runs out on the way from files to messages for the kernel, at each allocation of
 * ours and of the libraries'.
 */
#include <errno.h>
#include <string.h>

#include "config/basis.h"
#include "host/gather.h"
#include "nftables/read/fingerprint.h"
#include "nftables/change/replace.h"
#include "nftables/change/update.h"
#include "ask/explain.h"
#include "ask/show_flows.h"
#include "ask/show_json.h"
#include "ruleset/show_nft.h"
#include "ruleset/stages.h"
#include "whole/attempt.h"
#include "whole/sample.h"

static struct sample_tree tree;

/* What must not be touched by a failure is set to this before. */
static char untouched_object;
#define UNTOUCHED ((void *)&untouched_object)

/* Files. */

static char *text_of(const struct ruleset *r)
{
	struct text text = {0};
	char *out = NULL;
	show_nft(r, &text);
	assert_int_equal(text_finish(&text, &out), 0);
	return out;
}

static char *text_of_policy(const struct policy *p)
{
	struct ruleset *r = sample_ruleset(p, 1);
	char *text = text_of(r);
	ruleset_free(r);
	return text;
}

static char *text_of_faults(struct diags *d)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	assert_non_null(to);
	diags_print(d, to);
	assert_int_equal(fclose(to), 0);
	return text;
}

struct loading {
	struct config_dirs dirs;
	enum basis_how how;
	struct basis now; /* that is in force */
	struct facts facts;
	char *expected;
	struct diags diags;
	struct policy *policy;
	struct basis basis;
};

static int load(void *context)
{
	struct loading *l = context;
	l->policy = UNTOUCHED;
	l->basis = (struct basis){.snapshot = UNTOUCHED};
	return basis_load(&l->dirs, &l->now, l->how, &l->facts, &l->diags, &l->policy, &l->basis);
}

static void check_load(void *context, int r)
{
	struct loading *l = context;
	diags_done(&l->diags);
	if (r < 0) {
		assert_ptr_equal(l->policy, UNTOUCHED);
		assert_ptr_equal(l->basis.snapshot, UNTOUCHED);
		return;
	}
	char *text = text_of_policy(l->policy);
	assert_string_equal(text, l->expected);
	free(text);
	policy_free(l->policy);
	basis_done(&l->basis);
}

/* Who cannot look knows what he knew before, and that he could not; of lists he says that they
 * have changed, so that they are looked at again. */
static int look_for_changes(void *context)
{
	const struct loading *l = context;
	struct facts now;
	int r = facts_gather(&l->facts, &now);
	if (r < 0)
		return r;
	r = facts_error(&now, FOLLOWS_LINKS | FOLLOWS_ROUTES | FOLLOWS_RESOLVERS);
	bool same = facts_equal(&now, &l->facts);
	facts_done(&now);
	assert_true(same);
	for (const struct snapshot_entry *e = l->now.snapshot->first; e; e = e->next) {
		bool is_whole;
		if (e->kind == SNAPSHOT_LIST &&
			!snapshot_list_is_same(e, &file_access_system, &is_whole))
			r = -ENOMEM;
	}
	return r;
}

static void check_nothing(void *context, int r)
{
	(void)context;
	(void)r;
}

static void load_each_way(enum sample s)
{
	struct policy *p = sample_policy(&tree, s);
	struct loading l = {.dirs = sample_dirs(&tree, s), .expected = text_of_policy(p)};
	policy_free(p);
	assert_int_equal(facts_gather(NULL, &l.facts), 0);
	assert_int_equal(facts_error(&l.facts, FOLLOWS_LINKS | FOLLOWS_ROUTES | FOLLOWS_RESOLVERS),
		0);
	assert_int_equal(load(&l), 0);
	diags_done(&l.diags);
	policy_free(l.policy);
	l.now = l.basis;
	for (struct snapshot_entry *e = l.now.snapshot->first; e; e = e->next)
		e->is_stale = e->kind == SNAPSHOT_LIST;
	for (l.how = BASIS_ANEW; l.how <= BASIS_KEPT; l.how++)
		each_failure(&(struct step){load, check_load, &l});
	each_failure(&(struct step){look_for_changes, check_nothing, &l});
	basis_done(&l.now);
	facts_done(&l.facts);
	free(l.expected);
}

TEST(files_are_loaded_whole_or_not_at_all)
{
	load_each_way(SAMPLE_OLD);
	load_each_way(SAMPLE_NEXT);
}

/* A refusal is the result that is wanted: 0 here, so that the rest is as for the others. */
static int load_faulty(void *context)
{
	struct loading *l = context;
	l->policy = UNTOUCHED;
	int r = basis_load(&l->dirs, NULL, BASIS_ANEW, &l->facts, &l->diags, &l->policy, &l->basis);
	return r == -EINVAL ? 0 : r == 0 ? -ECANCELED : r;
}

/* The faults may not be told in full, but then it is said that they are not. */
static void check_faults(void *context, int r)
{
	struct loading *l = context;
	assert_ptr_equal(l->policy, UNTOUCHED);
	assert_true(diags_have_errors(&l->diags) || r < 0);
	if (r == 0 && !l->diags.lost) {
		char *text = text_of_faults(&l->diags);
		if (!l->expected)
			l->expected = strdup(text);
		assert_string_equal(text, l->expected);
		free(text);
	}
	diags_done(&l->diags);
}

TEST(faulty_files_are_never_taken_for_good)
{
	struct loading l = {.dirs = sample_dirs(&tree, SAMPLE_FAULTY)};
	each_failure(&(struct step){load_faulty, check_faults, &l});
	assert_non_null(strstr(l.expected, "did you mean 'gate'?"));
	free(l.expected);
}

/* Rulesets. */

struct compiling {
	const struct policy *policies[2];
	struct ruleset *old, *next;
	struct ruleset *made[4]; /* old, next, and what lies between */
	char *expected[4];
};

static int stages_between(const struct compiling *c, struct ruleset *ret[2])
{
	struct differences d;
	struct stages stages;
	int r = differences_find(c->old, c->next, NULL, &d);
	if (r < 0)
		return r;
	r = stages_plan(&d, c->next, NULL, &stages);
	differences_done(&d);
	if (r < 0)
		return r;
	assert_int_equal(stages.n_made, 2);
	for (size_t i = 0; i < 2; i++)
		ret[i] = stages.made[i];
	return 0;
}

static int compile_and_stage(void *context)
{
	struct compiling *c = context;
	struct ruleset **m = c->made;
	m[0] = m[1] = m[2] = m[3] = NULL;
	int r = compile(c->policies[0], 7, &m[0]);
	if (r == 0)
		r = compile(c->policies[1], 7, &m[1]);
	if (r == 0)
		r = stages_between(c, &m[2]);
	for (size_t i = 0; r < 0 && i < 4; i++)
		ruleset_free(m[i]);
	return r;
}

static void check_compiled(void *context, int r)
{
	struct compiling *c = context;
	for (size_t i = 0; r == 0 && i < 4; i++) {
		assert_non_null(c->made[i]);
		char *text = text_of(c->made[i]);
		if (!c->expected[i])
			c->expected[i] = strdup(text);
		assert_string_equal(text, c->expected[i]);
		free(text);
		ruleset_free(c->made[i]);
	}
}

/* Batches: one number each, so that they need no memory to be compared. */

enum { BATCHES = 5 };

struct batching {
	const struct compiling *rulesets;
	struct inventory inventory;
	uint64_t sums[BATCHES], expected[BATCHES];
};

static int add_message(const struct nlmsghdr *nlh, void *context)
{
	uint64_t *sum = context;
	const uint8_t *bytes = (const uint8_t *)nlh;
	for (size_t i = 0; i < nlh->nlmsg_len; i++)
		*sum = (*sum ^ bytes[i]) * 0x100000001b3u;
	return 0;
}

static int sum_batch(struct batch *b, int r, uint64_t *ret)
{
	*ret = 1;
	if (r == 0)
		r = batch_each(b, add_message, ret);
	batch_done(b);
	return r;
}

static int make_batches(void *context)
{
	struct batching *x = context;
	struct ruleset *const *m = x->rulesets->made;
	const struct ruleset *way[] = {m[0], m[2], m[3], m[1]};
	struct batch b;
	int r = 0;
	for (size_t i = 0; i < 3 && r == 0; i++) {
		struct differences d;
		r = differences_find(way[i], way[i + 1], NULL, &d);
		if (r < 0)
			return r;
		r = update_batch(&d, 1, 2, &b);
		r = sum_batch(&b, r, &x->sums[i]);
		differences_done(&d);
	}
	if (r == 0) {
		r = replace_batch(m[1], &x->inventory, OWNERSHIP_PERSIST, 1, &b);
		r = sum_batch(&b, r, &x->sums[3]);
	}
	struct fingerprints f;
	if (r == 0)
		r = fingerprints_of(m[1], &f);
	if (r == 0) {
		x->sums[4] = 0;
		for (const struct fingerprint *p = f.first; p; p = p->next)
			x->sums[4] = x->sums[4] * 3 + p->value;
		fingerprints_done(&f);
	}
	return r;
}

static void check_batches(void *context, int r)
{
	struct batching *x = context;
	if (r == 0 && !x->expected[0])
		memcpy(x->expected, x->sums, sizeof(x->sums));
	else if (r == 0)
		assert_memory_equal(x->sums, x->expected, sizeof(x->sums));
}

/* Reports. */

struct reporting {
	const struct policy *policy;
	const struct ruleset *ruleset;
	char *made[4], *expected[4];
};

static int report(void *context)
{
	struct reporting *x = context;
	const struct question q = {
		.protocol = IPPROTO_TCP,
		.source = {AF_INET, {10, 9, 9, 9}},
		.destination = {AF_INET, {10, 1, 0, 1}},
		.destination_port = 4422,
	};
	struct text text = {0};
	int r = 0;
	for (size_t i = 0; i < 4; i++)
		x->made[i] = NULL;
	for (size_t i = 0; i < 4 && r == 0; i++) {
		if (i == 0)
			explain(x->policy, x->ruleset, NULL, &q, &text);
		else if (i == 1)
			show_flows(x->policy, NULL, &text);
		else if (i == 2)
			show_json(x->policy, NULL, &text);
		else
			show_nft(x->ruleset, &text);
		r = text_finish(&text, &x->made[i]);
	}
	for (size_t i = 0; r < 0 && i < 4; i++)
		free(x->made[i]);
	return r;
}

static void check_report(void *context, int r)
{
	struct reporting *x = context;
	for (size_t i = 0; r == 0 && i < 4; i++) {
		if (!x->expected[i])
			x->expected[i] = strdup(x->made[i]);
		assert_string_equal(x->made[i], x->expected[i]);
		free(x->made[i]);
	}
}

TEST(policies_become_messages_and_reports_whole_or_not_at_all)
{
	struct policy *p[2] = {sample_policy(&tree, SAMPLE_OLD), sample_policy(&tree, SAMPLE_NEXT)};
	struct ruleset *old = sample_ruleset(p[0], 7), *next = sample_ruleset(p[1], 7);
	struct compiling c = {.policies = {p[0], p[1]}, .old = old, .next = next};
	struct inventory_item item = {"old", 0, NULL};
	struct batching b = {&c,
		{.has_table = true,
			.table_flags = 6,
			.chains = &item,
			.sets = &item,
			.objects = &item},
		{0}, {0}};
	struct reporting x = {.policy = p[0], .ruleset = old};
	each_failure(&(struct step){compile_and_stage, check_compiled, &c});
	assert_int_equal(compile_and_stage(&c), 0);
	each_failure(&(struct step){make_batches, check_batches, &b});
	for (size_t i = 0; i < 4; i++)
		ruleset_free(c.made[i]);
	each_failure(&(struct step){report, check_report, &x});
	for (size_t i = 0; i < 4; i++) {
		free(c.expected[i]);
		free(x.expected[i]);
	}
	ruleset_free(old);
	ruleset_free(next);
	policy_free(p[0]);
	policy_free(p[1]);
}

static int make_tree(void **state)
{
	(void)state;
	sample_make(&tree);
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	sample_remove(&tree);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_loaded_whole_or_not_at_all),
		cmocka_unit_test(faulty_files_are_never_taken_for_good),
		cmocka_unit_test(policies_become_messages_and_reports_whole_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
