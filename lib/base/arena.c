/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of blocks, filled from the front.  What does not fit into an ordinary block
 * gets one of its own, so that large arrays are returned to the system whole.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024 };

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the first is the one being filled */
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

static struct block *block_new(size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);
	if (b)
		b->size = size;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) & ~(align - 1);

	struct block *b = a->blocks;
	if (!b || b->size - b->used < size) {
		b = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE);
		if (!b)
			return NULL;
		if (size > BLOCK_SIZE && a->blocks) {
			/* a block of its own goes behind the one being filled */
			b->next = a->blocks->next;
			a->blocks->next = b;
		} else {
			b->next = a->blocks;
			a->blocks = b;
		}
	}
	void *p = b->bytes + b->used;
	b->used += size;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t length)
{
	char *copy = arena_alloc(a, length + 1);
	if (copy)
		memcpy(copy, s, length);
	return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	char *out = NULL;
	int n = vsnprintf(NULL, 0, format, args);
	if (n >= 0)
		out = arena_alloc(a, (size_t)n + 1);
	if (out)
		vsnprintf(out, (size_t)n + 1, format, again);
	va_end(again);
	va_end(args);
	return out;
}
