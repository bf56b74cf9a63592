/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of packets between this host and its name servers, from a log that the daemon has opened.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "names/message.h"
#include "names/notice.h"
#include "names/reply.h"

struct observing;

struct observing_events {
	/* What this host was told of a followed name. */
	void (*replied)(void *userdata, const struct reply *r);
	/* Something was said of a followed name and not read: it is to be asked for.  May come
	 * several times. */
	void (*missed)(void *userdata, const char *name, enum name_kind kind,
		enum answers_question question);
	/* Copies were lost: the counts are other ones. */
	void (*lost)(void *userdata);
};

/* 0 with *ret, or negative errno. */
int observing_new(sd_event *event, const struct observing_events *events, void *userdata,
	struct observing **ret);
void observing_free(struct observing *o);

/* 0 or -ENOMEM: of this name nothing is observed. */
int observing_follow(struct observing *o, const char *name, enum name_kind kind);
void observing_forget(struct observing *o, const char *name, enum name_kind kind);

/* A message that the reader was sent about a name: to whom its aliases lead counts for what is
 * observed, too. */
void observing_learn(struct observing *o, const char *name, enum name_kind kind,
	const struct message *m);

/* Reads this log from now on, in the place of another one; takes the descriptor. */
void observing_read_log(struct observing *o, int fd);
void observing_stop(struct observing *o);
/* Reads what was logged until now. */
void observing_drain(struct observing *o);

void observing_state(const struct observing *o, struct notice_state *ret);
