/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names, in the state directory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/answers.h"

struct known_names {
	const char *directory;
	uint64_t saved;    /* the version */
	uint64_t tried_at; /* to save, last */
	size_t size;       /* then */
	bool must_sync;    /* a loss of power would lose it */
	int error;         /* of what was tried last: negative errno, or 0 */
};

enum { KNOWN_NAMES_RETRY_SECONDS = 5 /* after a failure */ };

/* 0 with *ret, which stays as it is if nothing was saved or it is damaged, which is said; or
 * -ENOMEM. */
int known_names_load(struct known_names *k, struct answers **ret);
/* Before a change of a set comes into force. */
void known_names_save_first(struct known_names *k, const struct answers *a);
/* When nobody waits for us: what has changed otherwise, once a minute, and onto the disk. */
void known_names_keep(struct known_names *k, const struct answers *a);
/* When that is to be called though nothing happens: UINT64_MAX if it need not be. */
uint64_t known_names_wake(const struct known_names *k);
/* At the end. */
void known_names_save_last(struct known_names *k, const struct answers *a);
