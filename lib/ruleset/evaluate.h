/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a ruleset with a made-up packet, as the kernel would. */
#pragma once

#include "ruleset/ruleset.h"

/* The value of a field, as a number or as an address.  False if the packet has no such field. */
bool packet_number(const struct packet *p, enum field f, uint32_t *ret);
bool packet_address(const struct packet *p, enum field f, struct addr *ret);

enum ending {
	ENDING_ACCEPT,
	ENDING_DROP,
	ENDING_REJECT,
	ENDING_QUEUE, /* it waits, and is judged again; dropped if nobody is there */
};

struct outcome {
	enum ending ending;
	const struct rule *rule; /* the one that decided, or NULL: the chain's policy */
};

/* Rates and session counts are taken to be below their limits. */
struct outcome evaluate(const struct ruleset *r, const struct packet *p);
