/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprints of rulesets, and of what the kernel makes of them. */
#include "nftables/read/fingerprint.h"

#include "nftables/change/apply.h"
#include "live/netns.h"
#include "live/renamed.h"
#include "live/applying.h"
#include "compile/compile.h"
#include "ruleset/memory_policy.h"

#define PEER "[peer p]\naddress = 10.0.0.1, 10.0.1.0/24, 2001:db8::1, 255.255.255.0/24\n"
#define FLOW \
	"[flow f]\nport = 80 90-200\nprotocol = tcp udp\nsource = p\ntarget = this-host\n" \
	"initiator = either\n"

static const char host[] = "[host]\n[management]\nfrom = 10.0.9.0/24\n" PEER FLOW;

static struct fingerprints of(const char *text, uint16_t generation)
{
	struct policy *p = memory_policy(NULL, text);
	struct ruleset *r;
	struct fingerprints f;
	assert_int_equal(compile(p, generation, &r), 0);
	assert_int_equal(fingerprints_of(r, &f), 0);
	ruleset_free(r);
	policy_free(p);
	return f;
}

/* Demands the difference of two, "" for none, and ends both. */
static void expect(struct fingerprints expected, struct fingerprints found, const char *difference)
{
	struct text text = {0};
	char *said;
	bool same = fingerprints_compare(&expected, &found, &text);
	assert_int_equal(text_finish(&text, &said), 0);
	assert_string_equal(said, difference);
	assert_int_equal(same, difference[0] == '\0');
	free(said);
	fingerprints_done(&expected);
	fingerprints_done(&found);
}

TEST(the_same_ruleset_has_the_same)
{
	expect(of(host, 7), of(host, 7), "");
}

TEST(one_element_more_changes_its_set)
{
	static const char more[] =
		"[host]\n[management]\nfrom = 10.0.9.0/24\n"
		"[peer p]\naddress = 10.0.0.1, 10.0.0.2, 10.0.1.0/24, 2001:db8::1, "
		"255.255.255.0/24\n" FLOW;
	expect(of(host, 7), of(more, 7), "set peer-p-hosts4 changed");
}

TEST(another_rule_changes_its_chain)
{
	static const char open[] =
		"[host]\noutbound = allow\n[management]\nfrom = 10.0.9.0/24\n" PEER FLOW;
	static const char closed[] =
		"[host]\noutbound = enforce\n[management]\nfrom = 10.0.9.0/24\n" PEER FLOW;
	struct text text = {0};
	struct fingerprints one = of(closed, 7), other = of(open, 7);
	assert_false(fingerprints_compare(&one, &other, &text));
	assert_non_null(strstr(text.data, "chain outbound changed"));
	assert_non_null(strstr(text.data, "object outbound-any added"));
	assert_non_null(strstr(text.data, "set local-ports"));
	text_done(&text);
	fingerprints_done(&one);
	fingerprints_done(&other);
}

static struct set *port_map(struct ruleset *r)
{
	struct set *s = r->sets;
	while (s && strncmp(s->name, "inbound-tcp-ports", strlen("inbound-tcp-ports")) != 0)
		s = s->next;
	assert_non_null(s);
	return s;
}

/* Maps of other ports have other names; so that only their elements differ, the one is called
 * like the other.  The names of chains differ in one bit, so that plain sums of hashes may be the
 * same. */
TEST(two_ports_that_swap_their_flows_change_their_map)
{
#define PORTS(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"
	static const char *const ports[] = {"80", "90", "91", "92", "93", "94"};
	for (size_t i = 0; i + 1 < sizeof(ports) / sizeof(ports[0]); i++) {
		struct ruleset *r[2];
		struct policy *p[2];
		struct fingerprints f[2];
		struct text said = {0};
		char changed[128];
		for (size_t j = 0; j < 2; j++) {
			char text[512];
			snprintf(text, sizeof(text),
				"[host]\n" PEER PORTS("f", "%s") PORTS("g", "%s"), ports[i + j],
				ports[i + 1 - j]);
			p[j] = memory_policy(NULL, text);
			assert_int_equal(compile(p[j], 7, &r[j]), 0);
		}
		port_map(r[1])->name = port_map(r[0])->name;
		for (size_t j = 0; j < 2; j++)
			assert_int_equal(fingerprints_of(r[j], &f[j]), 0);
		assert_false(fingerprints_compare(&f[0], &f[1], &said));
		snprintf(changed, sizeof(changed), "set %s changed", port_map(r[0])->name);
		assert_non_null(strstr(said.data, changed));
		text_done(&said);
		for (size_t j = 0; j < 2; j++) {
			fingerprints_done(&f[j]);
			ruleset_free(r[j]);
			policy_free(p[j]);
		}
	}
}

/* f is not called for what is the same. */
static int note_difference(void *context, const struct fingerprint *expected,
	const struct fingerprint *found)
{
	struct text *to = context;
	assert_true(expected || found);
	text_printf(to, "%s/%s%s\n", expected ? expected->name : "", found ? found->name : "",
		expected && found && expected->meaning == found->meaning ? " means the same" : "");
	return 0;
}

TEST(rules_of_another_line_mean_the_same)
{
	static const char lower[] =
		"[host]\n[management]\nfrom = 10.0.9.0/24\n" PEER "# a line\n" FLOW;
	struct fingerprints one = of(host, 7), other = of(lower, 7);
	struct text text = {0};
	char *said, *rest;
	assert_int_equal(fingerprints_differences(&one, &other, note_difference, &text), 0);
	assert_int_equal(text_finish(&text, &said), 0);
	assert_int_not_equal(strlen(said), 0);
	for (char *line = strtok_r(said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_non_null(strstr(line, " means the same"));
	free(said);
	fingerprints_done(&one);
	fingerprints_done(&other);
}

TEST(differences_come_with_both_sides)
{
	struct fingerprints one = of("[host]\n[management]\nfrom = 10.0.0.1\n", 7);
	struct fingerprints other = of("[host]\n[management]\nfrom = 10.0.0.0/24\n", 7);
	struct text text = {0};
	assert_int_equal(fingerprints_differences(&one, &other, note_difference, &text), 0);
	assert_non_null(strstr(text.data, "management-hosts4/\n"));
	assert_non_null(strstr(text.data, "/management-ranges4\n"));
	assert_non_null(strstr(text.data, "input/input\n"));
	text_done(&text);
	fingerprints_done(&one);
	fingerprints_done(&other);
}

TEST(an_empty_table_is_gone)
{
	struct fingerprints nothing = {.arena = arena_new()};
	expect(of(host, 7), nothing, "the table is gone");
}

/* Puts a policy into the kernel of this namespace. */
static struct applied put_policy(struct nfsock *s, struct policy *p)
{
	struct applied now = {.ownership = OWNERSHIP_NONE};
	struct diags diags = {0};
	enum apply_outcome outcome;
	assert_int_equal(apply_policy(s, &now, p, &diags, &outcome), 0);
	diags_done(&diags);
	return now;
}

static struct applied put(struct nfsock *s)
{
	return put_policy(s, memory_policy(NULL, host));
}

/* Demands what is different between what is in force and what the kernel has. */
static void expect_in_kernel(struct nfsock *s, const struct applied *now, const char *difference)
{
	struct fingerprints expected, found;
	assert_int_equal(fingerprints_of(now->ruleset, &expected), 0);
	assert_int_equal(fingerprints_read(s, &found), 0);
	expect(expected, found, difference);
}

TEST(what_the_kernel_has_is_what_was_put_there)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s);
	expect_in_kernel(&s, &now, "");
	applied_done(&now);
	nfsock_close(&s);
}

/* A rule that counts into a set is shown with a timeout that it was not made with. */
TEST(a_limit_of_sessions_is_in_the_kernel_as_it_was_put_there)
{
	static const char role[] = "[role]\nname = r\nplays = r\npeers = p\nsession-flows = s\n"
				   "[flow s]\nport = 22\nprotocol = tcp\nsource = p\ntarget = r\n"
				   "[size 450]\nsessions = 5\n";
	need_netns();
	struct nfsock s = opened();
	struct applied now =
		put_policy(&s, memory_policy(role, "[host]\nroles = r\nsize = 450\n" PEER));
	assert_non_null(ruleset_chain(now.ruleset, "session-cap"));
	expect_in_kernel(&s, &now, "");
	applied_done(&now);
	nfsock_close(&s);
}

TEST(each_foreign_change_shows)
{
	static const struct {
		const char *script, *difference;
	} cases[] = {
		{"add rule inet rolewall echo-answer accept", "chain echo-answer changed"},
		{"add chain inet rolewall more", "chain more added"},
		{"add element inet rolewall peer-p-hosts4 { 192.0.2.1 }",
			"set peer-p-hosts4 changed"},
		{"add element inet rolewall peer-p-ranges4 { 192.0.2.0/24 }",
			"set peer-p-ranges4 changed"},
		{"delete element inet rolewall %s { 80 }", "set %s changed"},
		{"add set inet rolewall more { type mark; }", "set more added"},
		{"add chain inet rolewall input { policy accept; }", "chain input changed"},
		{"add table inet rolewall { flags dormant; }", "table rolewall made dormant"},
		{"flush chain inet rolewall forward; delete chain inet rolewall forward; "
		 "add chain inet rolewall forward { type filter hook forward priority 0; }",
			"chain forward changed"},
		{"flush ruleset", "the table is gone"},
	};
	need_netns();
	struct nfsock s = opened();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct applied now = put(&s);
		const char *ports = ruleset_numbers(now.ruleset, "inbound-tcp-ports")->name;
		char script[256], difference[256];
		snprintf(script, sizeof(script), cases[i].script, ports);
		snprintf(difference, sizeof(difference), cases[i].difference, ports);
		nft(script);
		expect_in_kernel(&s, &now, difference);
		applied_done(&now);
	}
	nfsock_close(&s);
}

/* Other types of chains see other packets: one for addresses sees the first of a connection only.
 */
TEST(the_type_of_a_base_chain_shows)
{
	static const char chain[] = "table inet rolewall { chain input { type %s hook input "
				    "priority 0; policy drop;\n}\n}\n";
	static const char *const types[] = {"filter", "nat"};
	struct fingerprints found[2];
	char script[256];
	need_netns();
	struct nfsock s = opened();
	for (size_t i = 0; i < 2; i++) {
		snprintf(script, sizeof(script), chain, types[i]);
		nft(script);
		assert_int_equal(fingerprints_read(&s, &found[i]), 0);
		nft("delete table inet rolewall");
	}
	expect(found[0], found[1], "chain input changed");
	nfsock_close(&s);
}

/* A smaller one counts fewer. */
TEST(the_room_of_a_set_that_packets_fill_shows)
{
	static const char *const sizes[] = {"5", "6"};
	struct fingerprints found[2];
	char script[256];
	need_netns();
	struct nfsock s = opened();
	for (size_t i = 0; i < 2; i++) {
		snprintf(script, sizeof(script),
			"table inet rolewall { set s { type mark; flags dynamic; size %s;\n}\n}\n",
			sizes[i]);
		nft(script);
		assert_int_equal(fingerprints_read(&s, &found[i]), 0);
		nft("delete table inet rolewall");
	}
	expect(found[0], found[1], "set s changed");
	nfsock_close(&s);
}

TEST(counts_and_other_tables_do_not_show)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s);
	nft("table inet other { chain input {\n drop\n }\n }");
	expect_in_kernel(&s, &now, "");
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_rule_that_libnftnl_does_not_know_shows)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s);
	nft("add rule inet rolewall input quota 1 mbytes");
	renamed.from = "quota";
	renamed.to = "quot2";
	expect_in_kernel(&s, &now, "chain input changed");
	renamed.from = NULL;
	applied_done(&now);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_ruleset_has_the_same),
		cmocka_unit_test(one_element_more_changes_its_set),
		cmocka_unit_test(another_rule_changes_its_chain),
		cmocka_unit_test(two_ports_that_swap_their_flows_change_their_map),
		cmocka_unit_test(rules_of_another_line_mean_the_same),
		cmocka_unit_test(differences_come_with_both_sides),
		cmocka_unit_test(an_empty_table_is_gone),
		cmocka_unit_test(what_the_kernel_has_is_what_was_put_there),
		cmocka_unit_test(a_limit_of_sessions_is_in_the_kernel_as_it_was_put_there),
		cmocka_unit_test(each_foreign_change_shows),
		cmocka_unit_test(the_type_of_a_base_chain_shows),
		cmocka_unit_test(the_room_of_a_set_that_packets_fill_shows),
		cmocka_unit_test(counts_and_other_tables_do_not_show),
		cmocka_unit_test(a_rule_that_libnftnl_does_not_know_shows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
