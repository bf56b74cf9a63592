/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports at which others' rules begin to match, or have just ceased to. */
#pragma once

#include "others/foreign.h"

struct edges {
	uint32_t *items; /* sorted */
	size_t count, allocated;
};

/* 0 with *ret, for edges_done(), or -ENOMEM. */
int edges_read(const struct foreign *f, struct edges *ret);
void edges_done(struct edges *e);
