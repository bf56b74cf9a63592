/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that the service manager keeps from one life of the daemon to the next (--fd-store;
 * sd_notify(3)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEPT_MOST = 4, /* as FileDescriptorStoreMax= says */
	KEPT_NAME_SIZE = 32,
};

struct kept {
	struct kept_socket {
		char name[KEPT_NAME_SIZE];
		int fd;
	} left[KEPT_MOST]; /* by an earlier life, and not taken yet */
	size_t n_left;
};

/* Finds what an earlier life has left.  0 or negative errno. */
int kept_find(struct kept *k);
/* What was left by this name, or by "NAME-NUMBER" if ret_number is not NULL; the descriptor is the
 * caller's.  -ENOENT: there is none. */
int kept_take(struct kept *k, const char *name, uint16_t *ret_number);
/* What nobody has taken is kept no longer. */
void kept_drop_left(struct kept *k);

/* Has it kept from now on; number: 0, or part of the name.  False: nobody keeps anything. */
bool kept_put(const char *name, uint16_t number, int fd);
void kept_remove(const char *name, uint16_t number);
