/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would this configuration cut a session with which somebody administers the host? */
#pragma once

#include "ask/judge.h"

struct policy;
struct text;

/* The next packet of a session, known by its ends alone, of a host where nothing is in force yet;
 * for judge_refuses(). */
struct packet lockout_packet(const struct session *s, const struct facts *f);

/* What to write so that it would not be cut: "add 10.2.0.22 to from = in [management]
 * (FILE:LINE)". */
void lockout_advise(const struct policy *p, const struct session *s, struct text *to);
