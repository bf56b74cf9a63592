/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three clocks.
 *
 * Changes of the host come in bursts (an interface that comes up is a dozen messages): one refresh
 * follows when it has been quiet for a moment, or after a second at the latest.  A reload does not
 * replace it: it may be refused, and the host has changed all the same.  A look at the host that
 * failed is tried again two seconds later, or with the next change.
 *
 * A foreign commit is looked at at once.  Most are none of our business, so a look is cheap
 * and says nothing.  A look that failed (memory ran out) is tried again after a pause: our
 * table may be gone.
 *
 * The tables of others are looked at a second after the first commit since the last time: once,
 * however many there were.  A ruleset that is put together rule by rule is whole by then.
 *
 * Somebody who undoes our repairs again and again would keep us busy all day, and fill the log.
 * So ten repairs in ten seconds are a fight, which is reported once; from then on we look twice a
 * second, until nothing has happened for ten seconds.
 */
#include "engine/clock.h"

#include <errno.h>

void clock_init(struct clock *c)
{
	*c = (struct clock){0};
}

static bool in_window(uint64_t then, uint64_t now)
{
	return now - then < CLOCK_FIGHT_WINDOW;
}

static void hear_repair(struct clock *c, uint64_t now)
{
	c->repairs[c->n_repairs++ % CLOCK_FIGHT_REPAIRS] = now;
	if (c->n_repairs < CLOCK_FIGHT_REPAIRS)
		return;
	uint64_t oldest = c->repairs[c->n_repairs % CLOCK_FIGHT_REPAIRS];
	if (in_window(oldest, now))
		c->next_look = now + CLOCK_FIGHT_PAUSE;
}

static void hear_unsurveyed(struct clock *c, uint64_t now)
{
	if (!c->unsurveyed)
		c->survey_at = now + CLOCK_SURVEY_DELAY;
	c->unsurveyed = true;
}

void clock_hear(struct clock *c, enum clock_event event, uint64_t now)
{
	switch (event) {
	case CLOCK_RELOAD:
		c->reload = true;
		return;
	case CLOCK_HOST_CHANGED:
		if (!c->changed)
			c->changed_first = now;
		c->changed = true;
		c->changed_last = now;
		return;
	case CLOCK_COMMITTED:
		c->committed = true;
		hear_unsurveyed(c, now);
		return;
	case CLOCK_UNSEEN:
		c->unseen = true;
		c->see_at = now + CLOCK_UNSEEN_PAUSE;
		return;
	case CLOCK_UNSURVEYED:
		hear_unsurveyed(c, now);
		return;
	case CLOCK_REPAIRED:
		hear_repair(c, now);
		return;
	case CLOCK_UNVERIFIED:
		c->committed = true;
		c->next_look = now + CLOCK_RETRY_PAUSE;
		return;
	case CLOCK_GONE:
		c->committed = c->unsurveyed = false;
		return;
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t refresh_time(const struct clock *c)
{
	const uint64_t again = c->unseen ? c->see_at : CLOCK_NEVER;
	if (!c->changed)
		return again;
	return earlier(again,
		earlier(c->changed_last + CLOCK_QUIET, c->changed_first + CLOCK_PATIENCE));
}

/* True if the fight has just begun; it ends with the first look after a pause in peace. */
static bool begins_fight(struct clock *c, uint64_t now)
{
	bool fight = c->n_repairs >= CLOCK_FIGHT_REPAIRS &&
		     in_window(c->repairs[c->n_repairs % CLOCK_FIGHT_REPAIRS], now);
	uint64_t last = c->n_repairs ? c->repairs[(c->n_repairs - 1) % CLOCK_FIGHT_REPAIRS] : 0;
	if (c->fighting && !in_window(last, now)) {
		c->fighting = false;
		c->n_repairs = 0;
		return false;
	}
	bool begins = fight && !c->fighting;
	c->fighting |= fight;
	return begins;
}

unsigned clock_due(struct clock *c, uint64_t now, uint64_t *ret_wake)
{
	unsigned due = begins_fight(c, now) ? CLOCK_SAY_FIGHT : 0;
	uint64_t pause = c->next_look;
	if (c->reload) {
		due |= CLOCK_LOAD;
		c->reload = false;
	}
	if (refresh_time(c) <= now) {
		due |= CLOCK_REFRESH;
		c->changed = c->unseen = false;
	}
	if (c->committed && now >= pause) {
		due |= CLOCK_VERIFY;
		c->committed = false;
		if (c->fighting)
			c->next_look = now + CLOCK_FIGHT_PAUSE;
	}
	if (c->unsurveyed && now >= c->survey_at) {
		due |= CLOCK_SURVEY;
		c->unsurveyed = false;
	}
	*ret_wake = earlier(refresh_time(c), c->committed ? pause : CLOCK_NEVER);
	*ret_wake = earlier(*ret_wake, c->unsurveyed ? c->survey_at : CLOCK_NEVER);
	return due;
}

bool clock_tries_again(int error)
{
	return error == -ENOMEM || error == -ENOBUFS || error == -ERESTART || error == -EINTR ||
	       error == -ESTALE;
}
