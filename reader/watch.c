/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each directory on the way to a file is listened to, symbolic links included (host/trail):
 * whatever makes the path lead to another file happens to one of these names.  After such an event
 * the way is found anew, and listened to with a new inotify socket before the old one is closed, so
 * that nothing is missed in between.
 *
 * Programs write files in pieces.  A file is said to have changed a moment after it was closed or
 * moved into its place; after a second of silence if it is still open.  If the reader read half a
 * file all the same, it is told again when the file is whole.
 */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"

enum {
	ON_THE_WAY = IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB |
		     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD,
	AT_THE_END = IN_CLOSE_WRITE | IN_MODIFY,
	IN_THE_MIDDLE = IN_CREATE | IN_MODIFY, /* of being written */
	SOON = 50 * 1000,
	LATER = 1000 * 1000,
	TRIES = 16, /* at a way that changes while it is found */
};

static int on_inotify(sd_event_source *source, int fd, uint32_t events, void *userdata);

static void close_inotify(struct watch *w)
{
	w->source = sd_event_source_disable_unref(w->source);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* Finding the way. */

/* A directory that cannot be listened to, since it is gone or we may not, is a step where nothing
 * is heard: the step above it tells when that changes.  Only the first must be heard. */
static int listen_to_steps(struct watch *w)
{
	int r = array_reserve(&w->wds, &w->allocated, w->trail.count);
	for (size_t i = 0; r == 0 && i < w->trail.count; i++) {
		const bool is_end = i + 1 == w->trail.count && w->pace == WATCH_WHEN_WRITTEN;
		w->wds[i] = inotify_add_watch(w->fd, w->trail.steps[i].directory,
			ON_THE_WAY | (is_end ? AT_THE_END : 0));
		if (w->wds[i] < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP &&
			errno != EACCES)
			r = -errno;
	}
	return r;
}

/* 1: the way has changed meanwhile. */
static int find_way_once(struct watch *w)
{
	struct trail again;
	trail_done(&w->trail);
	int r = trail_find(w->path, trail_look_at_system, NULL, &w->trail);
	if (r < 0)
		return r;
	r = listen_to_steps(w);
	if (r < 0)
		return r;
	r = trail_find(w->path, trail_look_at_system, NULL, &again);
	if (r < 0)
		return r;
	r = trail_equal(&again, &w->trail) ? 0 : 1;
	trail_done(&again);
	return r;
}

static int find_way(struct watch *w)
{
	const struct watch old = *w;
	int r = 1;
	w->source = NULL;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0)
		r = -errno;
	for (int i = 0; i < TRIES && r > 0; i++)
		r = find_way_once(w);
	if (r >= 0)
		r = sd_event_add_io(w->event, &w->source, w->fd, EPOLLIN, on_inotify, w);
	if (r < 0) {
		close_inotify(w);
		w->fd = old.fd;
		w->source = old.source;
		return r;
	}
	sd_event_source_disable_unref(old.source);
	if (old.fd >= 0)
		close(old.fd);
	return 0;
}

/* Events. */

static bool is_on_the_way(const struct watch *w, const struct inotify_event *e)
{
	for (size_t i = 0; i < w->trail.count; i++)
		if (w->wds[i] == e->wd &&
			(e->len == 0 || strcmp(e->name, w->trail.steps[i].name) == 0))
			return true;
	return false;
}

/* What happened to the names of the way; all of it if some was lost. */
static uint32_t read_events(struct watch *w)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	uint32_t happened = 0;
	ssize_t n;
	while ((n = read(w->fd, buffer, sizeof(buffer))) > 0)
		for (char *p = buffer; p < buffer + n;) {
			const struct inotify_event *e = (const struct inotify_event *)p;
			if ((e->mask & IN_Q_OVERFLOW) || is_on_the_way(w, e))
				happened |= e->mask;
			p += sizeof(*e) + e->len;
		}
	return happened;
}

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int on_inotify(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct watch *w = userdata;
	(void)source;
	(void)fd;
	(void)events;
	const uint32_t happened = read_events(w);
	if (happened == 0)
		return 0;
	/* without another way the old one is still listened to */
	if (happened & ~(uint32_t)(IN_MODIFY | IN_CLOSE_WRITE))
		find_way(w);
	if (w->pace == WATCH_AT_ONCE) {
		w->changed(w->userdata);
		return 0;
	}
	const bool is_open = !(happened & ~(uint32_t)(IN_THE_MIDDLE | IN_ATTRIB));
	sd_event_source_set_time(w->timer, now_usec() + (is_open ? LATER : SOON));
	sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct watch *w = userdata;
	(void)source;
	(void)time;
	w->changed(w->userdata);
	return 0;
}

/* Life. */

int watch_init(struct watch *w, sd_event *event, const char *path, enum watch_pace pace,
	void (*changed)(void *userdata), void *userdata)
{
	*w = (struct watch){.event = event,
		.path = path,
		.pace = pace,
		.changed = changed,
		.userdata = userdata,
		.fd = -1};
	int r = sd_event_add_time(event, &w->timer, CLOCK_MONOTONIC, 0, 0, on_time, w);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = find_way(w);
	if (r < 0)
		watch_done(w);
	return r < 0 ? r : 0;
}

void watch_done(struct watch *w)
{
	close_inotify(w);
	w->timer = sd_event_source_disable_unref(w->timer);
	trail_done(&w->trail);
	free(w->wds);
	w->wds = NULL;
}
