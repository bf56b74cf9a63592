/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a connection tracker that is filled by hand, in a network namespace. */
#include "netlink/marks.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "live/netns.h"
#include "netlink/conntrack.h"
#include "ruleset/generation.h"

enum { EIGHT = 0x000ff000 };

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, const char *from, uint16_t from_port,
	const char *to, uint16_t to_port)
{
	bool v6 = strchr(from, ':');
	uint8_t source[16], destination[16];
	inet_pton(v6 ? AF_INET6 : AF_INET, from, source);
	inet_pton(v6 ? AF_INET6 : AF_INET, to, destination);
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type);
	struct nlattr *ip = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, v6 ? 16 : 4, source);
	mnl_attr_put(nlh, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, v6 ? 16 : 4, destination);
	mnl_attr_nest_end(nlh, ip);
	struct nlattr *proto = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, IPPROTO_TCP);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(from_port));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(to_port));
	mnl_attr_nest_end(nlh, proto);
	mnl_attr_nest_end(nlh, tuple);
}

static int nothing(const struct nlmsghdr *nlh, void *context)
{
	(void)nlh;
	(void)context;
	return 0;
}

/* A connection from a port; the same from both families and in another zone are others. */
static void track(const char *from, const char *to, uint16_t port, uint16_t zone, uint32_t mark)
{
	char buffer[1024];
	struct nfsock s = opened();
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	nlh->nlmsg_seq = s.seq++;
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = strchr(from, ':') ? AF_INET6 : AF_INET;
	put_tuple(nlh, CTA_TUPLE_ORIG, from, port, to, 22);
	put_tuple(nlh, CTA_TUPLE_REPLY, to, 22, from, port);
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(600));
	mnl_attr_put_u32(nlh, CTA_MARK, htonl(mark));
	if (zone)
		mnl_attr_put_u16(nlh, CTA_ZONE, htons(zone));
	struct nlattr *info = mnl_attr_nest_start(nlh, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(nlh, CTA_PROTOINFO_TCP);
	mnl_attr_put_u8(nlh, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_nest_end(nlh, tcp);
	mnl_attr_nest_end(nlh, info);
	int r = nfsock_ask(&s, nlh, nothing, NULL);
	nfsock_close(&s);
	if (r < 0) {
		print_message("SKIPPED: no connection can be made in the tracker: %s\n",
			strerror(-r));
		skip();
	}
}

static void track4(uint16_t port, uint32_t mark)
{
	track("10.0.0.7", "10.0.0.1", port, 0, mark);
}

struct marks {
	uint32_t by_port[100][2]; /* ports from 1000 up; of equal ones, one after the other */
	size_t count;
};

static int note_mark(void *context, const struct connection *c)
{
	struct marks *m = context;
	uint32_t *marks = m->by_port[c->source_port - 1000];
	marks[marks[0] != 0] = c->mark;
	m->count++;
	return 0;
}

static struct marks marks_now(void)
{
	struct marks m = {0};
	struct nfsock s = opened();
	assert_int_equal(conntrack_each(&s, NULL, note_mark, &m), 0);
	nfsock_close(&s);
	return m;
}

static uint16_t next(uint16_t now)
{
	uint16_t g = 0;
	assert_int_equal(marks_next_generation(EIGHT, now, &g), 0);
	return g;
}

static uint16_t new_count(uint16_t now)
{
	uint16_t g = 0;
	assert_int_equal(marks_new_count(EIGHT, now, &g), 0);
	return g;
}

TEST(before_the_end_of_the_count_nothing_is_touched)
{
	need_netns();
	track4(1000, 0x00001abc);
	assert_int_equal(next(7), 8);
	assert_int_equal(next(253), 254);
	assert_int_equal(marks_now().by_port[0][0], 0x00001abc);
}

TEST(at_its_end_older_generations_are_taken_from_all_connections)
{
	need_netns();
	track4(1000, 0x12301abc); /* of generation 1 */
	track4(1001, 0x123feabc); /* of the one in force */
	track4(1002, 0x12300abc); /* of none */
	track4(1003, 0x000fdabc); /* of the one before */
	track("2001:db8::7", "2001:db8::1", 1004, 0, 0x00002000);
	track("10.0.0.7", "10.0.0.1", 1000, 5, 0x00003000); /* of another zone */
	assert_int_equal(next(254), 1);
	struct marks m = marks_now();
	assert_int_equal(m.count, 6);
	uint32_t *both = m.by_port[0];
	assert_true((both[0] == 0x123ffabc && both[1] == 0x000ff000) ||
		    (both[1] == 0x123ffabc && both[0] == 0x000ff000));
	assert_int_equal(m.by_port[1][0], 0x123feabc);
	assert_int_equal(m.by_port[2][0], 0x12300abc);
	assert_int_equal(m.by_port[3][0], 0x000ffabc);
	assert_int_equal(m.by_port[4][0], 0x000ff000);
}

TEST(a_new_count_begins_above_all_that_is_carried)
{
	need_netns();
	assert_int_equal(new_count(0), 1);
	assert_int_equal(new_count(7), 8);
	track4(1000, 0x00005abc);
	track4(1001, 0x00003abc);
	assert_int_equal(new_count(0), 6);
	assert_int_equal(new_count(4), 6);
	assert_int_equal(new_count(7), 8);
	/* what has been taken away once is carried no more */
	track4(1002, 0x000ff000);
	assert_int_equal(new_count(0), 6);
	assert_int_equal(marks_now().by_port[0][0], 0x00005abc);
}

TEST(a_new_count_begins_at_one_if_there_is_no_room_above)
{
	need_netns();
	track4(1000, 0x000feabc);
	track4(1001, 0x00007abc);
	assert_int_equal(new_count(0), 1);
	assert_int_equal(marks_now().by_port[0][0], 0x000ffabc);
	assert_int_equal(marks_now().by_port[1][0], 0x000ffabc);
	track4(1002, 0x000feabc);
	track4(1003, 0x00007abc);
	assert_int_equal(new_count(7), 8);
	assert_int_equal(marks_now().by_port[2][0], 0x000ffabc);
	assert_int_equal(marks_now().by_port[3][0], 0x00007abc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_end_of_the_count_nothing_is_touched),
		cmocka_unit_test(at_its_end_older_generations_are_taken_from_all_connections),
		cmocka_unit_test(a_new_count_begins_above_all_that_is_carried),
		cmocka_unit_test(a_new_count_begins_at_one_if_there_is_no_room_above),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
