/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the directories that lead to files.
 *
 * A path is listened to at each step of its trail: the directory, and there the name.  When a name
 * changes that leads to a file, the trail is found anew, and the new directories are listened
 * to before the old ones are let go.  It is found a second time after that, in case something
 * has moved in between.
 */
#include "trails.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/array.h"

enum {
	/* what may lead elsewhere */
	ON_THE_WAY = IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB |
		     IN_DELETE_SELF | IN_MOVE_SELF,
	/* and, where the file itself lies */
	AT_THE_END = IN_CLOSE_WRITE | IN_MODIFY,
	TRIES = 16, /* at a trail that changes while it is found */
};

static int note_watch(struct listen *l, int wd, struct listened_file *f, size_t step)
{
	int r = array_reserve(&l->watches, &l->allocated, l->n_watches + 1);
	if (r < 0)
		return r;
	l->watches[l->n_watches++] = (struct listen_watch){wd, f, step};
	return 0;
}

/* 0; -EAGAIN if the trail has changed meanwhile; another negative errno if it cannot be heard. */
static int watch_trail(struct listen *l, struct listened_file *f)
{
	for (size_t i = 0; i < f->trail.count; i++) {
		const char *directory = f->trail.steps[i].directory;
		uint32_t mask = ON_THE_WAY | IN_MASK_ADD | IN_ONLYDIR | IN_DONT_FOLLOW;
		if (i + 1 == f->trail.count)
			mask |= AT_THE_END;
		int wd = inotify_add_watch(l->fd, directory, mask);
		if (wd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
			/* where a file is in the place of a directory, the step above tells */
			if (errno == ENOTDIR && i > 0)
				continue;
			return -EAGAIN;
		}
		if (wd < 0) {
			int r = -errno;
			free(l->unwatched);
			l->unwatched = strdup(directory);
			return r;
		}
		int r = note_watch(l, wd, f, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static int look_for_trail(const struct listened_file *f, struct trail *ret)
{
	char *path = trail_absolute(f->path);
	if (!path)
		return -ENOMEM;
	int r = trail_find(path, trail_look_at_system, NULL, ret);
	free(path);
	return r;
}

static int find_trail(struct listened_file *f)
{
	struct trail t;
	int r = look_for_trail(f, &t);
	if (r < 0)
		return r;
	trail_done(&f->trail);
	f->trail = t;
	return 0;
}

void trails_forget(struct listen *l, const struct listened_file *f)
{
	size_t kept = 0;
	for (size_t i = 0; i < l->n_watches; i++)
		if (l->watches[i].file != f)
			l->watches[kept++] = l->watches[i];
	l->n_watches = kept;
}

int trails_watch(struct listen *l, struct listened_file *f, bool *ret_at_once)
{
	int r = -EAGAIN;
	for (int i = 0; i < TRIES && r == -EAGAIN; i++) {
		struct trail again;
		r = find_trail(f);
		if (r < 0)
			return r;
		if (i == 0)
			*ret_at_once = f->trail.is_whole;
		trails_forget(l, f);
		r = watch_trail(l, f);
		if (r < 0)
			continue;
		r = look_for_trail(f, &again);
		if (r < 0)
			return r;
		r = trail_equal(&again, &f->trail) ? 0 : -EAGAIN;
		trail_done(&again);
	}
	return r;
}

static bool is_needed(const struct listen *l, int wd)
{
	for (size_t i = 0; i < l->n_watches; i++)
		if (l->watches[i].wd == wd)
			return true;
	return false;
}

void trails_let_go(struct listen *l, const int *old, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_needed(l, old[i]))
			inotify_rm_watch(l->fd, old[i]);
}

int trails_numbers(const struct listen *l, int **ret)
{
	int *old = calloc(l->n_watches + 1, sizeof(*old));
	if (!old)
		return -ENOMEM;
	for (size_t i = 0; i < l->n_watches; i++)
		old[i] = l->watches[i].wd;
	*ret = old;
	return 0;
}
