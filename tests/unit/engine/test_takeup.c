/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every short sequence of what can happen to lists of peers and to the host, and longer ones by
 * chance, against what must hold:
 *
 *  - Only content that was written completely comes into force or is called faulty.
 *  - A list that is bad, be it for us or for the kernel, keeps its last good content.  That is told
 *    once when it begins and once when it ends.
 *  - A good list is in force at the end of a turn in which nothing ran out, whatever the others
 * are.
 *  - A configuration that comes back has the lists of the disk, but for those that somebody writes.
 *  - Nothing is forgotten: at rest, each list that is written and good is in force, each bad one is
 *    refused, and what is in force was made for the host as it is.
 *  - No turn goes on for ever, and there is rest once nothing happens.
 */
#include <errno.h>

#include "engine/takeup.h"
#include "testing.h"

enum { LISTS = 2, SECOND = 1000 * 1000, START = 100 * SECOND };
enum { DEPTH = 5, RANDOM_RUNS = 20000, RANDOM_LENGTH = 60 };
enum { ACTIONS_A_TURN = 60, TURNS = 12 };

enum step {
	/* of the first list; then the same of the second */
	WRITE_GOOD, /* another good content, written and closed */
	WRITE_BAD,
	WRITE_REFUSED, /* good for us and not for the kernel */
	BEGIN_WRITING,
	REMOVE,
	PUT_BACK, /* what is in force */
	STEPS_OF_A_LIST,
	/* at the next reading */
	RUNS_OUT = LISTS * STEPS_OF_A_LIST,
	KERNEL_RUNS_OUT,
	WRITTEN_MEANWHILE, /* … the first list is written completely while it is read */
	BEGUN_MEANWHILE,   /* … or somebody has begun to */
	HOST_CHANGES,
	UNHEARD,   /* the first list may have changed unheard */
	UNFOLLOW,  /* the policy is another one that does not use the second list, or does again */
	ROLL_BACK, /* another configuration is in force, with lists as they are or as it had them */
	OPEN,      /* what is in force does not follow the host, or does again */
	LATER,
	STEPS,
};

enum quality { GOOD, BAD, KERNEL_REFUSES, HALF };

struct content {
	unsigned number;
	enum quality quality;
};

struct list {
	struct takeup_file file;
	struct writing writing;
	struct content disk, in_force, read;
	bool is_told; /* that it is refused */
	bool is_followed;
	bool is_bad_since_read;
};

struct world {
	struct takeup takeup;
	struct list lists[LISTS];
	uint64_t now;
	unsigned last;
	enum writing_event unheard[LISTS]; /* heard at the next drain */
	bool is_unheard[LISTS];
	bool runs_out, kernel_runs_out, written_meanwhile, begun_meanwhile;
	bool is_open, is_due, has_candidate, is_candidate_bad;
	unsigned host, host_in_force, host_looked;
};

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

static void hear(struct world *w, struct takeup_event e)
{
	takeup_hear(&w->takeup, &e, w->now);
}

/* What others do. */

static void note(struct world *w, unsigned i, enum writing_event e)
{
	struct list *l = &w->lists[i];
	if (!l->is_followed)
		return;
	writing_hear(&l->writing, e, w->now);
	w->is_due |= writing_is_over(&l->writing, w->now);
}

static void set_disk(struct world *w, unsigned i, enum quality quality)
{
	w->lists[i].disk = (struct content){++w->last, quality};
}

static void write_list(struct world *w, unsigned i, enum quality quality)
{
	set_disk(w, i, quality);
	note(w, i, WRITING_BEGUN);
	note(w, i, WRITING_OVER);
}

/* In the middle of our reading: it is heard later. */
static void write_meanwhile(struct world *w)
{
	if (w->written_meanwhile || w->begun_meanwhile) {
		set_disk(w, 0, w->begun_meanwhile ? HALF : GOOD);
		w->unheard[0] = w->begun_meanwhile ? WRITING_BEGUN : WRITING_OVER;
		w->is_unheard[0] = true;
	}
	w->written_meanwhile = w->begun_meanwhile = false;
}

static void happen_to_list(struct world *w, unsigned i, enum step s)
{
	struct list *l = &w->lists[i];
	switch (s) {
	case WRITE_GOOD:
		write_list(w, i, GOOD);
		return;
	case WRITE_BAD:
		write_list(w, i, BAD);
		return;
	case WRITE_REFUSED:
		write_list(w, i, KERNEL_REFUSES);
		return;
	case BEGIN_WRITING:
		set_disk(w, i, HALF);
		note(w, i, WRITING_BEGUN);
		return;
	case REMOVE:
		set_disk(w, i, BAD);
		note(w, i, WRITING_GONE);
		return;
	case PUT_BACK:
		l->disk = l->in_force;
		note(w, i, WRITING_BEGUN);
		note(w, i, WRITING_OVER);
		return;
	default:
		fail();
	}
}

/* What we do. */

static struct list *list_of(struct world *w, const struct takeup_file *f)
{
	for (unsigned i = 0; i < LISTS; i++)
		if (&w->lists[i].file == f)
			return &w->lists[i];
	fail();
	return NULL;
}

static void follow(struct world *w, unsigned i)
{
	struct list *l = &w->lists[i];
	l->is_followed = true;
	l->is_told = false;
	l->file = (struct takeup_file){.writing = &l->writing, .is_list = true};
	l->writing = (struct writing){0};
	takeup_add(&w->takeup, &l->file);
	note(w, i, WRITING_MISSED);
}

static void unfollow(struct world *w, unsigned i)
{
	takeup_forget(&w->takeup, &w->lists[i].file);
	w->lists[i].is_followed = false;
	w->is_unheard[i] = false;
}

static void note_followed(struct world *w)
{
	hear(w, (struct takeup_event){.kind = TAKEUP_FOLLOWED});
	w->is_due |= takeup_is_due(&w->takeup, w->now);
}

static void hear_what_happened(struct world *w)
{
	for (unsigned i = 0; i < LISTS; i++)
		if (w->is_unheard[i])
			writing_hear(&w->lists[i].writing, w->unheard[i], w->now);
	for (unsigned i = 0; i < LISTS; i++)
		w->is_unheard[i] = false;
}

static void drain(struct world *w)
{
	hear_what_happened(w);
	hear(w, (struct takeup_event){.kind = TAKEUP_DRAINED});
}

/* What a list is to have in a configuration that comes back: what is on the disk, or nothing new.
 */
static bool read_back(struct world *w, struct list *l)
{
	const bool is_followed = l->is_followed;
	const enum writing_state state = l->writing.state;
	if (!takeup_may_read(is_followed ? &l->file : NULL, w->now)) {
		MUST(is_followed && (state == WRITING_BUSY || state == WRITING_DOUBT));
		return false;
	}
	/* who has written it unheard may be writing it still: a doubt does not last for ever */
	MUST(!is_followed || l->disk.quality != HALF || state == WRITING_DOUBT);
	MUST(l->writing.state == state);
	return true;
}

static void roll_back(struct world *w)
{
	struct content lists[LISTS];
	bool are_good = true;
	hear_what_happened(w);
	w->lists[0].in_force = (struct content){++w->last, GOOD};
	for (unsigned i = 0; i < LISTS; i++) {
		const bool is_read = read_back(w, &w->lists[i]);
		lists[i] = is_read ? w->lists[i].disk : w->lists[i].in_force;
		are_good &= lists[i].quality == GOOD;
	}
	for (unsigned i = 0; i < LISTS && are_good; i++)
		w->lists[i].in_force = lists[i];
	note_followed(w);
	hear(w, (struct takeup_event){.kind = TAKEUP_UNDONE});
	w->is_due = true;
}

static void do_check(struct world *w, const struct takeup_file *f)
{
	const struct list *l = list_of(w, f);
	struct takeup_event e = {.kind = TAKEUP_CHECKED, .content = TAKEUP_OTHER};
	MUST(l->is_followed);
	if (l->disk.number == l->in_force.number)
		e.content = TAKEUP_SAME;
	else if (l->disk.quality == HALF)
		e.content = TAKEUP_CUT;
	hear(w, e);
}

static void do_read(struct world *w)
{
	struct takeup_event e = {.kind = TAKEUP_WAS_READ};
	unsigned n = 0;
	for (unsigned i = 0; i < LISTS; i++) {
		struct list *l = &w->lists[i];
		if (!l->is_followed || !l->file.is_read)
			continue;
		n++;
		if (i == 0)
			write_meanwhile(w);
		l->read = l->disk;
		if (l->read.quality == BAD || l->read.quality == HALF)
			e.error = -EINVAL;
	}
	MUST(n > 0);
	if (w->runs_out)
		e.error = -ENOMEM;
	w->runs_out = false;
	w->has_candidate = e.error == 0;
	hear(w, e);
}

static void do_apply(struct world *w)
{
	struct takeup_event e = {.kind = TAKEUP_APPLIED};
	MUST(w->has_candidate);
	for (unsigned i = 0; i < LISTS; i++) {
		const struct list *l = &w->lists[i];
		if (!l->is_followed || !l->file.is_read)
			continue;
		MUST(l->read.quality != HALF && l->read.number == l->disk.number);
		MUST(l->writing.state == WRITING_IDLE);
		if (l->read.quality == KERNEL_REFUSES)
			e.error = -E2BIG;
	}
	if (w->kernel_runs_out)
		e.error = -ENOBUFS;
	w->has_candidate = w->kernel_runs_out = false;
	for (unsigned i = 0; i < LISTS && e.error == 0; i++)
		if (w->lists[i].is_followed && w->lists[i].file.is_read)
			w->lists[i].in_force = w->lists[i].read;
	if (e.error == 0) {
		w->host_in_force = w->host_looked;
		note_followed(w);
	}
	hear(w, e);
}

static void do_refuse(struct world *w, const struct takeup_action *a)
{
	struct list *l = list_of(w, a->file);
	MUST(a->error < 0 && a->error != -ENOMEM && a->error != -ENOBUFS);
	MUST(l->read.quality == BAD || l->read.quality == KERNEL_REFUSES);
	MUST(l->read.number == l->disk.number);
	MUST(l->file.is_refused);
	l->is_told = true;
}

static void do_clear(struct world *w, const struct takeup_action *a)
{
	struct list *l = list_of(w, a->file);
	MUST(l->is_told && !l->file.is_refused);
	MUST(l->disk.number == l->in_force.number);
	l->is_told = false;
}

static void do_load(struct world *w)
{
	struct takeup_event e = {.kind = TAKEUP_LOADED};
	MUST(w->host_looked != w->host_in_force);
	if (w->kernel_runs_out)
		e.error = -ENOBUFS;
	w->kernel_runs_out = false;
	if (e.error == 0) {
		w->host_in_force = w->host_looked;
		note_followed(w);
	}
	hear(w, e);
}

static void carry_out(struct world *w, const struct takeup_action *a)
{
	switch (a->kind) {
	case TAKEUP_LOOK:
		w->host_looked = w->host;
		hear(w, (struct takeup_event){
				.kind = TAKEUP_LOOKED, .is_other = w->host != w->host_in_force});
		return;
	case TAKEUP_DRAIN:
		drain(w);
		return;
	case TAKEUP_CHECK:
		do_check(w, a->file);
		return;
	case TAKEUP_READ:
		do_read(w);
		return;
	case TAKEUP_APPLY:
		do_apply(w);
		return;
	case TAKEUP_LOAD:
		do_load(w);
		return;
	case TAKEUP_REFUSE:
		do_refuse(w, a);
		return;
	case TAKEUP_CLEAR:
		do_clear(w, a);
		return;
	case TAKEUP_TELL:
		return;
	case TAKEUP_END:
		w->is_due |= a->is_again || a->error < 0;
		return;
	}
	fail();
}

/* After a turn in which nothing ran out and nobody wrote. */
static void check(struct world *w)
{
	for (unsigned i = 0; i < LISTS; i++) {
		const struct list *l = &w->lists[i];
		if (!l->is_followed)
			continue;
		const bool is_same = l->disk.number == l->in_force.number;
		const bool is_over = l->writing.state == WRITING_IDLE;
		MUST(l->in_force.quality == GOOD);
		MUST(l->is_told == l->file.is_refused);
		if (is_over && l->disk.quality == GOOD)
			MUST(is_same && !l->is_told);
		if (is_over && !is_same)
			MUST(l->is_told);
		MUST(l->writing.state != WRITING_READY || w->is_due);
	}
	MUST(w->is_due || w->host_in_force == w->host);
}

static void turn(struct world *w)
{
	struct takeup_action a;
	const bool is_undisturbed =
		!w->runs_out && !w->kernel_runs_out && !w->written_meanwhile && !w->begun_meanwhile;
	w->is_due = false;
	hear(w, (struct takeup_event){.kind = TAKEUP_BEGIN, .follows = !w->is_open});
	unsigned n = 0;
	for (; takeup_next(&w->takeup, w->now, &a); n++) {
		MUST(n < ACTIONS_A_TURN);
		carry_out(w, &a);
	}
	if (w->is_open)
		MUST(n == 1);
	else
		check(w);
	for (unsigned i = 0; i < LISTS && is_undisturbed && !w->is_open; i++)
		MUST(!w->lists[i].is_followed || w->lists[i].writing.state != WRITING_READY ||
			w->lists[i].file.is_refused);
}

static void turn_to_rest(struct world *w)
{
	for (unsigned i = 0; i < TURNS && w->is_due; i++)
		turn(w);
	MUST(!w->is_due || w->is_open);
}

static void later(struct world *w)
{
	w->now += 40ULL * SECOND;
	w->is_due = true; /* as the timer of who listens says */
}

static void happen(struct world *w, enum step s)
{
	if (trail_length < sizeof(trail) / sizeof(trail[0]))
		trail[trail_length++] = s;
	if (s < RUNS_OUT) {
		happen_to_list(w, s / STEPS_OF_A_LIST, s % STEPS_OF_A_LIST);
		return;
	}
	switch (s) {
	case RUNS_OUT:
		w->runs_out = true;
		return;
	case KERNEL_RUNS_OUT:
		w->kernel_runs_out = true;
		return;
	case WRITTEN_MEANWHILE:
		w->written_meanwhile = true;
		return;
	case BEGUN_MEANWHILE:
		w->begun_meanwhile = true;
		return;
	case HOST_CHANGES:
		w->host++;
		w->is_due = true;
		return;
	case UNHEARD:
		set_disk(w, 0, GOOD);
		note(w, 0, WRITING_MISSED);
		return;
	case UNFOLLOW:
		if (w->lists[1].is_followed)
			unfollow(w, 1);
		else
			follow(w, 1);
		note_followed(w);
		return;
	case ROLL_BACK:
		roll_back(w);
		return;
	case OPEN:
		w->is_open = !w->is_open;
		w->is_due = true; /* a load that closes it reads all anew */
		return;
	case LATER:
		later(w);
		if (!w->is_open)
			turn_to_rest(w);
		return;
	default:
		fail();
	}
}

/* Once nothing happens, everything is as it should be. */
static void come_to_rest(struct world *w)
{
	w->is_open = false;
	w->is_due = true;
	turn_to_rest(w);
	for (unsigned i = 0; i < 2; i++) { /* for the end of a doubt, and for what is left open */
		later(w);
		turn_to_rest(w);
	}
	for (unsigned i = 0; i < LISTS; i++) {
		const struct list *l = &w->lists[i];
		if (!l->is_followed)
			continue;
		const bool is_same = l->disk.number == l->in_force.number;
		const bool is_busy = l->writing.state == WRITING_BUSY;
		MUST(is_busy || l->writing.state == WRITING_IDLE);
		MUST(is_busy || l->disk.quality != GOOD || is_same);
		MUST(is_busy || l->is_told == !is_same);
		MUST(l->file.is_left_open == (is_busy && !is_same));
	}
	MUST(w->host_in_force == w->host);
}

static void begin(struct world *w)
{
	trail_length = 0;
	*w = (struct world){.now = START};
	for (unsigned i = 0; i < LISTS; i++) {
		w->lists[i].in_force = w->lists[i].disk = (struct content){++w->last, GOOD};
		follow(w, i);
	}
	w->is_due = true;
	turn_to_rest(w);
}

/* Each sequence from the start, since the machine points to its files; with a turn after each step
 * or only at the end. */
static void run(unsigned long number, unsigned length, bool with_turns)
{
	struct world w;
	begin(&w);
	for (unsigned i = 0; i < length; i++, number /= STEPS) {
		happen(&w, (enum step)(number % STEPS));
		if (with_turns && w.is_due && !w.is_open)
			turn(&w);
	}
	come_to_rest(&w);
}

static unsigned long run_all(unsigned length, bool with_turns)
{
	unsigned long n = 1;
	for (unsigned i = 0; i < length; i++)
		n *= STEPS;
	for (unsigned long i = 0; i < n; i++)
		run(i, length, with_turns);
	return n;
}

TEST(every_short_sequence_keeps_what_must_hold)
{
	assert_true(run_all(DEPTH - 1, false) > 100000);
	assert_true(run_all(DEPTH, true) > 1000000);
}

static uint32_t chance(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

TEST(longer_sequences_by_chance_do_too)
{
	for (uint32_t first = 1; first <= RANDOM_RUNS; first++) {
		uint32_t seed = first;
		struct world w;
		begin(&w);
		for (unsigned i = 0; i < RANDOM_LENGTH; i++) {
			happen(&w, (enum step)(chance(&seed) % STEPS));
			if (w.is_due && !w.is_open && chance(&seed) % 2)
				turn(&w);
		}
		come_to_rest(&w);
	}
}

/* So that the walk is known to come to this at all. */
TEST(a_good_list_comes_into_force_beside_a_bad_one_and_one_that_the_kernel_refuses)
{
	for (enum step bad = WRITE_BAD; bad <= WRITE_REFUSED; bad++) {
		struct world w;
		begin(&w);
		happen(&w, bad);
		happen(&w, STEPS_OF_A_LIST + WRITE_GOOD);
		turn(&w);
		assert_true(w.lists[0].is_told);
		assert_int_equal(w.lists[1].in_force.number, w.lists[1].disk.number);
		happen(&w, WRITE_GOOD);
		turn(&w);
		assert_false(w.lists[0].is_told);
	}
}

TEST(a_configuration_that_comes_back_has_a_list_as_it_is_unless_somebody_writes_it)
{
	static const enum step steps[] = {WRITE_GOOD, BEGIN_WRITING};
	for (unsigned i = 0; i < 2; i++) {
		struct world w;
		begin(&w);
		happen(&w, steps[i]);
		const unsigned written = w.lists[0].disk.number;
		happen(&w, ROLL_BACK);
		assert_int_equal(w.lists[0].in_force.number == written, i == 0);
		assert_int_equal(w.lists[0].in_force.quality, GOOD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_sequence_keeps_what_must_hold),
		cmocka_unit_test(longer_sequences_by_chance_do_too),
		cmocka_unit_test(
			a_good_list_comes_into_force_beside_a_bad_one_and_one_that_the_kernel_refuses),
		cmocka_unit_test(
			a_configuration_that_comes_back_has_a_list_as_it_is_unless_somebody_writes_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
