/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of each transaction that anybody commits to nf_tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

struct watch {
	struct mnl_socket *socket;
};

/* Who committed. */
struct commit {
	uint32_t genid;
	uint32_t portid; /* of the socket: ours or another's */
	uint32_t pid;    /* of the process; 0: the kernel did not say */
	char name[16];   /* of the process, as in ps */
};

/* A socket that hears commits and nothing else.  0 or negative errno. */
int watch_open(struct watch *w);
void watch_close(struct watch *w);
int watch_fd(const struct watch *w);

/* The next commit: 1 with *ret, 0 if there is none waiting, or negative errno; -ENOBUFS: some were
 * lost. */
int watch_next(struct watch *w, struct commit *ret);
