/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches and targets of xtables, from their data in memory. */
#include "others/read_xt.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "others/foreign_text.h"

static void assert_match(const char *name, uint32_t revision, const void *info, size_t length,
	const char *wanted)
{
	struct foreign_boxes list = {0};
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	struct text text = {0};
	assert_int_equal(foreign_add(&list, &b), 0);
	assert_int_equal(foreign_xt_match(name, revision, info, length, &list), 0);
	put_boxes(&text, list.items, list.count);
	assert_text(&text, wanted, name);
	free(list.items);
}

TEST(ports_of_tcp_and_udp)
{
	struct xt_tcp t = {.spts = {0, 65535}, .dpts = {22, 22}};
	struct xt_udp u = {.spts = {5, 6}, .dpts = {0, 65535}};
	assert_match("tcp", 0, &t, sizeof(t), " dport 22");
	t.invflags = XT_TCP_INV_DSTPT;
	assert_match("tcp", 0, &t, sizeof(t), " dport 0-21 or dport 23-65535");
	t.flg_mask = 2;
	t.invflags = 0;
	assert_match("tcp", 0, &t, sizeof(t), " dport 22 some-by-port");
	assert_match("udp", 0, &u, sizeof(u), " sport 5-6");
}

TEST(lists_of_ports)
{
	struct xt_multiport_v1 m = {.flags = XT_MULTIPORT_DESTINATION,
		.count = 3,
		.ports = {22, 80, 90},
		.pflags = {0, 1, 0}};
	assert_match("multiport", 1, &m, sizeof(m), " dport 22 or dport 80-90");
	m.flags = XT_MULTIPORT_SOURCE;
	assert_match("multiport", 1, &m, sizeof(m), " sport 22 or sport 80-90");
	m.flags = XT_MULTIPORT_EITHER;
	m.count = 1;
	assert_match("multiport", 1, &m, sizeof(m), " dport 22 or sport 22");
	m.invert = 1;
	assert_match("multiport", 1, &m, sizeof(m), " some-by-port");
}

TEST(states_of_connections)
{
	struct xt_conntrack_mtinfo3 c = {.match_flags = XT_CONNTRACK_STATE,
		.state_mask = FOREIGN_ESTABLISHED | FOREIGN_RELATED};
	struct xt_state_info s = {.statemask = FOREIGN_NEW};
	assert_match("conntrack", 3, &c, sizeof(c), " state 6");
	c.invert_flags = XT_CONNTRACK_STATE;
	assert_match("conntrack", 3, &c, sizeof(c), " state fffffff9");
	c.invert_flags = 0;
	c.match_flags |= XT_CONNTRACK_ORIGSRC;
	assert_match("conntrack", 3, &c, sizeof(c), " state 6 some");
	c.match_flags = XT_CONNTRACK_STATE;
	c.state_mask = XT_CONNTRACK_STATE_DNAT;
	assert_match("conntrack", 3, &c, sizeof(c), " dnated");
	c.state_mask |= FOREIGN_ESTABLISHED;
	assert_match("conntrack", 3, &c, sizeof(c), " state 2 or dnated");
	c.match_flags = XT_CONNTRACK_STATUS;
	c.status_mask = IPS_DST_NAT;
	assert_match("conntrack", 3, &c, sizeof(c), " dnated");
	assert_match("state", 0, &s, sizeof(s), " state 8");
}

/* Another revision has other data. */
TEST(what_is_not_known_narrows_by_something)
{
	const struct xt_tcp t = {.dpts = {22, 22}};
	assert_match("comment", 0, NULL, 0, "");
	assert_match("addrtype", 1, NULL, 0, " some");
	assert_match("tcp", 7, &t, sizeof(t), " some-by-port");
	assert_match("tcp", 0, &t, 2, " some-by-port");
	assert_match("conntrack", 9, NULL, 0, " some");
}

TEST(kinds_of_address)
{
	struct xt_addrtype_info_v1 a = {.dest = FOREIGN_LOCAL};
	struct xt_addrtype_info old = {.source = FOREIGN_LOCAL, .invert_source = 1};
	assert_match("addrtype", 1, &a, sizeof(a), " dtype 4");
	a.flags = XT_ADDRTYPE_INVERT_DEST;
	assert_match("addrtype", 1, &a, sizeof(a), " dtype fffb");
	a.flags = XT_ADDRTYPE_LIMIT_IFACE_IN;
	assert_match("addrtype", 1, &a, sizeof(a), " dtype 4 some");
	assert_match("addrtype", 0, &old, sizeof(old), " stype fffb");
}

TEST(an_ipset_is_a_list_that_cannot_be_looked_at)
{
	assert_match("set", 4, NULL, 0, " by-list some");
}

static void assert_leads(uint32_t revision, const void *info, size_t length, uint8_t families,
	const char *wanted)
{
	struct foreign_target to;
	struct text text = {0};
	assert_true(foreign_xt_leads("DNAT", revision, info, length, families, &to));
	put_target(&text, &to);
	assert_text(&text, wanted, "DNAT");
}

TEST(where_dnat_leads)
{
	const unsigned flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
	struct nf_nat_ipv4_multi_range_compat old = {.rangesize = 1,
		.range = {{.flags = flags,
			.min_ip = htonl(0xac110002),
			.max_ip = htonl(0xac110002),
			.min.all = htons(80),
			.max.all = htons(80)}}};
	struct nf_nat_range range = {.flags = NF_NAT_RANGE_MAP_IPS};
	struct foreign_target to;
	range.min_addr.in6.s6_addr[15] = range.max_addr.in6.s6_addr[15] = 1;
	assert_leads(0, &old, sizeof(old), FOREIGN_IPV4, "(to 172.17.0.2:80)");
	assert_leads(1, &range, sizeof(range), FOREIGN_IPV6, "(to ::1:0)");
	range.max_addr.in6.s6_addr[15] = 2;
	assert_leads(1, &range, sizeof(range), FOREIGN_IPV6, "(to ?)");
	assert_leads(9, NULL, 0, FOREIGN_IPV4, "(to ?)");
	assert_false(foreign_xt_leads("SNAT", 0, &old, sizeof(old), FOREIGN_IPV4, &to));
	assert_true(foreign_xt_leads("REDIRECT", 0, &old, sizeof(old), FOREIGN_IPV4, &to));
	assert_int_equal(to.address.family, AF_UNSPEC);
	assert_int_equal(to.port, 80);
}

TEST(targets_end_or_do_not)
{
	enum foreign_end end;
	assert_int_equal(foreign_xt_target("LOG", &end), FOREIGN_DOES_NOTHING);
	assert_int_equal(foreign_xt_target("CT", &end), FOREIGN_CHANGES);
	assert_int_equal(foreign_xt_target("REJECT", &end), FOREIGN_ENDS);
	assert_int_equal(end, FOREIGN_REJECT);
	assert_int_equal(foreign_xt_target("MASQUERADE", &end), FOREIGN_ENDS);
	assert_int_equal(end, FOREIGN_ACCEPT);
	assert_int_equal(foreign_xt_target("NFQUEUE", &end), FOREIGN_ENDS);
	assert_int_equal(end, FOREIGN_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_of_tcp_and_udp),
		cmocka_unit_test(lists_of_ports),
		cmocka_unit_test(states_of_connections),
		cmocka_unit_test(what_is_not_known_narrows_by_something),
		cmocka_unit_test(kinds_of_address),
		cmocka_unit_test(an_ipset_is_a_list_that_cannot_be_looked_at),
		cmocka_unit_test(where_dnat_leads),
		cmocka_unit_test(targets_end_or_do_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
