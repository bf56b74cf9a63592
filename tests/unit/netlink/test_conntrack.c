/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the connection tracker, made by hand; and those of a kernel that has none. */
#include "netlink/conntrack.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "live/netns.h"

static char buffer[4096];

/* What a message says; the parts that are zero are left out. */
struct said {
	const char *source, *destination; /* of the first packet */
	const char *reply_source;         /* NULL: the destination */
	uint16_t source_port, destination_port, reply_source_port;
	uint8_t protocol;
	uint8_t icmp_type;
	uint32_t status, mark;
	uint8_t tcp_state;
};

static sa_family_t family_of(const char *s)
{
	return strchr(s, ':') ? AF_INET6 : AF_INET;
}

static void put_address(struct nlmsghdr *nlh, uint16_t type4, uint16_t type6, const char *s)
{
	uint8_t bytes[16];
	sa_family_t family = family_of(s);
	assert_int_equal(inet_pton(family, s, bytes), 1);
	mnl_attr_put(nlh, family == AF_INET ? type4 : type6, family == AF_INET ? 4 : 16, bytes);
}

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, const struct said *m, const char *source,
	uint16_t source_port, const char *destination, uint16_t destination_port)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type);
	struct nlattr *ip = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	put_address(nlh, CTA_IP_V4_SRC, CTA_IP_V6_SRC, source);
	put_address(nlh, CTA_IP_V4_DST, CTA_IP_V6_DST, destination);
	mnl_attr_nest_end(nlh, ip);
	struct nlattr *proto = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, m->protocol);
	if (source_port) {
		mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(source_port));
		mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(destination_port));
	}
	if (m->icmp_type)
		mnl_attr_put_u8(nlh,
			m->protocol == IPPROTO_ICMP ? CTA_PROTO_ICMP_TYPE : CTA_PROTO_ICMPV6_TYPE,
			m->icmp_type);
	mnl_attr_nest_end(nlh, proto);
	mnl_attr_nest_end(nlh, tuple);
}

static struct nlmsghdr *head(sa_family_t family)
{
	memset(buffer, 0, sizeof(buffer));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = (uint8_t)family;
	return nlh;
}

static struct nlmsghdr *message(const struct said *m)
{
	struct nlmsghdr *nlh = head(family_of(m->source));
	put_tuple(nlh, CTA_TUPLE_ORIG, m, m->source, m->source_port, m->destination,
		m->destination_port);
	put_tuple(nlh, CTA_TUPLE_REPLY, m, m->reply_source ? m->reply_source : m->destination,
		m->reply_source_port ? m->reply_source_port : m->destination_port, m->source,
		m->source_port);
	if (m->status)
		mnl_attr_put_u32(nlh, CTA_STATUS, htonl(m->status));
	if (m->mark)
		mnl_attr_put_u32(nlh, CTA_MARK, htonl(m->mark));
	if (m->tcp_state) {
		struct nlattr *info = mnl_attr_nest_start(nlh, CTA_PROTOINFO);
		struct nlattr *tcp = mnl_attr_nest_start(nlh, CTA_PROTOINFO_TCP);
		mnl_attr_put_u8(nlh, CTA_PROTOINFO_TCP_STATE, m->tcp_state);
		mnl_attr_nest_end(nlh, tcp);
		mnl_attr_nest_end(nlh, info);
	}
	return nlh;
}

static void assert_address(const struct addr *a, const char *wanted)
{
	char printed[INET6_ADDRSTRLEN];
	addr_print(a, printed);
	assert_string_equal(printed, wanted);
}

static const struct said session = {"10.0.0.7", "10.0.0.1", NULL, 40000, 22, 0, IPPROTO_TCP, 0,
	IPS_CONFIRMED | IPS_ASSURED, 0x00071234, TCP_CONNTRACK_ESTABLISHED};

TEST(a_session_is_read_with_both_its_ends_and_its_mark)
{
	struct connection c;
	assert_int_equal(conntrack_parse(message(&session), &c), 1);
	assert_int_equal(c.protocol, IPPROTO_TCP);
	assert_address(&c.source, "10.0.0.7");
	assert_address(&c.destination, "10.0.0.1");
	assert_int_equal(c.source_port, 40000);
	assert_int_equal(c.destination_port, 22);
	assert_int_equal(c.mark, 0x00071234);
	assert_false(c.is_dnated);
	assert_address(&c.reached, "10.0.0.1");
}

TEST(where_dnat_led_it_is_what_replies_come_from)
{
	struct said m = session;
	struct connection c;
	m.reply_source = "172.17.0.2";
	m.reply_source_port = 2222;
	m.status |= IPS_DST_NAT;
	assert_int_equal(conntrack_parse(message(&m), &c), 1);
	assert_true(c.is_dnated);
	assert_address(&c.destination, "10.0.0.1");
	assert_int_equal(c.destination_port, 22);
	assert_address(&c.reached, "172.17.0.2");
	assert_int_equal(c.reached_port, 2222);
}

TEST(ipv6_udp_and_icmp_are_read)
{
	const struct said udp = {"2001:db8::7", "2001:db8::1", NULL, 5000, 53, 0, IPPROTO_UDP};
	struct said ping = {"10.0.0.7", "10.0.0.1", .protocol = IPPROTO_ICMP, .icmp_type = 8};
	struct connection c;
	assert_int_equal(conntrack_parse(message(&udp), &c), 1);
	assert_address(&c.source, "2001:db8::7");
	assert_address(&c.reached, "2001:db8::1");
	assert_int_equal(c.destination_port, 53);
	assert_int_equal(c.mark, 0);
	assert_int_equal(conntrack_parse(message(&ping), &c), 1);
	assert_int_equal(c.icmp_type, 8);
	assert_int_equal(c.destination_port, 0);
	ping = (struct said){
		"2001:db8::7", "2001:db8::1", .protocol = IPPROTO_ICMPV6, .icmp_type = 128};
	assert_int_equal(conntrack_parse(message(&ping), &c), 1);
	assert_int_equal(c.icmp_type, 128);
}

TEST(what_is_over_is_left_out)
{
	struct said m = session;
	struct connection c;
	for (uint8_t s = TCP_CONNTRACK_SYN_SENT; s < TCP_CONNTRACK_MAX; s++) {
		m.tcp_state = s;
		assert_int_equal(conntrack_parse(message(&m), &c),
			s != TCP_CONNTRACK_TIME_WAIT && s != TCP_CONNTRACK_CLOSE);
	}
}

TEST(what_is_not_yet_established_is_half_open)
{
	struct said m = session;
	struct connection c;
	for (uint8_t s = TCP_CONNTRACK_SYN_SENT; s < TCP_CONNTRACK_MAX; s++) {
		m.tcp_state = s;
		if (conntrack_parse(message(&m), &c) > 0)
			assert_int_equal(c.is_half_open, s == TCP_CONNTRACK_SYN_SENT ||
								 s == TCP_CONNTRACK_SYN_RECV ||
								 s == TCP_CONNTRACK_SYN_SENT2);
	}
	m.tcp_state = 0; /* it is none of TCP, or its state is not told */
	assert_int_equal(conntrack_parse(message(&m), &c), 1);
	assert_false(c.is_half_open);
}

TEST(other_families_are_none_of_ours)
{
	struct connection c;
	assert_int_equal(conntrack_parse(head(AF_BRIDGE), &c), 0);
}

TEST(what_is_missing_is_missed)
{
	const struct said *m = &session;
	struct connection c;
	assert_int_equal(conntrack_parse(head(AF_INET), &c), -EBADMSG);
	struct nlmsghdr *nlh = head(AF_INET);
	put_tuple(nlh, CTA_TUPLE_ORIG, m, m->source, 1, m->destination, 2);
	assert_int_equal(conntrack_parse(nlh, &c), -EBADMSG);
	/* addresses of the other family */
	nlh = head(AF_INET6);
	put_tuple(nlh, CTA_TUPLE_ORIG, m, m->source, 1, m->destination, 2);
	put_tuple(nlh, CTA_TUPLE_REPLY, m, m->destination, 2, m->source, 1);
	assert_int_equal(conntrack_parse(nlh, &c), -EBADMSG);
	nlh = head(AF_INET);
	nlh->nlmsg_len = NLMSG_HDRLEN + 2;
	assert_int_equal(conntrack_parse(nlh, &c), -EBADMSG);
}

/* Wherever a message ends, and whatever lengths its attributes claim, nothing behind it is read:
 * for the sanitizers to see, the copy has exactly its size. */
TEST(no_message_is_read_behind_its_end)
{
	const struct nlmsghdr *whole = message(&session);
	for (uint32_t length = NLMSG_HDRLEN; length < whole->nlmsg_len; length++) {
		struct nlmsghdr *cut = malloc(length);
		struct connection c;
		assert_non_null(cut);
		memcpy(cut, whole, length);
		cut->nlmsg_len = length;
		assert_true(conntrack_parse(cut, &c) <= 1);
		free(cut);
	}
	for (uint32_t at = NLMSG_HDRLEN + sizeof(struct nfgenmsg); at < whole->nlmsg_len; at += 2) {
		struct nlmsghdr *odd = malloc(whole->nlmsg_len);
		struct connection c;
		assert_non_null(odd);
		memcpy(odd, whole, whole->nlmsg_len);
		memset((char *)odd + at, 0xff, 2);
		assert_true(conntrack_parse(odd, &c) <= 1);
		free(odd);
	}
}

static int count(void *context, const struct connection *c)
{
	(void)c;
	++*(size_t *)context;
	return 0;
}

TEST(a_new_namespace_has_no_connections)
{
	size_t n = 0;
	need_netns();
	struct nfsock s = opened();
	assert_int_equal(conntrack_each(&s, NULL, count, &n), 0);
	assert_int_equal(n, 0);
	nfsock_close(&s);
}

static int asks_unprivileged(void)
{
	size_t n = 0;
	struct nfsock s;
	if (nfsock_open(&s) < 0 || setuid(65534) < 0)
		return 2;
	int r = conntrack_each(&s, NULL, count, &n);
	nfsock_close(&s);
	return r != -EPERM;
}

TEST(without_the_capability_nothing_is_told)
{
	need_netns();
	assert_int_equal(in_child(asks_unprivileged), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read_with_both_its_ends_and_its_mark),
		cmocka_unit_test(where_dnat_led_it_is_what_replies_come_from),
		cmocka_unit_test(ipv6_udp_and_icmp_are_read),
		cmocka_unit_test(what_is_over_is_left_out),
		cmocka_unit_test(what_is_not_yet_established_is_half_open),
		cmocka_unit_test(other_families_are_none_of_ours),
		cmocka_unit_test(what_is_missing_is_missed),
		cmocka_unit_test(no_message_is_read_behind_its_end),
		cmocka_unit_test(a_new_namespace_has_no_connections),
		cmocka_unit_test(without_the_capability_nothing_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
