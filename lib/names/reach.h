/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which followed names a name stands for: a followed name for itself, and each name that its chain
 * of aliases has led to, for as long as the aliases live.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/name.h"

enum {
	REACH_NAMES_MOST = 64, /* that one followed name leads to; what was seen last stays */
};

struct reach;

/* A followed name, or one that it leads to. */
struct reach_entry {
	const char *name;
	const char *followed; /* the same pointer as name, if it is itself */
	enum name_kind kind;
	uint64_t until; /* microseconds; UINT64_MAX of a followed one */
	struct reach_entry *next, *next_of_followed;
};

struct reach *reach_new(void); /* NULL: out of memory */
void reach_free(struct reach *r);

/* 0, also if it is followed already, or -ENOMEM. */
int reach_follow(struct reach *r, const char *name, enum name_kind kind);
/* What it has led to is forgotten as well. */
void reach_forget(struct reach *r, const char *name, enum name_kind kind);

/* The entries of a name, one after the other, of which the times are over for some; NULL at
 * the end.  before is NULL at first. */
const struct reach_entry *reach_next(const struct reach *r, const char *name,
	const struct reach_entry *before);
/* All followed names, likewise. */
const struct reach_entry *reach_next_followed(const struct reach *r,
	const struct reach_entry *before);

/* A followed name leads to this one until then.  0 or -ENOMEM. */
int reach_lead(struct reach *r, const struct reach_entry *followed, const char *to, uint64_t until);
