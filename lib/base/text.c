/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing, sticky text writer: see the header. */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void text_done(struct text *t)
{
	free(t->data);
	*t = (struct text){0};
}

static bool room(struct text *t, size_t more)
{
	if (t->failed)
		return false;
	if (more > SIZE_MAX / 2 || array_reserve(&t->data, &t->allocated, t->length + more + 1) < 0)
		t->failed = true;
	return !t->failed;
}

void text_bytes(struct text *t, const char *s, size_t length)
{
	if (!room(t, length))
		return;
	memcpy(t->data + t->length, s, length);
	t->length += length;
	t->data[t->length] = '\0';
}

void text_put(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void text_pad(struct text *t, size_t count)
{
	if (!room(t, count))
		return;
	memset(t->data + t->length, ' ', count);
	t->length += count;
	t->data[t->length] = '\0';
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	if (n < 0)
		t->failed = true;
	else if (room(t, (size_t)n)) {
		vsnprintf(t->data + t->length, (size_t)n + 1, format, again);
		t->length += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

int text_finish(struct text *t, char **ret)
{
	text_put(t, "");
	if (t->failed) {
		text_done(t);
		return -ENOMEM;
	}
	*ret = t->data;
	*t = (struct text){0};
	return 0;
}
