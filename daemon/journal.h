/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place through which the daemon speaks: a sentence for people, and fields for programs.
 *
 *     struct fields f = {0};
 *     field(&f, "ROLEWALL_GENERATION", "%u", generation);
 *     journal_with(&f, JOURNAL_LOADED, LOG_INFO, "reload: 1 flow added");
 *
 * Each entry has PRIORITY, MESSAGE, MESSAGE_ID and ROLEWALL_EVENT (events.h).  Where stderr is not
 * the journal, the sentence is a line there, and the fields are not seen.
 */
#pragma once

#include <stddef.h>
#include <syslog.h>

#include "base/diag.h"
#include "events.h"

#define JOURNAL_EVENT(name, spoken, id) JOURNAL_##name,
enum journal_event { JOURNAL_EVENTS(JOURNAL_EVENT) };
#undef JOURNAL_EVENT

/* Fields. */

enum { FIELDS_MOST = 24 };

/* All zero: none so far. */
struct fields {
	char *items[FIELDS_MOST]; /* "NAME=value" */
	size_t count;
};

/* The name as the journal has it.  A field for which there is no memory is left out. */
void field(struct fields *f, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void fields_done(struct fields *f);

/* Speaking.  level: LOG_ERR, LOG_WARNING, LOG_NOTICE or LOG_INFO. */

void journal(enum journal_event event, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the fields. */
void journal_with(struct fields *f, enum journal_event event, int level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* An entry for each of the first faults, and how many more there are. */
void journal_diags(const struct diags *d);

/* Life. */

/* Says who speaks, for the first time: to be called once the arguments are good. */
void journal_begin(const char *version);
