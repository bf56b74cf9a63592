/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that the daemon alone decides, and that are in its rules: who compares the table with a
 * configuration, and is not the daemon, reads them there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "netlink/nfsock.h"

enum { NUMBERS_USERS = 4 };

/* As in struct form (compile/compile.h). */
struct numbers {
	uint16_t log_group; /* 0: nothing is copied */
	uint16_t queue;     /* 0: nothing waits */
	uint32_t look_up_users[NUMBERS_USERS];
	size_t n_look_up_users;
};

/* 0; -EINTR if the table changed meanwhile (ask again); or another negative errno. */
int numbers_read(struct nfsock *s, struct numbers *ret);
