/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel refused, in the admin's terms: which line made it, which expression. */
#pragma once

#include "netlink/batch.h"
#include "netlink/nfsock.h"

/* Turns refusals of a batch into faults.  -EINVAL; or -EPERM or -ERESTART if that is what
 * stopped the transaction as a whole, and then nothing is noted. */
int refused_report(const struct batch *b, const struct refusals *refusals, struct diags *diags);
