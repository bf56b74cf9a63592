/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place through which the daemon speaks: one line each to stderr, where the service manager
 * listens.  Each line tells of a kind of event, so that programs can be told of it by fields one
 * day. */
#pragma once

#include <syslog.h>

#include "base/diag.h"

enum journal_event {
	JOURNAL_LOAD,     /* something was put into force, or was not */
	JOURNAL_FAULT,    /* of a file of the configuration */
	JOURNAL_TRIAL,    /* it begins, it ends, or it cannot */
	JOURNAL_FLUSH,    /* our table is removed, or cannot be */
	JOURNAL_TROUBLE,  /* the host is protected, and something is wrong all the same */
	JOURNAL_RESOLVED, /* it is no longer */
	JOURNAL_REPAIR,   /* our table was not as we left it */
	JOURNAL_OTHERS,   /* rules beside our table */
	JOURNAL_STATE,    /* what is saved */
	JOURNAL_SERVICE,  /* the daemon itself: its arguments, its sockets, its start and end */
};

/* level: LOG_ERR, LOG_WARNING, LOG_NOTICE or LOG_INFO. */
void journal(enum journal_event event, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The first faults, and how many more there are. */
void journal_diags(const struct diags *d);
