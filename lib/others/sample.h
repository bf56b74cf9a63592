/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A made-up packet that stands for many: those packets of a service that no rule tells apart. */
#pragma once

#include "others/allowed.h"

/* What may be at an end of a packet. */
enum sample_place {
	SAMPLE_ANYBODY,
	SAMPLE_PEERS,     /* those of a service whose addresses lie in a run */
	SAMPLE_THIS_HOST, /* an address of ours */
	SAMPLE_KNOWN,     /* just one address, which is the run */
};

struct sample_end {
	enum sample_place place;
	struct addr_range run;
	const struct allowed *service; /* whose peers */
	const struct facts *facts;     /* NULL: our addresses are not known */
};

struct sample {
	uint8_t protocol;
	struct port_range ports[FOREIGN_PORTS];
	uint32_t state;
	uint8_t family;
	uint8_t dnat;
	struct sample_end ends[FOREIGN_SIDES];
	uint16_t types[FOREIGN_SIDES];
	const char *links[FOREIGN_WAYS]; /* NULL: not known */
};

enum sample_match { SAMPLE_NONE, SAMPLE_SOME, SAMPLE_ALL };

/* What else is known of a match. */
struct sample_hints {
	bool named;  /* it asks for just this: our port, or a peer's address */
	bool single; /* by a single address, as bans do */
};

/* Which of the packets a rule matches. */
enum sample_match sample_match(const struct sample *p, const struct foreign_rule *r,
	struct sample_hints *hints);

/* True if the service may be used by (or with) that address. */
bool sample_has_peer(const struct allowed *service, const struct addr *a);
