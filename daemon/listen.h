/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of changes of files, by whatever name on the way to them they change. */
#pragma once

#include <systemd/sd-event.h>

#include "engine/takeup.h"
#include "host/trail.h"
#include "host/writing.h"

/* What a file is for. */
enum followed { FOLLOWED_HOST, FOLLOWED_LISTS };

struct listened_file {
	enum followed what;
	char *path; /* as it was named */
	struct trail trail;
	struct writing writing;
	char *faults;    /* of a list that was refused, the first of them; NULL: none */
	size_t n_faults; /* all of them */
	struct takeup_file takeup;
	struct listened_file *next;

	/* while events are read */
	bool trail_touched; /* the trail is to be found anew */
	bool way_changed;   /* something else stands on the way, perhaps by the same name */
	bool way_was_made;  /* a directory that was made just now */
	bool was_made;      /* the file itself, or a link to one */
};

struct listen_watch;

struct listen {
	sd_event *event;
	/* A file may be another one, or may be taken now. */
	void (*changed)(void *userdata);
	/* Listening has failed: it is to be set up again. */
	void (*lost)(void *userdata);
	void *userdata;
	struct takeup takeup; /* of what the files have become */

	int fd; /* of inotify; 0: nothing is listened to */
	sd_event_source *source;
	sd_event_source *timer; /* for the end of a doubt */
	struct listened_file *files;
	struct listen_watch *watches;
	size_t n_watches, allocated;
	char *unwatched; /* a directory that inotify did not take last time, or NULL */
	bool is_stale;   /* listening has failed since it was set up */
};

/* Listens to these files and no others: each is {what, path}; the state of those that were
 * listened to before goes on.  1 if there is a new one, so that it may have changed unnoticed; 0 if
 * not; negative errno if some of it cannot be heard. */
struct listen_wish {
	enum followed what;
	const char *path;
};
int listen_set(struct listen *l, const struct listen_wish *wishes, size_t n);

/* Takes notice of what has happened up to now. */
void listen_drain(struct listen *l);

/* After a state was changed from outside. */
void listen_set_timer(struct listen *l);

void listen_done(struct listen *l);
