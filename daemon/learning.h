/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that peers have: the machine that knows their addresses, and the reader that asks. */
#pragma once

#include <systemd/sd-event.h>

#include "names/answers.h"
#include "reader.h"

struct learning {
	struct answers *answers; /* NULL: there are none */
	struct reader *reader;   /* NULL: none can connect */
};

/* Listens for the reader.  A daemon that cannot says so and goes on. */
void learning_open(struct learning *l, sd_event *event, const char *runtime_dir);
void learning_close(struct learning *l);
