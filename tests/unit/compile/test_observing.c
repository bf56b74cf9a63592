/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets are copied, which look-ups get out, and that conversations with resolvers have no
 * stamp. */
#include "compile/observing.h"

#include "netlink/packet_log.h"
#include "ruleset/chain_text.h"
#include "ruleset/change_summary.h"
#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"
#include "ruleset/pair.h"
#include "ruleset/sound.h"

_Static_assert((int)OBSERVED_BYTES == (int)PACKET_LOG_LENGTH, "what is copied is read");

#define NAMED \
	"[peer cloud]\nname = login.example.com\n" \
	"[flow web]\nport = 443\nprotocol = tcp\nsource = this-host\ntarget = cloud\n"
#define DNS \
	"[peer ns]\naddress = 10.0.0.53\n" \
	"[flow dns]\nport = 53\nprotocol = tcp udp\nsource = this-host\ntarget = ns\n"

static const uint32_t users[] = {998, 997};

static struct facts here(void)
{
	struct facts f = {0};
	const struct {
		const char *text;
		int (*add)(struct facts *f, const struct addr *a);
	} servers[] = {
		{"10.0.0.53", facts_add_resolver},
		{"2001:db8::53", facts_add_resolver},
		{"127.0.0.53", facts_add_local_resolver},
	};
	for (size_t i = 0; i < 3; i++) {
		struct addr a;
		assert_int_equal(addr_parse(servers[i].text, strlen(servers[i].text), &a), 0);
		assert_int_equal(servers[i].add(&f, &a), 0);
	}
	return f;
}

static const struct form observing = {
	.generation = 1, .log_group = 7, .look_up_users = users, .n_look_up_users = 2};

struct world {
	struct facts facts;
	struct policy *policy;
	struct ruleset *ruleset;
};

static struct world world_of(const char *host, const struct form *form)
{
	struct world w = {.facts = here()};
	w.policy = memory_policy_facts(host, &w.facts);
	assert_int_equal(compile_form(w.policy, form, &w.ruleset), 0);
	assert_sound(w.ruleset, 1);
	return w;
}

static void end_world(struct world *w)
{
	ruleset_free(w->ruleset);
	policy_free(w->policy);
	facts_done(&w->facts);
}

/* The text of the n-th rule of a chain, to be freed. */
static char *rule_text(const struct ruleset *r, const char *name, unsigned n)
{
	const struct rule *rule = ruleset_chain(r, name)->first;
	struct text text = {0};
	while (rule && n--)
		rule = rule->next;
	assert_non_null(rule);
	show_nft_rule(rule, &text);
	return finished(&text);
}

static void assert_rule(const struct ruleset *r, const char *name, unsigned n, const char *wanted)
{
	char *found = rule_text(r, name, n);
	assert_string_equal(found, wanted);
	free(found);
}

TEST(copies_stand_behind_the_fast_path_and_before_the_loopback)
{
	struct world w = world_of("[host]\n" NAMED, &observing);
	assert_rule(w.ruleset, "input", 1, "udp sport 53 jump told");
	assert_rule(w.ruleset, "input", 2, "tcp sport 53 jump told");
	assert_rule(w.ruleset, "input", 3, "iifname \"lo\" accept");
	assert_rule(w.ruleset, "output", 1, "udp dport 53 jump asked");
	assert_rule(w.ruleset, "output", 2, "tcp dport 53 jump asked");
	assert_rule(w.ruleset, "output", 3, "oifname \"lo\" accept");
	assert_chain(w.ruleset, "told",
		"ct state established,untracked ip saddr @resolvers-hosts4 "
		"log group 7 snaplen 15360 queue-threshold 1\n"
		"ct state established,untracked ip6 saddr @resolvers-hosts6 "
		"log group 7 snaplen 15360 queue-threshold 1\n");
	assert_chain(w.ruleset, "asked",
		"ip daddr @resolvers-hosts4 log group 7 snaplen 15360 queue-threshold 1\n"
		"ip6 daddr @resolvers-hosts6 log group 7 snaplen 15360 queue-threshold 1\n");
	assert_elements(w.ruleset, "resolvers-hosts4", "10.0.0.53\n127.0.0.53\n");
	assert_elements(w.ruleset, "resolvers-hosts6", "2001:db8::53\n");
	end_world(&w);
}

TEST(without_names_nothing_is_copied_and_no_look_up_gets_out)
{
	struct world w = world_of("[host]\n" DNS, &observing);
	assert_int_equal(addrset_count(&w.policy->host.resolvers), 0);
	assert_null(ruleset_chain(w.ruleset, "told"));
	assert_null(ruleset_chain(w.ruleset, "own-look-ups"));
	assert_null(ruleset_set(w.ruleset, "resolvers-hosts4"));
	assert_chain(w.ruleset, "accept-out-dns",
		"ct mark set ct mark & 0x0000ffff | 0x00010000 counter name \"out-dns\" accept\n");
	end_world(&w);
}

/* A role file may name peers by default that no flow of this host uses. */
TEST(a_name_that_nobody_uses_is_no_reason)
{
	struct world w = world_of(
		"[host]\n[flow f]\nport = 1\nprotocol = tcp\nsource = q\ntarget = this-host\n"
		"optional = yes\n[peer q]\nname = a.example.com\n",
		&observing);
	assert_null(ruleset_chain(w.ruleset, "told"));
	end_world(&w);
}

TEST(conversations_with_a_resolver_are_counted_and_never_stamped)
{
	struct world w = world_of("[host]\n" NAMED DNS, &observing);
	assert_chain(w.ruleset, "accept-out-dns",
		"meta l4proto udp ct original proto-dst 53 ct original ip daddr "
		"@resolvers-hosts4 counter name \"out-dns\" accept\n"
		"meta l4proto udp ct original proto-dst 53 ct original ip6 daddr "
		"@resolvers-hosts6 counter name \"out-dns\" accept\n"
		"meta l4proto tcp ct original proto-dst 53 ct original ip daddr "
		"@resolvers-hosts4 counter name \"out-dns\" accept\n"
		"meta l4proto tcp ct original proto-dst 53 ct original ip6 daddr "
		"@resolvers-hosts6 counter name \"out-dns\" accept\n"
		"ct mark set ct mark & 0x0000ffff | 0x00010000 counter name \"out-dns\" accept\n");
	/* and flows with other ports pay nothing */
	assert_chain(w.ruleset, "accept-out-web",
		"ct mark set ct mark & 0x0000ffff | 0x00010000 counter name \"out-web\" accept\n");
	end_world(&w);
}

TEST(with_outbound_allow_neither)
{
	struct world w = world_of("[host]\noutbound = allow\n" NAMED, &observing);
	assert_rule(w.ruleset, "accept-outbound-any", 0,
		"meta l4proto udp ct original proto-dst 53 ct original ip daddr "
		"@resolvers-hosts4 counter name \"outbound-any\" accept");
	/* whoever asks may do so already */
	assert_null(ruleset_chain(w.ruleset, "own-look-ups"));
	end_world(&w);
}

static bool has_rule(const struct ruleset *r, const char *name, const char *wanted)
{
	bool found = false;
	for (const struct rule *rule = ruleset_chain(r, name)->first; rule && !found;
		rule = rule->next) {
		struct text text = {0};
		show_nft_rule(rule, &text);
		char *said = finished(&text);
		found = strcmp(said, wanted) == 0;
		free(said);
	}
	return found;
}

TEST(systemd_resolved_may_ask_over_tls_and_another_stub_may_not)
{
	struct world w = world_of("[host]\n" NAMED, &observing);
	assert_true(has_rule(w.ruleset, "output", "tcp dport 853 jump own-look-ups"));
	assert_true(has_rule(w.ruleset, "input", "tcp sport 853 jump own-look-ups-answered"));
	end_world(&w);
	w.facts = here();
	w.facts.local_resolvers[0].bytes[3] = 1;
	w.policy = memory_policy_facts("[host]\n" NAMED, &w.facts);
	assert_int_equal(compile_form(w.policy, &observing, &w.ruleset), 0);
	assert_false(has_rule(w.ruleset, "output", "tcp dport 853 jump own-look-ups"));
	assert_false(has_rule(w.ruleset, "input", "tcp sport 853 jump own-look-ups-answered"));
	end_world(&w);
}

TEST(look_ups_get_out_of_the_users_and_to_the_resolvers_only)
{
	struct world w = world_of("[host]\n" NAMED, &observing);
	assert_chain(w.ruleset, "own-look-ups",
		"meta skuid 998 ip daddr @resolvers-hosts4 counter name \"own-look-ups\" accept\n"
		"meta skuid 998 ip6 daddr @resolvers-hosts6 counter name \"own-look-ups\" accept\n"
		"meta skuid 997 ip daddr @resolvers-hosts4 counter name \"own-look-ups\" accept\n"
		"meta skuid 997 ip6 daddr @resolvers-hosts6 counter name \"own-look-ups\" "
		"accept\n");
	assert_chain(w.ruleset, "own-look-ups-answered",
		"ct state established ct direction reply ct mark & 0xffff0000 == 0x00000000 "
		"ip saddr @resolvers-hosts4 counter name \"own-look-ups\" accept\n"
		"ct state established ct direction reply ct mark & 0xffff0000 == 0x00000000 "
		"ip6 saddr @resolvers-hosts6 counter name \"own-look-ups\" accept\n");
	end_world(&w);
}

TEST(without_a_reader_nothing_is_copied)
{
	const struct form form = {.generation = 1};
	struct world w = world_of("[host]\n" NAMED DNS, &form);
	assert_null(ruleset_chain(w.ruleset, "told"));
	assert_null(ruleset_chain(w.ruleset, "own-look-ups"));
	assert_chain(w.ruleset, "accept-out-dns",
		"ct mark set ct mark & 0x0000ffff | 0x00010000 counter name \"out-dns\" accept\n");
	end_world(&w);
}

/* What is copied is allowed or refused as without it. */
TEST(copies_open_nothing)
{
	static const struct form plain = {.generation = 1},
				 copies = {.generation = 1, .log_group = 7};
	static const char *const servers[] = {"10.0.0.53", "10.0.0.54", "2001:db8::53"};
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};
	static const char host[] = "[host]\n" NAMED DNS;
	struct world a = world_of(host, &plain), b = world_of(host, &copies);
	for (unsigned i = 0; i < 3 * 2 * 2 * 2; i++) {
		const bool in = i & 1, is_dns = i & 2;
		struct packet p = {
			.hook = in ? HOOK_INPUT : HOOK_OUTPUT, .protocol = protocols[i >> 2 & 1]};
		const char *server = servers[i >> 3];
		const char *own = strchr(server, ':') ? "2001:db8::1" : "10.0.0.1";
		struct addr *there = in ? &p.source : &p.destination;
		assert_int_equal(addr_parse(server, strlen(server), there), 0);
		assert_int_equal(addr_parse(own, strlen(own), in ? &p.destination : &p.source), 0);
		*(in ? &p.source_port : &p.destination_port) = is_dns ? 53 : 54;
		assert_int_equal(evaluate(a.ruleset, &p).ending, evaluate(b.ruleset, &p).ending);
	}
	end_world(&a);
	end_world(&b);
}

/* Its conversations may have a stamp, and would go by the fast path. */
TEST(a_resolver_that_comes_lets_connections_be_judged_again)
{
	struct world before = world_of("[host]\n" NAMED DNS, &observing);
	struct facts facts = here();
	struct addr other;
	struct differences d;
	struct ruleset *after;
	assert_int_equal(addr_parse("10.0.0.54", 9, &other), 0);
	assert_int_equal(facts_add_resolver(&facts, &other), 0);
	struct policy *p = memory_policy_facts("[host]\n" NAMED DNS, &facts);
	assert_int_equal(compile_form(p, &observing, &after), 0);
	assert_int_equal(differences_find(before.ruleset, after, NULL, &d), 0);
	assert_true(changes_only_addresses(&d));
	assert_true(changes_summarise(&d).restricts);
	differences_done(&d);
	ruleset_free(after);
	policy_free(p);
	facts_done(&facts);
	end_world(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_stand_behind_the_fast_path_and_before_the_loopback),
		cmocka_unit_test(without_names_nothing_is_copied_and_no_look_up_gets_out),
		cmocka_unit_test(a_name_that_nobody_uses_is_no_reason),
		cmocka_unit_test(conversations_with_a_resolver_are_counted_and_never_stamped),
		cmocka_unit_test(with_outbound_allow_neither),
		cmocka_unit_test(systemd_resolved_may_ask_over_tls_and_another_stub_may_not),
		cmocka_unit_test(look_ups_get_out_of_the_users_and_to_the_resolvers_only),
		cmocka_unit_test(without_a_reader_nothing_is_copied),
		cmocka_unit_test(copies_open_nothing),
		cmocka_unit_test(a_resolver_that_comes_lets_connections_be_judged_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
