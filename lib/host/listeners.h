/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a program of this host takes what comes to a port. */
#pragma once

#include "net/addr.h"

/* TCP: a socket listens there; UDP: one is bound there, and not to one peer alone.  1, 0, -EINVAL
 * for another protocol, or another negative errno. */
int listeners_has(uint8_t protocol, const struct addr *a, uint16_t port);
