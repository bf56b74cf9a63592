/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running one rule's bytecode over a made-up packet. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ruleset/evaluate.h"

enum { MACHINE_REGISTER = 16, MACHINE_REGISTERS = 5 }; /* the first is the verdict's */

/* Where a rule leads.  kind as in the kernel: NF_ACCEPT, NF_DROP, NFT_GOTO, … */
struct fate {
	int32_t kind;
	const char *chain; /* of a jump or goto, borrowed */
};

struct machine {
	const struct packet *packet; /* its interface NULL: one that no rule names */
	/* 1 if the set has the key, with *ret_fate if it is a map to verdicts (otherwise its
	 * kind stays NFT_CONTINUE); 0 if it has not; or negative errno. */
	int (*find)(void *context, const char *set, const void *key, size_t length,
		struct fate *ret_fate);
	void *context;

	uint8_t registers[MACHINE_REGISTERS * MACHINE_REGISTER];
	uint32_t loaded; /* register that was loaded last, and how much of it */
	uint32_t loaded_length;
	struct fate fate;
	const char *counter; /* the last named one that was passed, or NULL; the rule's */
};

struct nftnl_rule;

/* Whether the packet runs through the whole rule, fails a match, or meets a verdict, which is
 * then in m->fate.  -ENOTSUP: there is an expression that no rule of ours has. */
enum { MACHINE_HOLDS, MACHINE_FAILS, MACHINE_DECIDED };
int machine_run(struct machine *m, const struct nftnl_rule *rule);
