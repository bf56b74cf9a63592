/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the daemon, which may come and go. */
#pragma once

#include <stdbool.h>
#include <sys/un.h>
#include <systemd/sd-event.h>

#include "names/notice.h"
#include "names/outbox.h"
#include "watch.h"

struct channel_events {
	/* A notice of the daemon's.  fd is -1 but for NOTICE_LOG, where it is to be taken. */
	void (*heard)(void *userdata, const struct notice *n, int fd);
	/* The daemon is gone, and with it all that it has asked for. */
	void (*closed)(void *userdata);
};

enum channel_state { CHANNEL_UNKNOWN, CHANNEL_WAITS, CHANNEL_FORBIDDEN, CHANNEL_CONNECTED };

struct channel {
	sd_event *event;
	const struct channel_events *events;
	void *userdata;
	struct sockaddr_un address;
	struct watch watch; /* while there is no connection */
	bool is_watched;
	int fd; /* -1: not connected */
	sd_event_source *source;
	sd_event_source *timer;  /* until it is tried again */
	uint64_t opened, pause;  /* microseconds */
	bool was_heard;          /* the daemon has said something in this connection */
	enum channel_state said; /* the last thing that was told of it */
	struct outbox outbox;
};

/* Connects, now or when the daemon is there.  0 or negative errno. */
int channel_init(struct channel *c, sd_event *event, const char *runtime_dir,
	const struct channel_events *events, void *userdata);
void channel_done(struct channel *c);

/* Sends one, or lets it wait; to a daemon that is gone nothing is sent. */
void channel_send(struct channel *c, const struct notice *n);
/* So many wait. */
size_t channel_waiting(const struct channel *c);
