/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a foreign rule has in its registers, as far as we understand it, and which packets have a
 * value there. */
#pragma once

#include "others/foreign.h"

enum foreign_field {
	FOREIGN_OPAQUE, /* something else */
	FOREIGN_REST,   /* of a field that began in an earlier register */
	FOREIGN_L4PROTO,
	FOREIGN_PORT,      /* of DPORT, SPORT or DIALLED */
	FOREIGN_TWO_PORTS, /* source and destination, loaded at once */
	FOREIGN_PORT_BITS, /* masked, or otherwise made of a port */
	FOREIGN_STATE,
	FOREIGN_STATE_BITS, /* masked */
	FOREIGN_NFPROTO,
	FOREIGN_ETHERTYPE,
	FOREIGN_LINK_NAME,
	FOREIGN_LINK_INDEX,
	FOREIGN_ADDRESS,       /* or its beginning */
	FOREIGN_TWO_ADDRESSES, /* source and destination, loaded at once */
	FOREIGN_TYPE,          /* of an address: RTN_… */
	FOREIGN_STATUS,        /* of a connection: IPS_… */
	FOREIGN_STATUS_BITS,   /* masked */
};

struct foreign_slot {
	enum foreign_field field;
	enum foreign_port port; /* of FOREIGN_PORT */
	uint32_t mask;          /* of FOREIGN_STATE_BITS and FOREIGN_STATUS_BITS */
	enum foreign_side side; /* of addresses and their types */
	sa_family_t family;     /* of addresses */
	uint32_t bits;          /* of addresses: so many of the first are there */
	enum foreign_way way;   /* of interfaces */
};

/* Bytes from slot to slot: registers, and fields of a concatenation. */
enum { FOREIGN_SLOT_SIZE = 4 };

/* The field's value in a register or key, of which length bytes are left. */
uint32_t foreign_number(const struct foreign_slot *s, const uint8_t *bytes, size_t length);

/* Narrows a box to values from first to last.  False if no packet of ours has one. */
bool foreign_between(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_box *b);
/* The same for an interface's name, or the beginning of one if no NUL ends it. */
bool foreign_named(const struct foreign_slot *s, const uint8_t *bytes, size_t length,
	struct foreign_box *b);

/* True if it says something of ports. */
bool foreign_is_port(const struct foreign_slot *s);

/* Narrows by some amount that is not known. */
void foreign_narrow(const struct foreign_slot *s, struct foreign_boxes *boxes);

/* Narrows all boxes to values from first to last, or outside of that, or by a comparison
 * (NFT_CMP_…) with bytes.  0 or -ENOMEM. */
int foreign_outside(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_boxes *boxes);
int foreign_inside(const struct foreign_slot *s, uint32_t first, uint32_t last,
	struct foreign_boxes *boxes);
int foreign_compare(const struct foreign_slot *s, uint32_t op, const uint8_t *bytes, size_t length,
	struct foreign_boxes *boxes);
