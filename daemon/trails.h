/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories that the files of a struct listen are reached by, as inotify watches them. */
#pragma once

#include "listen.h"

/* A directory of a file's trail. */
struct listen_watch {
	int wd;
	struct listened_file *file;
	size_t step;
};

/* Finds the file's trail and watches it.  *ret_at_once: it led to a file before anything was
 * watched.  0 or negative errno; -EAGAIN if it changes all the time. */
int trails_watch(struct listen *l, struct listened_file *f, bool *ret_at_once);
/* No watch is for this file any longer; the directories are watched until they are let go. */
void trails_forget(struct listen *l, const struct listened_file *f);

/* The numbers of all watches, l->n_watches of them, to be freed.  0 or -ENOMEM. */
int trails_numbers(const struct listen *l, int **ret);
/* Lets directories go that no trail leads through any more. */
void trails_let_go(struct listen *l, const int *old, size_t n);
