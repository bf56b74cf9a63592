/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place through which the reader speaks: a line each to stderr, where the service manager
 * listens. */
#pragma once

#include <syslog.h>

/* level: LOG_ERR, LOG_WARNING, LOG_NOTICE or LOG_INFO. */
void say(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
