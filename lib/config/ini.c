/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inih, fed by a reader of our own.
 *
 * inih splits lines into keys and values, strips blanks and joins continuation lines.  Five
 * things it does not do, and the reader does:
 *
 *  - It knows no lines.  It parses inside the buffer that the reader filled, so the
 *    reader's line and the value's offset in that buffer are the place.
 *  - It leaves an inline comment ("; " after a blank) in a continuation line, in some
 *    releases.  The reader takes it off everywhere.
 *  - It cuts a line at the size of that buffer (200 bytes in most builds) and takes the rest
 *    for another line: 10.0.0.20 became 10.0.0.2.  The reader never hands out more than
 *    fits: of a long line, the key alone, and then its value in parts, as indented lines,
 *    which inih takes for continuations; where a word was broken, the receiver is told to
 *    glue.
 *  - It reports only the first line it did not understand.  The reader notes each line for
 *    which it called nobody.
 *  - It cuts section titles at 49 letters, and says nothing of empty sections.  The reader
 *    reads titles itself; inih only sees that there was one.
 *
 * No global of inih's is set: not every distribution's build has them.
 */
#include "config/ini.h"

#include <errno.h>
#include <ini.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct reader {
	const char *file;
	const char *next, *end; /* what is left of the file */
	uint32_t line;

	/* a long line that is being handed out in parts */
	const char *line_start;
	const char *part, *part_end; /* what is left of it, or NULL */
	bool part_glued;

	/* what inih has in hand */
	const char *buffer;
	size_t buffer_size;
	size_t skipped; /* column of buffer[0], counted from 0 */
	bool glued;
	bool expects_call;

	const struct ini_events *events;
	void *context;
	struct diags *diags;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct place place_at(const struct reader *r, size_t offset)
{
	return (struct place){r->file, r->line, (uint32_t)offset + 1};
}

/* True if the line can be read at all. */
static bool check_bytes(struct reader *r, const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)line[i];
		if (c == '\0') {
			diag_error(r->diags, place_at(r, i),
				"a NUL byte; this must be a text file in UTF-8");
			return false;
		}
		if ((c < ' ' && c != '\t' && !(c == '\r' && i + 1 == length)) || c == 0x7f) {
			diag_error(r->diags, place_at(r, i),
				"control character 0x%02x; this must be a text file in UTF-8", c);
			return false;
		}
	}
	/* the line is read all the same: mostly it is a comment that was written elsewhere */
	size_t valid = utf8_valid_length(line, length);
	if (valid < length)
		diag_error(r->diags, place_at(r, valid),
			"byte 0x%02x is not valid UTF-8; save the file as UTF-8",
			(unsigned char)line[valid]);
	return true;
}

static void read_title(struct reader *r, const char *line, const char *bracket, const char *end)
{
	const char *close = memchr(bracket, ']', (size_t)(end - bracket));
	if (!close) {
		diag_error(r->diags, place_at(r, (size_t)(bracket - line)),
			"'[' without ']'; write a section like [host] or [peer NAME]");
		r->events->section(r->context, place_at(r, (size_t)(bracket - line)), NULL);
		return;
	}
	const char *rest = close + 1;
	while (rest < end && is_blank(*rest))
		rest++;
	if (rest < end && *rest != ';' && *rest != '#') {
		diag_error(r->diags, place_at(r, (size_t)(rest - line)),
			"text behind a section; write keys on lines of their own");
		r->events->section(r->context, place_at(r, (size_t)(bracket - line)), NULL);
		return;
	}
	const char *title = bracket + 1;
	while (title < close && is_blank(*title))
		title++;
	while (close > title && is_blank(close[-1]))
		close--;
	char *copy = strndup(title, (size_t)(close - title));
	if (!copy) {
		r->diags->lost = true;
		return;
	}
	r->events->section(r->context, place_at(r, (size_t)(bracket - line)), copy);
	free(copy);
}

/* Where a long line may be broken: behind a letter, before a letter that inih does not take
 * for a comment; failing that at blanks, which then set the parts off. */
static const char *break_point(const char *start, const char *limit, bool *ret_glued)
{
	for (const char *p = limit; p > start + 1; p--)
		if (!is_blank(p[-1]) && !is_blank(p[0]) && p[0] != ';' && p[0] != '#') {
			*ret_glued = true;
			return p;
		}
	for (const char *p = limit; p > start; p--)
		if (is_blank(p[0]) && p[strspn(p, " \t\r")] != '#') {
			*ret_glued = false;
			return p;
		}
	return NULL;
}

static void cannot_break(struct reader *r, const char *at, char *buffer)
{
	diag_error(r->diags, place_at(r, (size_t)(at - r->line_start)),
		"cannot break this long line; write shorter words");
	r->events->broken(r->context);
	r->part = NULL;
	strcpy(buffer, "\n");
}

/* Fills inih's buffer with the next part of a long value, as an indented line. */
static void hand_part(struct reader *r, char *buffer, size_t size)
{
	size_t room = size - 3; /* indent, newline, NUL */
	size_t left = (size_t)(r->part_end - r->part), used = left;

	r->glued = r->part_glued;
	if (left > room) {
		const char *stop = break_point(r->part, r->part + room, &r->part_glued);
		if (!stop) {
			cannot_break(r, r->part, buffer);
			return;
		}
		used = (size_t)(stop - r->part);
	}
	/* the column of the blank that is put in front */
	r->skipped = (size_t)(r->part - r->line_start) - 1;
	buffer[0] = ' ';
	memcpy(buffer + 1, r->part, used);
	strcpy(buffer + 1 + used, "\n");
	r->part += used;
	while (r->part < r->part_end && is_blank(*r->part))
		r->part++;
	if (r->part == r->part_end)
		r->part = NULL;
	r->expects_call = true;
}

/* Offset of the first '=' or ':', or of the end. */
static size_t separator_offset(const char *text, const char *end)
{
	const char *p = text;
	while (p < end && *p != '=' && *p != ':')
		p++;
	return (size_t)(p - text);
}

/* Takes a line that does not fit into the buffer: its key first, and the value in parts. */
static void start_long_line(struct reader *r, const char *text, const char *end, char *buffer,
	size_t size)
{
	const char *equals = text + separator_offset(text, end);
	r->part_end = end;
	r->part_glued = false;
	if (text > r->line_start) { /* indented: all of it is value */
		r->part = text;
		hand_part(r, buffer, size);
		return;
	}
	const char *stop = equals, *value = equals + 1;
	while (stop > text && is_blank(stop[-1]))
		stop--;
	while (value < end && is_blank(*value))
		value++;
	if (equals == end) {
		r->expects_call = true; /* no key: close_line() says so */
		strcpy(buffer, "\n");
		return;
	}
	if ((size_t)(stop - text) + 3 > size || (value < end && (*value == ';' || *value == '#'))) {
		cannot_break(r, text, buffer);
		return;
	}
	memcpy(buffer, text, (size_t)(stop - text));
	strcpy(buffer + (stop - text), "=\n");
	r->part = value < end ? value : NULL;
	r->part_glued = true;
	r->expects_call = true;
}

static void close_line(struct reader *r)
{
	if (!r->expects_call)
		return;
	r->expects_call = false;
	r->part = NULL;
	diag_error(r->diags, place_at(r, r->skipped),
		"neither a section, a key nor a comment; write key = value");
	r->events->broken(r->context);
}

/* The line that comes next, up to *ret_end. */
static const char *next_line(struct reader *r, const char **ret_end)
{
	const char *line = r->next;
	const char *newline = memchr(line, '\n', (size_t)(r->end - line));
	*ret_end = newline ? newline : r->end;
	r->next = newline ? newline + 1 : r->end;
	r->line++;
	r->line_start = line;
	r->skipped = 0;
	r->glued = false;
	return line;
}

/* Where the text of a line ends: before a comment and blanks.  Here and not in inih, whose releases
 * differ on continuation lines. */
static const char *end_of_text(const char *text, const char *end)
{
	for (const char *p = text + 1; p < end; p++)
		if (*p == ';' && is_blank(p[-1]))
			end = p;
	while (end > text && is_blank(end[-1]))
		end--;
	return end;
}

/* inih's fgets(): one line, or one part of a long one. */
static char *read_line(char *buffer, int size, void *stream)
{
	struct reader *r = stream;
	close_line(r);
	r->buffer = buffer;
	r->buffer_size = (size_t)size;
	if (r->part) {
		hand_part(r, buffer, r->buffer_size);
		return buffer;
	}
	if (r->next == r->end)
		return NULL;

	const char *end, *line = next_line(r, &end), *text = line;
	if (r->line == 1 && end - text >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	bool good = check_bytes(r, line, (size_t)(end - line));
	if (!good)
		r->events->broken(r->context);
	while (text < end && is_blank(*text))
		text++;
	if (!good || text == end || *text == ';' || *text == '#') {
		strcpy(buffer, "\n");
		return buffer;
	}
	if (*text == '[') {
		read_title(r, line, text, end);
		strcpy(buffer, "[section]\n");
		return buffer;
	}
	/* inih takes key: value as well, and would read an address for a key */
	size_t separator = separator_offset(text, end);
	if (text == line && text + separator < end && text[separator] == ':') {
		diag_error(r->diags, place_at(r, separator), "':' behind a key; write key = value");
		r->events->broken(r->context);
		strcpy(buffer, "\n");
		return buffer;
	}
	end = end_of_text(text, end);
	if ((size_t)(end - line) + 2 <= r->buffer_size) {
		memcpy(buffer, line, (size_t)(end - line));
		strcpy(buffer + (end - line), "\n");
		r->expects_call = true;
	} else {
		start_long_line(r, text, end, buffer, r->buffer_size);
	}
	return buffer;
}

static struct place place_in_buffer(const struct reader *r, const char *p)
{
	return place_at(r, r->skipped + (size_t)(p - r->buffer));
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	(void)section;
	r->expects_call = false;
	/* a new key lies in the buffer; for a continuation inih shows its copy of the key */
	uintptr_t at = (uintptr_t)name, low = (uintptr_t)r->buffer;
	if (at >= low && at < low + r->buffer_size) {
		r->events->key(r->context, place_in_buffer(r, name), name);
		r->glued = true;
	}
	if (value)
		r->events->piece(r->context, place_in_buffer(r, value), value, r->glued);
	return 1;
}

int ini_read(const char *file, const char *bytes, size_t length, const struct ini_events *events,
	void *context, struct diags *diags)
{
	struct reader r = {
		.file = file,
		.next = bytes,
		.end = bytes + length,
		.events = events,
		.context = context,
		.diags = diags,
	};
	size_t errors = diags->errors;
	int first = ini_parse_stream(read_line, &r, on_value, &r);
	close_line(&r);
	if (first < 0)
		return -ENOMEM;
	/* what inih refused, we have named; should it ever know better, do not lose it */
	if (first > 0 && diags->errors == errors)
		diag_error(diags, (struct place){file, (uint32_t)first, 1},
			"this line cannot be read; write key = value");
	return diags->lost ? -ENOMEM : 0;
}
