/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that grows while it is written.  The writer is sticky: after the first failure the
 * rest does nothing, and text_finish() says so, so that what is built is whole or not there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data; /* ends in NUL once anything was written */
	size_t length;
	size_t allocated;
	bool failed;
};

void text_done(struct text *t);

/* Writing. */
void text_put(struct text *t, const char *s);
void text_bytes(struct text *t, const char *s, size_t length);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_pad(struct text *t, size_t count); /* blanks */

/* 0 with the text in *ret (to be freed; "" if nothing was written), or -ENOMEM.  t is empty
 * afterwards in both cases. */
int text_finish(struct text *t, char **ret);
