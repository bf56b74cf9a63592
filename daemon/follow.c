/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files are followed by their directory and name: whoever writes one anew and renames it into
 * its place, as good editors do, makes another inode.  A link is followed itself and where
 * it leads.  While a directory is not there, the nearest one above it is listened to.
 *
 * A file counts as changed when it is closed after writing, so that a half of it is not read.
 */
#include "follow.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "host/resolvers.h"

struct followed_file {
	struct follow *follow;
	enum followed what;
	char *path;      /* as it was named */
	char *directory; /* that is listened to */
	char *name;      /* what is looked for in it */
	sd_event_source *source;
	struct followed_file *next;
};

static void free_file(struct followed_file *f)
{
	sd_event_source_unref(f->source);
	free(f->path);
	free(f->directory);
	free(f->name);
	free(f);
}

static void forget_files(struct follow *f)
{
	for (struct followed_file *x = f->files, *next; x; x = next) {
		next = x->next;
		free_file(x);
	}
	f->files = NULL;
}

static void forget_links(struct follow *f)
{
	f->links_source = sd_event_source_unref(f->links_source);
	hostwatch_close(&f->links);
}

void follow_done(struct follow *f)
{
	forget_files(f);
	forget_links(f);
}

/* Files. */

static int on_file(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	const struct followed_file *file = userdata;
	bool gone = event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW);
	(void)source;
	if (gone)
		file->follow->is_stale = true;
	if (gone || (event->len && strcmp(event->name, file->name) == 0))
		file->follow->changed(file->follow->userdata, file->what);
	return 0;
}

/* Listens to the directory of a path, or to the nearest above it.  directory starts as path. */
static int listen_to(struct follow *f, struct followed_file *file, char *directory)
{
	enum {
		MASK = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
		       IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
	};
	int r = -ENOENT;
	while (r == -ENOENT || r == -ENOTDIR) {
		char *slash = strrchr(directory, '/');
		if (!slash)
			return -ENOENT;
		free(file->name);
		file->name = strdup(slash + 1);
		if (!file->name)
			return -ENOMEM;
		*slash = '\0';
		r = sd_event_add_inotify(f->event, &file->source, directory[0] ? directory : "/",
			MASK, on_file, file);
	}
	file->directory = strdup(directory);
	return r < 0 ? r : file->directory ? 0 : -ENOMEM;
}

static int add_path(struct follow *f, const char *path, enum followed what)
{
	for (const struct followed_file *x = f->files; x; x = x->next)
		if (strcmp(x->path, path) == 0)
			return 0;
	struct followed_file *file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	*file = (struct followed_file){.follow = f, .what = what, .path = strdup(path)};
	char *directory = strdup(path);
	int r = file->path && directory ? listen_to(f, file, directory) : -ENOMEM;
	free(directory);
	if (r < 0) {
		free_file(file);
		return r;
	}
	file->next = f->files;
	f->files = file;
	return 0;
}

static int add_file(struct follow *f, const char *path, enum followed what)
{
	char *real = realpath(path, NULL), *absolute = NULL, cwd[PATH_MAX];
	int r = 0;
	if (path[0] != '/' &&
		(!getcwd(cwd, sizeof(cwd)) || asprintf(&absolute, "%s/%s", cwd, path) < 0))
		r = -ENOMEM;
	if (r == 0)
		r = add_path(f, absolute ? absolute : path, what);
	if (r == 0 && real)
		r = add_path(f, real, what);
	free(real);
	free(absolute);
	return r;
}

static int add_files(struct follow *f, const struct policy *p)
{
	int r = 0;
	if (p->host.follows & FOLLOWS_RESOLVERS) {
		r = add_file(f, RESOLVERS_CONF, FOLLOWED_HOST);
		if (r == 0)
			r = add_file(f, RESOLVERS_UPLINKS, FOLLOWED_HOST);
	}
	for (size_t i = 0; i < p->host.n_lists && r == 0; i++)
		r = add_file(f, p->host.lists[i], FOLLOWED_LISTS);
	return r;
}

static bool same_files(const struct followed_file *a, const struct followed_file *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (strcmp(a->path, b->path) != 0 || strcmp(a->directory, b->directory) != 0)
			return false;
	return !a && !b;
}

/* The new ones are listened to before the old ones are let go. */
static int follow_files(struct follow *f, const struct policy *p)
{
	struct follow old = {.files = f->files};
	f->files = NULL;
	int r = add_files(f, p);
	bool same = same_files(old.files, f->files) && !f->is_stale;
	forget_files(&old);
	f->is_stale = false;
	return r < 0 ? r : !same;
}

/* Links. */

static int on_links(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct follow *f = userdata;
	(void)source;
	(void)fd;
	(void)events;
	if (hostwatch_read(&f->links) != 0)
		f->changed(f->userdata, FOLLOWED_HOST);
	return 0;
}

static int follow_links(struct follow *f, const struct policy *p)
{
	unsigned host = p->host.follows & (FOLLOWS_LINKS | FOLLOWS_ROUTES);
	if (host == f->host)
		return 0;
	forget_links(f);
	f->host = 0;
	if (host == 0)
		return 0;
	int r = hostwatch_open(&f->links, host);
	if (r == 0)
		r = sd_event_add_io(f->event, &f->links_source, hostwatch_fd(&f->links), EPOLLIN,
			on_links, f);
	if (r < 0) {
		forget_links(f);
		return r;
	}
	f->host = host;
	return 1;
}

int follow_policy(struct follow *f, const struct policy *p)
{
	int links = follow_links(f, p), files = follow_files(f, p);
	if (links < 0 || files < 0)
		return links < 0 ? links : files;
	return links || files;
}
