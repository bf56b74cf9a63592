/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names, in the state directory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/answers.h"

struct known_names {
	const char *directory;
	uint64_t saved, saved_at; /* the version, and when */
	size_t size;              /* then */
	bool must_sync;           /* a loss of power would lose it */
};

/* 0 with *ret, which stays as it is if nothing was saved or it is damaged, which is said; or
 * -ENOMEM. */
int known_names_load(struct known_names *k, struct answers **ret);
/* Before a change of a set comes into force. */
void known_names_save_first(struct known_names *k, const struct answers *a);
/* When nobody waits for us: what has changed otherwise, once a minute, and onto the disk. */
void known_names_keep(struct known_names *k, const struct answers *a);
/* At the end. */
void known_names_save_last(struct known_names *k, const struct answers *a);
