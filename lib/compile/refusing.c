/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anybody can cause a refusal, so the log has a rate: a flood must not fill the journal.  The
 * counter has no rate, and counts them all.
 */
#include "compile/refusing.h"

/* Packets a second, and the burst above it. */
enum { LOG_RATE = 5, LOG_BURST = 10 };

void refusing_chain(struct build *b, struct place at, const char *name, const char *prefix)
{
	counter(b, at, name);
	chain(b, at, name, HOOK_NONE);
	rule(b, at, "refused");
	count(b, name);
	rule(b, at, "log of what is refused");
	limit(b, LOG_RATE, LOG_BURST);
	log_packet(b, prefix);
}
