/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears when a path leads to another file, or its file was written. */
#pragma once

#include <systemd/sd-event.h>

#include "host/trail.h"

enum watch_pace {
	WATCH_AT_ONCE,
	WATCH_WHEN_WRITTEN, /* who writes a file in pieces is given the time */
};

struct watch {
	sd_event *event;
	const char *path;
	enum watch_pace pace;
	void (*changed)(void *userdata);
	void *userdata;
	int fd; /* of inotify; -1: nothing is heard */
	sd_event_source *source, *timer;
	struct trail trail;
	int *wds; /* one for each step of the trail */
	size_t allocated;
};

/* Listens to an absolute path, whether there is something or not.  The path is borrowed.  0, or
 * negative errno with nothing to be ended. */
int watch_init(struct watch *w, sd_event *event, const char *path, enum watch_pace pace,
	void (*changed)(void *userdata), void *userdata);
void watch_done(struct watch *w);
