/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chain a protocol and port lead to: edges of ranges, ports of several flows, and what
 * becomes of short and long spans. */
#include "compile/dispatch.h"

#include "ruleset/failing_malloc.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

/* Flows a, b, c, … on tcp ports, open to one peer. */
static struct policy *ports_policy(const char *const ports[], size_t n)
{
	struct text text = {0};
	text_put(&text, "[host]\n[peer p]\naddress = 10.0.0.1\n");
	for (size_t i = 0; i < n; i++)
		text_printf(&text,
			"[flow %c]\nport = %s\nprotocol = tcp\nsource = p\ntarget = this-host\n",
			(char)('a' + i), ports[i]);
	char *host = finished(&text);
	struct policy *p = memory_policy(NULL, host);
	free(host);
	return p;
}

#define compiled_ports(policy, ...) \
	({ \
		const char *const ports_[] = {__VA_ARGS__}; \
		*(policy) = ports_policy(ports_, sizeof(ports_) / sizeof(ports_[0])); \
		struct ruleset *r_ = compiled(*(policy), 1); \
		assert_sound(r_, 1); \
		r_; \
	})

static void done(struct policy *p, struct ruleset *r)
{
	ruleset_free(r);
	policy_free(p);
}

TEST(a_port_leads_to_its_flow)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "443", "22 80");
	assert_chain(r, "inbound", "meta l4proto vmap @inbound-protocols\n");
	assert_chain(r, "inbound-tcp",
		"meta l4proto tcp ct original proto-dst vmap @inbound-tcp-ports\n");
	assert_elements(r, "inbound-tcp-ports", "22 > in-b\n80 > in-b\n443 > in-a\n");
	assert_null(set_called(r, "inbound-tcp-ranges"));
	done(p, r);
}

TEST(sixteen_ports_become_single_elements)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-1015");
	const struct set *s = set_called(r, "inbound-tcp-ports");
	assert_non_null(s);
	assert_int_equal(s->n_elements, 16);
	assert_int_equal(s->elements[0].first, 1000);
	assert_int_equal(s->elements[15].last, 1015);
	assert_false(s->interval);
	assert_null(set_called(r, "inbound-tcp-ranges"));
	done(p, r);
}

TEST(seventeen_ports_become_a_range)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-1016");
	assert_elements(r, "inbound-tcp-ranges", "1000-1016 > in-a\n");
	assert_true(set_called(r, "inbound-tcp-ranges")->interval);
	assert_null(set_called(r, "inbound-tcp-ports"));
	assert_chain(r, "inbound-tcp",
		"meta l4proto tcp ct original proto-dst vmap @inbound-tcp-ranges\n");
	done(p, r);
}

TEST(a_port_of_several_flows_tries_them_in_the_order_of_the_files)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "5985", "443", "5985", "5985");
	assert_elements(r, "inbound-tcp-ports", "443 > in-b\n5985 > shared-in-tcp-5985\n");
	assert_chain(r, "shared-in-tcp-5985", "jump in-a\njump in-c\njump in-d\n");
	const struct rule *second = ruleset_chain(r, "shared-in-tcp-5985")->first->next;
	assert_string_equal(second->flow, "c");
	assert_string_equal(second->comment, "etc/rolewall.conf:14");
	done(p, r);
}

TEST(overlapping_ranges_are_cut_at_each_others_edges)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-2000", "1500-2500");
	assert_elements(r, "inbound-tcp-ranges",
		"1000-1499 > in-a\n"
		"1500-2000 > shared-in-tcp-1500-2000\n"
		"2001-2500 > in-b\n");
	assert_chain(r, "shared-in-tcp-1500-2000", "jump in-a\njump in-b\n");
	done(p, r);
}

TEST(a_port_inside_a_range_is_cut_out_of_it)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-2000", "1500");
	assert_elements(r, "inbound-tcp-ranges", "1000-1499 > in-a\n1501-2000 > in-a\n");
	assert_elements(r, "inbound-tcp-ports", "1500 > shared-in-tcp-1500\n");
	done(p, r);
}

TEST(a_port_at_the_edge_of_a_range_is_cut_off)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-2000", "1000", "2000");
	assert_elements(r, "inbound-tcp-ranges", "1001-1999 > in-a\n");
	assert_elements(r, "inbound-tcp-ports",
		"1000 > shared-in-tcp-1000\n2000 > shared-in-tcp-2000\n");
	assert_chain(r, "shared-in-tcp-1000", "jump in-a\njump in-b\n");
	assert_chain(r, "shared-in-tcp-2000", "jump in-a\njump in-c\n");
	done(p, r);
}

TEST(ranges_that_touch_stay_apart_if_their_flows_differ)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-2000", "2001-3000");
	assert_elements(r, "inbound-tcp-ranges", "1000-2000 > in-a\n2001-3000 > in-b\n");
	done(p, r);
}

TEST(ranges_of_one_flow_that_touch_become_one)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "2001-3000 1000-2000 3001");
	assert_elements(r, "inbound-tcp-ranges", "1000-3001 > in-a\n");
	done(p, r);
}

TEST(ranges_of_one_flow_with_a_gap_stay_apart)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-2000 2002-3000");
	assert_elements(r, "inbound-tcp-ranges", "1000-2000 > in-a\n2002-3000 > in-a\n");
	done(p, r);
}

TEST(the_first_and_the_last_port_are_ports)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1-65535", "1", "65535");
	assert_elements(r, "inbound-tcp-ranges", "2-65534 > in-a\n");
	assert_elements(r, "inbound-tcp-ports",
		"1 > shared-in-tcp-1\n65535 > shared-in-tcp-65535\n");
	done(p, r);
}

TEST(equal_ranges_share_a_chain)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1000-2000", "1000-2000");
	assert_elements(r, "inbound-tcp-ranges", "1000-2000 > shared-in-tcp-1000-2000\n");
	done(p, r);
}

/* Every port of a made-up mess must lead to exactly the flows that have it. */
TEST(each_of_all_ports_leads_to_the_flows_that_have_it)
{
	struct policy *p;
	struct ruleset *r = compiled_ports(&p, "1-100 200 300-400", "50-350", "100 101 65520-65535",
		"300-316", "60000-65535 400-417");
	const struct set *ports = set_called(r, "inbound-tcp-ports");
	const struct set *ranges = set_called(r, "inbound-tcp-ranges");
	for (uint32_t port = 0; port <= 65535; port++) {
		const struct element *e = NULL;
		char wanted[8] = "", found[8] = "";
		for (size_t i = 0; i < p->n_flows; i++)
			if (flow_has_port(p->flows[i].flow, (uint16_t)port))
				strcat(wanted, p->flows[i].flow->name);
		if (set_has_number(ports, port, &e) || set_has_number(ranges, port, &e)) {
			const struct chain *c = ruleset_chain(r, e->chain);
			if (strncmp(c->name, "shared-", 7) != 0)
				strcat(found, c->name + strlen("in-"));
			else
				for (const struct rule *rule = c->first; rule; rule = rule->next)
					strcat(found, rule->statements[0].name + strlen("in-"));
		}
		assert_string_equal(found, wanted);
	}
	done(p, r);
}

TEST(protocols_and_sides_have_maps_of_their_own)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow dns]\n"
					       "port = 53\n"
					       "protocol = tcp udp\n"
					       "source = this-host\n"
					       "target = p\n"
					       "[flow diameter]\n"
					       "port = 3868\n"
					       "protocol = sctp\n"
					       "source = p\n"
					       "target = this-host\n"
					       "[peer p]\n"
					       "address = 10.0.0.1\n");
	struct ruleset *r = compiled(p, 1);
	assert_elements(r, "outbound-protocols", "6 > outbound-tcp\n17 > outbound-udp\n");
	assert_elements(r, "outbound-tcp-ports", "53 > out-dns\n");
	assert_elements(r, "outbound-udp-ports", "53 > out-dns\n");
	assert_chain(r, "outbound-udp",
		"meta l4proto udp ct original proto-dst vmap @outbound-udp-ports\n");
	assert_elements(r, "inbound-protocols", "132 > inbound-sctp\n");
	assert_elements(r, "inbound-sctp-ports", "3868 > in-diameter\n");
	done(p, r);
}

TEST(flows_of_one_protocol_without_ports_share_a_chain)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow a]\nprotocol = 50 51\nsource = p\n"
					       "target = this-host\n"
					       "[flow b]\nprotocol = 51\nsource = p\n"
					       "target = this-host\n"
					       "[peer p]\naddress = 10.0.0.1\n");
	struct ruleset *r = compiled(p, 1);
	assert_elements(r, "inbound-protocols", "50 > in-a\n51 > shared-in-protocol-51\n");
	assert_chain(r, "shared-in-protocol-51", "jump in-a\njump in-b\n");
	done(p, r);
}

TEST(the_first_and_the_last_protocol_are_protocols)
{
	struct policy *p = memory_policy(NULL, "[host]\n"
					       "[flow a]\nprotocol = 0 255\nsource = p\n"
					       "target = this-host\n"
					       "[peer p]\naddress = 10.0.0.1\n");
	struct ruleset *r = compiled(p, 1);
	assert_elements(r, "inbound-protocols", "0 > in-a\n255 > in-a\n");
	done(p, r);
}

TEST(a_side_has_a_flow_only_if_somebody_may_open_it)
{
	const struct peer nobody = {.name = "nobody", .none = true};
	const struct peer anybody = {.name = "anybody", .any = true};
	const struct peer *none[] = {&nobody}, *both[] = {&nobody, &anybody};
	struct host_flow f = {.state = FLOW_ON,
		.inbound = none,
		.n_inbound = 1,
		.outbound = both,
		.n_outbound = 2};
	assert_false(side_has_flow(&f, SIDE_IN));
	assert_true(side_has_flow(&f, SIDE_OUT));
	f.state = FLOW_OFF_OPTIONAL;
	assert_false(side_has_flow(&f, SIDE_OUT));
	f.state = FLOW_OFF_DISABLED;
	assert_false(side_has_flow(&f, SIDE_OUT));
	f = (struct host_flow){.state = FLOW_ON};
	assert_false(side_has_flow(&f, SIDE_IN));
}

TEST(sides_are_named_as_their_chains_begin)
{
	assert_string_equal(side_name(SIDE_IN), "in");
	assert_string_equal(side_name(SIDE_OUT), "out");
}

/* By itself: the chains of the flows are the compiler's business. */
static int dispatch_and_free(void *context)
{
	struct ruleset *r;
	struct build b;
	build_start(&b, 1, 0xffff0000);
	int result = dispatch_side(&b, context, SIDE_IN);
	if (result < 0)
		b.failed = true;
	result = build_finish(&b, &r);
	if (result == 0)
		ruleset_free(r);
	return result;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	static const char *const ports[] = {"1-100 200 300-400", "50-350", "100 101 7000-7005"};
	struct policy *p = ports_policy(ports, 3);
	assert_survives_each_failure(dispatch_and_free, p);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_leads_to_its_flow),
		cmocka_unit_test(sixteen_ports_become_single_elements),
		cmocka_unit_test(seventeen_ports_become_a_range),
		cmocka_unit_test(a_port_of_several_flows_tries_them_in_the_order_of_the_files),
		cmocka_unit_test(overlapping_ranges_are_cut_at_each_others_edges),
		cmocka_unit_test(a_port_inside_a_range_is_cut_out_of_it),
		cmocka_unit_test(a_port_at_the_edge_of_a_range_is_cut_off),
		cmocka_unit_test(ranges_that_touch_stay_apart_if_their_flows_differ),
		cmocka_unit_test(ranges_of_one_flow_that_touch_become_one),
		cmocka_unit_test(ranges_of_one_flow_with_a_gap_stay_apart),
		cmocka_unit_test(the_first_and_the_last_port_are_ports),
		cmocka_unit_test(equal_ranges_share_a_chain),
		cmocka_unit_test(each_of_all_ports_leads_to_the_flows_that_have_it),
		cmocka_unit_test(protocols_and_sides_have_maps_of_their_own),
		cmocka_unit_test(flows_of_one_protocol_without_ports_share_a_chain),
		cmocka_unit_test(the_first_and_the_last_protocol_are_protocols),
		cmocka_unit_test(a_side_has_a_flow_only_if_somebody_may_open_it),
		cmocka_unit_test(sides_are_named_as_their_chains_begin),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
