/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A first rolewall.conf, from the roles of a host and from what is known of it. */
#pragma once

#include "config/document.h"
#include "config/matrix.h"
#include "host/facts.h"
#include "host/surroundings.h"
#include "net/session.h"

struct draft {
	const char *path; /* where it will be, for messages */
	/* What the role files say. */
	const struct document *document;
	const struct matrix *matrix;
	const struct role *const *roles; /* of this host */
	size_t n_roles;
	/* What the host is like. */
	const struct session *session; /* of who asks for it; NULL: not known */
	const struct facts *facts;
	const struct surroundings *around;
};

/* Writes the file, and into ret_missing a line for each thing that must be filled in before it
 * can be used: "PATH:LINE: WHAT". */
void draft_write(const struct draft *d, struct text *ret_file, struct text *ret_missing);
