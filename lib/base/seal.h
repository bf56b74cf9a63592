/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved data, under a line with its kind and version and a line with a checksum:
 *
 *	rolewall state 1
 *	checksum 85944171f73967e8
 */
#pragma once

#include "base/text.h"

/* Writes title (a line with its newline), the checksum, and the body, which is empty afterwards.
 * to->failed if memory ran out. */
void seal_put(struct text *to, const char *title, struct text *body);

/* NULL with the body in *ret and its length; or what is wrong, which begins with "it". */
const char *seal_open(const char *bytes, size_t length, const char *title, const char **ret,
	size_t *ret_length);
