/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stages between two rulesets: what is there before it is needed, and what stays until after; and
 * that a packet is judged by one of both on the whole way. */
#include "ruleset/stages.h"

#include <netinet/in.h>

#include "ruleset/evaluate.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/pair.h"

#define HOST                  "[host]\n[management]\nfrom = 10.0.9.0/24\n"
#define PEER(name, addresses) "[peer " name "]\naddress = " addresses "\n"
#define FLOW(name, ports, peer) \
	"[flow " name "]\nport = " ports "\nprotocol = tcp\nsource = " peer "\ntarget = " \
	"this-host\n"
#define ONE(ports, addresses) HOST FLOW("f", ports, "p") PEER("p", addresses)

/* The way from one host file to another. */
struct journey {
	struct pair pair;
	struct ruleset *last; /* NULL: the generation stays */
	struct stages stages;
};

static struct journey journey(const char *old, const char *next, bool moves_on)
{
	struct journey j = {.pair = pair_of(old, next)};
	if (moves_on)
		j.last = compiled(j.pair.policies[1], 2);
	assert_int_equal(stages_plan(&j.pair.d, j.pair.next, j.last, &j.stages), 0);
	return j;
}

static void journey_done(struct journey *j)
{
	stages_done(&j->stages);
	ruleset_free(j->last);
	pair_done(&j->pair);
}

static bool shows(const struct ruleset *r, const char *line)
{
	struct text text = {0};
	show_nft(r, &text);
	char *out = finished(&text);
	bool found = strstr(out, line);
	free(out);
	return found;
}

/* Only addresses change. */

TEST(addresses_that_come_take_one_stage)
{
	struct journey j = journey(ONE("80", "10.0.0.1, 10.1.0.0/16"),
		ONE("80", "10.0.0.1, 10.0.0.3, 10.1.0.0/16, 10.3.0.0/16"), false);
	assert_int_equal(j.stages.count, 1);
	assert_ptr_equal(j.stages.way[0], j.pair.next);
	assert_false(j.stages.leaves_inflight);
	journey_done(&j);
}

TEST(a_host_that_goes_takes_one_stage_with_the_generation)
{
	struct journey j =
		journey(ONE("80", "10.0.0.1, 10.0.0.3"), ONE("80", "10.0.0.1, 10.0.0.5"), true);
	assert_int_equal(j.stages.count, 1);
	assert_ptr_equal(j.stages.way[0], j.last);
	assert_true(j.stages.leaves_inflight);
	journey_done(&j);
}

TEST(after_a_run_that_goes_the_generation_moves_by_itself)
{
	struct journey j = journey(ONE("80", "10.1.0.0/16, 10.3.0.0/16"),
		ONE("80", "10.1.0.0/16, 10.5.0.0/16"), true);
	assert_int_equal(j.stages.count, 2);
	assert_ptr_equal(j.stages.way[0], j.pair.next);
	assert_ptr_equal(j.stages.way[1], j.last);
	assert_false(j.stages.leaves_inflight);
	journey_done(&j);
}

/* From one peer to the other: it is in both before it goes. */
TEST(an_address_that_moves_is_in_both_sets_meanwhile)
{
#define TWO(p, q) HOST FLOW("f", "80", "p q") PEER("p", p) PEER("q", q)
	struct journey j = journey(TWO("10.0.0.1, 10.0.0.7", "10.0.0.3, 10.1.0.0/16"),
		TWO("10.0.0.1", "10.0.0.3, 10.0.0.7, 10.1.0.0/16"), true);
	assert_int_equal(j.stages.count, 2);
	assert_elements(j.stages.way[0], "peer-p-hosts4", "10.0.0.1\n10.0.0.7\n");
	assert_elements(j.stages.way[0], "peer-q-hosts4", "10.0.0.3\n10.0.0.7\n");
	assert_int_equal(j.stages.way[0]->generation, 1);
	assert_ptr_equal(j.stages.way[1], j.last);
	journey_done(&j);

	/* a part of a run is enough */
	j = journey(TWO("10.0.0.1, 10.0.0.7", "10.0.0.3, 10.1.0.0/16, 10.0.0.4/30"),
		TWO("10.0.0.1, 10.0.0.5", "10.0.0.3, 10.1.0.0/16"), true);
	assert_int_equal(j.stages.count, 3);
	assert_elements(j.stages.way[0], "peer-p-hosts4", "10.0.0.1\n10.0.0.5\n10.0.0.7\n");
	assert_elements(j.stages.way[0], "peer-q-ranges4", "10.0.0.4/30\n10.1.0.0/16\n");
	assert_ptr_equal(j.stages.way[1], j.pair.next);
	assert_ptr_equal(j.stages.way[2], j.last);
	journey_done(&j);
}

TEST(runs_that_grow_are_joined_meanwhile)
{
	struct journey j = journey(ONE("80", "10.0.0.1, 10.0.0.4-10.0.0.9, 10.0.0.40/30"),
		ONE("80", "10.0.0.4-10.0.0.8, 10.0.0.38-10.0.0.41, 10.0.0.1, 10.0.0.9"), true);
	assert_int_equal(j.stages.count, 3);
	assert_elements(j.stages.way[0], "peer-p-ranges4",
		"10.0.0.4-10.0.0.9\n10.0.0.38-10.0.0.43\n");
	assert_elements(j.stages.way[0], "peer-p-hosts4", "10.0.0.1\n10.0.0.9\n");
	journey_done(&j);
}

/* Rules change. */

TEST(a_new_set_is_prepared_and_nothing_leads_to_it)
{
	struct journey j =
		journey(ONE("80", "10.0.0.1"), ONE("80", "10.0.0.1, 10.1.0.0/16"), false);
	assert_int_equal(j.stages.count, 2);
	assert_elements(j.stages.way[0], "peer-p-ranges4", "10.1.0.0/16\n");
	assert_false(shows(j.stages.way[0], "@peer-p-ranges4"));
	assert_true(shows(j.stages.way[0], "@peer-p-hosts4"));
	assert_ptr_equal(j.stages.way[1], j.pair.next);
	journey_done(&j);
}

TEST(a_set_that_goes_stays_until_the_last_stage)
{
	struct journey j =
		journey(ONE("80", "10.0.0.1, 10.9.0.0/16"), ONE("80", "10.9.0.0/16"), true);
	assert_int_equal(j.stages.count, 2);
	assert_elements(j.stages.way[0], "peer-p-hosts4", "10.0.0.1\n");
	assert_false(shows(j.stages.way[0], "@peer-p-hosts4"));
	assert_int_equal(j.stages.way[0]->generation, 1);
	assert_ptr_equal(j.stages.way[1], j.last);
	journey_done(&j);
}

/* Of a name only the beginning; the numbers of its elements. */
static size_t numbers_called(const struct ruleset *r, const char *name)
{
	size_t found = 0;
	for (const struct set *s = r->sets; s; s = s->next)
		found += strncmp(s->name, name, strlen(name)) == 0;
	return found;
}

TEST(a_flow_that_comes_is_prepared_with_its_rules_and_maps)
{
	struct journey j = journey(HOST FLOW("f", "80", "p") PEER("p", "10.0.0.1"),
		HOST FLOW("f", "80", "p") FLOW("g", "81", "p") PEER("p", "10.0.0.1"), false);
	const struct ruleset *prepared = j.stages.way[0], *switched = j.stages.way[1];
	assert_int_equal(j.stages.count, 3);
	assert_non_null(ruleset_chain(prepared, "accept-in-g")->first);
	assert_non_null(ruleset_object(prepared, "in-g"));
	assert_int_equal(numbers_called(prepared, "inbound-tcp-ports-"), 2);
	const char *old = ruleset_numbers(j.pair.old, "inbound-tcp-ports")->name;
	const char *next = ruleset_numbers(j.pair.next, "inbound-tcp-ports")->name;
	assert_string_equal(ruleset_chain(prepared, "inbound-tcp")->first->statements[1].name, old);

	assert_string_equal(ruleset_chain(switched, "inbound-tcp")->first->statements[1].name,
		next);
	assert_non_null(ruleset_set(switched, old));
	assert_ptr_equal(j.stages.way[2], j.pair.next);
	journey_done(&j);
}

TEST(a_flow_that_goes_stays_with_its_rules_until_the_last_stage)
{
	struct journey j =
		journey(HOST FLOW("f", "80", "p") FLOW("g", "81", "p") PEER("p", "10.0.0.1"),
			HOST FLOW("f", "80", "p") PEER("p", "10.0.0.1"), true);
	const struct ruleset *switched = j.stages.way[1];
	assert_int_equal(j.stages.count, 3);
	assert_chain(switched, "in-g", "ct original ip saddr @peer-p-hosts4 goto accept-in-g\n");
	assert_non_null(ruleset_chain(switched, "accept-in-g")->first);
	assert_non_null(ruleset_object(switched, "in-g"));
	assert_int_equal(numbers_called(switched, "inbound-tcp-ports-"), 2);
	assert_int_equal(switched->generation, 1);
	assert_ptr_equal(j.stages.way[2], j.last);
	assert_null(ruleset_chain(j.last, "in-g"));
	journey_done(&j);
}

/* .1 lies in the run that comes and .9 is no longer allowed. */
TEST(a_host_that_a_run_swallows_is_in_both_sets_meanwhile)
{
	struct journey j = journey(ONE("80", "10.0.0.1, 10.0.0.9, 10.9.0.0/16"),
		ONE("81", "10.0.0.7, 10.0.0.0/30, 10.9.0.0/16"), true);
	assert_int_equal(j.stages.count, 3);
	assert_elements(j.stages.way[0], "peer-p-hosts4", "10.0.0.1\n10.0.0.9\n");
	assert_elements(j.stages.way[0], "peer-p-ranges4", "10.0.0.1\n10.9.0.0/16\n");
	assert_elements(j.stages.way[1], "peer-p-hosts4", "10.0.0.1\n10.0.0.7\n");
	assert_elements(j.stages.way[1], "peer-p-ranges4", "10.0.0.0/30\n10.9.0.0/16\n");
	assert_elements(j.stages.way[2], "peer-p-hosts4", "10.0.0.7\n");
	journey_done(&j);
}

TEST(a_host_that_leaves_its_run_is_in_both_sets_meanwhile)
{
	struct journey j = journey(ONE("80", "2001:db8::9, 2001:db8::/126, 2001:db8:9::/48"),
		ONE("81", "2001:db8::9, 2001:db8::1, 2001:db8:9::/48"), true);
	assert_int_equal(j.stages.count, 3);
	assert_elements(j.stages.way[0], "peer-p-hosts6", "2001:db8::1\n2001:db8::9\n");
	assert_elements(j.stages.way[0], "peer-p-ranges6", "2001:db8::/126\n2001:db8:9::/48\n");
	assert_elements(j.stages.way[1], "peer-p-hosts6", "2001:db8::1\n2001:db8::9\n");
	assert_elements(j.stages.way[1], "peer-p-ranges6", "2001:db8::1\n2001:db8:9::/48\n");
	assert_elements(j.stages.way[2], "peer-p-ranges6", "2001:db8:9::/48\n");
	journey_done(&j);
}

TEST(a_set_that_holds_more_meanwhile_has_the_room)
{
	struct text next = {0};
	text_put(&next, HOST FLOW("f", "81", "p") "[peer p]\naddress = 10.9.0.0/16");
	for (int i = 0; i < 20; i++)
		text_printf(&next, ", 10.0.0.%d", 2 * i);
	text_put(&next, "\n");
	char *file = finished(&next);
	struct journey j = journey(ONE("80", "10.9.0.1, 10.0.0.0/16"), file, true);
	const struct set *s = ruleset_set(j.stages.way[0], "peer-p-hosts4");
	assert_int_equal(set_size(s), 21);
	assert_true(s->room >= 21);
	journey_done(&j);
	free(file);
}

/* Anything into anything, and what a packet meets on the way. */

enum { ADDRESSES = 16, PORTS = 6, JOURNEYS = 120 };

static const char *const ports[] = {
	"80", "81-85", "80 82 84", "83", "80-100", "70-81", "80-81 83", "84-85"};

static void put_addresses(struct text *to, const char *peer)
{
	/* all of its sets may go and come */
	text_printf(to, "[peer %s]\naddress = %s", peer,
		rand() % 2 ? "172.16.0.1" : "172.16.0.0/30");
	for (int i = 0, hosts = rand() % 2; i < ADDRESSES; i++)
		if (hosts && rand() % 4 == 0)
			text_printf(to, ", 10.0.0.%d", i);
	for (int i = 0; i < ADDRESSES; i += 4)
		if (rand() % 4 == 0)
			text_printf(to, ", 10.0.0.%d-10.0.0.%d", i, i + rand() % 8 + 1);
	text_printf(to, "%s\n", rand() % 2 ? ", 10.1.0.0/16" : "");
}

static char *random_flows(void)
{
	struct text text = {0};
	text_put(&text, FLOW("always", "7", "p q"));
	for (int i = 0; i < 3; i++)
		if (rand() % 3)
			text_printf(&text,
				"[flow f%d]\nport = %s\nprotocol = tcp\nsource = %s\n"
				"target = this-host\n",
				i, ports[rand() % 8], rand() % 2 ? "p" : "p q");
	return finished(&text);
}

static char *random_peers(void)
{
	struct text text = {0};
	put_addresses(&text, "p");
	put_addresses(&text, "q");
	return finished(&text);
}

/* Rules of one ruleset that find each set as it is in one of both.  An interval set that is new
 * is empty until it is found as it will be. */
static bool allows(const struct ruleset *rules, const struct ruleset *const sets[2],
	bool (*finds_later)(const struct set *s), const struct packet *p)
{
	struct set found[64];
	struct ruleset mixed = *rules;
	size_t n = 0;
	mixed.sets = NULL;
	for (int later = 0; later < 2; later++)
		for (const struct set *s = sets[later]->sets; s; s = s->next) {
			const struct set *other = ruleset_set(sets[!later], s->name);
			if (other && finds_later(s) != later)
				continue; /* for one that is in both, the other turn */
			assert_true(n < 64);
			found[n] = *s;
			if (!other && later && s->interval && !finds_later(s)) {
				found[n].addresses = NULL;
				found[n].n_elements = 0;
			}
			found[n].next = mixed.sets;
			mixed.sets = &found[n++];
		}
	return evaluate(&mixed, p).ending == ENDING_ACCEPT;
}

static unsigned mix; /* a bit for each set, by its name */

static bool as_mixed(const struct set *s)
{
	unsigned bit = 0;
	for (const char *c = s->name; *c; c++)
		bit = bit * 31 + (unsigned char)*c;
	return mix >> bit % 16 & 1;
}

static bool as_mixed_if_interval(const struct set *s)
{
	return !s->interval || as_mixed(s);
}

static bool as_it_was(const struct set *s)
{
	(void)s;
	return false;
}

static bool as_it_is(const struct set *s)
{
	(void)s;
	return true;
}

/* True if a peer gets or loses the address. */
static bool changes_peer(const struct journey *j, const struct addr *a)
{
	const struct host *old = &j->pair.policies[0]->host, *next = &j->pair.policies[1]->host;
	for (size_t i = 0; i < old->n_peers; i++)
		if (addrset_contains(&old->peers[i].addresses, a) !=
			addrset_contains(&next->peers[i].addresses, a))
			return true;
	return false;
}

/* What holds on the way of a packet that is allowed before and after, or neither.  While rules
 * change, one that is caught on its way is only sure of what its peers keep. */
static void check_packet(const struct journey *j, const struct packet *p)
{
	const struct ruleset *now = j->pair.old;
	bool before = evaluate(j->pair.old, p).ending == ENDING_ACCEPT;
	bool after = evaluate(j->pair.next, p).ending == ENDING_ACCEPT;
	bool sure = changes_only_addresses(&j->pair.d) || !changes_peer(j, &p->source);
	if (before != after)
		return;
	for (size_t i = 0; i < j->stages.count; i++) {
		const struct ruleset *next = j->stages.way[i];
		const struct ruleset *const sets[] = {now, next};
		assert_int_equal(allows(now, sets, as_it_was, p), before);
		assert_int_equal(allows(next, sets, as_it_is, p), before);
		for (mix = 0; mix < 1u << 16 && sure; mix += 257 * 19) {
			/* on its way through the rules that were; or interval sets come later */
			assert_int_equal(allows(now, sets, as_mixed, p), before);
			assert_int_equal(allows(next, sets, as_mixed_if_interval, p), before);
		}
		now = next;
	}
}

static void check_journey(const struct journey *j)
{
	const struct ruleset *now = j->pair.old;
	for (size_t i = 0; i < j->stages.count; i++) {
		const struct ruleset *next = j->stages.way[i];
		/* what is there at all stays as long as anything leads to it */
		for (const struct chain *c = now->chains; c && i + 1 < j->stages.count; c = c->next)
			assert_non_null(ruleset_chain(next, c->name));
		/* a map is never another one under its name */
		for (const struct set *s = now->sets; s; s = s->next) {
			const struct set *same = ruleset_set(next, s->name);
			if (!same && i + 1 < j->stages.count)
				fail_msg("set %s is gone before the last stage", s->name);
			if (same && s->is_map)
				assert_int_equal(same->n_elements, s->n_elements);
		}
		now = next;
	}
	struct packet p = {.hook = HOOK_INPUT,
		.protocol = IPPROTO_TCP,
		.source_port = 40000,
		.destination = {.family = AF_INET, .bytes = {10, 20, 0, 1}}};
	for (uint8_t a = 0; a < ADDRESSES + 4; a++)
		for (uint16_t port = 80; port < 80 + PORTS; port++) {
			p.source = (struct addr){.family = AF_INET, .bytes = {10, 0, 0, a}};
			p.destination_port = port;
			check_packet(j, &p);
		}
}

TEST(a_packet_is_judged_by_one_of_both_on_the_whole_way)
{
	srand(4711); /* the same journeys each time */
	for (int i = 0; i < JOURNEYS; i++) {
		char *flows[2], *peers[2], files[2][2048];
		for (int k = 0; k < 2; k++) {
			flows[k] = random_flows();
			peers[k] = random_peers();
		}
		/* every third time addresses only */
		for (int k = 0; k < 2; k++)
			snprintf(files[k], sizeof(files[k]), HOST "%s%s", flows[i % 3 ? k : 0],
				peers[i % 3 == 1 ? 0 : k]);
		struct journey j = journey(files[0], files[1], i % 2);
		check_journey(&j);
		journey_done(&j);
		for (int k = 0; k < 2; k++) {
			free(flows[k]);
			free(peers[k]);
		}
	}
}

static int plan_and_free(void *context)
{
	const struct pair *p = context;
	struct stages stages;
	int r = stages_plan(&p->d, p->next, NULL, &stages);
	if (r == 0)
		stages_done(&stages);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct pair p = pair_of(ONE("80", "10.0.0.1, 10.0.0.9, 10.9.0.0/16"),
		ONE("81", "10.0.0.7, 10.0.0.0/30, 10.9.0.0/16"));
	assert_survives_each_failure(plan_and_free, &p);
	pair_done(&p);
	p = pair_of(ONE("80", "10.0.0.1, 10.0.0.9, 10.9.0.0/16"),
		ONE("80", "10.0.0.9, 10.0.0.0/30, 10.9.0.0/16"));
	assert_survives_each_failure(plan_and_free, &p);
	pair_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_that_come_take_one_stage),
		cmocka_unit_test(a_host_that_goes_takes_one_stage_with_the_generation),
		cmocka_unit_test(after_a_run_that_goes_the_generation_moves_by_itself),
		cmocka_unit_test(an_address_that_moves_is_in_both_sets_meanwhile),
		cmocka_unit_test(runs_that_grow_are_joined_meanwhile),
		cmocka_unit_test(a_new_set_is_prepared_and_nothing_leads_to_it),
		cmocka_unit_test(a_set_that_goes_stays_until_the_last_stage),
		cmocka_unit_test(a_flow_that_comes_is_prepared_with_its_rules_and_maps),
		cmocka_unit_test(a_flow_that_goes_stays_with_its_rules_until_the_last_stage),
		cmocka_unit_test(a_host_that_a_run_swallows_is_in_both_sets_meanwhile),
		cmocka_unit_test(a_host_that_leaves_its_run_is_in_both_sets_meanwhile),
		cmocka_unit_test(a_set_that_holds_more_meanwhile_has_the_room),
		cmocka_unit_test(a_packet_is_judged_by_one_of_both_on_the_whole_way),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
