/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list files of peers: what engine/takeup.h wants done with them. */
#pragma once

#include <stdbool.h>

#include "engine/takeup.h"

struct candidate;
struct diags;
struct listened_file;
struct service;
struct snapshot;

struct listened_file *lists_file_of(struct takeup_file *f);

/* Compares the file with what is in force. */
enum takeup_content lists_check(const struct service *s, const struct listened_file *f);
/* What is in force, with the files that are to be read anew.  0 with a candidate, or negative
 * errno. */
int lists_read(struct service *s, struct diags *diags, struct candidate *ret);
/* 0 or negative errno. */
int lists_apply(struct service *s, struct candidate *c, struct diags *diags, bool is_first_try);

/* Its content is refused for these faults, or this error; or is not refused any longer. */
void lists_refuse(struct listened_file *f, const struct diags *diags, int error);
void lists_clear(struct listened_file *f);
/* What is wrong with lists is a trouble. */
void lists_tell(struct service *s);

/* The lists of a configuration that may be read (takeup_may_read) are to be read anew. */
void lists_mark_stale(struct service *s, struct snapshot *snapshot);
