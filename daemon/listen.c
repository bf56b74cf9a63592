/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hears of changes of files, by whatever name on the way to them they change.
 *
 * What inotify says of the directories on the way (trails.c) is told to each file that it is about;
 * host/writing.c knows what follows for the file.  Files are followed one by one, so that one that
 * cannot be heard leaves the others.
 *
 * The inotify socket is our own and not the event loop's, so that it can be drained between reading
 * a file and using what was read: whoever began to write in the meantime is noticed.
 *
 * Not heard: what is mounted over a directory, what another machine does to a shared file system,
 * and what is written by another name of the same file (a hard link).
 */
#include "listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trails.h"

enum { TRIES = 16 /* at trails that change while they are followed */ };

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void free_file(struct listen *l, struct listened_file *f)
{
	takeup_forget(&l->takeup, &f->takeup);
	trail_done(&f->trail);
	free(f->path);
	free(f->faults);
	free(f);
}

static void free_files(struct listen *l, struct listened_file *files)
{
	for (struct listened_file *x = files, *next; x; x = next) {
		next = x->next;
		free_file(l, x);
	}
}

static void close_socket(struct listen *l)
{
	l->source = sd_event_source_unref(l->source);
	l->timer = sd_event_source_unref(l->timer);
	if (l->fd > 0)
		close(l->fd);
	l->fd = 0;
	free(l->watches);
	l->watches = NULL;
	l->n_watches = l->allocated = 0;
}

void listen_done(struct listen *l)
{
	close_socket(l);
	free_files(l, l->files);
	l->files = NULL;
	free(l->unwatched);
	l->unwatched = NULL;
}

/* Events. */

/* A directory or link on the way was replaced: so the file is another one, or gone. */
static void hear_of_change(struct listened_file *f, bool at_once)
{
	enum writing_event event = WRITING_GONE;
	if (f->trail.is_whole && at_once && !f->way_was_made)
		event = WRITING_ELSEWHERE;
	else if (f->trail.is_whole)
		event = WRITING_MISSED;
	writing_hear(&f->writing, event, now());
}

static bool same_steps(const struct trail *a, const struct trail *b)
{
	const struct trail x = {.steps = a->steps, .count = a->count};
	const struct trail y = {.steps = b->steps, .count = b->count};
	return trail_equal(&x, &y);
}

/* A file that has got its name as a second one is not being written: `ln` opens nothing. */
static void hear_of_second_name(struct listened_file *f)
{
	struct stat st;
	if (f->writing.state == WRITING_BUSY && stat(f->path, &st) == 0 && st.st_nlink > 1)
		writing_hear(&f->writing, WRITING_OVER, now());
}

static int follow_trail(struct listen *l, struct listened_file *f)
{
	struct trail before = f->trail;
	bool at_once = false;
	f->trail = (struct trail){0};
	int r = trails_watch(l, f, &at_once);
	const bool same = same_steps(&before, &f->trail);
	if (r == 0 && f->was_made && same && !f->way_changed)
		hear_of_second_name(f);
	else if (r == 0 && (f->way_changed || !trail_equal(&before, &f->trail)))
		hear_of_change(f, at_once);
	trail_done(&before);
	f->trail_touched = f->way_changed = f->way_was_made = f->was_made = false;
	return r;
}

DEFINE_CLEANUP(free_numbers, int, free)

static int follow_touched(struct listen *l)
{
	CLEANUP(free_numbers) int *old = NULL;
	const size_t n = l->n_watches;
	int r = trails_numbers(l, &old);
	if (r < 0)
		return r;
	for (struct listened_file *f = l->files; f; f = f->next) {
		r = f->trail_touched ? follow_trail(l, f) : 0;
		if (r < 0)
			return r;
	}
	trails_let_go(l, old, n);
	return 0;
}

static void follow_trails(struct listen *l)
{
	if (follow_touched(l) == 0)
		return;
	l->is_stale = true;
	l->lost(l->userdata);
}

/* Something happened to the last name of a trail: to the file, or to a link in its place. */
static void hear_of_file(struct listened_file *f, uint32_t mask)
{
	if (mask & (IN_MODIFY | IN_CREATE))
		writing_hear(&f->writing, WRITING_BEGUN, now());
	if (mask & IN_ATTRIB)
		writing_hear(&f->writing, WRITING_TOUCHED, now());
	if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
		writing_hear(&f->writing, WRITING_OVER, now());
	if (mask & (IN_DELETE | IN_MOVED_FROM))
		writing_hear(&f->writing, WRITING_GONE, now());
	f->trail_touched |= (mask & (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM)) != 0;
	f->was_made |= (mask & IN_CREATE) != 0;
}

/* Something happened to a directory that it leads through, or to a link. */
static void hear_of_way(struct listened_file *f, uint32_t mask)
{
	f->trail_touched = true;
	f->way_changed |= (mask & (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM)) != 0;
	if (mask & IN_CREATE && mask & IN_ISDIR)
		f->way_was_made = true;
	if (mask & IN_MOVED_TO)
		f->way_was_made = false;
	if (mask & IN_ATTRIB)
		writing_hear(&f->writing, WRITING_TOUCHED, now());
}

static void hear(struct listen *l, const struct inotify_event *e)
{
	enum { OF_DIRECTORY = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT };
	for (size_t i = 0; i < l->n_watches; i++) {
		const struct listen_watch *w = &l->watches[i];
		const struct trail *t = &w->file->trail;
		if (w->wd != e->wd)
			continue;
		if (e->mask & OF_DIRECTORY)
			w->file->trail_touched = w->file->way_changed = true;
		else if (e->len == 0 || strcmp(e->name, t->steps[w->step].name) != 0)
			continue;
		else if (w->step + 1 == t->count && !(e->mask & IN_ISDIR))
			hear_of_file(w->file, e->mask);
		else
			hear_of_way(w->file, e->mask);
	}
}

/* Events were lost: each file may have changed unnoticed. */
static void hear_nothing(struct listen *l)
{
	for (struct listened_file *f = l->files; f; f = f->next) {
		f->trail_touched = true;
		writing_hear(&f->writing, WRITING_MISSED, now());
	}
}

static void read_events(struct listen *l)
{
	_Alignas(struct inotify_event) char buffer[16 * 1024];
	for (;;) {
		ssize_t n = read(l->fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (const char *at = buffer; at < buffer + n;) {
			const struct inotify_event *e = (const struct inotify_event *)at;
			if (e->mask & IN_Q_OVERFLOW)
				hear_nothing(l);
			else
				hear(l, e);
			at += sizeof(*e) + e->len;
		}
	}
}

static bool any_touched(const struct listen *l)
{
	for (const struct listened_file *f = l->files; f; f = f->next)
		if (f->trail_touched)
			return true;
	return false;
}

void listen_drain(struct listen *l)
{
	if (l->fd <= 0)
		return;
	read_events(l);
	/* what happens while a trail is found anew may be another change of it */
	for (int i = 0; i < TRIES && any_touched(l) && !l->is_stale; i++) {
		follow_trails(l);
		read_events(l);
	}
}

/* True if a file may be read; one that is still being written does not count. */
static bool is_anything_over(const struct listen *l)
{
	for (const struct listened_file *f = l->files; f; f = f->next)
		if (writing_is_over(&f->writing, now()))
			return true;
	return false;
}

static int on_events(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct listen *l = userdata;
	(void)source;
	(void)fd;
	(void)events;
	listen_drain(l);
	listen_set_timer(l);
	if (l->is_stale || is_anything_over(l))
		l->changed(l->userdata);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct listen *l = userdata;
	(void)source;
	(void)time;
	l->changed(l->userdata);
	return 0;
}

void listen_set_timer(struct listen *l)
{
	uint64_t first = UINT64_MAX;
	for (const struct listened_file *f = l->files; f; f = f->next) {
		const uint64_t long_at = writing_long_at(&f->writing);
		if (f->writing.state == WRITING_DOUBT && writing_time(&f->writing) < first)
			first = writing_time(&f->writing);
		if (long_at > now() && long_at < first)
			first = long_at;
	}
	if (!l->timer)
		return;
	sd_event_source_set_time(l->timer, first == UINT64_MAX ? 0 : first);
	sd_event_source_set_enabled(l->timer,
		first == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* The files that are followed. */

static int open_socket(struct listen *l)
{
	if (l->fd > 0)
		return 0;
	l->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (l->fd < 0) {
		int r = -errno;
		l->fd = 0;
		return r;
	}
	int r = sd_event_add_io(l->event, &l->source, l->fd, EPOLLIN, on_events, l);
	if (r >= 0)
		r = sd_event_add_time(l->event, &l->timer, CLOCK_BOOTTIME, 0, 0, on_time, l);
	if (r >= 0)
		r = sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
	if (r < 0)
		close_socket(l);
	return r < 0 ? r : 0;
}

/* Takes a file out of a list, if it is there. */
static struct listened_file *take_file(struct listened_file **list, const char *path)
{
	for (struct listened_file **at = list; *at; at = &(*at)->next) {
		struct listened_file *f = *at;
		if (strcmp(f->path, path) != 0)
			continue;
		*at = f->next;
		f->next = NULL;
		return f;
	}
	return NULL;
}

static struct listened_file *new_file(const struct listen_wish *wish)
{
	struct listened_file *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	*f = (struct listened_file){.what = wish->what, .path = strdup(wish->path)};
	if (!f->path) {
		free(f);
		return NULL;
	}
	f->takeup.writing = &f->writing;
	f->takeup.is_list = f->what == FOLLOWED_LISTS;
	return f;
}

static bool is_listened_to(const struct listen *l, const char *path)
{
	for (const struct listened_file *f = l->files; f; f = f->next)
		if (strcmp(f->path, path) == 0)
			return true;
	return false;
}

/* Listens to one more.  1 if it is new, 0 if not, or negative errno. */
static int add_file(struct listen *l, struct listened_file **old, const struct listen_wish *wish)
{
	bool at_once;
	if (is_listened_to(l, wish->path))
		return 0;
	struct listened_file *f = take_file(old, wish->path);
	const bool known = f != NULL;
	if (!known && !(f = new_file(wish)))
		return -ENOMEM;
	if (!known)
		takeup_add(&l->takeup, &f->takeup);
	f->next = l->files;
	l->files = f;
	if (known && !l->is_stale)
		return 0;
	/* it was read before it was listened to */
	writing_hear(&f->writing, WRITING_MISSED, now());
	int r = trails_watch(l, f, &at_once);
	return r < 0 ? r : !known;
}

int listen_set(struct listen *l, const struct listen_wish *wishes, size_t n)
{
	struct listened_file *old = l->files;
	CLEANUP(free_numbers) int *numbers = NULL;
	size_t n_numbers = l->n_watches;
	bool any_new = false;
	free(l->unwatched);
	l->unwatched = NULL;
	int r = n ? open_socket(l) : 0;
	if (r < 0)
		return r;
	r = trails_numbers(l, &numbers);
	if (r < 0)
		return r;
	l->files = NULL;
	for (size_t i = 0; i < n; i++) {
		int one = add_file(l, &old, &wishes[i]);
		any_new |= one > 0;
		if (one < 0 && r == 0)
			r = one; /* the others can be heard */
	}
	l->is_stale = r < 0;
	for (const struct listened_file *f = old; f; f = f->next)
		trails_forget(l, f);
	free_files(l, old);
	trails_let_go(l, numbers, n_numbers);
	if (n == 0)
		close_socket(l);
	listen_set_timer(l);
	return r < 0 ? r : any_new;
}
