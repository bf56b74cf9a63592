/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small host file, put into force in the kernel of this namespace, again and again. */
#pragma once

#include "live/applying.h"
#include "live/netns.h"
#include "nftables/read/inventory.h"
#include "ruleset/memory_policy.h"

#define PEER(addresses) "[peer p]\naddress = " addresses "\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"

static const char small[] __attribute__((unused)) =
	"[host]\n[management]\nfrom = 10.0.9.0/24\n" PEER("10.0.0.1") FLOW("a", "80");

/* Nothing in force yet, and a table that is to be nobody's own: others may change it. */
static inline struct applied anybodys(void)
{
	return (struct applied){.ownership = OWNERSHIP_NONE};
}

/* What is in force is forgotten, as when a process ends and another one begins. */
static inline void restart(struct applied *now)
{
	applied_done(now);
	*now = anybodys();
}

/* Applies a host file and demands the outcome; *ret_generation is what is in force. */
static inline uint16_t applied(struct nfsock *s, struct applied *now, const char *host,
	enum apply_outcome wanted)
{
	struct diags diags = {0};
	enum apply_outcome outcome = (enum apply_outcome)99;
	int r = apply_policy(s, now, memory_policy(NULL, host), &diags, &outcome);
	diags_print(&diags, stderr);
	diags_done(&diags);
	assert_int_equal(r, 0);
	assert_int_equal(outcome, wanted);
	return now->ruleset->generation;
}

static inline uint16_t generation_in_kernel(struct nfsock *s)
{
	struct inventory i;
	assert_int_equal(inventory_read(s, &i), 0);
	uint16_t generation = (uint16_t)(i.mark >> 16);
	inventory_done(&i);
	return generation;
}

static inline char *table(void)
{
	return nft_output("list table inet rolewall");
}
