/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset that goes to another generation is what a compile for that one gives. */
#include "ruleset/move.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "compile/compile.h"
#include "ruleset/change_summary.h"
#include "ruleset/generation.h"
#include "ruleset/memory_policy.h"
#include "ruleset/show_nft.h"

static struct ruleset *made(const struct policy *p, struct form form, uint16_t generation)
{
	struct ruleset *r;
	form.generation = generation;
	assert_int_equal(compile_form(p, &form, &r), 0);
	return r;
}

static char *shown(const struct ruleset *r)
{
	struct text t = {0};
	char *ret;
	show_nft(r, &t);
	assert_int_equal(text_finish(&t, &ret), 0);
	return ret;
}

/* To the last comment, and to the last room. */
static void expect_same(const struct ruleset *a, const struct ruleset *b)
{
	struct differences d;
	char *x = shown(a), *y = shown(b);
	assert_string_equal(x, y);
	assert_int_equal(a->generation, b->generation);
	assert_int_equal(a->mark_mask, b->mark_mask);
	assert_int_equal(a->keeps_sessions, b->keeps_sessions);
	assert_int_equal(a->on_trial, b->on_trial);
	assert_int_equal(differences_find(a, b, NULL, &d), 0);
	assert_false(changes_summarise(&d).any);
	for (size_t i = 0; i < d.n_sets; i++)
		assert_int_equal(d.sets[i].old->room, d.sets[i].next->room);
	differences_done(&d);
	free(x);
	free(y);
}

static void expect_moves(const struct policy *p, struct form form)
{
	const uint16_t last = generation_last(p->host.mark_mask);
	const uint16_t generations[] = {2, (uint16_t)(last / 2), last, 1};
	struct ruleset *r = made(p, form, 1);
	for (size_t i = 0; i < sizeof(generations) / sizeof(generations[0]); i++) {
		struct ruleset *wanted = made(p, form, generations[i]), *copy;
		char *before = shown(r);
		assert_int_equal(ruleset_moved(r, generations[i], &copy), 0);
		expect_same(copy, wanted);
		char *after = shown(r);
		assert_string_equal(before, after); /* the copy has its own */
		ruleset_free(copy);
		ruleset_move(r, generations[i]);
		expect_same(r, wanted);
		ruleset_free(wanted);
		free(before);
		free(after);
	}
	ruleset_free(r);
}

static void expect_each_form_moves(const struct policy *p)
{
	for (int i = 0; i < 4; i++)
		expect_moves(p, (struct form){.on_trial = i & 1, .lacks_timeouts = i & 2});
}

static int is_case(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The golden cases with faults make no policy, and are passed over. */
TEST(each_golden_case_moves_as_it_is_compiled)
{
	struct dirent **cases;
	size_t moved = 0;
	int n = scandir(SOURCE_DIR "/tests/golden/cases", &cases, is_case, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		char config[4096], roles[4200];
		struct diags diags = {0};
		struct policy *p;
		snprintf(config, sizeof(config), SOURCE_DIR "/tests/golden/cases/%s",
			cases[i]->d_name);
		snprintf(roles, sizeof(roles), "%s/vendor", config);
		const bool has_roles = access(roles, F_OK) == 0;
		const struct config_dirs dirs = {
			config, has_roles ? roles : SOURCE_DIR "/conf/roles"};
		if (policy_load_here(&dirs, &diags, &p) == 0) {
			expect_each_form_moves(p);
			policy_free(p);
			moved++;
		}
		diags_done(&diags);
		free(cases[i]);
	}
	free(cases);
	assert_true(moved >= 10);
}

TEST(a_narrow_mask_and_kept_sessions_move_too)
{
	struct policy *p = memory_policy(NULL,
		"[host]\nmark = 0x0ff00000\nrevoke = keep\noutbound = allow\n"
		"[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.1\n"
		"[flow a]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	assert_true(p->host.keeps_sessions);
	expect_each_form_moves(p);
	policy_free(p);
}

TEST(a_ruleset_follows_its_copy_into_force)
{
	struct policy *p = memory_policy(NULL, "[host]\n[peer p]\naddress = 10.0.0.1\n"
					       "[flow a]\nport = 80\nprotocol = tcp\n"
					       "source = p\ntarget = this-host\n");
	struct ruleset *r = made(p, (struct form){0}, 1), *copy;
	assert_int_equal(ruleset_moved(r, 5, &copy), 0);
	for (struct set *s = copy->sets; s; s = s->next)
		s->room += 100;
	ruleset_follow(r, copy);
	expect_same(r, copy);
	ruleset_free(copy);
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_golden_case_moves_as_it_is_compiled),
		cmocka_unit_test(a_narrow_mask_and_kept_sessions_move_too),
		cmocka_unit_test(a_ruleset_follows_its_copy_into_force),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
