/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All configuration files laid over each other: sections with the last value of each key.
 * What the grammar does not know is a fault here; what values mean comes later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/index.h"
#include "config/grammar.h"
#include "config/value.h"

struct entry {
	bool set;
	struct place at; /* of the key */
	struct value value;
};

struct section {
	enum section_kind kind;
	const char *name;         /* of [flow NAME]; for [role] the file's name without .conf */
	struct place at;          /* where it first stood; where a default was replaced, there */
	enum file_kind file_kind; /* of that file */
	size_t last_file;         /* number of the last file that had it */
	size_t default_file; /* of a [peer] in a role file: number of the one that it is from */
	struct entry keys[KEYS_MAX];
	/* A [flow] of the vendor's whose row is for this-host, not for a party of a role: a row of
	 * the same name that a later file has in full takes its place. */
	bool is_default_row;
	bool is_faulty;       /* a line of it was refused: what is missing may be just that */
	struct section *next; /* in the order of first appearance */
};

/* A section whose title is wrong, as far as one can tell which it was meant to be. */
struct meant {
	enum section_kind kind;
	const char *name; /* as in struct section; "" of one that has none */
	const struct meant *next;
};

struct document {
	struct arena *arena;
	struct section *first, *last;
	struct index sections[SECTION_KINDS];
	const struct meant *meant;
	size_t files; /* read so far */
};

/* One file to be laid over what is there. */
struct source {
	const char *path;
	const char *stem; /* its name without directory and .conf */
	enum file_kind kind;
	/* Sections that an earlier file of this kind has may be overridden.  Not so for the
	 * vendor's role files among themselves. */
	bool overrides;
	const char *bytes;
	size_t length;
};

/* The document is made in arena, which owns all of it. */
void document_init(struct document *d, struct arena *arena);
/* 0 or -ENOMEM; faults go to diags.  The source's bytes are not needed afterwards. */
int document_add(struct document *d, const struct source *s, struct diags *diags);

/* Looking up. */
/* Takes all sections of other kinds away. */
void document_keep(struct document *d, enum section_kind kind);
struct section *document_find(const struct document *d, enum section_kind kind, const char *name);
const struct section *document_next(const struct section *after, enum section_kind kind);
const struct section *document_first(const struct document *d, enum section_kind kind);
/* True if a wrong title was probably to be this section: what is missing has been named then. */
bool meant_has(const struct meant *m, enum section_kind kind, const char *name);
