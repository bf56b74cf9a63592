/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing by doubling, with the overflow check in one place. */
#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int array_reserve_bytes(void **data, size_t *allocated, size_t need, size_t size)
{
	if (need <= *allocated)
		return 0;
	size_t room = *allocated ? *allocated : 8;
	while (room < need) {
		if (room > SIZE_MAX / 2)
			return -ENOMEM;
		room *= 2;
	}
	void *grown = reallocarray(*data, room, size);
	if (!grown)
		return -ENOMEM;
	*data = grown;
	*allocated = room;
	return 0;
}
