/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets have an address, or one of a run, in a field (FOREIGN_ADDRESS). */
#pragma once

#include "others/read_field.h"

/* A field that has at most so many bytes of an address; true if the header's bytes from offset
 * on, length of them, are of one. */
bool foreign_address_slot(uint8_t families, uint32_t offset, uint32_t length,
	struct foreign_slot *ret);

/* Leaves of the field what a mask leaves, if that is the beginning; otherwise it is opaque. */
void foreign_address_mask(struct foreign_slot *s, const uint8_t *mask, size_t length);

/* The run of addresses from the first that begins with the bytes to the last. */
struct addr_range foreign_address_run(const struct foreign_slot *s, const uint8_t *first,
	const uint8_t *last, size_t length);

/* Narrows a box to a run.  False if nothing is left. */
bool foreign_address_between(const struct foreign_slot *s, const struct addr_range *run,
	struct foreign_box *b);

/* Narrows all boxes to a run, to what is outside of it, or by a comparison (NFT_CMP_…).  0 or
 * -ENOMEM. */
int foreign_address_inside(const struct foreign_slot *s, const struct addr_range *run,
	struct foreign_boxes *boxes);
int foreign_address_outside(const struct foreign_slot *s, const struct addr_range *run,
	struct foreign_boxes *boxes);
int foreign_address_compare(const struct foreign_slot *s, uint32_t op, const uint8_t *bytes,
	size_t length, struct foreign_boxes *boxes);
