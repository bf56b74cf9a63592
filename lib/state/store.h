/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state directory: configurations that were in force, whole, so that the last good
 * one can be put into force again whatever has become of its files.
 *
 * A file is replaced as a whole: written beside, flushed to the disk, renamed.  The confirmed one
 * leaves the one before it behind as "confirmed.old", for the day when the disk loses it.
 */
#pragma once

#include "base/text.h"
#include "state/encoding.h"

enum store_slot {
	STORE_CONFIRMED,     /* what boots */
	STORE_CONFIRMED_OLD, /* the one before it */
	STORE_TRIAL,         /* in force, and not confirmed yet */
	STORE_REJECTED,      /* was on trial, and not confirmed */
	STORE_NAMES,         /* no configuration: what is known of names (names/answers.h) */
	STORE_SLOTS,
};

const char *store_name(enum store_slot slot);

/* 0 or negative errno: what was there before is there still. */
int store_save(const char *directory, enum store_slot slot, const struct snapshot *s,
	const struct trial *t);

/* The same, but what was there is damaged, and not worth keeping as the one before. */
int store_save_over(const char *directory, enum store_slot slot, const struct snapshot *s,
	const struct trial *t);

/* 0; -ENOENT: nothing was saved; -EBADMSG with a message in why: what was saved is damaged; or
 * another negative errno, with a message too. */
int store_load(const char *directory, enum store_slot slot, struct snapshot **ret,
	struct trial *ret_trial, char why[STATE_FAULT_SIZE]);

/* The same for what is no configuration: bytes that somebody else seals and checks.  text is empty
 * before.  What was saved survives the death of this process at once, and a loss of power after
 * store_sync(). */
int store_save_text(const char *directory, enum store_slot slot, const struct text *text);
int store_sync(const char *directory, enum store_slot slot);
/* What was saved, to be appended to: a descriptor or negative errno. */
int store_open_end(const char *directory, enum store_slot slot);
/* 0, or negative errno: it was removed, or not written to its end.  It must be saved anew then. */
int store_append(int fd, const struct text *text);
int store_load_text(const char *directory, enum store_slot slot, struct text *text,
	char why[STATE_FAULT_SIZE]);

/* Renames one slot to the other, in one step: 0, also if it does not exist, or negative errno. */
int store_move(const char *directory, enum store_slot from, enum store_slot to);
/* 0, also if there was none, or negative errno. */
int store_remove(const char *directory, enum store_slot slot);
