/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says: one line each to stderr, where the service manager listens. */
#pragma once

#include "base/diag.h"

/* Levels are those of sd-daemon.h: SD_ERR, SD_WARNING, SD_INFO as strings. */
void log_line(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_diags(const struct diags *d);
