/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's connections and ways.  That connections are found needs packets, and is
 * tests/kernel/test_diff.py's. */
#include "netlink/live.h"

#include <errno.h>

#include "host/facts.h"
#include "live/put.h"

static const char host[] = "[host]\n[management]\nfrom = 10.0.9.0/24\n";
static const struct facts nothing_known = {0};

static int add_all(struct nfsock *s)
{
	struct policy *p = memory_policy(NULL, host);
	const struct proposal proposal = {.policy = p, .facts = &nothing_known};
	struct preview v;
	assert_int_equal(preview_begin(&proposal, &v), 0);
	int r = live_add_all(s, &v);
	if (r == 0)
		assert_int_equal(v.n_cuts, 0);
	preview_done(&v);
	policy_free(p);
	return r;
}

TEST(where_nothing_is_tracked_nothing_is_cut)
{
	need_netns();
	struct nfsock s = opened();
	assert_int_equal(add_all(&s), 0);
	nfsock_close(&s);
}

static int asks_unprivileged(void)
{
	struct nfsock s;
	if (nfsock_open(&s) < 0 || setuid(65534) < 0)
		return 2;
	int r = add_all(&s);
	nfsock_close(&s);
	return r != -EPERM;
}

TEST(without_the_capability_nothing_is_told)
{
	need_netns();
	assert_int_equal(in_child(asks_unprivileged), 0);
}

static struct packet from(const char *source)
{
	struct packet p = {.hook = HOOK_INPUT};
	assert_int_equal(addr_parse(source, strlen(source), &p.source), 0);
	assert_int_equal(addr_parse("10.1.0.1", 8, &p.destination), 0);
	return p;
}

TEST(the_way_back_names_the_interface)
{
	char name[IF_NAMESIZE];
	struct ways ways;
	need_netns();
	assert_int_equal(system("ip link set lo up && ip addr add 10.1.0.1/24 dev lo"), 0);
	assert_int_equal(ways_open(&ways, &nothing_known), 0);
	struct interface_finder f = ways_finder(&ways);
	struct packet near = from("10.1.0.7"), far = from("192.0.2.1");
	assert_int_equal(f.find(f.context, &near, name), 0);
	assert_string_equal(name, "lo");
	assert_int_equal(f.find(f.context, &far, name), 0);
	assert_string_equal(name, "");
	ways_close(&ways);
	assert_string_equal(ways_ask(&nothing_known, &near, name), "lo");
	assert_null(ways_ask(&nothing_known, &far, name));
}

TEST(a_link_local_source_comes_by_the_link_of_the_address_that_it_reached)
{
	struct link_address ours = {.link = "eth7"};
	const struct facts facts = {.addresses = &ours, .n_addresses = 1};
	struct packet p = {.hook = HOOK_INPUT};
	char name[IF_NAMESIZE];
	struct ways ways;
	assert_int_equal(addr_parse("fe80::1", 7, &ours.address), 0);
	p.destination = ours.address;
	assert_int_equal(addr_parse("fe80::2", 7, &p.source), 0);
	need_netns();
	assert_int_equal(ways_open(&ways, &facts), 0);
	struct interface_finder f = ways_finder(&ways);
	assert_int_equal(f.find(f.context, &p, name), 0);
	assert_string_equal(name, "eth7");
	ways_close(&ways);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_nothing_is_tracked_nothing_is_cut),
		cmocka_unit_test(without_the_capability_nothing_is_told),
		cmocka_unit_test(the_way_back_names_the_interface),
		cmocka_unit_test(
			a_link_local_source_comes_by_the_link_of_the_address_that_it_reached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
