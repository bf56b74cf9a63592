/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which followed names a name speaks for. */
#include "names/reach.h"

#include "ruleset/failing_malloc.h"

static struct reach *none(void)
{
	struct reach *r = reach_new();
	assert_non_null(r);
	return r;
}

static const struct reach_entry *followed(struct reach *r, const char *name, enum name_kind kind)
{
	const struct reach_entry *e = NULL;
	while ((e = reach_next(r, name, e)) && !(e->name == e->followed && e->kind == kind))
		;
	return e;
}

static void lead(struct reach *r, const char *from, const char *to, uint64_t until)
{
	const struct reach_entry *e = followed(r, from, NAME_OF_HOST);
	assert_non_null(e);
	assert_int_equal(reach_lead(r, e, to, until), 0);
}

/* How many followed names a name speaks for at a time. */
static unsigned speaks_for(struct reach *r, const char *name, uint64_t now)
{
	const struct reach_entry *e = NULL;
	unsigned n = 0;
	while ((e = reach_next(r, name, e)))
		n += now <= e->until;
	return n;
}

TEST(a_followed_name_speaks_for_itself_until_it_is_forgotten)
{
	struct reach *r = none();
	assert_int_equal(speaks_for(r, "a.example", 0), 0);
	assert_int_equal(reach_follow(r, "a.example", NAME_OF_HOST), 0);
	assert_int_equal(reach_follow(r, "a.example", NAME_OF_HOST), 0);
	assert_int_equal(speaks_for(r, "a.example", UINT64_MAX), 1);
	assert_int_equal(reach_follow(r, "a.example", NAME_OF_SERVICE), 0);
	assert_int_equal(speaks_for(r, "a.example", 0), 2);
	reach_forget(r, "a.example", NAME_OF_HOST);
	reach_forget(r, "a.example", NAME_OF_HOST);
	reach_forget(r, "b.example", NAME_OF_HOST);
	assert_int_equal(speaks_for(r, "a.example", 0), 1);
	assert_null(followed(r, "a.example", NAME_OF_HOST));
	assert_non_null(followed(r, "a.example", NAME_OF_SERVICE));
	reach_free(r);
}

TEST(where_it_leads_speaks_for_it_for_a_time)
{
	struct reach *r = none();
	assert_int_equal(reach_follow(r, "a.example", NAME_OF_HOST), 0);
	assert_int_equal(reach_follow(r, "b.example", NAME_OF_HOST), 0);
	lead(r, "a.example", "edge.example", 100);
	lead(r, "b.example", "edge.example", 200);
	assert_int_equal(speaks_for(r, "edge.example", 100), 2);
	assert_int_equal(speaks_for(r, "edge.example", 101), 1);
	lead(r, "a.example", "edge.example", 300);
	lead(r, "a.example", "edge.example", 150); /* an older answer takes nothing away */
	assert_int_equal(speaks_for(r, "edge.example", 300), 1);
	reach_forget(r, "a.example", NAME_OF_HOST);
	assert_int_equal(speaks_for(r, "edge.example", 0), 1);
	reach_free(r);
}

TEST(a_name_leads_to_so_many_and_those_seen_last_stay)
{
	char name[32];
	struct reach *r = none();
	assert_int_equal(reach_follow(r, "a.example", NAME_OF_HOST), 0);
	lead(r, "a.example", "kept.example", 100);
	for (unsigned i = 0; i < 10 * REACH_NAMES_MOST; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		lead(r, "a.example", name, 100);
		lead(r, "a.example", "kept.example", 100);
	}
	unsigned found = 0;
	for (unsigned i = 0; i < 10 * REACH_NAMES_MOST; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		found += speaks_for(r, name, 0);
	}
	assert_int_equal(found, REACH_NAMES_MOST - 1);
	assert_int_equal(speaks_for(r, name, 0), 1);
	assert_int_equal(speaks_for(r, "kept.example", 0), 1);
	reach_free(r);
}

TEST(all_followed_names_can_be_gone_through)
{
	const struct reach_entry *e = NULL;
	struct reach *r = none();
	unsigned n = 0;
	assert_null(reach_next_followed(r, NULL));
	assert_int_equal(reach_follow(r, "a.example", NAME_OF_HOST), 0);
	assert_int_equal(reach_follow(r, "b.example", NAME_OF_HOST), 0);
	assert_int_equal(reach_follow(r, "_x._tcp.example", NAME_OF_SERVICE), 0);
	lead(r, "a.example", "edge.example", 100);
	while ((e = reach_next_followed(r, e)))
		n++;
	assert_int_equal(n, 3);
	reach_forget(r, "b.example", NAME_OF_HOST);
	reach_forget(r, "_x._tcp.example", NAME_OF_SERVICE);
	e = reach_next_followed(r, NULL);
	assert_string_equal(e->name, "a.example");
	assert_null(reach_next_followed(r, e));
	reach_free(r);
}

static int follow_and_lead(void *context)
{
	struct reach *r = reach_new();
	(void)context;
	if (!r)
		return -ENOMEM;
	int result = reach_follow(r, "a.example", NAME_OF_HOST);
	if (result == 0)
		result = reach_lead(r, followed(r, "a.example", NAME_OF_HOST), "b.example", 1);
	reach_free(r);
	return result;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	assert_survives_each_failure(follow_and_lead, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_followed_name_speaks_for_itself_until_it_is_forgotten),
		cmocka_unit_test(where_it_leads_speaks_for_it_for_a_time),
		cmocka_unit_test(a_name_leads_to_so_many_and_those_seen_last_stay),
		cmocka_unit_test(all_followed_names_can_be_gone_through),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
