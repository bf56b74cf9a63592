/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a load as a sentence. */
#pragma once

#include "base/diag.h"
#include "base/text.h"
#include "effect.h"
#include "journal.h"

struct service;

/* Logs how it went and who has asked for it, and writes it to lines if that is not NULL.  event and
 * effect are those of a success. */
void report_load(const struct service *s, int r, const struct diags *diags, const char *why,
	enum journal_event event, const struct effect *effect, struct text *lines);
/* Remembers what was wrong with the last reload, for status. */
void report_refused(struct service *s, int r, const struct diags *diags);
