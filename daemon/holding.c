/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue is opened when the first policy that wants one is compiled, and stays open: rules that
 * name it drop what comes while nobody listens.  A kernel without queues is asked once.
 *
 * A packet is only looked at to tell which names may have its address: those of the peers that a
 * flow with its port lets us call; and whether one of them has it by now.  What becomes of it is
 * decided by the rules.
 *
 * A packet whose address was refused a moment ago and that comes all the same has met no rule that
 * refuses it: its address is another one for the tracker (it was translated), or the set is full.
 * It is dropped, since it would go round in circles.
 */
#include "holding.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "client.h"
#include "compile/holding.h"
#include "compile/learned.h"
#include "daemon.h"
#include "journal.h"
#include "net/wire.h"
#include "nftables/change/not_of_name.h"

enum {
	FIRST_QUEUE = 48600, /* the first one that is free of so many */
	LAST_QUEUE = 48699,
	READS_MOST = 64,       /* packets in a turn of the loop */
	TIMER_ACCURACY = 1000, /* microseconds */
};

_Static_assert((int)HOLD_PACKETS <= (int)NOT_OF_NAME_MOST, "all that wait may be refused at once");
/* This bit tells the serials of questions from those of learning.c. */
static const uint32_t own_serials = (uint32_t)HOLD_SERIALS + 1;

/* Refusing. */

static bool was_refused(const struct holding *h, const struct addr *a)
{
	const uint64_t lives = (uint64_t)NOT_OF_NAME_SECONDS * HOLD_SECOND;
	for (size_t i = 0; i < HOLD_PACKETS; i++) {
		const struct holding_refusal *r = &h->refusals[i];
		/* the last moment is left out: the kernel's clock has ticks */
		if (r->at != 0 && service_now() - r->at < lives - HOLD_MOST &&
			addr_compare(&r->address, a) == 0)
			return true;
	}
	return false;
}

static void refuse(struct holding *h, const struct addr *addresses, size_t n)
{
	const int r = not_of_name_add(&h->service->socket, addresses, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		h->refusals[h->next_refusal] =
			(struct holding_refusal){addresses[i], service_now()};
		h->next_refusal = (h->next_refusal + 1) % HOLD_PACKETS;
	}
	hold_refused(&h->machine, r == 0);
}

/* What the machine wants done. */

static void ask(struct holding *h, const struct hold_action *a)
{
	const struct topic *t = &h->topics.items[a->topic];
	assert(a->topic < h->topics.count);
	reader_ask(h->service->learning.reader, t->name, t->kind, 1U << t->question,
		a->serial | own_serials, true);
}

/* True if some was refused, so that there may be more. */
static bool carry_out(struct holding *h)
{
	struct addr refused[HOLD_PACKETS];
	struct hold_action a;
	size_t n = 0;
	while (hold_next(&h->machine, service_now(), &a)) {
		switch (a.kind) {
		case HOLD_REFUSE:
			assert(n < HOLD_PACKETS);
			refused[n++] = a.address;
			continue;
		case HOLD_AGAIN:
			packet_queue_judge(&h->queue, a.id, PACKET_AGAIN);
			continue;
		case HOLD_DROP:
			packet_queue_judge(&h->queue, a.id, PACKET_DROP);
			continue;
		case HOLD_DRAIN:
			reader_drain(h->service->learning.reader, a.serial);
			continue;
		case HOLD_ASK:
			ask(h, &a);
			continue;
		}
		abort();
	}
	if (n > 0)
		refuse(h, refused, n);
	return n > 0;
}

void holding_turn(struct holding *h)
{
	if (!h->is_open || !h->timer)
		return;
	while (carry_out(h))
		;
	const uint64_t wake = hold_wake(&h->machine);
	sd_event_source_set_time(h->timer, wake == HOLD_NEVER ? 0 : wake);
	sd_event_source_set_enabled(h->timer, wake == HOLD_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* Packets. */

static bool is_for(const struct policy *p, const struct host_flow *f, const struct wire_tuple *t)
{
	return holding_is_for(p, f) && flow_has_protocol(f->flow, t->protocol) &&
	       flow_has_port(f->flow, t->destination_port);
}

/* Who may be called by a flow. */
static void look_at_peer(const struct holding *h, const struct peer *peer,
	const struct wire_tuple *t, struct hold_arrival *a)
{
	const struct policy *p = h->service->in_force.policy;
	const uint32_t number = learned_number(p, peer);
	a->is_known |= addrset_contains(&peer->addresses, &t->destination) ||
		       answers_is_live(h->service->learning.answers, number, &t->destination);
	if (!learned_is_followed(p, peer))
		return;
	const struct topic_set topics = topics_of(&h->topics, number, t->destination.family);
	a->topics |= topics.bits;
	a->has_more |= topics.has_more;
}

/* By the policy of now: the packet may have come to wait before it was in force. */
static void look_at_flows(const struct holding *h, const struct wire_tuple *t,
	struct hold_arrival *a)
{
	const struct policy *p = h->service->in_force.policy;
	for (size_t i = 0; p && i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		for (size_t j = 0; is_for(p, f, t) && j < f->n_outbound; j++)
			look_at_peer(h, f->outbound[j], t, a);
	}
}

static uint64_t number_of(const struct wire_tuple *t)
{
	const uint32_t ports = (uint32_t)t->source_port << 16 | t->destination_port;
	uint64_t n = hash_number(hash_number(HASH_START, ports), t->protocol);
	n = hash_bytes(n, t->source.bytes, addr_length(&t->source));
	return hash_bytes(n, t->destination.bytes, addr_length(&t->destination));
}

static bool is_held(struct holding *h, uint32_t id, const struct wire_tuple *t)
{
	struct hold_arrival a = {.id = id, .address = t->destination, .connection = number_of(t)};
	if (!hold_has_room(&h->machine) || was_refused(h, &t->destination))
		return false;
	look_at_flows(h, t, &a);
	return hold_came(&h->machine, &a, service_now());
}

static int on_waiting(void *context, const struct waiting_packet *w)
{
	struct holding *h = context;
	struct wire_packet packet;
	if (!wire_read(w->bytes, w->length, &packet) || !is_held(h, w->id, &packet.tuple))
		packet_queue_judge(&h->queue, w->id, PACKET_DROP);
	return 0;
}

static int on_packets(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct holding *h = userdata;
	(void)source;
	(void)fd;
	(void)events;
	/* what the kernel could not give us it has dropped, and it comes again */
	(void)packet_queue_read(&h->queue, READS_MOST, on_waiting, h);
	holding_turn(h);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	(void)source;
	(void)time;
	holding_turn(userdata);
	return 0;
}

/* What happens elsewhere. */

void holding_learned(struct holding *h, const struct edits *edits)
{
	for (size_t i = h->machine.count; i-- > 0;) {
		const struct addr address = h->machine.packets[i].address;
		for (size_t j = 0; j < edits->count; j++)
			if (addrset_contains(&edits->items[j].in, &address))
				hold_learned(&h->machine, &address);
	}
}

void holding_reader(struct holding *h, bool is_there)
{
	hold_reader(&h->machine, is_there);
	holding_turn(h);
}

void holding_drained(struct holding *h, uint32_t serial)
{
	hold_drained(&h->machine, serial);
	holding_turn(h);
}

static bool is_good(enum answers_error error)
{
	return error == ANSWERS_FINE || error == ANSWERS_EMPTY || error == ANSWERS_NXDOMAIN;
}

void holding_answered(struct holding *h, const struct reply *r, bool is_in_force)
{
	const struct policy *p = h->service->in_force.policy;
	if (r->question == ANSWERS_SRV && p && h->topics.n_peers)
		(void)topics_add_targets(&h->topics, p, h->service->learning.answers);
	if (r->serial & own_serials)
		hold_answered(&h->machine, r->serial & ~own_serials,
			is_in_force && is_good(r->error));
	holding_turn(h);
}

void holding_follow(struct holding *h)
{
	const struct policy *p = h->service->in_force.policy;
	hold_change(&h->machine);
	topics_done(&h->topics);
	if (h->is_open && p && holding_is_wanted(p))
		(void)topics_number(&h->topics, p, h->service->learning.answers);
	holding_turn(h);
}

bool holding_any(const struct holding *h)
{
	return h->machine.count > 0;
}

/* Life. */

static int listen_to_queue(struct holding *h)
{
	sd_event *event = h->service->event;
	int r = sd_event_add_io(event, &h->source, packet_queue_fd(&h->queue), EPOLLIN, on_packets,
		h);
	if (r >= 0)
		r = sd_event_add_time(event, &h->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY, on_time,
			h);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
	return r;
}

static void stop_listening(struct holding *h)
{
	h->source = sd_event_source_disable_unref(h->source);
	h->timer = sd_event_source_disable_unref(h->timer);
	if (h->is_open)
		packet_queue_close(&h->queue);
	h->is_open = false;
}

/* 0; 1: the kernel has no queues; or negative errno. */
static int open_queue(struct holding *h)
{
	bool lacks = false;
	int r = apply_find_queues(&h->service->socket, &h->service->in_force.applied, &lacks);
	if (r < 0 || lacks)
		return r < 0 ? r : 1;
	r = packet_queue_open(&h->queue, FIRST_QUEUE, LAST_QUEUE, HOLD_PACKETS);
	if (r < 0)
		return r;
	h->is_open = true;
	r = listen_to_queue(h);
	if (r < 0)
		stop_listening(h);
	return r;
}

bool holding_wants_queue(const struct holding *h, const struct policy *p)
{
	return !h->was_tried && holding_is_wanted(p);
}

void holding_prepare(struct holding *h, const struct policy *p)
{
	if (!holding_wants_queue(h, p))
		return;
	h->was_tried = true;
	const int r = open_queue(h);
	if (r == 0)
		return;
	journal(JOURNAL_SERVICE, LOG_NOTICE,
		"no queue for packets to unknown addresses of named peers (%s): they are dropped "
		"without an answer, and TCP sends them again",
		r > 0 ? "this kernel has no nft_queue" : strerror(-r));
}

uint16_t holding_queue(const struct holding *h)
{
	return h->is_open ? h->queue.number : 0;
}

void holding_init(struct holding *h, struct service *s)
{
	*h = (struct holding){.service = s};
	hold_init(&h->machine);
}

void holding_done(struct holding *h)
{
	stop_listening(h);
	topics_done(&h->topics);
}
