/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a first packet to an address that a peer by name may have. */
#include "compile/holding.h"

#include "ruleset/chain_text.h"
#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

#define FLOWS \
	"[peer cloud]\nname = login.example.com\n" \
	"[peer fixed]\naddress = 192.0.2.1\n" \
	"[flow web]\nport = 443 8000-8100\nprotocol = tcp\nsource = this-host\ntarget = cloud\n" \
	"[flow api]\nport = 8050-8200\nprotocol = tcp udp\nsource = this-host\ntarget = cloud\n" \
	"[flow other]\nport = 443 25\nprotocol = tcp\nsource = this-host\ntarget = fixed\n"

static const struct form queueing = {.generation = 1, .queue = 5}, without = {.generation = 1};

struct world {
	struct policy *policy;
	struct ruleset *ruleset;
};

static struct world world_of(const char *host, const struct form *form)
{
	struct world w = {.policy = memory_policy(NULL, host)};
	assert_int_equal(compile_form(w.policy, form, &w.ruleset), 0);
	assert_sound(w.ruleset, 1);
	return w;
}

static void end_world(struct world *w)
{
	ruleset_free(w->ruleset);
	policy_free(w->policy);
}

static enum ending ending(const struct world *w, uint8_t protocol, const char *to, uint16_t port)
{
	struct packet p = {.hook = HOOK_OUTPUT,
		.protocol = protocol,
		.source_port = 40000,
		.destination_port = port};
	assert_int_equal(addr_parse("10.0.0.1", 8, &p.source), 0);
	assert_int_equal(addr_parse(to, strlen(to), &p.destination), 0);
	return evaluate(w->ruleset, &p).ending;
}

TEST(an_unknown_address_waits_at_the_ports_of_peers_by_name)
{
	struct world w = world_of("[host]\n" FLOWS, &queueing);
	assert_chain(w.ruleset, "unknown-outbound",
		"meta l4proto tcp ct original proto-dst @unknown-tcp-ports "
		"tcp flags & 0x00000017 == 0x00000002 goto wait-outbound\n"
		"meta l4proto udp ct original proto-dst @unknown-udp-ports goto wait-outbound\n");
	assert_chain(w.ruleset, "wait-outbound",
		"ct original ip daddr @not-of-name-ip4 goto refused-outbound\n"
		"ct original ip6 daddr @not-of-name-ip6 goto refused-outbound\n"
		"counter name \"unknown-outbound\" queue num 5\n");
	assert_elements(w.ruleset, "unknown-tcp-ports", "443\n8000-8200\n");
	assert_elements(w.ruleset, "unknown-udp-ports", "8050-8200\n");
	const struct set *s = ruleset_set(w.ruleset, NOT_OF_NAME_SET6);
	assert_true(s->dynamic);
	assert_int_equal(s->seconds, NOT_OF_NAME_SECONDS);
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 443), ENDING_QUEUE);
	assert_int_equal(ending(&w, IPPROTO_UDP, "198.51.100.7", 8100), ENDING_QUEUE);
	end_world(&w);
}

TEST(what_another_flow_allows_does_not_wait)
{
	struct world w = world_of("[host]\n" FLOWS, &queueing);
	assert_int_equal(ending(&w, IPPROTO_TCP, "192.0.2.1", 443), ENDING_ACCEPT);
	assert_int_equal(ending(&w, IPPROTO_TCP, "192.0.2.1", 25), ENDING_ACCEPT);
	end_world(&w);
}

TEST(at_other_ports_it_is_refused_as_ever)
{
	struct world w = world_of("[host]\n" FLOWS, &queueing);
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 25), ENDING_REJECT);
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 444), ENDING_REJECT);
	assert_int_equal(ending(&w, IPPROTO_UDP, "198.51.100.7", 443), ENDING_REJECT);
	end_world(&w);
}

/* It stands in front of the refusal, and behind all else. */
TEST(it_is_the_last_word_but_one)
{
	struct world w = world_of("[host]\n" FLOWS, &queueing);
	const struct rule *rule = ruleset_chain(w.ruleset, "output")->first;
	while (rule->next->next->next)
		rule = rule->next;
	struct text text = {0};
	show_nft_rule(rule, &text);
	char *found = finished(&text);
	assert_string_equal(found, "ct state new ct direction original jump unknown-outbound");
	free(found);
	end_world(&w);
}

TEST(without_a_queue_it_is_dropped_in_silence)
{
	struct world w = world_of("[host]\n" FLOWS, &without);
	assert_chain(w.ruleset, "wait-outbound", "counter name \"unknown-outbound\" drop\n");
	assert_null(ruleset_set(w.ruleset, NOT_OF_NAME_SET4));
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 443), ENDING_DROP);
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 25), ENDING_REJECT);
	end_world(&w);
}

TEST(where_it_is_not_wanted_it_is_refused)
{
	struct world w = world_of("[host]\nhold = no\n" FLOWS, &queueing);
	assert_null(ruleset_chain(w.ruleset, "wait-outbound"));
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 443), ENDING_REJECT);
	end_world(&w);
	w = world_of("[host]\noutbound = allow\n" FLOWS, &queueing);
	assert_null(ruleset_chain(w.ruleset, "wait-outbound"));
	assert_int_equal(ending(&w, IPPROTO_TCP, "198.51.100.7", 443), ENDING_ACCEPT);
	end_world(&w);
}

/* A peer by name that may call us waits for nothing: it is known or not. */
TEST(inbound_flows_hold_nothing)
{
	struct world w = world_of("[host]\n[peer cloud]\nname = login.example.com\n"
				  "[flow in]\nport = 443\nprotocol = tcp\nsource = cloud\n"
				  "target = this-host\n",
		&queueing);
	assert_null(ruleset_chain(w.ruleset, "wait-outbound"));
	end_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_address_waits_at_the_ports_of_peers_by_name),
		cmocka_unit_test(what_another_flow_allows_does_not_wait),
		cmocka_unit_test(at_other_ports_it_is_refused_as_ever),
		cmocka_unit_test(it_is_the_last_word_but_one),
		cmocka_unit_test(without_a_queue_it_is_dropped_in_silence),
		cmocka_unit_test(where_it_is_not_wanted_it_is_refused),
		cmocka_unit_test(inbound_flows_hold_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
