/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [test NAME]: connections that a configuration must allow or refuse, or it is not applied. */
#pragma once

#include "base/arena.h"
#include "config/document.h"
#include "net/question.h"

struct expectation {
	const char *test; /* the section's name */
	struct place at;  /* of the connection */
	const char *text; /* as it is written */
	bool allowed;     /* or refused */
	struct question question;
};

/* Reads all [test] sections, in arena.  0 or -ENOMEM; faults go to diags. */
int expected_read(const struct document *d, struct arena *arena, struct diags *diags,
	struct expectation **ret, size_t *ret_count);
