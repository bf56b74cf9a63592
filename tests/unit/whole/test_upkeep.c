/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every short sequence of what can happen to our table, the tables of others and the host, and
 * longer ones by chance, against what must hold:
 *
 *  - A foreign change of our table is looked at within half a second, whether it was heard, missed,
 *    or made before we listened; or it is told why that cannot be.
 *  - A fight is bounded: it is said once, and from then on there are two looks a second at most.
 *  - Each repair is said or in a fight, and nobody is blamed for what was looked at before.
 *  - A change of the host is taken up within a second, others are looked at a second after a
 * commit.
 *  - No turn goes on for ever, no timer runs out for nothing, and none runs if nothing is pending.
 */
#include <errno.h>
#include <string.h>

#include "engine/upkeep.h"
#include "testing.h"

enum { MS = 1000, SECOND = 1000 * MS, START = 100 * SECOND };
enum { DEPTH = 5, RANDOM_RUNS = 3000, RANDOM_LENGTH = 120 };
enum { ACTIONS_A_TURN = 40, LOOKED_WITHIN = 500 * MS };

enum step {
	CHANGES_OURS,   /* somebody changes our table */
	CHANGES_MISSED, /* … and too many commit at once for us to hear it */
	CHANGES_OTHER,  /* somebody changes another table */
	APPLY,
	APPLY_AND_GAP, /* somebody changes our table before we listen again */
	APPLY_HALF,    /* it fails, and nobody knows what the kernel has */
	FLUSH,
	OWN, /* the next table is one that nobody else can change, or no such one again */
	VERIFY_FAILS,
	VERIFY_INTERRUPTED,
	LISTEN_FAILS,
	LISTEN_REFUSED,
	SURVEY_INTERRUPTED,
	REFRESH_FAILS,
	ALL_IS_WELL,
	HOST_CHANGES,
	HOST_UNSEEN,
	HOST_UNFOLLOWED,
	HOST_LOST, /* what we listen to it with has failed */
	HANGUP,
	WAKE,
	SOON,
	MUCH_LATER,
	STEPS,
};

/* What has happened, to be told when something does not hold. */
static enum step trail[4096];
static unsigned trail_length;

static void print_trail(const char *what)
{
	print_error("not so: %s; after", what);
	for (unsigned i = 0; i < trail_length; i++)
		print_error(" %u", trail[i]);
	print_error("\n");
	fail();
}

#define MUST(x) \
	do { \
		if (!(x)) \
			print_trail(#x); \
	} while (0)

/* Something that must be done by a time. */
struct debt {
	bool is_open;
	uint64_t by;
};

struct world {
	struct upkeep upkeep;
	uint64_t now;
	struct upkeep_table table;
	bool is_changed; /* the kernel has something else */
	bool owns_next;
	bool is_lost; /* the host is not heard, and nobody has tried since */
	bool is_listening, tried_to_listen;
	int verify_error, listen_error, survey_error, refresh_error,
		follow_error; /* if it is done */
	struct debt host, unseen, survey;
	uint32_t last_pid, first_pid; /* of commits; of those since the last look */
	uint32_t blame_from;          /* the same, for the last repair */
	uint32_t hangup;              /* pid of whoever waits for a reload */
	/* repairs of what others have done */
	uint64_t repairs[CLOCK_FIGHT_REPAIRS], last_look, interrupted_at;
	unsigned n_repairs, since_fight;
	bool is_fight, had_peace, is_unsaid;
};

static void owe(struct world *w, struct debt *d, uint64_t within)
{
	if (!d->is_open || w->now + within < d->by)
		*d = (struct debt){true, w->now + within};
}

static void hear(struct world *w, struct upkeep_event e)
{
	upkeep_hear(&w->upkeep, &e, w->now);
}

/* What others do. */

static void commit(struct world *w, bool is_missed)
{
	struct upkeep_event e = {.kind = is_missed ? UPKEEP_MISSED : UPKEEP_COMMITTED};
	if (!w->is_listening)
		return;
	e.who.pid = ++w->last_pid;
	owe(w, &w->survey, CLOCK_SURVEY_DELAY);
	hear(w, e);
}

static void change_ours(struct world *w, bool is_missed)
{
	if (!w->table.is_there || w->table.is_owned)
		return;
	w->is_changed = true;
	commit(w, is_missed);
}

/* What we do. */

static void apply(struct world *w, bool is_half)
{
	if (is_half && !w->table.is_there)
		return;
	w->table = (struct upkeep_table){true, is_half, w->owns_next};
	w->is_changed = is_half;
	w->is_listening = false;
	owe(w, &w->survey, CLOCK_SURVEY_DELAY);
	hear(w, (struct upkeep_event){
			.kind = UPKEEP_CHANGED, .table = w->table, .error = is_half ? -ENOMEM : 0});
}

static void flush(struct world *w)
{
	w->table = (struct upkeep_table){0};
	w->is_changed = w->is_listening = w->survey.is_open = false;
	hear(w, (struct upkeep_event){.kind = UPKEEP_CHANGED});
}

static void do_listen(struct world *w)
{
	MUST(w->table.is_there && !w->is_listening && !w->tried_to_listen);
	w->tried_to_listen = true;
	w->is_listening = w->listen_error == 0;
	hear(w, (struct upkeep_event){.kind = UPKEEP_LISTENED, .error = w->listen_error});
}

static void note_repair(struct world *w)
{
	const bool any = w->n_repairs > 0;
	const uint64_t last = w->repairs[(w->n_repairs - 1) % CLOCK_FIGHT_REPAIRS];
	if (any && w->now - last >= CLOCK_FIGHT_WINDOW)
		w->had_peace = true;
	if (w->had_peace)
		w->is_fight = false;
	w->repairs[w->n_repairs++ % CLOCK_FIGHT_REPAIRS] = w->now;
	w->since_fight++;
	w->is_unsaid = !w->is_fight;
	w->blame_from = w->first_pid;
}

static void do_verify(struct world *w)
{
	struct upkeep_event e = {.kind = UPKEEP_VERIFIED, .error = w->verify_error};
	const bool was_unsure = w->table.is_unsure;
	MUST(w->table.is_there && (was_unsure || !w->table.is_owned));
	MUST(w->is_listening || w->tried_to_listen);
	const uint64_t repaired = w->repairs[(w->n_repairs - 1) % CLOCK_FIGHT_REPAIRS];
	if (w->is_fight && w->now - repaired < CLOCK_FIGHT_WINDOW)
		MUST(w->now >= w->last_look + CLOCK_FIGHT_PAUSE);
	w->last_look = w->now;
	w->tried_to_listen = false;
	if (e.error == -EINTR) { /* by a commit */
		owe(w, &w->survey, CLOCK_SURVEY_DELAY);
		w->interrupted_at = w->now;
	}
	if (e.error == 0) {
		e.is_repaired = w->is_changed;
		if (w->is_changed && !was_unsure)
			note_repair(w);
		w->is_changed = w->table.is_unsure = false;
	}
	e.table = w->table;
	hear(w, e);
}

static void do_say(struct world *w, const struct upkeep_action *a)
{
	switch (a->word) {
	case UPKEEP_FINISHED:
		return;
	case UPKEEP_UNDONE:
		MUST(w->is_unsaid);
		MUST(a->who.pid == 0 || a->who.pid >= w->blame_from);
		w->is_unsaid = false;
		return;
	case UPKEEP_FIGHT:
		MUST(!(w->is_fight));
		MUST(w->since_fight >= CLOCK_FIGHT_REPAIRS);
		MUST(w->now - w->repairs[w->n_repairs % CLOCK_FIGHT_REPAIRS] < CLOCK_FIGHT_WINDOW);
		w->is_fight = true;
		w->had_peace = false;
		w->since_fight = 0;
		return;
	}
	fail();
}

static void do_refresh(struct world *w)
{
	MUST(w->host.is_open || w->unseen.is_open);
	MUST(!w->is_lost);
	w->host.is_open = w->unseen.is_open = false;
	if (w->refresh_error)
		owe(w, &w->host, CLOCK_PATIENCE);
	if (w->follow_error)
		owe(w, &w->host, CLOCK_PATIENCE);
	hear(w, (struct upkeep_event){.kind = UPKEEP_REFRESHED, .error = w->refresh_error});
}

static void follow(struct world *w)
{
	w->is_lost = false;
	if (w->follow_error)
		owe(w, &w->host, CLOCK_PATIENCE);
	hear(w, (struct upkeep_event){.kind = UPKEEP_FOLLOWED, .error = w->follow_error});
}

static void do_survey(struct world *w)
{
	MUST(w->survey.is_open && w->table.is_there);
	w->survey.is_open = false;
	if (w->survey_error || w->interrupted_at == w->now)
		owe(w, &w->survey, CLOCK_SURVEY_DELAY);
	hear(w, (struct upkeep_event){.kind = UPKEEP_SURVEYED, .error = w->survey_error});
}

static void carry_out(struct world *w, const struct upkeep_action *a)
{
	switch (a->kind) {
	case UPKEEP_SAY:
		do_say(w, a);
		return;
	case UPKEEP_LOAD:
		MUST(a->who.pid == w->hangup);
		MUST(w->hangup != 0);
		w->hangup = 0;
		return;
	case UPKEEP_FOLLOW:
		follow(w);
		return;
	case UPKEEP_REFRESH:
		do_refresh(w);
		return;
	case UPKEEP_LISTEN:
		do_listen(w);
		return;
	case UPKEEP_VERIFY:
		do_verify(w);
		if (!w->verify_error)
			w->first_pid = w->last_pid + 1;
		return;
	case UPKEEP_SURVEY:
		do_survey(w);
		return;
	}
	fail();
}

/* What must hold when there is nothing to be done for the moment. */

static bool is_told(const struct world *w)
{
	const int verify = upkeep_error(&w->upkeep, UPKEEP_NOT_VERIFIED);
	return upkeep_error(&w->upkeep, UPKEEP_NOT_LISTENING) || (verify && verify != -ENOMEM);
}

static void check(const struct world *w)
{
	const uint64_t wake = upkeep_wake(&w->upkeep);
	MUST(wake > w->now);
	MUST(w->hangup == 0);
	MUST(!(w->is_unsaid));
	if (w->is_changed || w->table.is_unsure)
		MUST(wake <= w->now + LOOKED_WITHIN || is_told(w));
	if (upkeep_error(&w->upkeep, UPKEEP_NOT_LISTENING) == -ENOBUFS)
		MUST(wake <= w->now + LOOKED_WITHIN);
	if (w->host.is_open)
		MUST(w->host.by >= w->now && wake <= w->host.by);
	if (w->survey.is_open)
		MUST(w->survey.by >= w->now && wake <= w->survey.by);
	if (w->unseen.is_open)
		MUST(w->unseen.by >= w->now && wake <= w->unseen.by);
	if (!w->table.is_there && !w->host.is_open && !w->unseen.is_open)
		MUST(wake == CLOCK_NEVER);
}

/* How much was done. */
static unsigned turn(struct world *w)
{
	struct upkeep_action a;
	unsigned n = 0;
	w->tried_to_listen = false;
	for (; upkeep_next(&w->upkeep, w->now, &a); n++) {
		MUST(n < ACTIONS_A_TURN);
		carry_out(w, &a);
	}
	check(w);
	return n;
}

static void wake_up(struct world *w)
{
	const uint64_t wake = upkeep_wake(&w->upkeep);
	if (wake == CLOCK_NEVER)
		return;
	w->now = wake;
	const unsigned n = turn(w);
	/* of a table that nobody else can change there may be nothing to be looked at by then */
	MUST(n > 0 || w->table.is_owned);
}

/* Time passes as the timer says. */
static void pass(struct world *w, uint64_t time)
{
	const uint64_t then = w->now + time;
	while (upkeep_wake(&w->upkeep) <= then)
		wake_up(w);
	w->now = then;
}

static void happen(struct world *w, enum step s)
{
	if (trail_length < sizeof(trail) / sizeof(trail[0]))
		trail[trail_length++] = s;
	switch (s) {
	case CHANGES_OURS:
	case CHANGES_MISSED:
		change_ours(w, s == CHANGES_MISSED);
		break;
	case CHANGES_OTHER:
		commit(w, false);
		break;
	case APPLY:
	case APPLY_HALF:
		apply(w, s == APPLY_HALF);
		break;
	case APPLY_AND_GAP:
		apply(w, false);
		change_ours(w, false);
		break;
	case FLUSH:
		flush(w);
		break;
	case OWN:
		w->owns_next = !w->owns_next;
		return;
	case VERIFY_FAILS:
		w->verify_error = -ENOMEM;
		return;
	case VERIFY_INTERRUPTED:
		w->verify_error = -EINTR;
		return;
	case LISTEN_FAILS:
		w->listen_error = -ENOBUFS;
		return;
	case LISTEN_REFUSED:
		w->listen_error = -EPERM;
		return;
	case SURVEY_INTERRUPTED:
		w->survey_error = -EINTR;
		return;
	case REFRESH_FAILS:
		w->refresh_error = -ENOMEM;
		return;
	case ALL_IS_WELL:
		w->verify_error = w->listen_error = w->survey_error = 0;
		w->refresh_error = w->follow_error = 0;
		return;
	case HOST_CHANGES:
		owe(w, &w->host, CLOCK_PATIENCE);
		hear(w, (struct upkeep_event){.kind = UPKEEP_HOST_CHANGED});
		break;
	case HOST_UNSEEN:
		w->unseen = (struct debt){true, w->now + CLOCK_UNSEEN_PAUSE};
		hear(w, (struct upkeep_event){.kind = UPKEEP_LOOKED, .error = -ENOMEM});
		break;
	case HOST_UNFOLLOWED:
		w->follow_error = -ENOMEM;
		follow(w);
		break;
	case HOST_LOST:
		w->is_lost = true;
		owe(w, &w->host, CLOCK_PATIENCE);
		hear(w, (struct upkeep_event){.kind = UPKEEP_DEAF});
		break;
	case HANGUP:
		w->hangup = 1000 + w->last_pid;
		hear(w, (struct upkeep_event){.kind = UPKEEP_RELOAD, .who = {.pid = w->hangup}});
		break;
	case WAKE:
		wake_up(w);
		return;
	case SOON:
		pass(w, 100 * MS);
		return;
	case MUCH_LATER:
		pass(w, 20 * SECOND);
		return;
	case STEPS:
		fail();
	}
	turn(w);
}

/* Once all goes well and nobody does anything, everything is as it should be, and quiet. */
static void come_to_rest(struct world w)
{
	happen(&w, ALL_IS_WELL);
	for (unsigned i = 0; i < 16 && upkeep_wake(&w.upkeep) != CLOCK_NEVER; i++)
		wake_up(&w);
	MUST(upkeep_wake(&w.upkeep) == CLOCK_NEVER);
	MUST(!(w.host.is_open || w.unseen.is_open || w.survey.is_open || w.table.is_unsure));
	MUST(!w.is_changed || is_told(&w));
	w.now += 20 * SECOND;
	MUST(turn(&w) == 0);
}

static struct world new_world(void)
{
	trail_length = 0;
	struct world w = {.now = START};
	upkeep_init(&w.upkeep);
	turn(&w);
	return w;
}

static size_t walk(const struct world *from, int depth)
{
	size_t n = 1;
	if (depth == 0) {
		come_to_rest(*from);
		trail_length--;
		return n;
	}
	for (enum step s = 0; s < STEPS; s++) {
		struct world w = *from;
		const unsigned length = trail_length;
		happen(&w, s);
		n += walk(&w, depth - 1);
		trail_length = length;
	}
	return n;
}

TEST(every_short_sequence_keeps_what_must_hold)
{
	struct world w = new_world();
	happen(&w, APPLY);
	assert_true(walk(&w, DEPTH) > 1000000);
}

static uint32_t chance(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Now and then somebody is at it again and again. */
static void random_run(uint32_t seed)
{
	struct world w = new_world();
	for (unsigned i = 0; i < RANDOM_LENGTH; i++) {
		const enum step s = (enum step)(chance(&seed) % STEPS);
		const unsigned times = chance(&seed) % 8 ? 1 : 15;
		for (unsigned k = 0; k < times; k++) {
			happen(&w, s);
			if (times > 1)
				happen(&w, SOON);
		}
	}
	come_to_rest(w);
}

TEST(longer_sequences_by_chance_do_too)
{
	for (uint32_t seed = 1; seed <= RANDOM_RUNS; seed++)
		random_run(seed);
}

/* So that the walk is known to come to fights at all. */
TEST(a_fight_for_an_hour_is_said_once_and_costs_two_looks_a_second)
{
	struct world w = new_world();
	happen(&w, APPLY);
	const uint64_t end = w.now + 3600ULL * SECOND;
	while (w.now < end) {
		happen(&w, CHANGES_OURS);
		happen(&w, SOON);
	}
	assert_true(w.is_fight);
	assert_in_range(w.n_repairs, 7000, 7220);
	happen(&w, MUCH_LATER);
	happen(&w, CHANGES_OURS);
	assert_false(w.is_fight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_sequence_keeps_what_must_hold),
		cmocka_unit_test(longer_sequences_by_chance_do_too),
		cmocka_unit_test(a_fight_for_an_hour_is_said_once_and_costs_two_looks_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
