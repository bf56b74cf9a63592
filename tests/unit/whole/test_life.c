/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole life of a host, explored: every state that can be reached is
 * visited, each with every happening, and each happening also with the daemon killed before each of
 * its actions.  What must hold is in life_world.h.
 *
 * A state is what the machine, its world and its administrator know; two are one if nothing tells
 * them apart but the time of day.
 */
#include <stdlib.h>
#include <unistd.h>

#include "life_world.h"

/* A state as numbers, whatever lies between the fields. */

struct packed {
	uint32_t n[64];
	unsigned count;
};

static void put(struct packed *p, uint32_t n)
{
	assert_true(p->count < sizeof(p->n) / sizeof(p->n[0]));
	p->n[p->count++] = n;
}

static void put_config(struct packed *p, struct life_config c)
{
	put(p, c.files << 4 | c.lists);
}

/* Times only count from now on, and what is over is over. */
static void put_time(struct packed *p, uint64_t t, uint64_t now)
{
	put(p, t == LIFE_NEVER ? 0 : t > now ? (uint32_t)(t - now) : 1);
}

static void put_life(struct packed *p, const struct life *l, uint64_t now)
{
	put(p, l->in_force | l->disk << 4 | l->was_good << 8 | l->is_ours << 9 |
			l->is_undoing << 10 | l->is_unsettled << 11 | l->failed_slots << 16 |
			(l->is_undoing ? l->undo_reason << 20 : 0));
	put_config(p, l->config);
	put_config(p, l->confirmed);
	put_config(p, life_on_trial(l) ? l->tried : nothing);
	put_config(p, l->rejected);
	for (enum life_slot i = 0; i < LIFE_SLOTS; i++)
		put_config(p, l->slots[i]);
	put_time(p, l->until, now);
	put_time(p, l->slots[LIFE_TRIAL].files ? l->slot_until : 0, now);
	put_time(p, l->apply_at, now);
	put_time(p, l->save_at, now);
}

static void put_world(struct packed *p, const struct world *w)
{
	/* what is only looked at while there is a trial, or one in its slot, does not tell them
	 * apart */
	put(p, w->table | w->silent_form << 2 | w->kernel << 3 | w->is_full << 5 |
			w->is_read_only << 6 | w->was_read_only << 7 |
			(w->trial_is_of_this_boot && w->slots[LIFE_TRIAL].files) << 8 |
			w->lives << 9 | w->was_saved << 10 | w->is_flushed << 11 |
			w->on_trial << 12 | (w->was_confirmed && w->on_trial) << 13 |
			(w->is_lost && w->on_trial) << 14 | (w->is_ours && w->lives) << 15);
	put_config(p, w->disk);
	put_config(p, w->in_table);
	put_config(p, w->older);
	for (enum life_slot i = 0; i < LIFE_SLOTS; i++)
		put_config(p, w->slots[i]);
	put_time(p, w->slots[LIFE_TRIAL].files ? w->slot_until : 0, w->now);
	put_config(p, w->on_trial ? w->tried : nothing);
	put_config(p, w->confirmed);
	put_config(p, w->rejected);
	put_life(p, &w->life, w->now);
}

static uint64_t hash_of(const struct world *w)
{
	struct packed p = {0};
	uint64_t h = 0x9e3779b97f4a7c15u;
	put_world(&p, w);
	for (unsigned i = 0; i < p.count; i++) {
		h = (h ^ p.n[i]) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h ? h : 1;
}

/* All states that were met, and how. */

struct state {
	struct world world;
	uint32_t from;
	uint8_t happening;
	int8_t kill_after;
};

struct walk {
	struct state *states;
	size_t count, allocated;
	uint64_t *seen;
	size_t slots; /* of seen: a power of two */
};

static bool is_new(struct walk *k, uint64_t hash)
{
	size_t i = hash & (k->slots - 1);
	while (k->seen[i] && k->seen[i] != hash)
		i = (i + 1) & (k->slots - 1);
	if (k->seen[i])
		return false;
	k->seen[i] = hash;
	return true;
}

static void grow(struct walk *k)
{
	uint64_t *old = k->seen;
	size_t n = k->slots;
	k->slots *= 2;
	k->seen = calloc(k->slots, sizeof(*k->seen));
	assert_non_null(k->seen);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			is_new(k, old[i]);
	free(old);
}

static void add(struct walk *k, const struct world *w, size_t from, enum happening h,
	int kill_after)
{
	if (2 * k->count > k->slots)
		grow(k);
	if (!is_new(k, hash_of(w)))
		return;
	if (k->count == k->allocated) {
		k->allocated = k->allocated ? 2 * k->allocated : 1024;
		k->states = realloc(k->states, k->allocated * sizeof(*k->states));
		assert_non_null(k->states);
	}
	k->states[k->count++] = (struct state){*w, (uint32_t)from, (uint8_t)h, (int8_t)kill_after};
}

static void tell_step(enum happening h, int kill_after)
{
	if (kill_after == NO_KILL)
		print_error("  %s\n", happening_names[h]);
	else
		print_error("  %s, killed after %d actions\n", happening_names[h], kill_after);
}

static void tell_way(const struct walk *k, size_t i)
{
	if (i == 0)
		return;
	tell_way(k, k->states[i].from);
	tell_step((enum happening)k->states[i].happening, k->states[i].kill_after);
}

static struct world new_world(void)
{
	struct world w = {.disk = {A, 1}, .now = NOW};
	life_init(&w.life);
	return w;
}

/* One happening, whole and killed before each of its actions; false after telling of a fault. */
static bool try_happening(struct walk *k, size_t from, enum happening h)
{
	jmp_buf fault;
	struct world next;
	volatile int kill_after = NO_KILL;
	volatile int actions = 0;
	fault_to = &fault;
	if (setjmp(fault)) {
		print_error("%s:\n", fault_text);
		tell_way(k, from);
		tell_step(h, kill_after);
		return false;
	}
	for (; kill_after < actions; kill_after++) {
		next = k->states[from].world;
		int n = world_step(&next, h, kill_after);
		if (kill_after == NO_KILL)
			actions = n;
		add(k, &next, from, h, kill_after);
	}
	return true;
}

/* Walks all states that are reached without some happenings. */
static void walk_without(unsigned without)
{
	struct walk k = {.slots = 1 << 16};
	k.seen = calloc(k.slots, sizeof(*k.seen));
	assert_non_null(k.seen);
	const struct world first = new_world();
	add(&k, &first, 0, START, NO_KILL);
	bool good = true;
	for (size_t i = 0; i < k.count && good; i++)
		for (enum happening h = 0; h < WALKED && good; h++)
			if (!(without & 1u << h))
				good = try_happening(&k, i, h);
	print_message("%zu states\n", k.count);
	free(k.states);
	free(k.seen);
	assert_true(good);
}

#define W(x)    (1u << (x))
#define DAMAGES (W(DAMAGE_CONFIRMED) | W(DAMAGE_TRIAL) | W(DAMAGE_REJECTED))

/* All at once are ten million; random walks have them together. */
TEST(every_state_keeps_the_promises)
{
	walk_without(W(LISTS) | DAMAGES);
	walk_without(W(LISTS) | W(KERNEL) | W(SHORT_TIME));
	walk_without(W(KERNEL) | W(DISK_FULL) | DAMAGES);
}

/* Longer lives, with what makes the states too many. */

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

enum { LIVES = 1000, LIFE_LENGTH = 300 };

TEST(long_lives_keep_the_promises)
{
	static uint8_t happenings[LIFE_LENGTH];
	static int8_t kills[LIFE_LENGTH];
	static volatile unsigned n;
	jmp_buf fault;
	fault_to = &fault;
	if (setjmp(fault)) {
		print_error("%s:\n", fault_text);
		for (unsigned i = 0; i <= n; i++)
			tell_step((enum happening)happenings[i], kills[i]);
		fail();
	}
	for (uint64_t life = 1; life <= LIVES; life++) {
		struct world w = new_world();
		uint64_t seed = life;
		for (n = 0; n < LIFE_LENGTH; n++) {
			enum happening h = (enum happening)(next_random(&seed) % HAPPENINGS);
			int kill = (int)(next_random(&seed) % 24);
			if (!w.lives && next_random(&seed) % 2)
				h = START;
			if (kill >= 6 || !world_daemon_acts(h))
				kill = NO_KILL;
			happenings[n] = (uint8_t)h;
			kills[n] = (int8_t)kill;
			world_step(&w, h, kill);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_keeps_the_promises),
		cmocka_unit_test(long_lives_keep_the_promises),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
