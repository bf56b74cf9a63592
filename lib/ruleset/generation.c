/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generations are counted in few bits, and their numbers come round.  A connection that was silent
 * since one of them, and was revoked meanwhile, must not be taken for one that the next
 * generation with that number has allowed.
 *
 * So before the count begins again, each connection that carries an older generation gets a mark
 * that none ever has (netlink/marks.c does that). It is not zero, since reversed.c must know that
 * the connection was allowed once.
 */
#include "ruleset/generation.h"

#include "ruleset/ruleset.h"

static uint16_t highest(uint32_t mask)
{
	return (uint16_t)(mask >> __builtin_ctz(mask));
}

uint16_t generation_last(uint32_t mask)
{
	return (uint16_t)(highest(mask) - 1);
}

uint16_t generation_old(uint32_t mask)
{
	return highest(mask);
}

bool generation_begins_again(uint32_t mask, uint16_t now)
{
	return now >= generation_last(mask);
}

uint16_t generation_next(uint32_t mask, uint16_t now)
{
	return generation_begins_again(mask, now) ? 1 : (uint16_t)(now + 1);
}

uint16_t generation_expected(uint32_t mask, uint16_t now, bool keeps_sessions)
{
	const uint16_t in_force = now > 0 && now <= generation_last(mask) ? now : 1;
	return keeps_sessions ? in_force : generation_next(mask, in_force);
}

uint32_t generation_forget(uint32_t mask, uint32_t mark, uint16_t now)
{
	uint16_t carried = mark_generation(mask, mark);
	if (carried == 0 || carried == now)
		return mark;
	return (mark & ~mask) | mark_of_generation(mask, generation_old(mask));
}
