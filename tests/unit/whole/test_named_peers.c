/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From names and what is known of them to verdicts: who may begin a connection, and whose goes
 * on. */
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "compile/compile.h"
#include "compile/learned.h"
#include "ruleset/chain_text.h"
#include "ruleset/evaluate.h"
#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

enum { NUMBER_OF_MANAGEMENT, NUMBER_OF_CLOUD, NUMBER_OF_CLIENT };

#define OWN     "10.9.9.9"
#define LIVE    "192.0.2.1"
#define RETIRED "192.0.2.2"
#define UNKNOWN "192.0.2.3"

static struct policy *policy(const char *host)
{
	char text[1500];
	snprintf(text, sizeof(text),
		"[host]\n%s[management]\nfrom = 10.0.9.1\nname = ops.example\n"
		"[peer cloud]\nname = cloud.example\n[peer client]\nname = client.example\n"
		"[flow out]\nport = 443\nprotocol = tcp\nsource = this-host\ntarget = cloud\n"
		"[flow in]\nport = 8080\nprotocol = tcp udp\nsource = client\ntarget = this-host\n",
		host);
	return memory_policy(NULL, text);
}

static struct addr address(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(text, strlen(text), &a), 0);
	return a;
}

static void learn(struct learned *l, const char *text, bool is_retired)
{
	const struct addr a = address(text);
	for (uint32_t peer = NUMBER_OF_MANAGEMENT; peer <= NUMBER_OF_CLIENT; peer++)
		assert_int_equal(learned_add(l, peer, &a, is_retired), 0);
}

/* LIVE and RETIRED are known of all three; of the generation 2. */
static struct ruleset *with_some_known(const struct policy *p)
{
	struct learned l = {0};
	struct ruleset *r;
	learn(&l, LIVE, false);
	learn(&l, RETIRED, true);
	learned_normalise(&l);
	const struct form form = {.generation = 2, .learned = &l};
	assert_int_equal(compile_form(p, &form, &r), 0);
	learned_done(&l);
	assert_sound(r, 2);
	return r;
}

static enum ending verdict(const struct ruleset *r, const struct packet *p)
{
	return evaluate(r, p).ending;
}

static struct packet packet(enum hook hook, const char *other, uint16_t port)
{
	const bool in = hook == HOOK_INPUT;
	return (struct packet){.hook = hook,
		.protocol = IPPROTO_TCP,
		.source = address(in ? other : OWN),
		.destination = address(in ? OWN : other),
		.source_port = 40000,
		.destination_port = port};
}

/* Of an older generation, with a stamp of ours. */
static struct packet older(struct packet p)
{
	p.is_live = true;
	p.mark = 1u << 16;
	return p;
}

TEST(a_live_address_may_begin_a_connection_a_retired_one_goes_on)
{
	static const struct {
		enum hook hook;
		uint16_t port;
	} ways[] = {{HOOK_OUTPUT, 443}, {HOOK_INPUT, 8080}};
	struct policy *p = policy("");
	struct ruleset *r = with_some_known(p);
	for (size_t i = 0; i < 2; i++) {
		struct packet live = packet(ways[i].hook, LIVE, ways[i].port);
		struct packet retired = packet(ways[i].hook, RETIRED, ways[i].port);
		struct packet unknown = packet(ways[i].hook, UNKNOWN, ways[i].port);
		assert_int_equal(verdict(r, &live), ENDING_ACCEPT);
		assert_int_not_equal(verdict(r, &retired), ENDING_ACCEPT);
		assert_int_not_equal(verdict(r, &unknown), ENDING_ACCEPT);
		live = older(live);
		retired = older(retired);
		unknown = older(unknown);
		assert_int_equal(verdict(r, &live), ENDING_ACCEPT);
		assert_int_equal(verdict(r, &retired), ENDING_ACCEPT);
		assert_int_not_equal(verdict(r, &unknown), ENDING_ACCEPT);
	}
	ruleset_free(r);
	policy_free(p);
}

TEST(a_connection_to_a_retired_address_is_stamped_again)
{
	struct policy *p = policy("");
	struct ruleset *r = with_some_known(p);
	assert_chain(r, "out-out",
		"ct original ip daddr @peer-cloud-named4 goto accept-out-out\n"
		"ct original ip6 daddr @peer-cloud-named6 goto accept-out-out\n"
		"ct state established ct original ip daddr @peer-cloud-retired4 goto "
		"accept-out-out\n"
		"ct state established ct original ip6 daddr @peer-cloud-retired6 goto "
		"accept-out-out\n");
	assert_chain(r, "accept-out-out",
		"ct mark set ct mark & 0x0000ffff | 0x00020000 counter name \"out-out\" accept\n");
	/* what has no stamp is judged by who is known now */
	assert_chain(r, "reversed-out-out",
		"ct original ip saddr @peer-cloud-named4 counter name \"out-out\" accept\n"
		"ct original ip6 saddr @peer-cloud-named6 counter name \"out-out\" accept\n");
	ruleset_free(r);
	policy_free(p);
}

TEST(management_by_name_begins_nothing_once_it_is_retired)
{
	struct policy *p = policy("");
	struct ruleset *r = with_some_known(p);
	struct packet x = packet(HOOK_INPUT, LIVE, 22);
	assert_int_equal(verdict(r, &x), ENDING_ACCEPT);
	x = packet(HOOK_INPUT, "10.0.9.1", 22);
	assert_int_equal(verdict(r, &x), ENDING_ACCEPT);
	x = packet(HOOK_INPUT, RETIRED, 22);
	assert_int_not_equal(verdict(r, &x), ENDING_ACCEPT);
	x.is_live = true; /* its packets have ACK, whatever the tracker knows of them */
	assert_int_equal(verdict(r, &x), ENDING_ACCEPT);
	x = packet(HOOK_INPUT, UNKNOWN, 22);
	x.is_live = true;
	assert_int_not_equal(verdict(r, &x), ENDING_ACCEPT);
	ruleset_free(r);
	policy_free(p);
}

TEST(an_unresolved_name_blocks_nobody_else)
{
	struct policy *p = memory_policy(NULL,
		"[host]\n[peer a]\nname = a.example\naddress = 10.0.0.1\n[peer b]\nname = "
		"b.example\n"
		"[flow f]\nport = 80\nprotocol = tcp\nsource = a, b\ntarget = this-host\n");
	struct ruleset *r;
	assert_int_equal(compile(p, 1, &r), 0);
	assert_sound(r, 1);
	struct packet x = packet(HOOK_INPUT, "10.0.0.1", 80);
	assert_int_equal(verdict(r, &x), ENDING_ACCEPT);
	x = packet(HOOK_INPUT, "10.0.0.2", 80);
	assert_int_not_equal(verdict(r, &x), ENDING_ACCEPT);
	ruleset_free(r);
	policy_free(p);
}

TEST(who_is_known_by_name_is_answered_and_has_a_peers_share_of_echo)
{
	struct policy *p = policy("");
	struct ruleset *r = with_some_known(p);
	struct packet x = packet(HOOK_INPUT, LIVE, 9999);
	assert_int_equal(verdict(r, &x), ENDING_REJECT);
	x = packet(HOOK_INPUT, RETIRED, 9999);
	assert_int_equal(verdict(r, &x), ENDING_DROP);
	x = packet(HOOK_INPUT, LIVE, 0);
	x.protocol = IPPROTO_ICMP;
	x.icmp_type = ICMP_ECHO;
	assert_string_equal(evaluate(r, &x).rule->comment,
		"built-in: echo from management, up to 200 a second");
	x.source = address(UNKNOWN);
	assert_string_equal(evaluate(r, &x).rule->comment,
		"built-in: echo from everybody else, up to 50 a second");
	ruleset_free(r);
	policy_free(p);
}

TEST(with_outbound_allow_names_count_for_who_may_come_in)
{
	struct policy *p = policy("outbound = allow\n");
	struct ruleset *r = with_some_known(p);
	struct packet x = packet(HOOK_OUTPUT, UNKNOWN, 443);
	assert_int_equal(verdict(r, &x), ENDING_ACCEPT);
	x = packet(HOOK_INPUT, UNKNOWN, 8080);
	assert_int_not_equal(verdict(r, &x), ENDING_ACCEPT);
	x = packet(HOOK_INPUT, LIVE, 8080);
	assert_int_equal(verdict(r, &x), ENDING_ACCEPT);
	ruleset_free(r);
	policy_free(p);
}

TEST(what_is_learned_changes_no_rule)
{
	struct policy *p = policy("");
	struct ruleset *r = with_some_known(p), *nothing;
	assert_int_equal(compile(p, 2, &nothing), 0);
	const struct chain *c = r->chains;
	for (const struct chain *x = nothing->chains; x; x = x->next, c = c->next) {
		struct text a = {0}, b = {0};
		assert_string_equal(c->name, x->name);
		for (const struct rule *i = c->first; i; i = i->next)
			show_nft_rule(i, &a);
		for (const struct rule *i = x->first; i; i = i->next)
			show_nft_rule(i, &b);
		assert_string_equal(a.data ? a.data : "", b.data ? b.data : "");
		text_done(&a);
		text_done(&b);
	}
	assert_null(c);
	ruleset_free(nothing);
	ruleset_free(r);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_address_may_begin_a_connection_a_retired_one_goes_on),
		cmocka_unit_test(a_connection_to_a_retired_address_is_stamped_again),
		cmocka_unit_test(management_by_name_begins_nothing_once_it_is_retired),
		cmocka_unit_test(an_unresolved_name_blocks_nobody_else),
		cmocka_unit_test(who_is_known_by_name_is_answered_and_has_a_peers_share_of_echo),
		cmocka_unit_test(with_outbound_allow_names_count_for_who_may_come_in),
		cmocka_unit_test(what_is_learned_changes_no_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
