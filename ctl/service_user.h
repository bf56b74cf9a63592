/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user that the daemon runs as, and what that user can read. */
#pragma once

#include "config/snapshot.h"

#define SERVICE_USER "rolewall"

/* Notes a fault for each file and directory that was read and that the daemon's user cannot read.
 * Only root can find out; for others, and where there is no such user, nothing is noted.  0, or
 * negative errno if it could not be found out. */
int service_user_check(const struct snapshot *files, struct diags *diags);
