/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For each packet: first the reader reads what was observed until now, since the program has most
 * likely looked the name up in the clear a moment ago.  Then it asks for all names that may have
 * the address.  As soon as the address is learned the packet is judged again, and passes.  When all
 * was answered and the address is not there, the address becomes one that is nobody's, and the
 * packet is judged again, and refused.  What nobody can tell within 250 ms is dropped in silence:
 * it comes again, and may find the door open.
 *
 * While a packet waits to be read its address may be learned, or its flow may go with a reload:
 * then it is judged again at once.  If it waits again all the same, other rules than ours have
 * changed where it goes, and it has no second go: a known address is asked for like any other, and
 * what no flow of ours is for is dropped.
 *
 * Promises:
 * - each packet is judged exactly once, and at most HOLD_MOST after it came
 * - it is judged again only after its address was learned, or became nobody's, or the rules have
 *   changed; that this was so before it was read counts for a connection once in HOLD_MOST: so none
 *   goes round in circles
 * - an address becomes nobody's only after each topic was asked for since the packet came, and
 *   answered well
 * - no more packets wait than the bound, and no more is asked in any second than the bound: who
 *   calls random addresses has one question for all that came before it
 * - while nothing waits, no timer runs and nothing is asked
 *
 * One question of a topic is on its way at a time.  A packet that came after it waits for the
 * next.  A question that is not answered in HOLD_MOST is given up.
 */
#include "engine/hold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void hold_init_bounded(struct hold *h, size_t packets_most, size_t questions_most)
{
	assert(packets_most <= HOLD_PACKETS && questions_most <= HOLD_QUESTIONS && questions_most);
	*h = (struct hold){.packets_most = packets_most, .questions_most = questions_most};
}

void hold_init(struct hold *h)
{
	hold_init_bounded(h, HOLD_PACKETS, HOLD_QUESTIONS);
}

static bool is_decided(const struct hold_packet *p)
{
	return p->stage >= HOLD_REFUSES;
}

static uint64_t bit(unsigned topic)
{
	return (uint64_t)1 << topic;
}

static uint32_t next_serial(struct hold *h)
{
	h->serial = h->serial < HOLD_SERIALS ? h->serial + 1 : 1;
	return h->serial;
}

/* Events. */

/* True once in HOLD_MOST for a connection; false for each if the ring has no room. */
static bool may_release(struct hold *h, uint64_t connection, uint64_t now)
{
	for (size_t i = 0; i < h->n_releases; i++)
		if (h->releases[i].connection == connection && now - h->releases[i].at < HOLD_MOST)
			return false;
	if (h->n_releases < h->packets_most) {
		h->releases[h->n_releases++] = (struct hold_release){connection, now};
		return true;
	}
	struct hold_release *oldest = &h->releases[h->oldest_release];
	if (now - oldest->at < HOLD_MOST)
		return false;
	*oldest = (struct hold_release){connection, now};
	h->oldest_release = (h->oldest_release + 1) % h->packets_most;
	return true;
}

static enum hold_stage first_stage(struct hold *h, const struct hold_arrival *a, uint64_t now)
{
	const bool can_be_told = a->topics != 0 || a->has_more;
	if ((a->is_known || !can_be_told) && may_release(h, a->connection, now))
		return HOLD_PASSES;
	return can_be_told ? HOLD_COMES : HOLD_DROPS;
}

bool hold_has_room(const struct hold *h)
{
	return h->count < h->packets_most;
}

bool hold_came(struct hold *h, const struct hold_arrival *a, uint64_t now)
{
	if (!hold_has_room(h))
		return false;
	h->packets[h->count++] = (struct hold_packet){.id = a->id,
		.address = a->address,
		.came = now,
		.stage = first_stage(h, a, now),
		.open = a->topics,
		.has_more = a->has_more};
	return true;
}

void hold_learned(struct hold *h, const struct addr *address)
{
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		if (!is_decided(p) && addr_compare(&p->address, address) == 0)
			p->stage = HOLD_PASSES;
	}
}

/* All answers are there. */
static void conclude(struct hold_packet *p)
{
	if (p->open == 0)
		p->stage = p->has_more ? HOLD_WAITS : HOLD_REFUSES;
}

void hold_drained(struct hold *h, uint32_t serial)
{
	if (serial == 0 || serial != h->drain)
		return;
	h->drain = 0;
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		if (p->stage != HOLD_DRAINS)
			continue;
		p->stage = HOLD_ASKS;
		conclude(p);
	}
}

static bool find_topic(const struct hold *h, uint32_t serial, unsigned *ret)
{
	for (unsigned i = 0; i < HOLD_TOPICS && serial != 0; i++) {
		*ret = i;
		if (h->topics[i].serial == serial)
			return true;
	}
	return false;
}

void hold_answered(struct hold *h, uint32_t serial, bool is_good)
{
	unsigned topic;
	if (!find_topic(h, serial, &topic))
		return;
	h->topics[topic].serial = 0;
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		if (p->stage != HOLD_ASKS || !(p->flying & bit(topic)))
			continue;
		p->flying &= ~bit(topic);
		p->open &= ~bit(topic);
		if (is_good)
			conclude(p);
		else
			p->stage = HOLD_WAITS;
	}
}

void hold_refused(struct hold *h, bool is_done)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->packets[i].stage == HOLD_REFUSES && h->packets[i].is_told)
			h->packets[i].stage = is_done ? HOLD_PASSES : HOLD_DROPS;
}

/* What was on its way is not answered any more. */
void hold_reader(struct hold *h, bool is_there)
{
	h->has_reader = is_there;
	h->drain = 0;
	memset(h->topics, 0, sizeof(h->topics));
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		p->flying = 0;
		if (p->stage == HOLD_DRAINS)
			p->stage = HOLD_COMES;
	}
}

void hold_change(struct hold *h)
{
	memset(h->topics, 0, sizeof(h->topics));
	for (size_t i = 0; i < h->count; i++)
		if (!is_decided(&h->packets[i]))
			h->packets[i].stage = HOLD_PASSES;
}

/* Actions. */

static void expire(struct hold *h, uint64_t now)
{
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		if (!is_decided(p) && now - p->came >= HOLD_MOST)
			p->stage = HOLD_DROPS;
	}
}

/* Each address once. */
static bool next_refusal(struct hold *h, struct hold_action *ret)
{
	bool found = false;
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		if (p->stage != HOLD_REFUSES || p->is_told ||
			(found && addr_compare(&p->address, &ret->address) != 0))
			continue;
		*ret = (struct hold_action){.kind = HOLD_REFUSE, .address = p->address};
		p->is_told = found = true;
	}
	return found;
}

static bool awaits_refusal(const struct hold *h)
{
	bool found = false;
	for (size_t i = 0; i < h->count; i++)
		found |= h->packets[i].stage == HOLD_REFUSES;
	return found;
}

static bool next_verdict(struct hold *h, struct hold_action *ret)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct hold_packet *p = &h->packets[i];
		if (p->stage != HOLD_PASSES && p->stage != HOLD_DROPS)
			continue;
		*ret = (struct hold_action){
			.kind = p->stage == HOLD_PASSES ? HOLD_AGAIN : HOLD_DROP, .id = p->id};
		h->count--;
		memmove(&h->packets[i], &h->packets[i + 1], (h->count - i) * sizeof(*p));
		return true;
	}
	return false;
}

static bool next_drain(struct hold *h, struct hold_action *ret)
{
	bool found = false;
	if (!h->has_reader || h->drain != 0)
		return false;
	for (size_t i = 0; i < h->count; i++) {
		if (h->packets[i].stage != HOLD_COMES)
			continue;
		h->packets[i].stage = HOLD_DRAINS;
		found = true;
	}
	if (!found)
		return false;
	h->drain = next_serial(h);
	*ret = (struct hold_action){.kind = HOLD_DRAIN, .serial = h->drain};
	return true;
}

/* When the next question may be asked. */
static uint64_t question_due(const struct hold *h)
{
	return h->n_questions < h->questions_most ? 0
						  : h->questions[h->oldest_question] + HOLD_SECOND;
}

/* When a topic may be asked for, if anybody wants that: HOLD_NEVER. */
static uint64_t topic_due(const struct hold *h, unsigned topic)
{
	const struct hold_topic *t = &h->topics[topic];
	bool is_wanted = false;
	for (size_t i = 0; i < h->count; i++) {
		const struct hold_packet *p = &h->packets[i];
		is_wanted |= p->stage == HOLD_ASKS && (p->open & ~p->flying & bit(topic));
	}
	if (!is_wanted)
		return HOLD_NEVER;
	const uint64_t given_up = t->serial ? t->asked + HOLD_MOST : 0;
	return given_up > question_due(h) ? given_up : question_due(h);
}

static void note_question(struct hold *h, uint64_t now)
{
	if (h->n_questions < h->questions_most) {
		h->questions[h->n_questions++] = now;
		return;
	}
	h->questions[h->oldest_question] = now;
	h->oldest_question = (h->oldest_question + 1) % h->questions_most;
}

static void ask(struct hold *h, unsigned topic, uint64_t now, struct hold_action *ret)
{
	note_question(h, now);
	h->topics[topic] = (struct hold_topic){.serial = next_serial(h), .asked = now};
	for (size_t i = 0; i < h->count; i++) {
		struct hold_packet *p = &h->packets[i];
		if (p->stage == HOLD_ASKS)
			p->flying |= p->open & bit(topic);
	}
	*ret = (struct hold_action){
		.kind = HOLD_ASK, .topic = topic, .serial = h->topics[topic].serial};
}

static bool next_question(struct hold *h, uint64_t now, struct hold_action *ret)
{
	for (unsigned i = 0; i < HOLD_TOPICS && h->has_reader; i++) {
		if (topic_due(h, i) > now)
			continue;
		ask(h, i, now, ret);
		return true;
	}
	return false;
}

bool hold_next(struct hold *h, uint64_t now, struct hold_action *ret)
{
	if (h->count == 0)
		return false;
	expire(h, now);
	if (next_refusal(h, ret))
		return true;
	if (awaits_refusal(h))
		return false;
	return next_verdict(h, ret) || next_drain(h, ret) || next_question(h, now, ret);
}

uint64_t hold_wake(const struct hold *h)
{
	uint64_t wake = HOLD_NEVER;
	if (h->count == 0)
		return HOLD_NEVER;
	wake = h->packets[0].came + HOLD_MOST;
	for (unsigned i = 0; i < HOLD_TOPICS && h->has_reader; i++)
		if (topic_due(h, i) < wake)
			wake = topic_due(h, i);
	return wake;
}
