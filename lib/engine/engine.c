/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three clocks.
 *
 * Changes of the host come in bursts (an interface that comes up is a dozen messages): one
 * refresh follows when it has been quiet for a moment, or after a second at the latest.  A
 * reload does not stand for it: it may be refused, and the host has changed all the same.
 *
 * A foreign commit is looked at at once.  Most are none of our business, so a look is cheap
 * and says nothing.  A look that failed (memory ran out) is tried again after a pause: our
 * table may be gone.
 *
 * The tables of others are looked at a second after the first commit since the last time: once,
 * however many there were.  A ruleset that is put together rule by rule is whole by then.
 *
 * Whoever undoes our repairs again and again would have us at it all day, and the log full:
 * ten repairs in ten seconds are a fight, which is said once; from then on we look twice a
 * second, until there has been peace for as long.
 */
#include "engine/engine.h"

void engine_init(struct engine *e)
{
	*e = (struct engine){0};
}

static bool in_window(uint64_t then, uint64_t now)
{
	return now - then < ENGINE_FIGHT_WINDOW;
}

static void hear_repair(struct engine *e, uint64_t now)
{
	e->repairs[e->n_repairs++ % ENGINE_FIGHT_REPAIRS] = now;
	if (e->n_repairs < ENGINE_FIGHT_REPAIRS)
		return;
	uint64_t oldest = e->repairs[e->n_repairs % ENGINE_FIGHT_REPAIRS];
	if (in_window(oldest, now))
		e->next_look = now + ENGINE_FIGHT_PAUSE;
}

static void hear_unsurveyed(struct engine *e, uint64_t now)
{
	if (!e->unsurveyed)
		e->survey_at = now + ENGINE_SURVEY_DELAY;
	e->unsurveyed = true;
}

void engine_hear(struct engine *e, enum engine_event event, uint64_t now)
{
	switch (event) {
	case ENGINE_RELOAD:
		e->reload = true;
		return;
	case ENGINE_HOST_CHANGED:
		if (!e->changed)
			e->changed_first = now;
		e->changed = true;
		e->changed_last = now;
		return;
	case ENGINE_COMMITTED:
		e->committed = true;
		hear_unsurveyed(e, now);
		return;
	case ENGINE_UNSURVEYED:
		hear_unsurveyed(e, now);
		return;
	case ENGINE_REPAIRED:
		hear_repair(e, now);
		return;
	case ENGINE_UNVERIFIED:
		e->committed = true;
		e->next_look = now + ENGINE_RETRY_PAUSE;
		return;
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t refresh_time(const struct engine *e)
{
	if (!e->changed)
		return ENGINE_NEVER;
	return earlier(e->changed_last + ENGINE_SETTLE, e->changed_first + ENGINE_PATIENCE);
}

/* True if the fight has just begun; it ends with the first look after a pause in peace. */
static bool begins_fight(struct engine *e, uint64_t now)
{
	bool fight = e->n_repairs >= ENGINE_FIGHT_REPAIRS &&
		     in_window(e->repairs[e->n_repairs % ENGINE_FIGHT_REPAIRS], now);
	uint64_t last = e->n_repairs ? e->repairs[(e->n_repairs - 1) % ENGINE_FIGHT_REPAIRS] : 0;
	if (e->fighting && !in_window(last, now)) {
		e->fighting = false;
		e->n_repairs = 0;
		return false;
	}
	bool begins = fight && !e->fighting;
	e->fighting |= fight;
	return begins;
}

unsigned engine_due(struct engine *e, uint64_t now, uint64_t *ret_wake)
{
	unsigned due = begins_fight(e, now) ? ENGINE_SAY_FIGHT : 0;
	uint64_t pause = e->next_look;
	if (e->reload) {
		due |= ENGINE_LOAD;
		e->reload = false;
	}
	if (refresh_time(e) <= now) {
		due |= ENGINE_REFRESH;
		e->changed = false;
	}
	if (e->committed && now >= pause) {
		due |= ENGINE_VERIFY;
		e->committed = false;
		if (e->fighting)
			e->next_look = now + ENGINE_FIGHT_PAUSE;
	}
	if (e->unsurveyed && now >= e->survey_at) {
		due |= ENGINE_SURVEY;
		e->unsurveyed = false;
	}
	*ret_wake = earlier(refresh_time(e), e->committed ? pause : ENGINE_NEVER);
	*ret_wake = earlier(*ret_wake, e->unsurveyed ? e->survey_at : ENGINE_NEVER);
	return due;
}
