/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a cause, and what to write or do about it. */
#pragma once

#include "ask/explaining.h"
#include "ask/why.h"

/* Fills the sentence and the advice of w, whose other parts are there. */
void why_say(const struct explaining *e, const struct why_seen *seen, const struct near_miss *miss,
	struct why *w);
