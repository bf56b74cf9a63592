/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses into and out of sets in force: as root, in a network namespace of the test's own. */
#include "nftables/change/lane.h"

#include <errno.h>
#include <string.h>

#include "live/applying.h"
#include "live/slow.h"
#include "nftables/change/inflight.h"
#include "ruleset/edited.h"
#include "ruleset/stages.h"
#include "whole/attempt.h"

#define FLOW(name, port, peer) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = " peer "\ntarget = " \
	"this-host\n"
#define HOSTS(p, q) \
	"[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = " p \
	"\n[peer q]\naddress = " q "\n" FLOW("a", "80", "p") FLOW("b", "81", "q")

#define P "peer-p-hosts4"
#define Q "peer-q-hosts4"

static const char sample[] = HOSTS("10.0.0.1 10.0.0.2 10.8.0.0/16", "10.0.0.7");

/* Instead of the library's: how often packets were waited for. */
static unsigned waits;

int inflight_wait(void)
{
	waits++;
	return 0;
}

static unsigned waited(void)
{
	const unsigned n = waits;
	waits = 0;
	return n;
}

struct machine {
	struct nfsock socket;
	struct applied now;
};

static enum apply_outcome loaded(struct machine *m, const char *host)
{
	struct diags diags = {0};
	enum apply_outcome outcome;
	assert_int_equal(apply_policy(&m->socket, &m->now, memory_policy(NULL, host), &diags,
				 &outcome),
		0);
	diags_done(&diags);
	return outcome;
}

static void load(struct machine *m, const char *host, enum apply_outcome wanted)
{
	assert_int_equal(loaded(m, host), wanted);
}

static struct machine with(const char *host)
{
	need_netns();
	struct machine m = {.socket = opened(), .now = {.ownership = OWNERSHIP_NONE}};
	load(&m, host, APPLY_REPLACED);
	return m;
}

static void leave(struct machine *m)
{
	applied_done(&m->now);
	nfsock_close(&m->socket);
}

static uint32_t genid_of(struct machine *m)
{
	uint32_t genid;
	assert_int_equal(nfsock_genid(&m->socket, &genid), 0);
	return genid;
}

/* 1 if it was repaired. */
static int verified(struct machine *m)
{
	struct diags diags = {0};
	struct text difference = {0};
	const int r = apply_verify(&m->socket, &m->now, &diags, &difference);
	text_done(&difference);
	diags_done(&diags);
	return r;
}

/* What is in force, and in the kernel, and nothing else there. */
static void expect(struct machine *m, const char *p, const char *q)
{
	assert_int_equal(verified(m), 0);
	expect_set(m->now.ruleset, P, p);
	expect_set(m->now.ruleset, Q, q);
}

static int send_words(struct machine *m, const char *p, const char *q)
{
	struct edits e = {0};
	if (p)
		edits_say(&e, p);
	if (q)
		edits_say(&e, q);
	const int r = lane_send(&m->socket, &m->now, &e);
	edits_done(&e);
	return r;
}

TEST(addresses_of_several_sets_come_and_go_in_one_transaction)
{
	struct machine m = with(sample);
	const uint32_t genid = genid_of(&m);
	const uint16_t generation = m.now.ruleset->generation;
	assert_int_equal(send_words(&m, P " +10.0.0.3 -10.0.0.1", Q " +10.0.0.1 -10.0.0.9"), 0);
	assert_int_equal(genid_of(&m), genid + 1);
	assert_int_equal(m.now.ruleset->generation, generation);
	expect(&m, "10.0.0.2 10.0.0.3", "10.0.0.1 10.0.0.7");
	expect_edits(&m.now.edits, P " +10.0.0.3 -10.0.0.1 | " Q " +10.0.0.1");
	leave(&m);
}

TEST(what_is_so_already_is_not_sent)
{
	struct machine m = with(sample);
	const uint32_t genid = genid_of(&m);
	assert_int_equal(send_words(&m, P " +10.0.0.1 -10.0.0.9", NULL), 0);
	assert_int_equal(send_words(&m, NULL, NULL), 0);
	assert_int_equal(genid_of(&m), genid);
	expect(&m, "10.0.0.1 10.0.0.2", "10.0.0.7");
	expect_edits(&m.now.edits, "");
	leave(&m);
}

TEST(what_came_and_went_again_leaves_nothing_to_remember)
{
	struct machine m = with(sample);
	assert_int_equal(send_words(&m, P " +10.0.0.3 -10.0.0.1", NULL), 0);
	assert_int_equal(send_words(&m, P " -10.0.0.3 +10.0.0.1", NULL), 0);
	expect(&m, "10.0.0.1 10.0.0.2", "10.0.0.7");
	expect_edits(&m.now.edits, "");
	leave(&m);
}

TEST(a_set_may_become_empty_and_be_filled_again)
{
	struct machine m = with(sample);
	assert_int_equal(send_words(&m, NULL, Q " -10.0.0.7"), 0);
	expect(&m, "10.0.0.1 10.0.0.2", "");
	assert_int_equal(send_words(&m, NULL, Q " +10.0.0.8"), 0);
	expect(&m, "10.0.0.1 10.0.0.2", "10.0.0.8");
	leave(&m);
}

TEST(a_reload_keeps_it_and_the_files_have_the_last_word)
{
	struct machine m = with(sample);
	assert_int_equal(send_words(&m, P " +10.0.0.3 -10.0.0.1", Q " +10.0.0.9"), 0);
	load(&m, sample, APPLY_UNCHANGED);
	load(&m, HOSTS("10.0.0.1 10.0.0.2 10.8.0.0/16 10.0.0.4", "10.0.0.7"), APPLY_EXTENDED);
	expect(&m, "10.0.0.2 10.0.0.3 10.0.0.4", "10.0.0.7 10.0.0.9");
	/* the files say the same */
	load(&m, HOSTS("10.0.0.2 10.0.0.3 10.8.0.0/16 10.0.0.4", "10.0.0.7"), APPLY_UNCHANGED);
	expect_edits(&m.now.edits, Q " +10.0.0.9");
	load(&m, sample, APPLY_RESTRICTED);
	expect(&m, "10.0.0.1 10.0.0.2", "10.0.0.7 10.0.0.9");
	/* a set that is gone takes its edits with it */
	load(&m, HOSTS("10.0.0.1", "10.9.0.0/16"), APPLY_RESTRICTED);
	expect_edits(&m.now.edits, "");
	leave(&m);
}

TEST(what_a_trial_allows_by_itself_is_remembered_for_its_end)
{
	struct machine m = with(sample);
	struct diags diags = {0};
	enum apply_outcome outcome;
	struct policy *p = memory_policy(NULL, HOSTS("10.0.0.1 10.0.0.2 10.0.0.3", "10.0.0.7"));
	assert_int_equal(send_words(&m, P " +10.0.0.3 +10.0.0.4", NULL), 0);
	struct ruleset *next = compiled(p, true);
	assert_int_equal(apply(&m.socket, &m.now, next, &diags, &outcome), 0);
	expect(&m, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4", "10.0.0.7");
	assert_int_equal(send_words(&m, P " -10.0.0.4 +10.0.0.2 +10.0.0.5", NULL), 0);
	load(&m, sample, APPLY_RESTRICTED);
	expect(&m, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.5", "10.0.0.7");
	expect_edits(&m.now.edits, P " +10.0.0.3 +10.0.0.5");
	policy_free(p);
	diags_done(&diags);
	leave(&m);
}

/* As learned addresses do at a start. */
TEST(edits_from_before_the_first_start_are_in_its_ruleset)
{
	need_netns();
	struct machine m = {.socket = opened(), .now = {.ownership = OWNERSHIP_NONE}};
	assert_int_equal(send_words(&m, P " +10.0.0.3", NULL), -ENOENT);
	edits_say(&m.now.edits, P " +10.0.0.3 -10.0.0.1");
	load(&m, sample, APPLY_REPLACED);
	expect(&m, "10.0.0.2 10.0.0.3", "10.0.0.7");
	leave(&m);
}

/* As after a restart: the same is found in the kernel, and left. */
TEST(a_table_with_edits_is_adopted)
{
	struct machine m = with(sample);
	assert_int_equal(send_words(&m, P " +10.0.0.3 -10.0.0.1", NULL), 0);
	char *before = nft_output("-a list set inet rolewall " P);
	applied_done(&m.now);
	m.now = (struct applied){.ownership = OWNERSHIP_NONE};
	edits_say(&m.now.edits, P " +10.0.0.3 -10.0.0.1");
	load(&m, sample, APPLY_REPLACED);
	expect(&m, "10.0.0.2 10.0.0.3", "10.0.0.7");
	char *after = nft_output("-a list set inet rolewall " P);
	assert_string_equal(before, after);
	free(before);
	free(after);
	leave(&m);
}

TEST(a_repair_brings_it_back)
{
	struct machine m = with(sample);
	assert_int_equal(send_words(&m, P " +10.0.0.3 -10.0.0.1", NULL), 0);
	nft("delete table inet rolewall\n");
	assert_int_equal(verified(&m), 1);
	expect(&m, "10.0.0.2 10.0.0.3", "10.0.0.7");
	nft("delete element inet rolewall " P " { 10.0.0.3 }\n"
	    "add element inet rolewall " P " { 10.0.0.1 }\n");
	assert_int_equal(verified(&m), 1);
	expect(&m, "10.0.0.2 10.0.0.3", "10.0.0.7");
	leave(&m);
}

/* Nothing was changed. */
static void refuses(struct machine *m, const struct edits *e, int wanted)
{
	const uint32_t genid = genid_of(m);
	assert_int_equal(lane_send(&m->socket, &m->now, e), wanted);
	assert_int_equal(genid_of(m), genid);
	expect(m, "10.0.0.1 10.0.0.2", "10.0.0.7");
	struct edits none = {0};
	edits_prune(&m->now.edits, m->now.ruleset, NULL);
	assert_int_equal(edits_addresses(&m->now.edits), edits_addresses(&none));
}

static struct edits many(const char *set, unsigned n)
{
	struct edits e = {0};
	for (unsigned i = 0; i < n; i++) {
		const struct addr a = {
			.family = 2, .bytes = {10, 5, (uint8_t)(i >> 8), (uint8_t)i}};
		assert_int_equal(edits_put(&e, set, &a, true), 0);
	}
	return e;
}

TEST(what_the_lane_cannot_take_changes_nothing)
{
	struct machine m = with(sample);
	struct edits too_many = many(P, PART_ELEMENTS + 1);
	struct edits too_full = many(P, (unsigned)ruleset_set(m.now.ruleset, P)->room - 1);
	struct edits elsewhere = edits_of(P " +10.0.0.3");
	edits_say(&elsewhere, "peer-gone-hosts4 +10.0.0.3");
	struct edits runs = edits_of("peer-p-ranges4 +10.0.0.3");
	refuses(&m, &too_many, -E2BIG);
	refuses(&m, &too_full, -ENOSPC);
	refuses(&m, &elsewhere, -ENOENT);
	refuses(&m, &runs, -ENOENT);
	assert_false(m.now.is_unsure);
	edits_done(&too_many);
	edits_done(&too_full);
	edits_done(&elsewhere);
	edits_done(&runs);
	leave(&m);
}

/* To the last place; and what goes makes room. */
TEST(a_set_is_filled_to_its_room)
{
	struct machine m = with(sample);
	const unsigned room = (unsigned)ruleset_set(m.now.ruleset, P)->room;
	struct edits e = many(P, room - 2);
	assert_int_equal(lane_send(&m.socket, &m.now, &e), 0);
	assert_int_equal(set_size(ruleset_set(m.now.ruleset, P)), room);
	assert_int_equal(send_words(&m, P " +10.0.0.3", NULL), -ENOSPC);
	assert_int_equal(send_words(&m, P " +10.0.0.3 -10.0.0.2", NULL), 0);
	assert_int_equal(verified(&m), 0);
	edits_done(&e);
	leave(&m);
}

/* What the lane has no room for goes with the next apply(). */
TEST(the_long_way_takes_what_the_lane_cannot)
{
	struct machine m = with(sample);
	struct edits e = many(P, PART_ELEMENTS + 1);
	assert_int_equal(lane_send(&m.socket, &m.now, &e), -E2BIG);
	assert_int_equal(edits_reserve(&m.now.edits, &e), 0);
	edits_merge(&m.now.edits, &e);
	load(&m, sample, APPLY_EXTENDED);
	assert_int_equal(verified(&m), 0);
	assert_int_equal(set_size(ruleset_set(m.now.ruleset, P)), PART_ELEMENTS + 3);
	assert_int_equal(send_words(&m, P " -10.5.0.7 +10.0.0.3", NULL), 0);
	assert_int_equal(verified(&m), 0);
	edits_done(&e);
	leave(&m);
}

TEST(a_refusal_makes_unsure_and_the_long_way_puts_it_right)
{
	struct machine m = with(sample);
	assert_int_equal(send_words(&m, P " +10.0.0.3", NULL), 0);
	nft("delete element inet rolewall " P " { 10.0.0.3 }\n");
	assert_int_equal(send_words(&m, P " -10.0.0.3 +10.0.0.4", NULL), -ESTALE);
	assert_true(m.now.is_unsure);
	expect_set(m.now.ruleset, P, "10.0.0.1 10.0.0.2 10.0.0.3");
	assert_int_equal(send_words(&m, P " +10.0.0.5", NULL), -ESTALE);
	edits_say(&m.now.edits, P " -10.0.0.3 +10.0.0.4");
	load(&m, sample, APPLY_REPLACED);
	assert_false(m.now.is_unsure);
	expect(&m, "10.0.0.1 10.0.0.2 10.0.0.4", "10.0.0.7");
	leave(&m);
}

/* Two transactions in a row would show a packet rules of before and of after; but if none of both
 * changes rules, nothing is waited for. */
TEST(packets_are_waited_for_between_the_lane_and_a_change_of_rules)
{
	struct machine m = with(HOSTS("10.0.0.1 10.0.0.2 10.0.0.3", "10.0.0.7"));
	waited();
	load(&m, HOSTS("10.0.0.1 10.0.0.2", "10.0.0.7"), APPLY_RESTRICTED);
	assert_true(m.now.has_inflight);
	assert_int_equal(waited(), 0);
	assert_int_equal(send_words(&m, P " +10.0.0.4", NULL), 0);
	assert_int_equal(waited(), 1);
	assert_int_equal(send_words(&m, P " +10.0.0.5", NULL), 0);
	apply_drain(&m.now); /* between two turns of the daemon: nobody may have to wait for it */
	assert_int_equal(send_words(&m, P " +10.0.0.6", NULL), 0);
	assert_int_equal(waited(), 0);
	load(&m, HOSTS("10.0.0.1 10.0.0.2", "10.0.0.7 10.0.0.8"), APPLY_EXTENDED);
	assert_int_equal(waited(), 1);
	load(&m, HOSTS("10.0.0.1 10.0.0.2", "10.0.0.7 10.0.0.8 10.0.0.9"), APPLY_EXTENDED);
	assert_int_equal(waited(), 0);
	leave(&m);
}

/* Random edits and reloads, beside a list that only knows yes and no. */
TEST(random_edits_and_reloads_end_where_a_model_does)
{
	enum { NUMBERS = 40, STEPS = 400 };
	static const char *files[] = {HOSTS("10.0.0.1 10.0.0.2 10.0.0.9", "10.0.0.7"),
		HOSTS("10.0.0.2 10.0.0.3 10.0.0.12", "10.0.0.7"), HOSTS("10.0.0.5", "10.0.0.7")};
	static const char *known[] = {"\1\2\11", "\2\3\14", "\5"};
	struct machine m = with(files[0]);
	signed char said[NUMBERS] = {0}; /* 1: in, -1: out, by an edit */
	unsigned x = 4422, file = 0;
	for (int step = 0; step < STEPS; step++) {
		struct edits e = {0};
		struct addr a = edited_address("10.0.0.0");
		const unsigned n = 1 + ((x = x * 1103515245 + 12345) >> 16) % 6;
		for (unsigned i = 0; i < n; i++) {
			const unsigned what = (x = x * 1103515245 + 12345) >> 16;
			const unsigned number = 1 + what % (NUMBERS - 1);
			const bool in = what & 1024;
			a.bytes[3] = (uint8_t)number;
			assert_int_equal(edits_put(&e, P, &a, in), 0);
			said[number] = in == (strchr(known[file], (int)number) != NULL) ? 0
				       : in                                             ? 1
											: -1;
		}
		int r = lane_send(&m.socket, &m.now, &e);
		if (r == -ENOSPC) {
			assert_int_equal(edits_reserve(&m.now.edits, &e), 0);
			edits_merge(&m.now.edits, &e);
			loaded(&m, files[file]);
			r = 0;
		}
		assert_int_equal(r, 0);
		edits_done(&e);
		if (step % 20 == 19) {
			file = (x >> 16) % 3;
			loaded(&m, files[file]);
			for (unsigned i = 1; i < NUMBERS; i++)
				if (said[i] &&
					(said[i] > 0) == (strchr(known[file], (int)i) != NULL))
					said[i] = 0;
		}
		for (unsigned i = 1; i < NUMBERS; i++) {
			a.bytes[3] = (uint8_t)i;
			assert_int_equal(addrset_contains(ruleset_set(m.now.ruleset, P)->addresses,
						 &a),
				said[i] ? said[i] > 0 : strchr(known[file], (int)i) != NULL);
		}
		if (step % 10 == 0)
			assert_int_equal(verified(&m), 0);
	}
	assert_int_equal(verified(&m), 0);
	leave(&m);
}

/* Memory. */

struct needy {
	struct machine *machine;
	struct policy *policy;
	const struct edits *edits;
	uint32_t genid;
};

static int send_without_memory(void *context)
{
	struct needy *n = context;
	return lane_send(&n->machine->socket, &n->machine->now, n->edits);
}

/* All as it was before, and nothing is kept that was made for the edits. */
static void undo(struct needy *n)
{
	struct machine *m = n->machine;
	struct diags diags = {0};
	enum apply_outcome outcome;
	edits_done(&m->now.edits);
	assert_int_equal(apply(&m->socket, &m->now, compiled(n->policy, false), &diags, &outcome),
		0);
	diags_done(&diags);
	n->genid = genid_of(m);
}

static void check_after_need(void *context, int r)
{
	struct needy *n = context;
	struct machine *m = n->machine;
	expect_set(m->now.ruleset, P, r == 0 ? "10.0.0.2 10.0.0.3" : "10.0.0.1 10.0.0.2");
	assert_int_equal(genid_of(m), n->genid + (r == 0));
	assert_false(m->now.is_unsure);
	assert_int_equal(verified(m), 0);
	undo(n);
}

TEST(where_memory_runs_out_nothing_is_sent)
{
	struct machine m = with(sample);
	struct edits e = edits_of(P " +10.0.0.3 -10.0.0.1");
	struct needy n = {&m, memory_policy(NULL, sample), &e, 0};
	undo(&n);
	each_failure(&(struct step){send_without_memory, check_after_need, &n, 0});
	leave(&m);
	policy_free(n.policy);
	edits_done(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_several_sets_come_and_go_in_one_transaction),
		cmocka_unit_test(what_is_so_already_is_not_sent),
		cmocka_unit_test(what_came_and_went_again_leaves_nothing_to_remember),
		cmocka_unit_test(a_set_may_become_empty_and_be_filled_again),
		cmocka_unit_test(a_reload_keeps_it_and_the_files_have_the_last_word),
		cmocka_unit_test(what_a_trial_allows_by_itself_is_remembered_for_its_end),
		cmocka_unit_test(edits_from_before_the_first_start_are_in_its_ruleset),
		cmocka_unit_test(a_table_with_edits_is_adopted),
		cmocka_unit_test(a_repair_brings_it_back),
		cmocka_unit_test(what_the_lane_cannot_take_changes_nothing),
		cmocka_unit_test(a_set_is_filled_to_its_room),
		cmocka_unit_test(the_long_way_takes_what_the_lane_cannot),
		cmocka_unit_test(a_refusal_makes_unsure_and_the_long_way_puts_it_right),
		cmocka_unit_test(packets_are_waited_for_between_the_lane_and_a_change_of_rules),
		cmocka_unit_test(random_edits_and_reloads_end_where_a_model_does),
		cmocka_unit_test(where_memory_runs_out_nothing_is_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
