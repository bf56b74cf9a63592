/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trail of a path: each directory that it leads through and the name that is looked up there,
 * symbolic links included.  Whatever makes the path lead to another file happens to one of
 * these names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct trail_step {
	char *directory; /* absolute, and without a link in it */
	char *name;
};

struct trail {
	struct trail_step *steps;
	size_t count, allocated;
	bool is_whole; /* the last name is there, and is no link */
};

/* Reads a symbolic link: the length of *ret_target, which is to be freed; 0 if the path is not a
 * link; or negative errno: -ENOENT if it is not there. */
typedef int (*trail_look)(void *context, const char *path, char **ret_target);

/* The system's: readlink(). */
int trail_look_at_system(void *context, const char *path, char **ret_target);

/* The path from the root on, to be freed; NULL: out of memory, or there is no working directory. */
char *trail_absolute(const char *path);

/* Finds the trail of an absolute path, as far as it leads: to the file, to a name that is not
 * there or cannot be looked at, or into a loop of links.  0 or -ENOMEM; trail_done() afterwards. */
int trail_find(const char *path, trail_look look, void *context, struct trail *ret);
void trail_done(struct trail *t);

bool trail_equal(const struct trail *a, const struct trail *b);
