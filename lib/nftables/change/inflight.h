/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets on their way through the rules. */
#pragma once

/* Waits until each packet that is in the rules now has left them: some milliseconds.  0, or a
 * negative errno where the kernel has no way to tell; then it has not waited. */
int inflight_wait(void);
