/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy in, ruleset out. */
#pragma once

#include "config/policy.h"
#include "ruleset/ruleset.h"

struct learned;

/* The reader, whoever runs it by hand, and a resolver on this host: with one to spare. */
enum { LOOK_UP_USERS = 4 };

/* What a ruleset depends on besides the policy. */
struct form {
	uint16_t generation; /* 1 to generation_last() */
	/* The policy may be undone in a minute: sessions that it refuses hear nothing, so that they
	 * can go on then. */
	bool on_trial;
	bool lacks_timeouts; /* the kernel: no policies of timeouts (nf_conntrack_timeout) */
	/* What is known of the names of peers (compile/learned.h), copied; NULL: nothing. */
	const struct learned *learned;
	bool learns_elsewhere; /* the daemon does, and not who compiles: it is not known what is in
				* the sets of names */
	/* With peers by name.  Copies of DNS go to this group (netlink/packet_log.h); 0: none are
	 * made. */
	uint16_t log_group;
	/* First packets to addresses that they may have wait in this queue
	 * (netlink/packet_queue.h); 0: they are dropped in silence. */
	uint16_t queue;
	/* Users whose look-ups get out, LOOK_UP_USERS at most. */
	const uint32_t *look_up_users;
	size_t n_look_up_users;
};

/* The chain that a table has exactly if it is in force on trial. */
#define TRIAL_CHAIN "trial-answers"

/* The ruleset borrows the policy's address sets and must not outlive it.  0 or -ENOMEM. */
int compile_form(const struct policy *p, const struct form *form, struct ruleset **ret);
/* The same for good, not on trial. */
int compile(const struct policy *p, uint16_t generation, struct ruleset **ret);
