/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow: room is doubled, so a million additions cost twenty moves. */
#pragma once

#include <stddef.h>

/* Makes room for at least need elements of size bytes in *data, of which *allocated is the
 * room so far.  0, or -ENOMEM with everything as it was. */
int array_reserve_bytes(void **data, size_t *allocated, size_t need, size_t size);

#define array_reserve(data, allocated, need) \
	array_reserve_bytes((void **)(data), (allocated), (need), sizeof(**(data)))
