/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of rtnetlink's, in a network namespace of the test's own. */
#include "host/dump.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>

#include "live/netns.h"

struct counted {
	unsigned links;
	int error;
};

static int count(void *context, const struct nlmsghdr *nlh)
{
	struct counted *c = context;
	c->links += nlh->nlmsg_type == RTM_NEWLINK;
	return c->error;
}

static const struct ifinfomsg all = {.ifi_family = AF_UNSPEC};

TEST(a_list_is_read_to_its_end)
{
	struct dump d;
	struct counted c = {0};
	need_netns();
	/* more than fit into one datagram */
	assert_int_equal(
		system("for i in $(seq 150); do echo link add a$i type veth peer name b$i; "
		       "done | ip -batch -"),
		0);
	assert_int_equal(dump_open(&d), 0);
	assert_int_equal(dump_ask(&d, RTM_GETLINK, &all, sizeof(all), count, &c), 0);
	assert_in_range(c.links, 301, 400); /* and what the kernel makes by itself */
	dump_close(&d);
}

TEST(an_error_of_the_reader_and_of_the_kernel_is_passed_on)
{
	struct dump d;
	struct counted c = {.error = -EBADMSG};
	need_netns();
	assert_int_equal(dump_open(&d), 0);
	assert_int_equal(dump_ask(&d, RTM_GETLINK, &all, sizeof(all), count, &c), -EBADMSG);
	dump_close(&d);
	assert_int_equal(dump_open(&d), 0);
	c.error = 0;
	/* no such question */
	assert_int_equal(dump_ask(&d, RTM_GETLINK + 4000, &all, sizeof(all), count, &c),
		-EOPNOTSUPP);
	dump_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_to_its_end),
		cmocka_unit_test(an_error_of_the_reader_and_of_the_kernel_is_passed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
