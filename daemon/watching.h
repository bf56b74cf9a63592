/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of commits of others, and looking whether our table is what we made it. */
#pragma once

#include <systemd/sd-event.h>

#include "netlink/watch.h"

struct service;

struct watching {
	struct watch socket;
	sd_event_source *source; /* NULL: nobody listens */
	char *difference;        /* what the last look has found; NULL: nothing, or not known */
};

void watching_done(struct watching *w);

/* Listens to commits of others; not while we commit ourselves. */
void watching_start(struct service *s);
void watching_stop(struct watching *w);
/* Is our table what we made it?  Repairs it if not. */
void watching_verify(struct service *s);
