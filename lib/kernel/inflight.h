/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets on their way through the rules. */
#pragma once

#include <time.h>

/* Waits until each packet that is in the rules now has left them: some milliseconds.  0, or a
 * negative errno where the kernel has no way to tell; then it has not waited. */
int inflight_wait(void);

/* The same, but not if that moment (CLOCK_MONOTONIC) is so long ago that they have left since. */
int inflight_wait_since(const struct timespec *then);
