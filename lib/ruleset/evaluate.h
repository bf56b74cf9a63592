/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a ruleset with a made-up packet, as the kernel would. */
#pragma once

#include "ruleset/ruleset.h"

/* The first packet of a connection. */
struct packet {
	enum hook hook; /* where it is met: input or output */
	bool loopback;
	const char *interface; /* by which it comes or goes, if it is not loopback; NULL: any */
	uint8_t protocol;
	struct addr source;
	struct addr destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t icmp_type;
};

enum ending { ENDING_ACCEPT, ENDING_DROP, ENDING_REJECT };

struct outcome {
	enum ending ending;
	const struct rule *rule; /* the one that decided, or NULL: the chain's policy */
};

/* Rates and session counts are taken to be below their limits. */
struct outcome evaluate(const struct ruleset *r, const struct packet *p);
