/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configurations that the daemon has to do with, each under the number by which the machine
 * (engine/life.h) knows it: what is in force, what was confirmed, tried, rejected.  Equal ones have
 * equal numbers.
 *
 * The library owns their snapshots.
 */
#pragma once

#include "config/snapshot.h"
#include "engine/life.h"

enum { LIBRARY_SIZE = 16 };

struct library_book {
	struct snapshot *snapshot;
	struct life_config number;
};

struct library {
	struct library_book books[LIBRARY_SIZE];
	unsigned count;
	uint32_t last; /* number that was given out */
};

void library_done(struct library *l);

/* The number of a configuration: that of an equal one, or a new one. */
struct life_config library_number(struct library *l, const struct snapshot *s);
/* A number of its own, for what is not compared with any. */
struct life_config library_new_number(struct library *l);
/* Takes a snapshot with its number, and returns the one to be used from now on: it is freed if
 * there is one with this number already. */
struct snapshot *library_take(struct library *l, struct snapshot *s, struct life_config number);
/* NULL: there is none with this number. */
struct snapshot *library_find(const struct library *l, struct life_config number);
/* Frees what the machine does not know any more, but for one. */
void library_tidy(struct library *l, const struct life *life, const struct snapshot *but);
