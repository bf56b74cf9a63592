/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of commits, in a network namespace of the test's own. */
#include "netlink/watch.h"

#include <errno.h>
#include <sys/socket.h>

#include "nftables/change/apply.h"
#include "live/netns.h"
#include "live/applying.h"
#include "ruleset/memory_policy.h"

static struct watch watching(void)
{
	struct watch w;
	assert_int_equal(watch_open(&w), 0);
	return w;
}

TEST(nothing_is_heard_where_nothing_happens)
{
	struct commit c;
	need_netns();
	struct watch w = watching();
	assert_int_equal(watch_next(&w, &c), 0);
	watch_close(&w);
}

TEST(a_foreign_commit_is_heard_once_with_its_author)
{
	struct commit c;
	need_netns();
	struct watch w = watching();
	struct nfsock s = opened();
	nft("table inet other {\n chain x {\n counter\n counter\n }\n"
	    "set y {\n type inet_service\n elements = { 1, 2, 3 }\n }\n}");
	assert_int_equal(watch_next(&w, &c), 1);
	assert_string_equal(c.name, "nft");
	assert_int_not_equal(c.pid, 0);
	assert_int_not_equal(c.portid, s.portid);
	assert_int_equal(watch_next(&w, &c), 0);
	nfsock_close(&s);
	watch_close(&w);
}

TEST(our_own_commit_bears_our_port)
{
	static const char host[] = "[host]\n[management]\nfrom = 10.0.0.1\n";
	struct applied now = {0};
	struct diags diags = {0};
	enum apply_outcome outcome;
	struct commit c;
	uint32_t genid;
	need_netns();
	struct watch w = watching();
	struct nfsock s = opened();
	assert_int_equal(apply_policy(&s, &now, memory_policy(NULL, host), &diags, &outcome), 0);
	assert_int_equal(watch_next(&w, &c), 1);
	assert_int_equal(c.portid, s.portid);
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(c.genid, genid);
	assert_int_equal(watch_next(&w, &c), 0);
	applied_done(&now);
	diags_done(&diags);
	nfsock_close(&s);
	watch_close(&w);
}

TEST(an_overrun_is_said)
{
	const int small = 1; /* the kernel makes it its least */
	struct commit c;
	int r;
	need_netns();
	struct watch w = watching();
	setsockopt(watch_fd(&w), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 64; i++)
		nft(i % 2 ? "delete table inet other" : "add table inet other");
	bool overran = false;
	while ((r = watch_next(&w, &c)) != 0)
		overran |= r == -ENOBUFS;
	assert_true(overran);
	watch_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_heard_where_nothing_happens),
		cmocka_unit_test(a_foreign_commit_is_heard_once_with_its_author),
		cmocka_unit_test(our_own_commit_bears_our_port),
		cmocka_unit_test(an_overrun_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
