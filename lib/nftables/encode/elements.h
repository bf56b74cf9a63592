/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set's elements as the kernel has them: one key each, and runs as a beginning and an end. */
#pragma once

#include "ruleset/changes.h"

enum { KEY_MAX = 16 };

struct kernel_element {
	uint8_t key[KEY_MAX]; /* in network or host order, as the type has it; zeroes behind */
	bool is_end;          /* a run ends in front of this key */
	bool is_open;         /* a run begins here that goes on to the highest key */
	const struct element *verdict; /* of a map's element; NULL for sets and ends */
};

/* A number as the key of a type. */
void kernel_key(enum data_type type, uint32_t number, uint8_t key[KEY_MAX]);

typedef void kernel_element_fn(void *context, const struct kernel_element *e);

/* All elements of a set, in order; or those of so many of its runs and numbers. */
void kernel_elements(const struct set *s, kernel_element_fn *f, void *context);
void kernel_elements_part(const struct set *s, size_t first, size_t count, kernel_element_fn *f,
	void *context);

/* Those that must go from, or come into, a set that stays. */
void kernel_elements_going(const struct set_difference *d, kernel_element_fn *f, void *context);
void kernel_elements_coming(const struct set_difference *d, kernel_element_fn *f, void *context);
