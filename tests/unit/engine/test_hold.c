/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every short sequence of what can happen while packets wait, with small bounds, and many long ones
 * at random; after each step the machine is held to the promises of hold.c.
 */
#include "engine/hold.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing.h"

enum { PACKETS = 2, QUESTIONS = 3, TOPICS = 2, DEPTH = 6, WALKS = 4000, WALK_LENGTH = 60 };

enum happening {
	COMES_A,        /* either topic may tell of it */
	COMES_B,        /* the first one may */
	COMES_MORE,     /* B, and there are more topics than have numbers */
	COMES_KNOWN,    /* it has come into force meanwhile; always the same connection */
	COMES_FLOWLESS, /* nobody may tell of it: its flow has gone; the same */
	LEARN_A,
	DRAINED,
	ANSWER_0,
	ANSWER_1,
	FAIL_0,
	READER, /* goes, or comes */
	CHANGE,
	CANNOT_REFUSE, /* or can again */
	TIME,          /* until something is due, or a while */
	HAPPENINGS,
};

static const char *const names[HAPPENINGS] = {"comes-a", "comes-b", "comes-more", "comes-known",
	"comes-flowless", "learn-a", "drained", "answer-0", "answer-1", "fail-0", "reader",
	"change", "cannot-refuse", "time"};

enum { WHILE = 90 * 1000 };

/* What the world knows of a packet. */
struct waiting {
	uint32_t id, drain, asked[TOPICS];
	struct addr address;
	uint64_t came;
	unsigned topics, answered;
	bool has_more, is_drained, is_learned, is_changed, has_failed, is_refused, refusal_failed;
	bool is_released, is_hopeless;
};

struct world {
	struct hold hold;
	uint64_t now;
	struct waiting waiting[PACKETS];
	size_t count;
	uint32_t last_id;
	uint32_t drain, asked[TOPICS];
	uint64_t asked_at[TOPICS];
	uint64_t questions[QUESTIONS + 1]; /* the last times, the newest first */
	uint64_t released[2];              /* when COMES_KNOWN and COMES_FLOWLESS were, last */
	bool has_reader, cannot_refuse;
};

static enum happening trail[WALK_LENGTH];
static size_t trail_length;

static void demand(bool holds, const char *promise)
{
	if (holds)
		return;
	for (size_t i = 0; i < trail_length; i++)
		print_error("%s ", names[trail[i]]);
	print_error("\n");
	fail_msg("%s", promise);
}

static struct addr address_of(char which)
{
	return (struct addr){.family = AF_INET, .bytes = {10, 0, 0, (uint8_t)which}};
}

static bool is_answered(const struct waiting *w)
{
	return w->is_drained && !w->has_more && !w->has_failed && w->answered == w->topics;
}

/* Actions. */

static void judged(struct world *w, const struct hold_action *a)
{
	size_t i = 0;
	while (i < w->count && w->waiting[i].id != a->id)
		i++;
	demand(i < w->count, "what is judged waits, and was not judged before");
	const struct waiting *p = &w->waiting[i];
	demand(w->now - p->came <= HOLD_MOST, "a packet is judged in time");
	if (a->kind == HOLD_AGAIN)
		demand(p->is_learned || p->is_changed || p->is_refused || p->is_released,
			"only what may meet another end is judged again");
	else
		demand(w->now - p->came == HOLD_MOST || p->refusal_failed || p->is_hopeless,
			"only what nobody can tell is dropped");
	memmove(&w->waiting[i], &w->waiting[i + 1], (--w->count - i) * sizeof(*p));
}

static void refused(struct world *w, const struct hold_action *a)
{
	bool found = false;
	for (size_t i = 0; i < w->count; i++) {
		struct waiting *p = &w->waiting[i];
		if (addr_compare(&p->address, &a->address) != 0 || !is_answered(p))
			continue;
		found = true;
		demand(!p->is_learned, "what was learned is not refused");
		p->is_refused = !w->cannot_refuse;
		p->refusal_failed = w->cannot_refuse;
	}
	demand(found, "an address is nobody's only after all was answered well");
}

static void drained(struct world *w, const struct hold_action *a)
{
	demand(w->has_reader && w->drain == 0, "one drain at a time, of a reader that is there");
	w->drain = a->serial;
	for (size_t i = 0; i < w->count; i++)
		if (w->waiting[i].drain == 0)
			w->waiting[i].drain = a->serial;
}

static void asked(struct world *w, const struct hold_action *a)
{
	const unsigned t = a->topic;
	bool is_wanted = false;
	demand(w->has_reader && t < TOPICS, "a reader that is there is asked for what was named");
	demand(w->asked[t] == 0 || w->now - w->asked_at[t] >= HOLD_MOST,
		"one question of a topic at a time");
	memmove(&w->questions[1], &w->questions[0], QUESTIONS * sizeof(w->questions[0]));
	w->questions[0] = w->now;
	demand(w->now - w->questions[QUESTIONS] >= HOLD_SECOND,
		"not too much is asked in a second");
	w->asked[t] = a->serial;
	w->asked_at[t] = w->now;
	for (size_t i = 0; i < w->count; i++) {
		struct waiting *p = &w->waiting[i];
		if (!p->is_drained || !(p->topics & ~p->answered & 1U << t))
			continue;
		p->asked[t] = a->serial;
		is_wanted = true;
	}
	demand(is_wanted, "nothing is asked for nobody");
}

static bool act(struct world *w)
{
	struct hold_action a;
	bool has_refused = false, any = false;
	while (hold_next(&w->hold, w->now, &a)) {
		any = true;
		demand(a.serial != 0 || (a.kind != HOLD_DRAIN && a.kind != HOLD_ASK),
			"no serial is 0");
		switch (a.kind) {
		case HOLD_REFUSE:
			refused(w, &a);
			has_refused = true;
			continue;
		case HOLD_AGAIN:
		case HOLD_DROP:
			judged(w, &a);
			continue;
		case HOLD_DRAIN:
			drained(w, &a);
			continue;
		case HOLD_ASK:
			asked(w, &a);
			continue;
		}
		abort();
	}
	if (has_refused)
		hold_refused(&w->hold, !w->cannot_refuse);
	return any;
}

/* Events. */

static struct waiting *come(struct world *w, struct hold_arrival a)
{
	a.id = ++w->last_id;
	const bool has_room = hold_came(&w->hold, &a, w->now);
	demand(has_room == (w->count < PACKETS), "as many wait as the bound says");
	demand(hold_has_room(&w->hold) == (w->count + has_room < PACKETS), "it says so before");
	if (!has_room)
		return NULL;
	w->waiting[w->count] = (struct waiting){.id = a.id,
		.address = a.address,
		.came = w->now,
		.topics = (unsigned)a.topics,
		.has_more = a.has_more};
	return &w->waiting[w->count++];
}

/* The rules of now have something else for it, as far as one can tell before it is read. */
static void come_late(struct world *w, unsigned which, const struct hold_arrival *a)
{
	struct waiting *p = come(w, *a);
	const bool is_first = w->released[which] == 0 || w->now - w->released[which] >= HOLD_MOST;
	if (!p)
		return;
	p->is_released = is_first;
	p->is_hopeless = !is_first && a->topics == 0;
	if (is_first)
		w->released[which] = w->now;
}

static void learn(struct world *w)
{
	const struct addr a = address_of('a');
	for (size_t i = 0; i < w->count; i++)
		w->waiting[i].is_learned |= addr_compare(&w->waiting[i].address, &a) == 0;
	hold_learned(&w->hold, &a);
}

static void drain(struct world *w)
{
	for (size_t i = 0; i < w->count && w->drain; i++)
		w->waiting[i].is_drained |= w->waiting[i].drain == w->drain;
	hold_drained(&w->hold, w->drain);
	w->drain = 0;
}

static void answer(struct world *w, unsigned topic, bool is_good)
{
	const uint32_t serial = w->asked[topic];
	for (size_t i = 0; i < w->count && serial; i++) {
		struct waiting *p = &w->waiting[i];
		if (p->asked[topic] != serial)
			continue;
		p->has_failed |= !is_good;
		p->answered |= 1U << topic;
	}
	w->asked[topic] = 0;
	hold_answered(&w->hold, serial, is_good);
}

static void turn_reader(struct world *w)
{
	w->has_reader = !w->has_reader;
	w->drain = 0;
	memset(w->asked, 0, sizeof(w->asked));
	for (size_t i = 0; i < w->count; i++) {
		struct waiting *p = &w->waiting[i];
		memset(p->asked, 0, sizeof(p->asked));
		if (!p->is_drained)
			p->drain = 0;
	}
	hold_reader(&w->hold, w->has_reader);
}

static void change(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		w->waiting[i].is_changed = true;
	memset(w->asked, 0, sizeof(w->asked));
	hold_change(&w->hold);
}

static void pass_time(struct world *w)
{
	const uint64_t wake = hold_wake(&w->hold);
	w->now = wake < w->now + WHILE ? wake : w->now + WHILE;
}

static void happens(struct world *w, enum happening h)
{
	switch (h) {
	case COMES_A:
		come(w, (struct hold_arrival){.address = address_of('a'), .topics = 3});
		return;
	case COMES_B:
		come(w, (struct hold_arrival){.address = address_of('b'), .topics = 1});
		return;
	case COMES_MORE:
		come(w, (struct hold_arrival){
				.address = address_of('b'), .topics = 2, .has_more = true});
		return;
	case COMES_KNOWN:
		come_late(w, 0,
			&(struct hold_arrival){.address = address_of('c'),
				.topics = 1,
				.connection = 1,
				.is_known = true});
		return;
	case COMES_FLOWLESS:
		come_late(w, 1,
			&(struct hold_arrival){.address = address_of('d'), .connection = 2});
		return;
	case LEARN_A:
		learn(w);
		return;
	case DRAINED:
		drain(w);
		return;
	case ANSWER_0:
		answer(w, 0, true);
		return;
	case ANSWER_1:
		answer(w, 1, true);
		return;
	case FAIL_0:
		answer(w, 0, false);
		return;
	case READER:
		turn_reader(w);
		return;
	case CHANGE:
		change(w);
		return;
	case CANNOT_REFUSE:
		w->cannot_refuse = !w->cannot_refuse;
		return;
	case TIME:
		pass_time(w);
		return;
	case HAPPENINGS:
		break;
	}
	abort();
}

/* What it still needs was asked for, or will be when that may be done. */
static bool is_seen_to(const struct world *w, const struct waiting *p)
{
	if (!w->has_reader || !p->is_drained || p->has_failed ||
		w->now - w->questions[QUESTIONS - 1] < HOLD_SECOND)
		return true;
	for (unsigned t = 0; t < TOPICS; t++)
		if ((p->topics & ~p->answered & 1U << t) && w->asked[t] == 0)
			return false;
	return true;
}

static void step(struct world *w, enum happening h)
{
	happens(w, h);
	while (act(w))
		;
	demand(w->hold.count == w->count, "all that waits is known");
	demand((hold_wake(&w->hold) == HOLD_NEVER) == (w->count == 0),
		"a timer runs exactly while something waits");
	demand(hold_wake(&w->hold) > w->now, "what is due is done");
	for (size_t i = 0; i < w->count; i++) {
		const struct waiting *p = &w->waiting[i];
		demand(w->now - p->came < HOLD_MOST, "nothing waits longer than it may");
		demand(hold_wake(&w->hold) <= p->came + HOLD_MOST, "the timer is in time");
		demand(!is_answered(p), "what is answered does not wait");
		demand(!p->is_learned && !p->is_changed && !p->is_released,
			"what is learned does not wait");
		demand(!p->is_hopeless, "what no question can help does not wait");
		demand(!w->has_reader || p->drain || w->drain, "nothing is forgotten");
		demand(is_seen_to(w, p), "what is not answered is asked for");
	}
}

static struct world begin(void)
{
	struct world w = {.now = 10 * HOLD_SECOND, .has_reader = true};
	hold_init_bounded(&w.hold, PACKETS, QUESTIONS);
	hold_reader(&w.hold, true);
	return w;
}

static struct world worlds[DEPTH + 1]; /* after so many steps */
static size_t walked;

/* All of the machine that small bounds use: the rest is most of it. */
static void copy_world(struct world *to, const struct world *from)
{
	const struct hold *h = &from->hold;
	memcpy(&to->hold, h, offsetof(struct hold, packets));
	memcpy(to->hold.packets, h->packets, PACKETS * sizeof(*h->packets));
	memcpy(to->hold.topics, h->topics, TOPICS * sizeof(*h->topics));
	memcpy(to->hold.releases, h->releases, PACKETS * sizeof(*h->releases));
	memcpy(to->hold.questions, h->questions, QUESTIONS * sizeof(*h->questions));
	memcpy(&to->now, &from->now, sizeof(*to) - offsetof(struct world, now));
}

static void walk(size_t depth)
{
	for (enum happening h = 0; h < HAPPENINGS && depth < DEPTH; h++) {
		copy_world(&worlds[depth + 1], &worlds[depth]);
		trail[depth] = h;
		trail_length = depth + 1;
		walked++;
		step(&worlds[depth + 1], h);
		walk(depth + 1);
	}
}

TEST(every_short_sequence_keeps_the_promises)
{
	for (size_t i = 0; i <= DEPTH; i++)
		worlds[i] = begin();
	walk(0);
	print_message("%zu steps\n", walked);
}

TEST(long_sequences_at_random_keep_the_promises)
{
	srand(1);
	for (int i = 0; i < WALKS; i++) {
		struct world w = begin();
		for (trail_length = 0; trail_length < WALK_LENGTH;) {
			trail[trail_length] = (enum happening)(rand() % HAPPENINGS);
			step(&w, trail[trail_length++]);
		}
	}
}

static struct world play(const enum happening *events, size_t n)
{
	struct world w = begin();
	trail_length = 0;
	for (size_t i = 0; i < n; i++) {
		trail[trail_length++] = events[i];
		step(&w, events[i]);
	}
	return w;
}

TEST(what_was_observed_is_read_before_anything_is_asked)
{
	const struct world w = play((enum happening[]){COMES_A, LEARN_A, DRAINED}, 3);
	assert_int_equal(w.count, 0);
	assert_int_equal(w.hold.n_questions, 0);
}

TEST(what_came_into_force_while_it_waited_to_be_read_passes_once_and_without_a_question)
{
	struct world w = play((enum happening[]){COMES_KNOWN}, 1);
	assert_int_equal(w.count, 0);
	assert_int_equal(w.hold.n_questions, 0);
	w = play((enum happening[]){COMES_KNOWN, COMES_KNOWN}, 2);
	assert_int_equal(w.count, 1); /* it came back: nobody lets it go round in circles */
}

TEST(what_no_flow_is_for_any_more_is_judged_again_and_not_called_nobodys)
{
	struct world w = play((enum happening[]){COMES_FLOWLESS, COMES_FLOWLESS, DRAINED}, 3);
	assert_int_equal(w.count, 0);
}

TEST(more_connections_than_are_remembered_wait_like_all_others)
{
	struct hold h;
	struct hold_action a;
	size_t passed = 0;
	hold_init_bounded(&h, PACKETS, QUESTIONS);
	for (uint64_t i = 1; i <= PACKETS + 1; i++) {
		const struct hold_arrival known = {.id = (uint32_t)i,
			.address = address_of('c'),
			.topics = 1,
			.connection = i,
			.is_known = true};
		assert_true(hold_came(&h, &known, HOLD_SECOND));
		while (hold_next(&h, HOLD_SECOND, &a))
			passed += a.kind == HOLD_AGAIN;
	}
	assert_int_equal(passed, PACKETS);
	assert_int_equal(h.count, 1);
}

TEST(a_packet_that_no_answer_explains_is_refused_as_soon_as_all_have_come)
{
	const struct world w =
		play((enum happening[]){COMES_A, DRAINED, ANSWER_0, ANSWER_1, TIME}, 5);
	assert_int_equal(w.count, 0);
	assert_int_equal(w.hold.n_questions, 2);
}

TEST(a_hundred_packets_at_once_have_one_question_each_topic)
{
	struct hold h;
	struct hold_action a;
	unsigned asked = 0;
	hold_init(&h);
	hold_reader(&h, true);
	for (unsigned i = 0; i < 100; i++) {
		const struct hold_arrival a_packet = {
			.id = i, .address = address_of((char)i), .topics = 3};
		assert_true(hold_came(&h, &a_packet, HOLD_SECOND));
	}
	assert_true(hold_next(&h, HOLD_SECOND, &a));
	assert_int_equal(a.kind, HOLD_DRAIN);
	hold_drained(&h, a.serial);
	while (hold_next(&h, HOLD_SECOND, &a)) {
		assert_int_equal(a.kind, HOLD_ASK);
		asked++;
	}
	assert_int_equal(asked, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_sequence_keeps_the_promises),
		cmocka_unit_test(long_sequences_at_random_keep_the_promises),
		cmocka_unit_test(what_was_observed_is_read_before_anything_is_asked),
		cmocka_unit_test(
			what_came_into_force_while_it_waited_to_be_read_passes_once_and_without_a_question),
		cmocka_unit_test(
			what_no_flow_is_for_any_more_is_judged_again_and_not_called_nobodys),
		cmocka_unit_test(more_connections_than_are_remembered_wait_like_all_others),
		cmocka_unit_test(
			a_packet_that_no_answer_explains_is_refused_as_soon_as_all_have_come),
		cmocka_unit_test(a_hundred_packets_at_once_have_one_question_each_topic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
