/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One transaction as netlink messages, and whose fault each of them is.
 *
 * Sticky: once memory ran out, nothing more is added and batch_finish() says so.  A batch is
 * sent whole or not at all.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/diag.h"
#include "ruleset/ruleset.h"

/* What a message is about, in case the kernel refuses it. */
struct origin {
	const char *what; /* "rule", "set", … */
	const char *name; /* of the object, or NULL */
	struct place at;
	const struct rule *rule; /* or NULL */
};

struct batch {
	struct nftnl_batch *pages;
	uint32_t genid;         /* that it was made for */
	uint32_t first_seq;     /* of BATCH_BEGIN; the n-th message has first_seq + n */
	struct origin *origins; /* one for each message */
	size_t count, allocated;
	bool failed;
};

/* The largest message that may be written, headers included. */
enum { BATCH_MESSAGE_SIZE = 64 * 1024 };

/* Lifetime.  genid is the generation of the kernel's ruleset that the batch was made for: if
 * another one is in force by then, the kernel refuses it with ERESTART. */
void batch_start(struct batch *b, uint32_t first_seq, uint32_t genid);
void batch_done(struct batch *b);

/* A new message of an NFT_MSG_ type in family inet.  NULL if the batch has failed; otherwise
 * to be filled, at most to BATCH_MESSAGE_SIZE, and then taken in with batch_add(). */
struct nlmsghdr *batch_message(struct batch *b, uint16_t type, uint16_t flags);
void batch_add(struct batch *b, struct origin origin);
void batch_fail(struct batch *b);

/* Ends the transaction.  0, or -ENOMEM. */
int batch_finish(struct batch *b);
/* Ends a rehearsal: the kernel refuses what it would refuse, and does nothing.  The same. */
int batch_rehearse(struct batch *b);

/* The messages as sendmsg() wants them: 0 with *ret to be freed, -ENOMEM, or -E2BIG. */
int batch_iovec(const struct batch *b, struct iovec **ret, size_t *ret_count);

/* Calls f for each message, BEGIN and END included, until it returns nonzero. */
int batch_each(const struct batch *b, int (*f)(const struct nlmsghdr *nlh, void *context),
	void *context);
