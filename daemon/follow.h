/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hearing of changes of what the policy in force was made from: the host's links, addresses and
 * routes, its list of name servers, the list files of its peers; and of nothing else. */
#pragma once

#include <systemd/sd-event.h>

#include "config/policy.h"
#include "listen.h"
#include "netlink/hostwatch.h"

struct follow {
	sd_event *event;
	void (*changed)(void *userdata);
	void *userdata;
	unsigned host; /* of enum host_follow */
	struct hostwatch links;
	sd_event_source *links_source;
	struct listen files;
};

/* The daemon's following of the host. */
struct following {
	struct follow host;
};

/* changed is called when something may be different, lost when files cannot be heard any more. */
void follow_init(struct follow *f, sd_event *event, void (*changed)(void *userdata),
	void (*lost)(void *userdata), void *userdata);

/* Listens to what p depends on.  1 if that is something else than before, so that it may have
 * changed unnoticed; 0 if not; negative errno if some of it cannot be heard. */
int follow_policy(struct follow *f, const struct policy *p);
void follow_done(struct follow *f);
