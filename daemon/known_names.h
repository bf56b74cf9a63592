/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names, saved for the next life of the daemon, and of the machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/answers.h"

struct known_names {
	const char *runtime_dir, *state_dir;
	uint64_t saved, saved_at; /* in the first: the version, and when */
	size_t size;              /* then, as a whole */
	bool has_end;             /* the first is open, to be appended to: */
	int end;                  /* descriptor */
	size_t appended;          /* bytes */
	uint64_t whole_at;        /* when it was last written as a whole */
	uint64_t on_disk;         /* the version in the second */
	uint64_t disk_due;        /* when that is written again; 0: nothing has changed */
	bool wakes;               /* a set has changed: it is written in time */
	int error;                /* of the second, last: negative errno, or 0 */
};

enum { KNOWN_NAMES_RETRY_SECONDS = 5 /* after a failure */ };

/* now: as in struct moment (names/answers.h).  0 with *ret, which stays as it is if nothing was
 * saved or it is damaged, which is said; or -ENOMEM. */
int known_names_load(struct known_names *k, uint64_t now, struct answers **ret);
/* Before a change of a set comes into force. */
void known_names_save_first(struct known_names *k, const struct answers *a, uint64_t now);
/* Writes what is due onto the disk, which may take long: a little later while packets wait. */
void known_names_keep(struct known_names *k, const struct answers *a, uint64_t now,
	bool packets_wait);
/* When known_names_keep() is to be called at the latest, or UINT64_MAX. */
uint64_t known_names_wake(const struct known_names *k);
/* At the end. */
void known_names_save_last(struct known_names *k, const struct answers *a, uint64_t now);
