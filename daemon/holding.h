/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First packets to addresses that a peer by name may have wait in a queue until it is known:
 * engine/hold.h decides, this carries out.
 */
#pragma once

#include <systemd/sd-event.h>

#include "engine/hold.h"
#include "names/reply.h"
#include "netlink/packet_queue.h"
#include "ruleset/edits.h"
#include "topics.h"

struct service;

struct holding {
	struct service *service;
	struct hold machine;
	struct topics topics;
	struct packet_queue queue;
	bool is_open, was_tried;         /* the queue */
	sd_event_source *source, *timer; /* NULL: not open */
	struct holding_refusal {
		struct addr address;
		uint64_t at;
	} refusals[HOLD_PACKETS]; /* a ring, the next place is `next_refusal` */
	size_t next_refusal;
};

void holding_init(struct holding *h, struct service *s);
void holding_done(struct holding *h);

/* True if holding_prepare() would open a queue: then the kernel is to be asked for it. */
bool holding_wants_queue(const struct holding *h, const struct policy *p);
/* Before a policy is compiled: opens the queue if it wants one and the kernel can. */
void holding_prepare(struct holding *h, const struct policy *p);
/* The queue's number, for compile(); 0: there is none. */
uint16_t holding_queue(const struct holding *h);
/* Another policy is in force, with what was learned of its names. */
void holding_follow(struct holding *h);

/* These addresses came into force. */
void holding_learned(struct holding *h, const struct edits *edits);
/* The reader has come or gone; has read what was logged; has answered, and what it said is in
 * force or not. */
void holding_reader(struct holding *h, bool is_there);
void holding_drained(struct holding *h, uint32_t serial);
void holding_answered(struct holding *h, const struct reply *r, bool is_in_force);
/* True while a packet waits. */
bool holding_any(const struct holding *h);
/* Does what is due. */
void holding_turn(struct holding *h);
