/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Observes what resolvers tell this host: copies of its packets go in, and what they say of
 * followed names comes out.
 *
 * No socket and no clock: packets come from netlink/packet_log.h, and with them the time.
 */
#pragma once

#include "names/message.h"
#include "names/reply.h"

enum {
	OBSERVE_PORT = 53,
	OBSERVE_STREAMS_MOST = 32, /* TCP connections at a time; the one unused longest goes */
};

/* They do not call the observer. */
struct observer_events {
	/* A good answer to a question that left this host, as far as it is about a followed name:
	 * addresses or targets, and at least one.  Its source is ANSWERS_FROM_OBSERVING. */
	void (*heard)(void *userdata, const struct reply *r);
	/* An answer for a followed name could not be read: the reader must ask for it. */
	void (*missed)(void *userdata, const char *name, enum name_kind kind,
		enum answers_question question);
};

struct observer_counts {
	uint64_t questions; /* that left this host */
	uint64_t answers;   /* to them */
	uint64_t forged;    /* to none of them, or late */
	uint64_t unread;    /* cut, truncated, out of order, or no sound message */
};

struct observer;

/* NULL: out of memory. */
struct observer *observer_new(const struct observer_events *events, void *userdata);
void observer_free(struct observer *o);

/* 0, also if it is followed already, or -ENOMEM. */
int observer_follow(struct observer *o, const char *name, enum name_kind kind);
void observer_forget(struct observer *o, const char *name, enum name_kind kind);

/* A good answer about a followed name that was read elsewhere: where its aliases lead is
 * remembered, as of one that was observed.  0 or -ENOMEM. */
int observer_learn(struct observer *o, const char *name, enum name_kind kind,
	const struct message *m, uint64_t now);

/* A copy of a packet that leaves this host or comes in; now in microseconds of a clock that never
 * goes back.  Whatever is in it: 0, or -ENOMEM, and then it is as good as lost. */
int observer_packet(struct observer *o, const uint8_t *bytes, size_t length, bool leaves,
	uint64_t now);

/* Some copies are lost: everything followed counts as missed. */
void observer_lost(struct observer *o);

struct observer_counts observer_counts(const struct observer *o);
