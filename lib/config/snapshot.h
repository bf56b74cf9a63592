/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots: a configuration as it was read, byte by byte, so that it can be read again as it was.
 * When the host changes, the policy in force is made again from the files that were loaded last,
 * and not from those that an admin is just editing.
 */
#pragma once

#include "config/files.h"

enum snapshot_kind {
	SNAPSHOT_FILE,      /* a role or host file */
	SNAPSHOT_LIST,      /* a list file of a peer */
	SNAPSHOT_DIRECTORY, /* its bytes are names, each ended by NUL */
	SNAPSHOT_KINDS,
};

struct snapshot_entry {
	enum snapshot_kind kind;
	char *path;
	struct file_bytes content;
	bool is_stale; /* of a list: it is another one now, and lists_anew reads that */
	struct snapshot_entry *next;
};

struct snapshot {
	char *config, *roles;  /* the directories that it was read from */
	bool roles_are_config; /* the shipped roles lie in the configuration directory */
	struct snapshot_entry *first, *last; /* in the order of reading */
};

/* Lifetime.  NULL: out of memory. */
struct snapshot *snapshot_new(const struct config_dirs *dirs);
void snapshot_free(struct snapshot *s); /* NULL is fine */
struct config_dirs snapshot_dirs(const struct snapshot *s);

/* A copy of s, with what is in the lists of newer (NULL: none) where both have them.  NULL: out of
 * memory. */
struct snapshot *snapshot_with_lists(const struct snapshot *s, const struct snapshot *newer);

/* Reading, in three ways: all anew (kept NULL), all as it was kept, or that but stale list files
 * anew.  What is read is added to taken. */
struct snapshot_reading {
	const struct file_access *system;
	const struct snapshot *kept;
	bool lists_anew;
	struct snapshot *taken;
};

/* Access for policy_load(), for as long as r lives. */
struct file_access snapshot_access(struct snapshot_reading *r);

/* Adds a copy of a file.  0 or -ENOMEM. */
int snapshot_add(struct snapshot *s, enum snapshot_kind kind, const char *path,
	const struct file_bytes *content);
const struct snapshot_entry *snapshot_find(const struct snapshot *s, enum snapshot_kind kind,
	const char *path);

/* True if the file that a list was read from has the same bytes now; false, too, if it cannot be
 * read.  *ret_is_whole: false if it
 * can be read, and is empty or ends within a line. */
bool snapshot_list_is_same(const struct snapshot_entry *e, const struct file_access *system,
	bool *ret_is_whole);

/* True if they would be read alike: the same files with the same bytes, from the same places.
 * Without lists, list files may differ. */
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b, bool with_lists);
