/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An arena owns everything that one generation is made of and frees it in one call.
 * Its memory never moves, so that the parts may point at each other.
 */
#pragma once

#include <stddef.h>

struct arena;

/* Lifetime. */
struct arena *arena_new(void);    /* NULL: out of memory */
void arena_free(struct arena *a); /* NULL is fine */

/* Memory, zeroed and aligned for any type; valid until arena_free(); NULL: out of memory. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size);
/* Copies length bytes, whatever they are, and adds a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t length);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
