/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys with values, as they are told.  Sticky: after the first failure the rest does nothing.
 *
 * A list may be as long as somebody's file is faulty; of one that is too long to be read the
 * beginning is sent, and how much more there is.
 */
#include "status_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum {
	LINES_MOST = 1000,
	LINE_MOST = 1000, /* bytes */
};

static void check(struct status_writer *w, int r)
{
	if (w->error == 0 && r < 0)
		w->error = r;
}

static void append(struct status_writer *w, const char *s)
{
	char *copy = strndup(s, LINE_MOST);
	if (!copy) {
		check(w, -ENOMEM);
		return;
	}
	utf8_mend(copy);
	if (w->error == 0)
		check(w, sd_bus_message_append_basic(w->to, 's', copy));
	free(copy);
}

static void open_container(struct status_writer *w, char type, const char *contents)
{
	if (w->error == 0)
		check(w, sd_bus_message_open_container(w->to, type, contents));
}

static void close_container(struct status_writer *w)
{
	if (w->error == 0)
		check(w, sd_bus_message_close_container(w->to));
}

static void close_list(struct status_writer *w)
{
	char more[64];
	if (!w->list[0])
		return;
	if (w->lines > LINES_MOST) {
		snprintf(more, sizeof(more), "... and %zu more", w->lines - LINES_MOST);
		append(w, more);
	}
	close_container(w);
	close_container(w);
	close_container(w);
	w->list[0] = '\0';
}

static void add(struct status_writer *w, const char *key, char type, const void *value)
{
	const char contents[] = {type, '\0'};
	close_list(w);
	open_container(w, SD_BUS_TYPE_STRUCT, "sv");
	append(w, key);
	open_container(w, SD_BUS_TYPE_VARIANT, contents);
	if (type == SD_BUS_TYPE_STRING)
		append(w, value);
	else if (w->error == 0)
		check(w, sd_bus_message_append_basic(w->to, type, value));
	close_container(w);
	close_container(w);
}

void status_text(struct status_writer *w, const char *key, const char *value)
{
	add(w, key, SD_BUS_TYPE_STRING, value);
}

void status_number(struct status_writer *w, const char *key, uint64_t value)
{
	add(w, key, SD_BUS_TYPE_UINT64, &value);
}

void status_bool(struct status_writer *w, const char *key, bool value)
{
	const int b = value;
	add(w, key, SD_BUS_TYPE_BOOLEAN, &b);
}

void status_list(struct status_writer *w, const char *key)
{
	assert(key[0] && strlen(key) < sizeof(w->list));
	if (strcmp(w->list, key) == 0)
		return;
	close_list(w);
	snprintf(w->list, sizeof(w->list), "%s", key);
	w->lines = 0;
	open_container(w, SD_BUS_TYPE_STRUCT, "sv");
	append(w, key);
	open_container(w, SD_BUS_TYPE_VARIANT, "as");
	open_container(w, SD_BUS_TYPE_ARRAY, "s");
}

void status_line(struct status_writer *w, const char *key, const char *line)
{
	status_list(w, key);
	if (w->lines++ < LINES_MOST)
		append(w, line);
}

void status_writer_init(struct status_writer *w, sd_bus_message *to)
{
	*w = (struct status_writer){.to = to};
	open_container(w, SD_BUS_TYPE_ARRAY, "(sv)");
}

int status_writer_finish(struct status_writer *w)
{
	close_list(w);
	close_container(w);
	return w->error;
}
