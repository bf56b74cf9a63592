/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection as the tracker has it. */
#pragma once

#include "net/addr.h"

struct connection {
	uint8_t protocol;
	/* of its first packet, before any translation */
	struct addr source;
	struct addr destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t icmp_type;
	/* where it got to: elsewhere than at its destination if that was translated */
	bool is_dnated;
	struct addr reached;
	uint16_t reached_port;
	uint32_t mark;
	bool is_half_open; /* TCP, and the handshake is not over */
};
