/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's life, from the first apply to the last signal. */
#pragma once

#include "config/policy.h"

/* Puts the configuration into the kernel, says READY, and serves until SIGTERM or SIGINT.
 * 0, or negative errno after saying why. */
int service_run(const struct config_dirs *dirs);
