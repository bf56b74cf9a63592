/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that peers have: the machine that knows their addresses (names/answers.h), the reader
 * that asks for them, and what follows for the sets in force.
 */
#pragma once

#include <systemd/sd-event.h>

#include "compile/learned.h"
#include "known_names.h"
#include "overhearing.h"
#include "reader.h"

struct service;

struct learning {
	struct service *service;
	struct answers *answers;
	struct reader *reader; /* NULL: none can connect */
	struct overhearing overhearing;
	sd_event_source *timer; /* NULL: not open */
	struct learned *found;  /* what learning_of() gave last */
	uint32_t serial;        /* of the last question */
	bool must_tell_names;   /* to the reader */
	uint64_t told_targets;  /* as answers_targets_version() was then */
	bool must_give_log;     /* to the reader */
	bool must_follow;       /* the names of the policy in force */
	bool is_behind;         /* the sets in force are not what the machine says */
	uint64_t retry;         /* when they are made again */
	uint64_t said_since;    /* so many lines */
	unsigned n_said;
	struct known_names known; /* what is saved */
};

/* With what was saved in the state directory, before anything is compiled.  0 or -ENOMEM; what is
 * damaged is said and passed over. */
int learning_init(struct learning *l, struct service *s);
/* Listens for the reader.  A daemon that cannot says so and goes on. */
void learning_open(struct learning *l);
void learning_done(struct learning *l);

/* What is known of the policy's names, for compile(): good until the next call.  NULL: out of
 * memory. */
const struct learned *learning_of(const struct learning *l, const struct policy *p);
/* Before that policy is compiled: what it is to be compiled with is opened. */
void learning_prepare(struct learning *l, const struct policy *p);
/* Another policy is in force, with sets of what learning_of() said of it. */
void learning_follow(struct learning *l);
/* Has a name asked for now, and the targets of a service; NULL: all names that are followed.  The
 * questions go at the next turn.  How many names are waiting for theirs. */
size_t learning_refresh(struct learning *l, const char *name);
/* Does what is due. */
void learning_turn(struct learning *l);
