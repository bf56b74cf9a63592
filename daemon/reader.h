/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's end of the channel to rolewall-reader: RUNTIME_DIR/reader.
 *
 * The reader may come, go, hang or lie at any time.  What it says reaches the daemon as whole
 * answers with good fields, and as nothing else; whether they are believed is decided behind that
 * (names/answers).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "names/notice.h"
#include "names/reply.h"

struct reader;

struct reader_events {
	/* One is there, and knows nothing: it is to be told what is followed, and given the log. */
	void (*came)(void *userdata);
	/* It is gone.  What it was asked for is not answered any more. */
	void (*went)(void *userdata);
	/* A whole answer, good until the call returns. */
	void (*replied)(void *userdata, const struct reply *r);
	/* All that was logged before reader_drain() was read, and told. */
	void (*drained)(void *userdata, uint32_t serial);
};

/* Listens.  0 with *ret, or negative errno: -EADDRINUSE if another daemon listens there. */
int reader_open(sd_event *event, const char *runtime_dir, const struct reader_events *events,
	void *userdata, struct reader **ret);
/* Hangs up and removes the socket; no event comes of it.  NULL is fine. */
void reader_close(struct reader *r);

/* Telling the reader; without a reader they do nothing.  None of these calls back. */

/* So many items of an answer are wanted, up to NOTICE_ITEMS_MOST: now and of readers to come. */
void reader_limit(struct reader *r, size_t most);
void reader_follow(struct reader *r, const char *name, enum name_kind kind);
void reader_forget(struct reader *r, const char *name, enum name_kind kind);
/* questions: a bit for each of enum answers_question.  Each gets one answer with this serial, which
 * is not 0, unless the reader goes. */
void reader_ask(struct reader *r, const char *name, enum name_kind kind, unsigned questions,
	uint32_t serial, bool is_urgent);
/* A packet log to be read; the descriptor stays the caller's, too. */
void reader_give_log(struct reader *r, int fd);
void reader_drain(struct reader *r, uint32_t serial);

/* Questions. */

struct reader_status {
	bool is_connected;
	uid_t uid; /* who is */
	bool has_state;
	struct notice_state state; /* what it says of itself */
	unsigned hung_up;          /* so often, since it hung or said what it may not */
};

struct reader_status reader_status(const struct reader *r); /* NULL: nobody can connect */
