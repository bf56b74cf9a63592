/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of objects and what they are about; and that no name of a compiled ruleset is missed. */
#include "ask/subject.h"

#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

static void expect(const char *object, enum subject_kind kind, enum side side, const char *name)
{
	struct subject s = subject_of(object);
	if (s.kind != kind || s.side != side || s.length != strlen(name) ||
		memcmp(s.name, name, s.length) != 0)
		fail_msg("%s is kind %d, side %d, name '%.*s'", object, s.kind, s.side,
			(int)s.length, s.name);
}

TEST(names_tell_what_an_object_is_about)
{
	expect("in-web", SUBJECT_FLOW, SIDE_IN, "web");
	expect("accept-in-web", SUBJECT_FLOW, SIDE_IN, "web");
	expect("reversed-in-web", SUBJECT_FLOW, SIDE_IN, "web");
	expect("reversed-out-in-web", SUBJECT_FLOW, SIDE_OUT, "in-web");
	expect("out-in-out", SUBJECT_FLOW, SIDE_OUT, "in-out");
	expect("accept-out-in-web", SUBJECT_FLOW, SIDE_OUT, "in-web");
	expect("in-web-deadbeef", SUBJECT_FLOW, SIDE_IN, "web-deadbeef");
	expect("peer-app-server-hosts4", SUBJECT_PEER, SIDE_IN, "app-server");
	expect("peer-x-ranges6", SUBJECT_PEER, SIDE_IN, "x");
	expect("management-hosts4", SUBJECT_MANAGEMENT, SIDE_IN, "");
	expect("management-ports", SUBJECT_MANAGEMENT, SIDE_IN, "");
	expect("management-out", SUBJECT_MANAGEMENT, SIDE_IN, "");
	expect("sessions-150", SUBJECT_SESSIONS, SIDE_IN, "");
	expect("session-cap", SUBJECT_SESSIONS, SIDE_IN, "");
	expect("refused-sessions", SUBJECT_SESSIONS, SIDE_IN, "");
	expect("outbound-any", SUBJECT_OUTBOUND, SIDE_OUT, "");
	expect("inbound", SUBJECT_PROTOCOLS, SIDE_IN, "");
	expect("outbound-protocols", SUBJECT_PROTOCOLS, SIDE_OUT, "");
	expect("inbound-tcp", SUBJECT_PORTS, SIDE_IN, "tcp");
	expect("inbound-tcp-ports", SUBJECT_PORTS, SIDE_IN, "tcp");
	expect("outbound-udp-ranges", SUBJECT_PORTS, SIDE_OUT, "udp");
	expect("shared-in-tcp-5985", SUBJECT_PORTS, SIDE_IN, "tcp");
	expect("reversed-inbound", SUBJECT_PROTOCOLS, SIDE_IN, "");
	expect("reversed-outbound-tcp-ports-3f2a91c4", SUBJECT_PORTS, SIDE_OUT, "tcp");
	expect("shared-reversed-in-tcp-5985", SUBJECT_PORTS, SIDE_IN, "tcp");
	expect("local-ports-3f2a91c4", SUBJECT_OUTBOUND, SIDE_OUT, "");
	expect("outbound-any-tcp", SUBJECT_OUTBOUND, SIDE_OUT, "");
	expect("generation", SUBJECT_GENERATION, SIDE_IN, "");
	expect("input", SUBJECT_BUILT_IN, SIDE_IN, "input");
	expect("output", SUBJECT_BUILT_IN, SIDE_IN, "output");
	expect("refused-inbound", SUBJECT_BUILT_IN, SIDE_IN, "refused-inbound");
	expect("", SUBJECT_BUILT_IN, SIDE_IN, "");
	expect("peer-", SUBJECT_PEER, SIDE_IN, "");
}

TEST(the_hash_of_a_map_is_no_part_of_what_it_is_about)
{
	expect("inbound-protocols-3f2a91c4", SUBJECT_PROTOCOLS, SIDE_IN, "");
	expect("inbound-tcp-ports-3f2a91c4", SUBJECT_PORTS, SIDE_IN, "tcp");
	expect("icmp-types-3f2a91c4", SUBJECT_BUILT_IN, SIDE_IN, "icmp-types");
	assert_int_equal(subject_base_length("a-3f2a91c4"), 1);
	assert_int_equal(subject_base_length("a-3f2a91cg"), 10);
	assert_int_equal(subject_base_length("a-3f2a91c"), 9);
	assert_int_equal(subject_base_length("a3f2a91c4b"), 10);
	assert_int_equal(subject_base_length("-3f2a91c4"), 9);
	assert_int_equal(subject_base_length(""), 0);
}

TEST(order_is_by_kind_then_name_then_side)
{
	static const char *const ordered[] = {
		"in-a", "out-a", "in-ab", "in-b", "peer-a-hosts4", "peer-b-hosts4", "session-cap"};
	for (size_t i = 0; i < sizeof(ordered) / sizeof(ordered[0]); i++)
		for (size_t j = 0; j < sizeof(ordered) / sizeof(ordered[0]); j++) {
			struct subject a = subject_of(ordered[i]), b = subject_of(ordered[j]);
			assert_int_equal(subject_order(&a, &b), (i > j) - (i < j));
			assert_int_equal(subject_same(&a, &b), i == j);
		}
}

/* Each object of a flow, a peer or the sizing table is found to be that. */
TEST(compiled_names_are_understood)
{
	static const char role[] =
		"[role]\nname = box\nplays = box\npeers = c\nsession-flows = a\n"
		"[flow a]\nport = 80 90-200\nprotocol = tcp\nsource = c\ntarget = box\n"
		"[flow b]\nport = 80\nprotocol = tcp\nsource = c\ntarget = box\n"
		"initiator = either\n[size 450]\nsessions = 150\n";
	static const char host[] =
		"[host]\nroles = box\nsize = 450\noutbound = allow\n"
		"[management]\nfrom = 10.0.0.1\n"
		"[peer c]\naddress = 10.0.0.1, 10.0.1.0/24, 2001:db8::1, 2001:db8:1::/48\n";
	struct policy *p = memory_policy(role, host);
	struct ruleset *r = compiled(p, 1);
	size_t flows = 0, ports = 0;
	for (const struct chain *c = r->chains; c; c = c->next) {
		struct subject s = subject_of(c->name);
		flows += s.kind == SUBJECT_FLOW;
		ports += s.kind == SUBJECT_PORTS;
		for (const struct rule *rule = c->first; rule; rule = rule->next)
			if (rule->flow && s.kind == SUBJECT_FLOW)
				assert_int_equal(s.length, strlen(rule->flow));
	}
	/* accept-in-a in-a reversed-in-a, the same of b, both sides of b */
	assert_int_equal(flows, 9);
	/* inbound-tcp, outbound-tcp, shared-in-tcp-80, and all of them reversed */
	assert_int_equal(ports, 6);
	for (const struct set *s = r->sets; s; s = s->next)
		if (s->addresses && subject_of(s->name).kind == SUBJECT_BUILT_IN)
			fail_msg("%s is not understood", s->name);
	for (const struct object *o = r->objects; o; o = o->next)
		if (o->at.file && subject_of(o->name).kind == SUBJECT_BUILT_IN)
			fail_msg("%s is not understood", o->name);
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_tell_what_an_object_is_about),
		cmocka_unit_test(the_hash_of_a_map_is_no_part_of_what_it_is_about),
		cmocka_unit_test(order_is_by_kind_then_name_then_side),
		cmocka_unit_test(compiled_names_are_understood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
