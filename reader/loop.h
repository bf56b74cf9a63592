/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader's life: its parts around one event loop. */
#pragma once

/* Serves the daemon of this runtime directory, an absolute path, until SIGTERM or SIGINT.  0, or
 * negative errno after saying why. */
int loop_run(const char *runtime_dir);
