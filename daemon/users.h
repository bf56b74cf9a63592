/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users of this host by name, as far as they are in /etc/passwd: other places may be behind a
 * network that waits for us. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* False: there is no such user. */
bool users_find(const char *name, uid_t *ret);
