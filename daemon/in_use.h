/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that have connections, by the connection tracker. */
#pragma once

#include <stddef.h>

#include "net/addr.h"

struct in_use {
	struct addr *items; /* in the order of addr_compare(), each once */
	size_t count, allocated;
};

/* *ret is all zero before.  0 or negative errno; in_use_done() in any case. */
int in_use_find(struct in_use *ret);
void in_use_done(struct in_use *u);
