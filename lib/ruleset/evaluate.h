/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a ruleset with a made-up packet, as the kernel would. */
#pragma once

#include "ruleset/ruleset.h"

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

/* What a field of it is, for those that are numbers, and for those that are addresses.  False
 * if it has no such field. */
bool packet_number(const struct packet *p, enum field f, uint32_t *ret);
bool packet_address(const struct packet *p, enum field f, struct addr *ret);

enum ending { ENDING_ACCEPT, ENDING_DROP, ENDING_REJECT };

struct outcome {
	enum ending ending;
	const struct rule *rule; /* the one that decided, or NULL: the chain's policy */
};

/* Rates and session counts are taken to be below their limits. */
struct outcome evaluate(const struct ruleset *r, const struct packet *p);
