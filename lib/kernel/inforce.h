/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules in the kernel would do with a packet.
 *
 * For one who has not put them there, and so has no ruleset of them: rules are read from
 * the kernel as bytecode, and sets are asked for one key at a time.
 */
#pragma once

#include "kernel/nfsock.h"
#include "ruleset/evaluate.h"

struct inforce;

/* Reads the rules of our table.  0, -EINTR if they changed meanwhile, or negative errno. */
int inforce_read(struct nfsock *s, struct inforce **ret);
void inforce_free(struct inforce *t);

/* 1 if the packet is accepted, and *ret_counter (NULL: not wanted) is the last named counter on
 * its way there, or NULL; 0 if it is not; -ENOTSUP if somebody else's rule is in the way that this
 * does not understand; -EINTR if a set is gone; or another negative errno.  Rates and session
 * counts are taken to be below their limits; a packet of no interface comes by one that no rule
 * names. */
int inforce_accepts(struct inforce *t, const struct packet *p, const char **ret_counter);
