/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sites as one text, for comparison. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "host/sites.h"

enum { SITES_TEXT_SIZE = 1024 };

/* "a b 3142": hosts, then ports. */
static inline void sites_text(const struct sites *s, char to[SITES_TEXT_SIZE])
{
	to[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		strcat(strcat(to, i ? " " : ""), s->items[i]);
	for (size_t i = 0; i < s->n_ports; i++)
		sprintf(to + strlen(to), " %u", (unsigned)s->ports[i]);
}
