/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that only the daemon knows are found in its rules. */
#include "nftables/read/numbers.h"

#include "live/put.h"
#include "nftables/change/queues.h"

static const char named[] = "[host]\n[peer p]\nname = a.example\n"
			    "[flow f]\nport = 443\nprotocol = tcp\n"
			    "source = this-host\ntarget = p\n";

static struct numbers numbers_with(const struct form *form)
{
	struct facts facts = {0};
	struct addr server;
	struct ruleset *r;
	struct numbers found;
	need_netns();
	struct nfsock s = opened();
	assert_int_equal(addr_parse("10.0.0.53", 9, &server), 0);
	assert_int_equal(facts_add_resolver(&facts, &server), 0);
	struct policy *p = memory_policy_facts(named, &facts);
	struct applied now = {.ownership = OWNERSHIP_NONE};
	struct diags diags = {0};
	enum apply_outcome outcome;
	assert_int_equal(apply_prepare(&s, &now, false), 0);
	assert_int_equal(compile_form(p, form, &r), 0);
	assert_int_equal(apply(&s, &now, r, &diags, &outcome), 0);
	assert_int_equal(numbers_read(&s, &found), 0);
	applied_done(&now);
	policy_free(p);
	facts_done(&facts);
	nfsock_close(&s);
	return found;
}

TEST(group_and_users_are_found)
{
	static const uint32_t users[] = {998, 0, 70000};
	const struct form form = {.generation = 1,
		.lacks_timeouts = true,
		.log_group = 21750,
		.look_up_users = users,
		.n_look_up_users = 3};
	const struct numbers n = numbers_with(&form);
	assert_int_equal(n.log_group, 21750);
	assert_int_equal(n.queue, 0);
	assert_int_equal(n.n_look_up_users, 3);
	assert_memory_equal(n.look_up_users, users, sizeof(users));
}

TEST(the_queue_is_found)
{
	const struct form form = {.generation = 1, .lacks_timeouts = true, .queue = 48600};
	bool lacks;
	need_netns();
	struct nfsock s = opened();
	assert_int_equal(queues_find(&s, &lacks), 0);
	nfsock_close(&s);
	if (lacks)
		skip();
	assert_int_equal(numbers_with(&form).queue, 48600);
}

TEST(what_is_not_there_is_none)
{
	const struct form form = {.generation = 1, .lacks_timeouts = true};
	const struct numbers n = numbers_with(&form);
	assert_int_equal(n.log_group, 0);
	assert_int_equal(n.queue, 0);
	assert_int_equal(n.n_look_up_users, 0);
}

TEST(a_host_without_a_table_has_none)
{
	struct numbers n;
	need_netns();
	struct nfsock s = opened();
	assert_int_equal(numbers_read(&s, &n), 0);
	assert_int_equal(n.log_group, 0);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_and_users_are_found),
		cmocka_unit_test(the_queue_is_found),
		cmocka_unit_test(what_is_not_there_is_none),
		cmocka_unit_test(a_host_without_a_table_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
