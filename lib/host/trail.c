/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As the kernel walks a path: name by name from the root, a link's target in the place of its
 * name.  `current/hosts.list`, with current a link to v2, is the names current, v2 and
 * hosts.list: who sets current to v3, moves another v2 into its place, or writes hosts.list
 * anew, changes one of them.
 */
#include "host/trail.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

enum { LINKS_MOST = 40 /* of one path, as in the kernel */ };

void trail_done(struct trail *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->steps[i].directory);
		free(t->steps[i].name);
	}
	free(t->steps);
	*t = (struct trail){0};
}

char *trail_absolute(const char *path)
{
	char cwd[PATH_MAX], *joined = NULL;
	if (path[0] == '/')
		return strdup(path);
	if (!getcwd(cwd, sizeof(cwd)) || asprintf(&joined, "%s/%s", cwd, path) < 0)
		return NULL;
	return joined;
}

int trail_look_at_system(void *context, const char *path, char **ret_target)
{
	char target[PATH_MAX];
	(void)context;
	ssize_t n = readlink(path, target, sizeof(target));
	if (n < 0)
		return errno == EINVAL ? 0 : -errno; /* EINVAL: it is no link */
	*ret_target = strndup(target, (size_t)n);
	return *ret_target ? (int)n : -ENOMEM;
}

/* A walk: where it is, and what of the path is left. */
struct walk {
	char *directory; /* "" for the root */
	char *rest;
	unsigned links;
};

static int note_step(struct trail *t, const char *directory, const char *name, size_t length)
{
	int r = array_reserve(&t->steps, &t->allocated, t->count + 1);
	if (r < 0)
		return r;
	struct trail_step s = {strdup(directory[0] ? directory : "/"), strndup(name, length)};
	if (!s.directory || !s.name) {
		free(s.directory);
		free(s.name);
		return -ENOMEM;
	}
	t->steps[t->count++] = s;
	return 0;
}

/* The walk goes on with text, from a directory or from the root.  Frees text. */
static void go_on_with(struct walk *w, char *text)
{
	free(w->rest);
	w->rest = text;
	if (text[0] == '/')
		w->directory[0] = '\0';
}

static void go_up(struct walk *w)
{
	char *slash = strrchr(w->directory, '/');
	if (slash)
		*slash = '\0';
}

/* Looks the first name of the rest up.  1: there is more to walk, 0: the end, or -ENOMEM. */
static int look_up(struct walk *w, const char *name, const char *after, trail_look look,
	void *context, struct trail *t)
{
	char *path = NULL, *target = NULL, *rest = NULL;
	const char *more = after + strspn(after, "/");
	int r = note_step(t, w->directory, name, (size_t)(after - name));
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s", w->directory, t->steps[t->count - 1].name) < 0)
		return -ENOMEM;
	int link = look(context, path, &target);
	if (link < 0) {
		free(path);
		return link == -ENOMEM ? -ENOMEM : 0;
	}
	if (link == 0) {
		/* a directory, if there is more; the next step will find out */
		const bool has_more = more[0] != '\0';
		free(w->directory);
		w->directory = path;
		rest = strdup(more);
		if (!rest)
			return -ENOMEM;
		t->is_whole = !has_more;
		go_on_with(w, rest);
		return has_more;
	}
	free(path);
	if (++w->links > LINKS_MOST) {
		free(target);
		return 0;
	}
	int length = asprintf(&rest, more[0] ? "%s/%s" : "%s%s", target, more);
	free(target);
	if (length < 0)
		return -ENOMEM;
	go_on_with(w, rest);
	return 1;
}

/* 1: there is more to walk, 0: the end, or -ENOMEM. */
static int step(struct walk *w, trail_look look, void *context, struct trail *t)
{
	const char *name = w->rest + strspn(w->rest, "/");
	const char *after = name + strcspn(name, "/");
	size_t length = (size_t)(after - name);
	bool is_dot = length == 1 && name[0] == '.';
	bool is_up = length == 2 && name[0] == '.' && name[1] == '.';
	if (length == 0)
		return 0;
	if (!is_dot && !is_up)
		return look_up(w, name, after, look, context, t);
	char *rest = strdup(after + strspn(after, "/"));
	if (!rest)
		return -ENOMEM;
	if (is_up)
		go_up(w);
	go_on_with(w, rest);
	return 1;
}

int trail_find(const char *path, trail_look look, void *context, struct trail *ret)
{
	struct walk w = {.directory = strdup(""), .rest = strdup(path)};
	struct trail t = {0};
	int r = w.directory && w.rest ? 1 : -ENOMEM;
	while (r > 0)
		r = step(&w, look, context, &t);
	free(w.directory);
	free(w.rest);
	if (r < 0)
		trail_done(&t);
	else
		*ret = t;
	return r;
}

bool trail_equal(const struct trail *a, const struct trail *b)
{
	if (a->count != b->count || a->is_whole != b->is_whole)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->steps[i].directory, b->steps[i].directory) != 0 ||
			strcmp(a->steps[i].name, b->steps[i].name) != 0)
			return false;
	return true;
}
