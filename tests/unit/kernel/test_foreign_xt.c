/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches and targets of xtables, from their data in memory. */
#include "kernel/foreign_xt.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "kernel/foreign_text.h"

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

static void ports_of_tcp_and_udp(void **state)
{
	struct xt_tcp t = {.spts = {0, 65535}, .dpts = {22, 22}};
	struct xt_udp u = {.spts = {5, 6}, .dpts = {0, 65535}};
	(void)state;
	assert_match("tcp", 0, &t, sizeof(t), " dport 22");
	t.invflags = XT_TCP_INV_DSTPT;
	assert_match("tcp", 0, &t, sizeof(t), " dport 0-21 or dport 23-65535");
	t.flg_mask = 2;
	t.invflags = 0;
	assert_match("tcp", 0, &t, sizeof(t), " dport 22 some-by-port");
	assert_match("udp", 0, &u, sizeof(u), " sport 5-6");
}

static void lists_of_ports(void **state)
{
	struct xt_multiport_v1 m = {.flags = XT_MULTIPORT_DESTINATION,
		.count = 3,
		.ports = {22, 80, 90},
		.pflags = {0, 1, 0}};
	(void)state;
	assert_match("multiport", 1, &m, sizeof(m), " dport 22 or dport 80-90");
	m.flags = XT_MULTIPORT_SOURCE;
	assert_match("multiport", 1, &m, sizeof(m), " sport 22 or sport 80-90");
	m.flags = XT_MULTIPORT_EITHER;
	m.count = 1;
	assert_match("multiport", 1, &m, sizeof(m), " dport 22 or sport 22");
	m.invert = 1;
	assert_match("multiport", 1, &m, sizeof(m), " some-by-port");
}

static void states_of_connections(void **state)
{
	struct xt_conntrack_mtinfo3 c = {.match_flags = XT_CONNTRACK_STATE,
		.state_mask = FOREIGN_ESTABLISHED | FOREIGN_RELATED};
	struct xt_state_info s = {.statemask = FOREIGN_NEW};
	(void)state;
	assert_match("conntrack", 3, &c, sizeof(c), " state 6");
	c.invert_flags = XT_CONNTRACK_STATE;
	assert_match("conntrack", 3, &c, sizeof(c), " state fffffff9");
	c.invert_flags = 0;
	c.match_flags |= XT_CONNTRACK_ORIGSRC;
	assert_match("conntrack", 3, &c, sizeof(c), " state 6 some");
	c.match_flags = XT_CONNTRACK_STATE;
	c.state_mask = XT_CONNTRACK_STATE_DNAT;
	assert_match("conntrack", 3, &c, sizeof(c), " some");
	assert_match("state", 0, &s, sizeof(s), " state 8");
}

/* Another revision has other data. */
static void what_is_not_known_narrows_by_something(void **state)
{
	const struct xt_tcp t = {.dpts = {22, 22}};
	(void)state;
	assert_match("comment", 0, NULL, 0, "");
	assert_match("addrtype", 1, NULL, 0, " some");
	assert_match("tcp", 7, &t, sizeof(t), " some-by-port");
	assert_match("tcp", 0, &t, 2, " some-by-port");
	assert_match("conntrack", 9, NULL, 0, " some");
}

static void targets_end_or_do_not(void **state)
{
	enum foreign_end end;
	(void)state;
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
		cmocka_unit_test(targets_end_or_do_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
