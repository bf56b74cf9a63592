/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy with peers by name needs of the kernel to learn them: a log of what this host asks
 * its name servers and is told, and whose look-ups get out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "compile/compile.h"
#include "kept.h"

struct policy;

struct overhearing {
	struct kept *kept; /* sockets of an earlier life */
	bool is_kept;      /* the service manager keeps sockets */
	int fd;            /* of the log; -1: not open */
	uint16_t group;    /* to which packets are copied for it; 0: not open */
	bool has_failed;
	bool has_reader;
	uid_t reader; /* who has connected last */
};

void overhearing_init(struct overhearing *o, struct kept *kept, bool is_kept);
/* Closes the log.  Where it is kept it stays open for the next life. */
void overhearing_done(struct overhearing *o);

/* Opens the log if the policy is to have one, before it is compiled.  True if it is another one:
 * the reader is to be given it.  A log that cannot be opened is said, once, and tried again with
 * the next policy. */
bool overhearing_want(struct overhearing *o, const struct policy *p);
/* That policy is in force: a log that it has no use for is closed. */
void overhearing_follow(struct overhearing *o, const struct policy *p);
/* A reader has come.  True if the rules of p, which is in force (or NULL), are to let its look-ups
 * out and may not do so yet. */
bool overhearing_hear_reader(struct overhearing *o, const struct policy *p, uid_t uid);

/* Users whose look-ups the policy lets out; how many. */
size_t overhearing_users(const struct overhearing *o, const struct policy *p,
	uint32_t ret[LOOK_UP_USERS]);
