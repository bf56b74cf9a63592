/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that the daemon follows.  All zero at first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "names/name.h"
#include "net/addr.h"

struct followed_name {
	char name[NAME_SIZE];
	enum name_kind kind;
	/* of the hosts file: what the daemon was told, and what is found there now */
	bool is_told;
	struct addr *told, *found;
	size_t n_told, n_found, allocated;
	/* What was said of it and not read: to be asked for, and being asked for.  A bit for each
	 * question. */
	unsigned missed, asked_again;
};

struct followed {
	struct followed_name **names; /* by kind and name */
	size_t count, allocated;
};

/* 0, also if it is there already, or -ENOMEM. */
int followed_add(struct followed *f, const char *name, enum name_kind kind);
void followed_remove(struct followed *f, const char *name, enum name_kind kind);
/* NULL: nobody follows it. */
struct followed_name *followed_find(const struct followed *f, const char *name,
	enum name_kind kind);
void followed_done(struct followed *f);
