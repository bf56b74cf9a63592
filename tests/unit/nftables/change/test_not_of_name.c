/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses into the sets of those that are nobody's, in a network namespace of the test's own. */
#include "nftables/change/not_of_name.h"

#include <errno.h>
#include <string.h>

#include "live/netns.h"
#include "ruleset/failing_malloc.h"

static struct addr address(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(text, strlen(text), &a), 0);
	return a;
}

static void need_sets(unsigned size)
{
	char script[512];
	need_netns();
	snprintf(script, sizeof(script),
		"table inet rolewall {\n"
		" set " NOT_OF_NAME_SET4 " {\n type ipv4_addr\n size %u\n flags dynamic,timeout\n"
		" timeout 5s\n }\n"
		" set " NOT_OF_NAME_SET6 " {\n type ipv6_addr\n size %u\n flags dynamic,timeout\n"
		" timeout 5s\n }\n}\n",
		size, size);
	nft(script);
}

static bool holds(const char *set, const char *element)
{
	char command[128];
	snprintf(command, sizeof(command), "list set inet rolewall %s", set);
	char *text = nft_output(command);
	const bool found = strstr(text, element);
	free(text);
	return found;
}

TEST(both_families_are_there_for_a_time_and_again)
{
	need_sets(100);
	struct nfsock s = opened();
	const struct addr a[] = {
		address("192.0.2.1"), address("2001:db8::1"), address("192.0.2.2")};
	assert_int_equal(not_of_name_add(&s, a, 3), 0);
	assert_int_equal(not_of_name_add(&s, a, 2), 0);
	assert_true(holds(NOT_OF_NAME_SET4, "192.0.2.1 expires"));
	assert_true(holds(NOT_OF_NAME_SET4, "192.0.2.2 expires"));
	assert_true(holds(NOT_OF_NAME_SET6, "2001:db8::1 expires"));
	assert_int_equal(not_of_name_add(&s, a, 0), 0);
	nfsock_close(&s);
}

TEST(where_nothing_waits_there_is_no_such_set)
{
	need_netns();
	struct nfsock s = opened();
	const struct addr a = address("192.0.2.1");
	assert_int_equal(not_of_name_add(&s, &a, 1), -ENOENT);
	nfsock_close(&s);
}

TEST(too_many_are_refused_and_as_many_as_may_be_are_taken)
{
	static struct addr a[NOT_OF_NAME_MOST];
	need_sets(NOT_OF_NAME_MOST);
	struct nfsock s = opened();
	for (size_t i = 0; i < NOT_OF_NAME_MOST; i++) {
		a[i] = address("2001:db8::1");
		a[i].bytes[14] = (uint8_t)i;
	}
	assert_int_equal(not_of_name_add(&s, a, NOT_OF_NAME_MOST), 0);
	const struct addr more = address("2001:db8:1::1");
	assert_int_equal(not_of_name_add(&s, &more, 1), -ENFILE);
	nfsock_close(&s);
}

static int add_two(void *context)
{
	const struct addr a[] = {address("192.0.2.1"), address("2001:db8::1")};
	return not_of_name_add(context, a, 2);
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	need_sets(100);
	struct nfsock s = opened();
	assert_survives_each_failure(add_two, &s);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_families_are_there_for_a_time_and_again),
		cmocka_unit_test(where_nothing_waits_there_is_no_such_set),
		cmocka_unit_test(too_many_are_refused_and_as_many_as_may_be_are_taken),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
