/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections a change would cut, and what it says of what is in force. */
#include "ask/preview.h"

#include <errno.h>

#include "ask/world.h"
#include "compile/compile.h"
#include "ruleset/edited.h"
#include "ruleset/failing_malloc.h"

static const char wide[] = WORLD_HOST("", "10.0.9.0/24", "10.1.0.5, 10.1.0.6");
static const char narrow[] = WORLD_HOST("", "10.0.9.0/24", "10.1.0.6");
static const char kept[] = WORLD_HOST("revoke = keep\n", "10.0.9.0/24", "10.1.0.6");
static const char managed_elsewhere[] = WORLD_HOST("", "10.0.8.0/24", "10.1.0.5, 10.1.0.6");
static const char under_another_mask[] =
	WORLD_HOST("mark = 0x00000ff0\n", "10.0.9.0/24", "10.1.0.6");
static const char by_eth1[] = WORLD_HOST("interface = eth1\n", "10.0.9.0/24", "10.1.0.5, 10.1.0.6");

static const char us[] = "10.20.0.1", gone[] = "10.1.0.5", stays[] = "10.1.0.6",
		  manager[] = "10.0.9.9";

static struct connection web(const char *from)
{
	return world_connection(from, us, 443, WORLD_MARK);
}

static struct preview previewed(struct world *w, const char *now, const char *next)
{
	struct preview v;
	world_begin(w, now, next);
	assert_int_equal(preview_begin(&w->proposal, &v), 0);
	return v;
}

static void end(struct world *w, struct preview *v)
{
	preview_done(v);
	world_end(w);
}

TEST(the_same_changes_nothing)
{
	struct world w;
	struct preview v = previewed(&w, wide, wide);
	world_add(&v, web(gone));
	assert_false(preview_has_change(&v));
	assert_int_equal(v.n_cuts, 0);
	end(&w, &v);
}

/* What the short lane has put there is laid over what comes. */
TEST(what_the_lane_has_changed_stays_and_is_no_difference)
{
	struct world w;
	struct preview v;
	struct edits e = edits_of("peer-client-hosts4 +10.1.0.9 -10.1.0.6");
	world_begin(&w, wide, wide);
	assert_int_equal(edits_lay(&e, w.now), 0);
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	assert_true(preview_has_change(&v));
	preview_done(&v);
	w.proposal.edits = &e;
	assert_int_equal(preview_begin(&w.proposal, &v), 0);
	world_add(&v, web("10.1.0.9"));
	assert_false(preview_has_change(&v));
	assert_int_equal(v.n_cuts, 0);
	end(&w, &v);
	edits_done(&e);
}

TEST(where_nothing_is_in_force_all_is_new)
{
	struct world w;
	struct preview v = previewed(&w, NULL, narrow);
	assert_true(preview_has_change(&v));
	assert_null(v.differences.first);
	world_add(&v, web(gone));
	world_add(&v, web(stays));
	assert_int_equal(v.n_cuts, 1);
	assert_null(v.cuts[0].allowed_by);
	end(&w, &v);
}

TEST(who_is_not_allowed_any_more_is_cut_with_the_flow_that_allowed_him)
{
	struct world w;
	struct preview v = previewed(&w, wide, narrow);
	world_add(&v, web(gone));
	world_add(&v, web(stays));
	world_add(&v, world_connection(us, gone, 9000, WORLD_MARK));
	assert_int_equal(v.n_cuts, 2);
	preview_sort(&v);
	assert_string_equal(v.cuts[0].allowed_by, "in-web");
	assert_string_equal(v.cuts[1].allowed_by, "out-out");
	end(&w, &v);
}

TEST(silent_since_an_earlier_change_it_lives_and_is_cut_now)
{
	struct world w;
	struct preview v = previewed(&w, wide, narrow);
	world_add(&v, world_connection(gone, us, 443, (WORLD_GENERATION - 1) << 16));
	assert_int_equal(v.n_cuts, 1);
	end(&w, &v);
}

TEST(what_an_earlier_change_has_cut_is_not_cut_again)
{
	struct world w;
	struct preview v = previewed(&w, narrow, narrow);
	world_add(&v, world_connection(gone, us, 443, (WORLD_GENERATION - 1) << 16));
	assert_int_equal(v.n_cuts, 0);
	end(&w, &v);
}

TEST(kept_sessions_are_not_cut)
{
	struct world w;
	struct preview v = previewed(&w, wide, kept);
	world_add(&v, web(gone));
	assert_int_equal(v.n_cuts, 0);
	end(&w, &v);
}

/* Whatever else a program has written there. */
TEST(under_another_mask_no_mark_keeps_a_connection_alive)
{
	struct world w;
	struct preview v = previewed(&w, wide, under_another_mask);
	const uint32_t as_if_allowed_then = mark_of_generation(0x00000ff0, WORLD_GENERATION + 1);
	world_add(&v, world_connection(gone, us, 443, WORLD_MARK | as_if_allowed_then));
	assert_int_equal(v.n_cuts, 1);
	end(&w, &v);
}

TEST(what_would_be_in_force_is_that_of_the_preview)
{
	struct world w;
	struct ruleset *then;
	struct preview v = previewed(&w, wide, narrow);
	assert_int_equal(proposal_then(&w.proposal, &then), 0);
	assert_int_equal(then->generation, WORLD_GENERATION + 1);
	assert_int_equal(then->generation, v.then->generation);
	struct difference_list d;
	assert_int_equal(difference_list_find(v.then, then, &d), 0);
	assert_null(d.first);
	difference_list_done(&d);
	ruleset_free(then);
	end(&w, &v);
}

TEST(management_comes_first)
{
	struct world w;
	struct preview v = previewed(&w, wide, managed_elsewhere);
	world_add(&v, web("192.0.2.1"));
	world_add(&v, world_connection(manager, us, 22, 0));
	preview_sort(&v);
	assert_int_equal(v.n_cuts, 2);
	assert_true(cut_is_of_management(&v.cuts[0]));
	assert_false(cut_is_of_management(&v.cuts[1]));
	end(&w, &v);
}

TEST(a_connection_by_an_interface_that_is_left_out_is_cut)
{
	char eth1[] = "eth1";
	const struct interface_finder by_the_other = {world_interface, eth1};
	const struct connection c = web(gone);
	struct world w;
	struct preview v = previewed(&w, wide, by_eth1);
	assert_int_equal(preview_add(&v, &c, &by_the_other), 0);
	assert_int_equal(v.n_cuts, 0);
	world_add(&v, c);
	assert_int_equal(v.n_cuts, 1);
	end(&w, &v);
}

static int cannot_tell(void *context, const struct packet *p, char name[IF_NAMESIZE])
{
	(void)context;
	(void)p;
	(void)name;
	return -EIO;
}

TEST(an_interface_that_cannot_be_found_is_a_failure)
{
	const struct interface_finder finder = {cannot_tell, NULL};
	const struct connection c = web(gone);
	struct world w;
	struct preview v = previewed(&w, wide, narrow);
	assert_int_equal(preview_add(&v, &c, &finder), -EIO);
	end(&w, &v);
}

/* By who has compiled it already. */
TEST(what_is_compiled_already_cuts_the_same_and_is_not_compared)
{
	struct world w;
	char eth0[] = "eth0";
	const struct interface_finder finder = {world_interface, eth0};
	const struct connection c = web(gone), d = web(stays);
	struct ruleset *next;
	struct preview v;
	world_begin(&w, wide, narrow);
	assert_int_equal(compile(w.proposal.policy, w.proposal.generation, &next), 0);
	assert_int_equal(preview_begin_compiled(&w.proposal, next, &v), 0);
	assert_null(v.next);
	assert_null(v.differences.first);
	assert_int_equal(preview_add(&v, &c, &finder), 0);
	assert_int_equal(preview_add(&v, &d, &finder), 0);
	assert_int_equal(v.n_cuts, 1);
	preview_done(&v);
	ruleset_free(next);
	world_end(&w);
}

static int preview_all(void *context)
{
	struct world *w = context;
	char eth0[] = "eth0";
	const struct interface_finder finder = {world_interface, eth0};
	const struct connection c = web(gone);
	struct preview v;
	int r = preview_begin(&w->proposal, &v);
	if (r < 0)
		return r;
	r = preview_add(&v, &c, &finder);
	preview_done(&v);
	return r;
}

TEST(each_failing_allocation_is_told_and_nothing_is_kept)
{
	struct world w;
	world_begin(&w, wide, narrow);
	assert_survives_each_failure(preview_all, &w);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_changes_nothing),
		cmocka_unit_test(what_the_lane_has_changed_stays_and_is_no_difference),
		cmocka_unit_test(where_nothing_is_in_force_all_is_new),
		cmocka_unit_test(who_is_not_allowed_any_more_is_cut_with_the_flow_that_allowed_him),
		cmocka_unit_test(silent_since_an_earlier_change_it_lives_and_is_cut_now),
		cmocka_unit_test(what_an_earlier_change_has_cut_is_not_cut_again),
		cmocka_unit_test(kept_sessions_are_not_cut),
		cmocka_unit_test(what_is_compiled_already_cuts_the_same_and_is_not_compared),
		cmocka_unit_test(under_another_mask_no_mark_keeps_a_connection_alive),
		cmocka_unit_test(what_would_be_in_force_is_that_of_the_preview),
		cmocka_unit_test(management_comes_first),
		cmocka_unit_test(a_connection_by_an_interface_that_is_left_out_is_cut),
		cmocka_unit_test(an_interface_that_cannot_be_found_is_a_failure),
		cmocka_unit_test(each_failing_allocation_is_told_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
