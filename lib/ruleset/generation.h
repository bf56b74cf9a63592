/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which generation comes next, and what must have happened to connections before. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Generations are 1 to this one in the bits of a mask.  Above it is one more number, which is no
 * generation's: generation_old(). */
uint16_t generation_last(uint32_t mask);
uint16_t generation_old(uint32_t mask);

/* The generation after now (0: there is none yet); and whether numbers begin again with it, which
 * live connections may still carry. */
uint16_t generation_next(uint32_t mask, uint16_t now);
bool generation_begins_again(uint32_t mask, uint16_t now);

/* The generation that follows generation now (0: unknown) if a change restricts anything: the same
 * one if live sessions are kept.  The kernel will have this one unless live connections carry it
 * (netlink/marks.h). */
uint16_t generation_expected(uint32_t mask, uint16_t now, bool keeps_sessions);

/* The mark that a connection must have before they do: if it is of another generation than the
 * one in force, that of no generation. */
uint32_t generation_forget(uint32_t mask, uint32_t mark, uint16_t now);
