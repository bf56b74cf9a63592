/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A step of the way from files to the kernel, tried again and again: its n-th allocation fails, for
 * each n, once (a moment of need) and from then on (no way out).
 *
 * Two ends are right: -ENOMEM, nothing kept, nothing returned, nothing sent; or the whole
 * result.  The second is there for those who can do without the memory, as qsort() can. */
#pragma once

#include <stdbool.h>

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

static void each_failure(const struct step *step)
{
	attempt(&(struct step){step->run, step->check, step->context, 0}, 0,
		false); /* what libraries and checks make once and keep */
	for (int stays_so = 0; stays_so < 2; stays_so++) {
		struct step s = *step;
		unsigned long n = 1;
		while (attempt(&s, n, stays_so))
			n += stays_so ? 1 + n / 100 : 1; /* what is close together ends alike */
		assert_true(n > 3);
	}
}

#else

static void each_failure(const struct step *s)
{
	print_message("SKIPPED: the sanitizer has its own malloc\n");
	int r = s->run(s->context);
	assert_int_equal(r, 0);
	s->check(s->context, r);
}

#endif
