/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet as far as rules look at it, and where it is met. */
#pragma once

#include "net/addr.h"

enum hook { HOOK_NONE, HOOK_INPUT, HOOK_FORWARD, HOOK_OUTPUT };

/* The first packet of a connection. */
struct packet {
	enum hook hook; /* where it is met */
	bool loopback;
	/* by which it comes or goes, if it is not loopback; NULL: any; "": by none that is named */
	const char *interface;
	const char *out_interface; /* likewise, of what is forwarded: by which it leaves */
	uint8_t protocol;
	struct addr source;
	struct addr destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t icmp_type;

	/* A later packet, of a connection that is there already. */
	bool is_live;
	/* The first packet of something, and about a connection that is there already: an ICMP
	 * message that quotes it, or what a helper of the tracker's expects. */
	bool is_related;
	uint32_t mark; /* of the connection */

	/* DNAT has led it to its destination; this is what was dialled. */
	bool is_dnated;
	struct addr dialled;
	uint16_t dialled_port;
};
