/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values with a type: names, ports, protocols, numbers, words.
 *
 * Each function reads one key.  A key that is not set leaves *ret as it was; a value that is
 * wrong is a fault, noted at its own letter.  What returns int returns 0 or -ENOMEM.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/index.h"
#include "config/document.h"
#include "net/service.h"

/* A name somewhere in the configuration. */
struct name {
	const char *text;
	struct place at;
};

struct names {
	struct name *items;
	size_t count;
};

/* Lists, made in arena. */
int names_read(const struct entry *e, struct arena *arena, struct diags *diags, struct names *ret);
int ports_read(const struct entry *e, struct arena *arena, struct diags *diags,
	struct port_range **ret, size_t *ret_count);
int protocols_read(const struct entry *e, struct arena *arena, struct diags *diags, uint8_t **ret,
	size_t *ret_count);
/* Words of any letters, for who knows which are right and says so. */
int words_read(const struct entry *e, struct arena *arena, struct diags *diags, struct names *ret);
/* Names of network interfaces, as the kernel has them: up to 15 letters, no blank, no slash. */
int links_read(const struct entry *e, struct arena *arena, struct diags *diags, struct names *ret);
bool names_have(const struct names *n, const char *text);
/* Notes all of them in an index; a name stands for its struct name. */
int names_index(const struct names *n, struct arena *arena, struct index *to);

/* Single values. */
void read_yes_no(const struct entry *e, struct diags *diags, bool *ret);
/* One of words, which ends with NULL; *ret becomes its index. */
void read_word(const struct entry *e, const char *const words[], struct diags *diags, int *ret);
/* A decimal number from 1 to most. */
void read_number(const struct entry *e, uint32_t most, struct diags *diags, uint32_t *ret);
/* "90 s": s, min, h or d, from least to most seconds; in microseconds. */
struct time_bounds {
	uint32_t least, most;
};
void read_time(const struct entry *e, const struct time_bounds *bounds, struct diags *diags,
	uint64_t *ret);
/* An absolute path. */
void read_path(const struct entry *e, struct diags *diags, const char **ret);
/* Bits of a connection mark, like 0xffff0000: 8 to 16 of them, side by side. */
void read_mark(const struct entry *e, struct diags *diags, uint32_t *ret);
/* "16 GB": MB, GB or TB, as powers of 1024; in bytes. */
void read_amount(const struct entry *e, struct diags *diags, uint64_t *ret);
