/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the daemon why a connection is let through or not. */
#pragma once

#include "bus/message.h"
#include "verbs.h"

enum live_answer {
	LIVE_ANSWERED,    /* and printed, or it was said why not */
	LIVE_ABSENT,      /* no daemon */
	LIVE_FORBIDDEN,   /* one that we may not ask */
	LIVE_FLUSHED,     /* there is no ruleset: it was removed */
	LIVE_NOTHING_YET, /* there is none of this daemon's yet */
	LIVE_ELSEWHERE,   /* it reads other directories */
};

/* *ret_status: the exit status, of LIVE_ANSWERED. */
enum live_answer explain_live(const struct invocation *v, const struct explain_request *request,
	int *ret_status);
