/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses a name may have. */
#pragma once

#include "net/addr.h"

enum scope {
	SCOPE_NEVER, /* no server is there: loopback, link-local, multicast, unspecified, reserved,
			IPv4-mapped */
	SCOPE_PRIVATE, /* of one network: 10.0.0.0/8, fc00::/7, … */
	SCOPE_GLOBAL,
};

enum scope scope_of(const struct addr *a);
