/* SPDX-License-Identifier: GPL-2.0-or-later */
/* malloc() that fails the n-th time, or from then on, and counts what is not given back.  It
 * stands in for glibc's in the test that includes this, libraries and all; not under
 * sanitizers, which bring their own. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing.h"

#if defined(__SANITIZE_ADDRESS__)
#define FAILING_MALLOC 0
#elif defined(__has_feature)
#define FAILING_MALLOC !__has_feature(address_sanitizer)
#else
#define FAILING_MALLOC 1
#endif

#if FAILING_MALLOC

static struct {
	bool armed;
	unsigned long count; /* of allocations since it was armed */
	unsigned long fails; /* at this one; 0: never */
	bool stays_so;       /* and at all that follow */
	long held;           /* allocations less frees, armed or not */
	void (*noted)(void); /* told of each allocation while it is armed, if it is there */
} heap;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

/* for shared libraries too */
#define EVERYBODYS __attribute__((visibility("default")))

static bool heap_allows(void)
{
	if (heap.armed && heap.noted) {
		heap.armed = false; /* what it allocates itself does not count */
		heap.noted();
		heap.armed = true;
	}
	if (heap.armed && (++heap.count == heap.fails ||
				  (heap.stays_so && heap.fails && heap.count > heap.fails))) {
		errno = ENOMEM;
		return false;
	}
	return true;
}

static void *heap_took(void *p)
{
	heap.held += p != NULL;
	return p;
}

/* Filled, so that two runs that leave the same bytes unwritten leave the same in them. */
EVERYBODYS void *malloc(size_t size)
{
	void *p = heap_allows() ? heap_took(__libc_malloc(size)) : NULL;
	return p && heap.armed ? memset(p, 0x5a, size) : p;
}

EVERYBODYS void *calloc(size_t count, size_t size)
{
	return heap_allows() ? heap_took(__libc_calloc(count, size)) : NULL;
}

EVERYBODYS void *realloc(void *p, size_t size)
{
	if (!heap_allows())
		return NULL;
	void *grown = __libc_realloc(p, size);
	return p ? grown : heap_took(grown);
}

EVERYBODYS void free(void *p)
{
	heap.held -= p != NULL;
	__libc_free(p);
}

/* Runs f with its first, second, … allocation failing, until none does.  Each failure must
 * come back as -ENOMEM with nothing kept. */
static inline void assert_survives_each_failure(int (*f)(void *context), void *context)
{
	unsigned long n = 0;
	int r;
	do {
		heap.count = 0;
		heap.held = 0;
		heap.fails = ++n;
		heap.armed = true;
		r = f(context);
		heap.armed = false;
		if (heap.held != 0)
			fail_msg("allocation %lu failed, and %ld were kept", n, heap.held);
		if (heap.count >= n && r != -ENOMEM)
			fail_msg("allocation %lu failed, and the answer was %d", n, r);
	} while (heap.count >= n);
	assert_int_equal(r, 0);
	assert_true(n > 3);
}

#else

/* Only that it works, and leaks nothing, when nothing fails. */
static inline void assert_survives_each_failure(int (*f)(void *context), void *context)
{
	print_message("SKIPPED: the sanitizer has its own malloc\n");
	assert_int_equal(f(context), 0);
}

#endif
