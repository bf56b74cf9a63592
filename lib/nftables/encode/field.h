/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the kernel reads a field: which expression loads it, and what must be known first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ruleset/field.h"

enum loader { LOAD_META, LOAD_CT, LOAD_PAYLOAD };

struct field_load {
	enum loader loader;
	uint32_t key;    /* of meta or ct (linux/netfilter/nf_tables.h); base of a payload */
	uint32_t offset; /* of a payload, bytes */
	bool original;   /* of ct: of the connection's original direction */
	/* What nft checks before it reads the field; 0: nothing. */
	uint8_t nfproto; /* NFPROTO_IPV4 or NFPROTO_IPV6 */
	uint8_t l4proto;
};

const struct field_load *field_load(enum field f);
