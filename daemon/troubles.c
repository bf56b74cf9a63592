/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong while the host is protected: logged when it begins and when it ends, and shown
 * by `rolewallctl status` in between. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon.h"
#include "log.h"

void trouble_set(struct service *s, enum trouble t, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (!text)
		text = strdup("out of memory while saying what is wrong");
	if (!s->troubles[t] || (text && strcmp(s->troubles[t], text) != 0))
		log_line(SD_ERR, "%s", text ? text : "out of memory");
	free(s->troubles[t]);
	s->troubles[t] = text;
}

void trouble_clear(struct service *s, enum trouble t)
{
	if (!s->troubles[t])
		return;
	log_line(SD_INFO, "no longer so: %s", s->troubles[t]);
	free(s->troubles[t]);
	s->troubles[t] = NULL;
}

bool trouble_any(const struct service *s)
{
	for (enum trouble t = 0; t < TROUBLES; t++)
		if (s->troubles[t])
			return true;
	return false;
}
