/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /etc/hosts says of the followed names, and when it says something else. */
#pragma once

#include <systemd/sd-event.h>

#include "followed.h"
#include "names/reply.h"
#include "watch.h"

struct hosts_file {
	struct followed *followed;
	void (*replied)(void *userdata, const struct reply *r);
	void *userdata;
	struct watch watch;
	bool is_watched;
	sd_event_source *look; /* after all that the daemon has said just now */
	bool is_unreadable;    /* that was said */
};

/* 0 or negative errno.  If the file cannot be followed, that is logged. */
int hosts_file_init(struct hosts_file *h, sd_event *event, struct followed *followed,
	void (*replied)(void *userdata, const struct reply *r), void *userdata);
void hosts_file_done(struct hosts_file *h);

/* There are new names. */
void hosts_file_look(struct hosts_file *h);
