/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule at a time, made by the compiler's own hand or by libnftnl. */
#include "kernel/machine.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/emit.h"
#include "ruleset/build.h"
#include "testing.h"

static const struct place built_in = {0};

/* The one set that rules of this file look up, and what was asked of it. */
static struct {
	char key[32];
	bool has;
	struct fate fate;
	int result;
} set;

static int find(void *context, const char *name, const void *key, size_t length,
	struct fate *ret_fate)
{
	assert_ptr_equal(context, &set);
	assert_string_equal(name, "s");
	for (size_t i = 0; i < length; i++)
		snprintf(set.key + 2 * i, 3, "%02x", ((const uint8_t *)key)[i]);
	if (set.result < 0)
		return set.result;
	if (set.has && set.fate.kind)
		*ret_fate = set.fate;
	return set.has;
}

static struct packet a_packet(void)
{
	struct packet p = {
		.hook = HOOK_INPUT,
		.protocol = IPPROTO_TCP,
		.source = {AF_INET, {10, 0, 0, 7}},
		.destination = {AF_INET, {10, 0, 0, 1}},
		.source_port = 0x1234,
		.destination_port = 0x0050,
	};
	return p;
}

static struct build begun(void)
{
	struct build b;
	build_start(&b, 7, 0xffff0000);
	chain(&b, built_in, "c", HOOK_NONE);
	rule(&b, built_in, "r");
	return b;
}

/* Runs the rule that was begun; its builder ends. */
static int run(struct build b, struct packet p, struct machine *ret)
{
	struct ruleset *r;
	*ret = (struct machine){.packet = &p, .find = find, .context = &set};
	assert_int_equal(build_finish(&b, &r), 0);
	struct nftnl_rule *made = emit_make_rule(r->chains, r->chains->first);
	assert_non_null(made);
	int result = machine_run(ret, made);
	ret->packet = NULL;
	/* what it points to goes with the rule */
	static char counter_name[64];
	if (ret->counter)
		ret->counter = strncpy(counter_name, ret->counter, sizeof(counter_name) - 1);
	nftnl_rule_free(made);
	ruleset_free(r);
	return result;
}

static void assert_match(void (*statement)(struct build *b), struct packet p, bool holds)
{
	struct machine m;
	struct build b = begun();
	statement(&b);
	assert_int_equal(run(b, p, &m), holds ? MACHINE_HOLDS : MACHINE_FAILS);
}

static void is_tcp(struct build *b)
{
	match(b, FIELD_L4PROTO, IPPROTO_TCP);
}

static void is_not_tcp(struct build *b)
{
	match_not(b, FIELD_L4PROTO, IPPROTO_TCP);
}

static void dialled_80(struct build *b)
{
	match(b, FIELD_CT_PROTO_DST, 80);
}

static void reaches_80(struct build *b)
{
	match(b, FIELD_TCP_DPORT, 80);
}

static void is_echo(struct build *b)
{
	match(b, FIELD_ICMP_TYPE, 8);
}

static void is_established(struct build *b)
{
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
}

static void bears_7(struct build *b)
{
	match_masked(b, FIELD_CT_MARK, 0xffff0000, 7 << 16);
}

static void is_dnated(struct build *b)
{
	match_any_bit(b, FIELD_CT_STATUS, IPS_DST_NAT);
}

static void comes_by_lo(struct build *b)
{
	match_name(b, FIELD_IIFNAME, "lo");
}

static void comes_by_eth0(struct build *b)
{
	match_name(b, FIELD_IIFNAME, "eth0");
}

static void is_link_local(struct build *b)
{
	match_link_local(b, FIELD_IP6_SADDR);
}

static void is_dhcp(struct build *b)
{
	match(b, FIELD_UDP_PORTS, 67 << 16 | 68);
}

static void below_a_rate(struct build *b)
{
	limit(b, 5, 10);
}

static void above_a_rate(struct build *b)
{
	limit_over(b, 5, 10);
}

static void too_many_sessions(struct build *b)
{
	count_over(b, FIELD_L4PROTO, "s", 150);
}

static void fields_are_read_from_the_packet(void **state)
{
	struct packet tcp = a_packet(), udp = a_packet(), echo = a_packet(), lo = a_packet();
	struct packet live = a_packet(), six = a_packet(), dhcp = a_packet();
	(void)state;
	udp.protocol = IPPROTO_UDP;
	echo.protocol = IPPROTO_ICMP;
	echo.icmp_type = 8;
	lo.loopback = live.is_live = true;
	live.mark = 7 << 16 | 0x1234;
	six.source = (struct addr){AF_INET6, {0xfe, 0xbf}};
	dhcp.protocol = IPPROTO_UDP;
	dhcp.source_port = 67;
	dhcp.destination_port = 68;
	assert_match(is_tcp, tcp, true);
	assert_match(is_tcp, udp, false);
	assert_match(is_not_tcp, tcp, false);
	assert_match(is_not_tcp, udp, true);
	assert_match(dialled_80, tcp, true);
	assert_match(dialled_80, udp, true);
	assert_match(reaches_80, tcp, true);
	assert_match(reaches_80, udp, false);
	assert_match(is_echo, echo, true);
	assert_match(is_echo, tcp, false);
	assert_match(is_established, tcp, false);
	assert_match(is_established, live, true);
	assert_match(bears_7, live, true);
	assert_match(bears_7, tcp, false);
	assert_match(comes_by_lo, lo, true);
	assert_match(comes_by_lo, tcp, false);
	assert_match(comes_by_eth0, tcp, false);
	assert_match(comes_by_eth0, lo, false);
	tcp.interface = lo.interface = "eth0";
	assert_match(comes_by_eth0, tcp, true);
	assert_match(comes_by_eth0, lo, false);
	tcp.interface = "eth0.7";
	assert_match(comes_by_eth0, tcp, false);
	assert_match(is_link_local, six, true);
	assert_match(is_link_local, tcp, false);
	assert_match(is_dhcp, dhcp, true);
	assert_match(is_dhcp, udp, false);
}

static void what_was_dialled_is_not_where_it_goes(void **state)
{
	struct packet p = a_packet();
	(void)state;
	assert_match(is_dnated, p, false);
	p.is_dnated = true;
	p.dialled_port = 443;
	assert_match(is_dnated, p, true);
	assert_match(dialled_80, p, false);
	assert_match(reaches_80, p, true);
}

static void rates_and_counts_are_below_their_limits(void **state)
{
	(void)state;
	assert_match(below_a_rate, a_packet(), true);
	assert_match(above_a_rate, a_packet(), false);
	assert_match(too_many_sessions, a_packet(), false);
}

/* Looks a field up, and demands the key that was asked for. */
static int look_up(enum field f, struct packet p, const char *key)
{
	struct machine m;
	struct build b = begun();
	set.key[0] = '\0';
	lookup(&b, f, "s");
	int r = run(b, p, &m);
	assert_string_equal(set.key, key);
	return r;
}

static void a_set_is_asked_for_the_key_as_the_kernel_has_it(void **state)
{
	struct packet six = a_packet();
	(void)state;
	six.source = (struct addr){AF_INET6, {0x20, 0x01}};
	set.has = true;
	set.result = 0;
	assert_int_equal(look_up(FIELD_CT_SADDR, a_packet(), "0a000007"), MACHINE_HOLDS);
	assert_int_equal(look_up(FIELD_IP_DADDR, a_packet(), "0a000001"), MACHINE_HOLDS);
	assert_int_equal(look_up(FIELD_TCP_DPORT, a_packet(), "0050"), MACHINE_HOLDS);
	assert_int_equal(look_up(FIELD_L4PROTO, a_packet(), "06"), MACHINE_HOLDS);
	/* IPv6 is not asked of sets of IPv4 */
	assert_int_equal(look_up(FIELD_CT_SADDR, six, ""), MACHINE_FAILS);
	set.has = false;
	assert_int_equal(look_up(FIELD_TCP_SPORT, a_packet(), "1234"), MACHINE_FAILS);
	set.result = -EIO;
	assert_int_equal(look_up(FIELD_TCP_SPORT, a_packet(), "1234"), -EIO);
	set.result = -EINVAL;
	assert_int_equal(look_up(FIELD_TCP_SPORT, a_packet(), "1234"), -ENOTSUP);
	set.result = 0;
}

static void a_map_decides(void **state)
{
	struct machine m;
	struct build b = begun();
	(void)state;
	set.has = true;
	set.fate = (struct fate){NFT_JUMP, "there"};
	dispatch(&b, FIELD_CT_PROTO_DST, "s");
	assert_int_equal(run(b, a_packet(), &m), MACHINE_DECIDED);
	assert_int_equal(m.fate.kind, NFT_JUMP);
	assert_string_equal(m.fate.chain, "there");
	set.has = false;
	b = begun();
	dispatch(&b, FIELD_CT_PROTO_DST, "s");
	assert_int_equal(run(b, a_packet(), &m), MACHINE_FAILS);
	set.fate = (struct fate){0, NULL};
}

static void verdicts_are_told_with_the_last_counter(void **state)
{
	struct machine m;
	struct build b = begun();
	(void)state;
	stamp(&b);
	count(&b, "counted");
	accept_packet(&b);
	assert_int_equal(run(b, a_packet(), &m), MACHINE_DECIDED);
	assert_int_equal(m.fate.kind, NF_ACCEPT);
	assert_string_equal(m.counter, "counted");
	b = begun();
	reject_any(&b);
	assert_int_equal(run(b, a_packet(), &m), MACHINE_DECIDED);
	assert_int_equal(m.fate.kind, NF_DROP);
	assert_null(m.counter);
	b = begun();
	log_packet(&b, "prefix");
	assert_int_equal(run(b, a_packet(), &m), MACHINE_HOLDS);
}

static void a_match_that_fails_ends_the_rule(void **state)
{
	struct machine m;
	struct build b = begun();
	(void)state;
	match(&b, FIELD_L4PROTO, IPPROTO_UDP);
	count(&b, "counted");
	accept_packet(&b);
	assert_int_equal(run(b, a_packet(), &m), MACHINE_FAILS);
	assert_null(m.counter);
}

static struct nftnl_expr *added(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);
	assert_non_null(e);
	nftnl_rule_add_expr(rule, e);
	return e;
}

static int run_foreign(struct nftnl_rule *rule)
{
	struct packet p = a_packet();
	struct machine m = {.packet = &p, .find = find, .context = &set};
	int r = machine_run(&m, rule);
	nftnl_rule_free(rule);
	return r;
}

static void what_is_not_understood_is_said(void **state)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	(void)state;
	added(rule, "quota");
	assert_int_equal(run_foreign(rule), -ENOTSUP);

	rule = nftnl_rule_alloc();
	struct nftnl_expr *e = added(rule, "meta");
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_CPU);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
	assert_int_equal(run_foreign(rule), -ENOTSUP);

	rule = nftnl_rule_alloc();
	e = added(rule, "payload");
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_LL_HEADER);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, 6);
	assert_int_equal(run_foreign(rule), -ENOTSUP);
}

/* Whatever number a message has for a register, nothing outside them is touched. */
static void registers_that_are_not_there_are_refused(void **state)
{
	static const uint32_t numbers[] = {
		NFT_REG_VERDICT, 5, 6, 7, NFT_REG32_15, NFT_REG32_15 + 1, 100, UINT32_MAX};
	static const uint8_t value[16] = {0};
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct nftnl_rule *rule = nftnl_rule_alloc();
		struct nftnl_expr *e = added(rule, "cmp");
		nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, numbers[i]);
		nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
		nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value, sizeof(value));
		assert_int_equal(run_foreign(rule), -ENOTSUP);
	}
}

/* The kernel shows register 1 as the first of its four words, or as itself. */
static void registers_have_two_names(void **state)
{
	static const uint8_t tcp = IPPROTO_TCP;
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct nftnl_expr *e = added(rule, "meta");
	(void)state;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_2);
	e = added(rule, "cmp");
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG32_04);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, &tcp, sizeof(tcp));
	assert_int_equal(run_foreign(rule), MACHINE_HOLDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read_from_the_packet),
		cmocka_unit_test(what_was_dialled_is_not_where_it_goes),
		cmocka_unit_test(rates_and_counts_are_below_their_limits),
		cmocka_unit_test(a_set_is_asked_for_the_key_as_the_kernel_has_it),
		cmocka_unit_test(a_map_decides),
		cmocka_unit_test(verdicts_are_told_with_the_last_counter),
		cmocka_unit_test(a_match_that_fails_ends_the_rule),
		cmocka_unit_test(what_is_not_understood_is_said),
		cmocka_unit_test(registers_that_are_not_there_are_refused),
		cmocka_unit_test(registers_have_two_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
