/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A generation that no live connection carries. */
#pragma once

#include <stdint.h>

/* The generation after now, where all that came before it have been counted under this mask. Before
 * the numbers begin again, those that live connections carry are taken from them.
 *
 * 0; -EAGAIN if that comes to no end; -EINTR if the tracker changes too fast; or another negative
 * errno.  Where the kernel has no ctnetlink nobody can look, and the number is given without. */
int marks_next_generation(uint32_t mask, uint16_t now, uint16_t *ret);

/* The same where it is not known what connections carry: at a start, and under another mask.  now
 * is what they are stamped with at the moment, 0 for nothing. */
int marks_new_count(uint32_t mask, uint16_t now, uint16_t *ret);
