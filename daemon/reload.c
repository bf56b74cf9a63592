/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reload that somebody asked for, and the word to the service manager before and after it. */
#include <systemd/sd-daemon.h>
#include <time.h>

#include "acts.h"
#include "daemon.h"

enum { USEC = 1000000 };

/* The service manager is told when it begins and when it is over. */
static void announce(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)t.tv_sec * 1000000 + (unsigned long long)t.tv_nsec / 1000);
}

void reload_announce_ready(const struct service *s)
{
	sd_notifyf(false, "READY=1\nSTATUS=%s",
		life_is_open(&s->life)      ? "flushed: this host is not protected"
		: trouble_any(&s->troubles) ? "protecting this host, but see rolewallctl status"
					    : "protecting this host");
}

bool reload(struct service *s, const struct reload_request *q, struct text *lines)
{
	const struct life_event e = {
		.kind = LIFE_RELOAD,
		.trial_length = (uint64_t)q->confirm * USEC,
		.may_cut = q->force,
	};
	announce();
	enum life_word word = acts_follow(s, &e, q, lines, NULL);
	reload_announce_ready(s);
	return life_word_is_good(word);
}
