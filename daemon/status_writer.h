/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state on its way into a message: a(sv).  What the daemon says it with is in control.h. */
#pragma once

#include <systemd/sd-bus.h>

#include "control.h"

struct status_writer {
	sd_bus_message *to;
	int error;     /* sticky */
	char list[32]; /* the key of the list that is open, or "" */
	size_t lines;  /* of it */
};

void status_writer_init(struct status_writer *w, sd_bus_message *to);
/* 0, or the first thing that failed. */
int status_writer_finish(struct status_writer *w);
