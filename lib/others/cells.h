/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address space, cut where others' rules begin or cease to match: they do not tell apart the
 * addresses of one cell. */
#pragma once

#include "others/allowed.h"

/* More would cost too much: then peers that others tell apart may share a cell. */
enum { CELLS_AT_MOST = 512 };

struct cells {
	struct addr *starts; /* sorted; each family's space begins a cell */
	size_t count, allocated;
	bool is_full;
};

/* Runs and prefixes that rules ask for, and those of the single addresses that a service's peer
 * has.  0 with *ret, for cells_done(), or -ENOMEM. */
int cells_read(const struct foreign *f, const struct allowed_list *services, struct cells *ret);
void cells_done(struct cells *c);

/* The run from the first to the last address that peers of the service have in the i-th cell.
 * False: there is none. */
bool cells_part(const struct cells *c, size_t i, const struct allowed *service,
	struct addr_range *ret);
