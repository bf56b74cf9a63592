/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A preview for people, and for programs. */
#pragma once

#include <stdbool.h>

struct preview;
struct session;
struct text;

struct diff_view {
	const struct preview *preview;
	const struct session *session; /* of who asks, or NULL */
};

/* For who asks from an SSH session: session is SSH_CONNECTION, or "". */
void diff_put(const struct preview *v, const char *session, bool as_json, struct text *to);
void diff_put_text(const struct diff_view *v, struct text *to);
void diff_put_json(const struct diff_view *v, struct text *to);
