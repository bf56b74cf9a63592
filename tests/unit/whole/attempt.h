/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A step of the way from files to the kernel, tried again and again: its n-th allocation fails, for
 * each n, once (a moment of need) and from then on (no way out).
 *
 * Two ends are right: -ENOMEM, nothing kept, nothing returned, nothing sent; or the whole
 * result.  The second is there for those who can do without the memory, as qsort() can. */
#pragma once

#include <execinfo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/failing_malloc.h"
#include "testing.h"

/* run() keeps what it made.  check() is called after failures too; it gives everything back and
 * makes all as it was before. */
struct step {
	int (*run)(void *context);
	void (*check)(void *context, int r);
	void *context;
	unsigned leaks; /* allocations of a library that leaves another one behind if they fail */
};

#if FAILING_MALLOC

/* One run in which the n-th allocation fails, and all that follow if so wanted; 0: none.  True if
 * it came so far. */
static bool attempt(struct step *s, unsigned long n, bool stays_so)
{
	const long held = heap.held;
	heap.count = 0;
	heap.fails = n;
	heap.stays_so = stays_so;
	heap.armed = true;
	int r = s->run(s->context);
	heap.armed = false;
	bool failed = n && heap.count >= n;
	if (!failed && r != 0)
		fail_msg("no allocation failed, and the answer was %d", r);
	if (r != 0 && r != -ENOMEM)
		fail_msg("allocation %lu failed, and the answer was %d", n, r);
	s->check(s->context, r);
	if (heap.held == held + 1 && failed && s->leaks) {
		heap.held--;
		s->leaks--;
	}
	if (heap.held != held && n)
		fail_msg("allocation %lu failed%s, the answer was %d, and %ld were kept", n,
			stays_so ? " like all that followed" : "", r, heap.held - held);
	return failed;
}

/* Where the allocations of a run come from, each a hash of all that called it. */
static struct {
	uint64_t *hashes; /* in their order */
	size_t count, room;
} places;

static void note_place(void)
{
	enum { DEEPEST = 128 };
	void *callers[DEEPEST];
	uint64_t hash = 0xcbf29ce484222325;
	if (places.count == places.room) {
		places.room = places.room ? 2 * places.room : 1024;
		places.hashes = realloc(places.hashes, places.room * sizeof(*places.hashes));
		assert_non_null(places.hashes);
	}
	for (int i = 0, depth = backtrace(callers, DEEPEST); i < depth; i++)
		hash = (hash ^ (uintptr_t)callers[i]) * 0x100000001b3;
	places.hashes[places.count++] = hash;
}

/* How many of the allocations from begin up to end come from where the n-th does. */
static unsigned long places_alike(unsigned long n, unsigned long begin, unsigned long end)
{
	unsigned long alike = 0;
	for (unsigned long i = begin; i < end; i++)
		alike += places.hashes[i - 1] == places.hashes[n - 1];
	return alike;
}

/* The first so many of its place, the last one, and what only a run after a failure allocates. */
static bool is_tried(unsigned long n, unsigned long first)
{
	return n > places.count || places_alike(n, 1, n) < first ||
	       places_alike(n, n + 1, places.count + 1) == 0;
}

static void attempt_all(const struct step *step, bool stays_so)
{
	struct step s = *step;
	unsigned long n = 1;
	while (attempt(&s, n, stays_so))
		n += stays_so ? 1 + n / 100 : 1; /* what is close together ends alike */
	assert_true(n > 3);
}

static void attempt_places(const struct step *step, bool stays_so)
{
	struct step s = *step;
	unsigned long n = 0;
	do {
		n++;
	} while (!is_tried(n, stays_so ? 1 : 2) || attempt(&s, n, stays_so));
	assert_true(n > 3);
}

static void attempt_none(const struct step *s)
{
	attempt(&(struct step){s->run, s->check, s->context, 0}, 0, false);
}

static inline void each_failure(const struct step *s)
{
	attempt_none(s); /* what libraries and checks make once and keep */
	attempt_all(s, false);
	attempt_all(s, true);
}

/* Where a run takes milliseconds: a loop's allocation fails in its first rounds and in its last
 * one. FULL_LENGTH=1 lets all of them fail. */
static inline void each_place(const struct step *s)
{
	const char *full = getenv("FULL_LENGTH");
	if (full && strcmp(full, "1") == 0) {
		each_failure(s);
		return;
	}
	attempt_none(s);
	heap.noted = note_place;
	attempt_none(s);
	heap.noted = NULL;
	attempt_places(s, false);
	attempt_places(s, true);
	free(places.hashes);
	memset(&places, 0, sizeof(places));
}

#else

static inline void each_failure(const struct step *s)
{
	print_message("SKIPPED: the sanitizer has its own malloc\n");
	int r = s->run(s->context);
	assert_int_equal(r, 0);
	s->check(s->context, r);
}

static inline void each_place(const struct step *s)
{
	each_failure(s);
}

#endif
