/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's life, from the first apply to the last signal. */
#pragma once

#include "config/policy.h"
#include "nftables/change/ownership.h"

struct service_options {
	struct config_dirs dirs;
	const char *state_dir;    /* what is in force is saved there */
	const char *boot_id;      /* of the running system; NULL: ask the kernel */
	const char *runtime_dir;  /* of the control socket */
	enum ownership ownership; /* the best that is wanted of the table */
	bool socket_is_kept;      /* the service manager has a fd store for us */
	bool flush_on_exit;       /* the table goes with a daemon that is stopped on purpose */
};

/* Puts the configuration into the kernel, says READY, and serves until SIGTERM or SIGINT.
 * 0, or negative errno after saying why; -EUCLEAN: there is no good configuration, and never was
 * one, so nothing was changed; -ECONNABORTED: nor was it, since all SSH sessions would be cut. */
int service_run(const struct service_options *o);
