/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink socket to nf_tables: transactions out, replies in. */
#pragma once

#include <libmnl/libmnl.h>

#include "netlink/batch.h"

struct nfsock {
	struct mnl_socket *socket;
	uint32_t portid;
	uint32_t seq;        /* of the next message */
	uint32_t genid_next; /* that there is after our last commit, unless others have made one
			      * since; 0: not known */
	/* An answer that f has given up is not read to its end, which may be long: the socket
	 * must then be closed. */
	bool is_for_once;
};

/* Lifetime.  0, or negative errno: EPROTONOSUPPORT on a kernel without nfnetlink. */
int nfsock_open(struct nfsock *s);
/* Goes on with a socket that was opened by an earlier process and kept for us; what it had not
 * read is dropped.  fd is the socket's from then on, also after a failure. */
int nfsock_adopt(struct nfsock *s, int fd);
int nfsock_fd(const struct nfsock *s);
void nfsock_close(struct nfsock *s);

/* Asks one question, whose sequence number is s->seq++; f gets each message of the answer and
 * returns 0 or negative errno.  -EINTR: what was asked for changed meanwhile. */
int nfsock_ask(struct nfsock *s, const struct nlmsghdr *question,
	int (*f)(const struct nlmsghdr *nlh, void *context), void *context);

/* The generation of the kernel's whole ruleset.  -EPERM without CAP_NET_ADMIN, -EINVAL on a
 * kernel without nf_tables. */
int nfsock_genid(struct nfsock *s, uint32_t *ret);
/* The same without asking where our last commit tells it.  If somebody has made one since, a batch
 * for it is refused; the next call asks then. */
int nfsock_genid_likely(struct nfsock *s, uint32_t *ret);

/* True for the table of ours among those that a dump shows. */
bool nfsock_is_ours(const char *table, uint32_t family);

/* Asks for a dump (an NFT_MSG_GET… type); attributes may name a table and more.  f gets each
 * message and returns 0 or negative errno.  -EINTR: the ruleset changed meanwhile, ask again;
 * -ENOENT: no such thing. */
struct dump_filter {
	uint8_t family;           /* NFPROTO_…; NFPROTO_UNSPEC: all */
	uint16_t table_attribute; /* gets table; 0: none */
	const char *table;
	uint16_t name_attribute; /* gets name; 0: none */
	const char *name;
};
int nfsock_dump(struct nfsock *s, uint16_t type, const struct dump_filter *filter,
	int (*f)(const struct nlmsghdr *nlh, void *context), void *context);

/* The kernel's refusal of one message. */
struct refusal {
	uint32_t seq;
	int error;       /* positive errno */
	uint32_t offset; /* of the guilty attribute in the message; 0: not said */
};

struct refusals {
	struct refusal *items;
	size_t count, allocated;
};

/* Sends a finished batch and reads all replies.  0: the kernel has it; -EREMOTEIO: it has
 * refused, *ret says why (to be freed with free(ret->items)); -ESTALE: it was sent and the
 * answer is lost, so that nobody knows; other negative errno: nothing was sent. */
int nfsock_send(struct nfsock *s, const struct batch *b, struct refusals *ret);
