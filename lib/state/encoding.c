/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	rolewall state 1
 *	checksum 85944171f73967e8
 *	config 12 0 0
 *	/etc/rolewall
 *	file 250 2049 131090 /etc/rolewall/rolewall.conf
 *	…
 *	end 0 0 0
 *
 * A record is a line (kind, length, device, inode, path), so many bytes, and a newline.  A path
 * that a line cannot hold stands in a record of its own, "path", before the one that it is of.
 * Whoever reads it by eye finds the configuration in it.
 *
 * What is read may be anything: a disk that failed, a file of a later version.  So nothing in it
 * is used before the checksum has been compared, and everything is checked afterwards, too.
 */
#include "state/encoding.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/seal.h"

static const char title[] = "rolewall state 1\n";

static const char *const entry_kinds[SNAPSHOT_KINDS] = {
	[SNAPSHOT_FILE] = "file",
	[SNAPSHOT_LIST] = "list",
	[SNAPSHOT_DIRECTORY] = "directory",
};

/* Writing. */

static void put_record(struct text *to, const char *kind, const struct file_bytes *content,
	const char *path)
{
	text_printf(to, "%s %zu %ju %ju %s\n", kind, content->length, (uintmax_t)content->device,
		(uintmax_t)content->inode, path);
	text_bytes(to, content->bytes, content->length);
	text_put(to, "\n");
}

static void put_text(struct text *to, const char *kind, char *value)
{
	const struct file_bytes content = {.bytes = value, .length = strlen(value)};
	put_record(to, kind, &content, "");
}

/* A file may be called anything but "/" and NUL.  Blanks before a path are not kept by a line, but
 * only a relative one could begin with them. */
static bool fits_a_line(const char *path)
{
	return path[0] == '/' && !strchr(path, '\n');
}

static void put_entry(struct text *to, const struct snapshot_entry *e)
{
	bool fits = fits_a_line(e->path);
	if (!fits)
		put_text(to, "path", e->path);
	put_record(to, entry_kinds[e->kind], &e->content, fits ? e->path : "");
}

void state_encode(const struct snapshot *s, const struct trial *t, struct text *to)
{
	struct text body = {0};
	char line[64];
	put_text(&body, "config", s->config);
	put_text(&body, "roles", s->roles);
	put_text(&body, "shared", s->roles_are_config ? (char[]){"yes"} : (char[]){"no"});
	if (t && t->until) {
		snprintf(line, sizeof(line), "%" PRIu64 " %s", t->until, t->boot);
		put_text(&body, "trial", line);
	}
	for (const struct snapshot_entry *e = s->first; e; e = e->next)
		put_entry(&body, e);
	put_text(&body, "end", (char[]){""});
	seal_put(to, title, &body);
}

/* Reading. */

struct decoding {
	const char *at, *end;
	struct snapshot *snapshot;
	char *config, *roles;
	char *path; /* of the entry that follows, or NULL */
	struct trial trial;
	bool shared, has_end;
	char *why;
};

static void decoding_end(struct decoding *d)
{
	snapshot_free(d->snapshot);
	free(d->config);
	free(d->roles);
	free(d->path);
}

static int fault(struct decoding *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fault(struct decoding *d, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(d->why, STATE_FAULT_SIZE, format, args);
	va_end(args);
	return -EBADMSG;
}

struct record {
	char kind[16];
	struct file_bytes content; /* borrowed */
	const char *path;          /* with path_length bytes */
	size_t path_length;
};

static int next_record(struct decoding *d, struct record *ret)
{
	char head[128];
	uintmax_t length, device, inode;
	int read = 0;
	const char *newline = memchr(d->at, '\n', (size_t)(d->end - d->at));
	if (!newline)
		return fault(d, "it ends in the middle");
	/* the path is not scanned: it may be long */
	size_t n = (size_t)(newline - d->at);
	snprintf(head, sizeof(head), "%.*s", (int)(n < sizeof(head) ? n : sizeof(head)), d->at);
	if (sscanf(head, "%15[a-z] %ju %ju %ju %n", ret->kind, &length, &device, &inode, &read) !=
			4 ||
		read == 0 || (size_t)read > n + 1)
		return fault(d, "it has a line that is no record");
	const char *bytes = newline + 1;
	if (length >= (size_t)(d->end - bytes) || bytes[length] != '\n')
		return fault(d, "it has a record of a wrong length");
	ret->path = d->at + ((size_t)read < n ? (size_t)read : n);
	ret->path_length = (size_t)(newline - ret->path);
	ret->content =
		(struct file_bytes){(char *)bytes, (size_t)length, (dev_t)device, (ino_t)inode};
	d->at = bytes + length + 1;
	return 0;
}

/* A text without NUL. */
static int take_text(struct decoding *d, const struct record *record, char **ret)
{
	if (memchr(record->content.bytes, 0, record->content.length))
		return fault(d, "it has a NUL byte in a name");
	free(*ret);
	*ret = strndup(record->content.bytes, record->content.length);
	return *ret ? 0 : -ENOMEM;
}

static int take_trial(struct decoding *d, const struct record *record)
{
	char line[64];
	snprintf(line, sizeof(line), "%.*s",
		(int)(record->content.length < 63 ? record->content.length : 63),
		record->content.bytes);
	if (sscanf(line, "%" SCNu64 " %32s", &d->trial.until, d->trial.boot) != 2)
		return fault(d, "its trial is not readable");
	return 0;
}

static int take_entry(struct decoding *d, const struct record *record, enum snapshot_kind kind)
{
	if (memchr(record->path, 0, record->path_length))
		return fault(d, "it has a NUL byte in a path");
	if (kind == SNAPSHOT_DIRECTORY && record->content.length &&
		record->content.bytes[record->content.length - 1])
		return fault(d, "it has a directory that is not readable");
	if (record->path_length && d->path)
		return fault(d, "it has two paths for one entry");
	if (!record->path_length && !d->path)
		return fault(d, "it has an entry without a path");
	if (!d->path && !(d->path = strndup(record->path, record->path_length)))
		return -ENOMEM;
	CLEANUP(free_string) char *path = TAKE(d->path);
	return snapshot_add(d->snapshot, kind, path, &record->content);
}

static int take_record(struct decoding *d, const struct record *record)
{
	if (strcmp(record->kind, "config") == 0)
		return take_text(d, record, &d->config);
	if (strcmp(record->kind, "roles") == 0)
		return take_text(d, record, &d->roles);
	if (strcmp(record->kind, "path") == 0)
		return take_text(d, record, &d->path);
	if (strcmp(record->kind, "trial") == 0)
		return take_trial(d, record);
	if (strcmp(record->kind, "shared") == 0) {
		d->shared = record->content.length == 3;
		return 0;
	}
	if (strcmp(record->kind, "end") == 0) {
		d->has_end = true;
		return 0;
	}
	for (enum snapshot_kind k = 0; k < SNAPSHOT_KINDS; k++)
		if (strcmp(record->kind, entry_kinds[k]) == 0)
			return take_entry(d, record, k);
	return fault(d, "it has a record of an unknown kind '%s'", record->kind);
}

static int read_records(struct decoding *d)
{
	while (!d->has_end) {
		struct record record;
		int r = next_record(d, &record);
		if (r < 0)
			return r;
		r = take_record(d, &record);
		if (r < 0)
			return r;
	}
	if (d->at != d->end)
		return fault(d, "something follows its end");
	if (!d->config || !d->roles)
		return fault(d, "it does not say where the configuration was");
	return 0;
}

/* The first two lines. */
static int read_head(struct decoding *d, const char *bytes, size_t length)
{
	const char *body;
	size_t body_length;
	const char *what = seal_open(bytes, length, title, &body, &body_length);
	if (what)
		return fault(d, "%s", what);
	d->at = body;
	d->end = body + body_length;
	return 0;
}

int state_decode(const char *bytes, size_t length, struct snapshot **ret, struct trial *ret_trial,
	char why[STATE_FAULT_SIZE])
{
	static const struct config_dirs nowhere = {"", ""};
	CLEANUP(decoding_end) struct decoding d = {.why = why};
	d.snapshot = snapshot_new(&nowhere);
	if (!d.snapshot)
		return -ENOMEM;
	int r = read_head(&d, bytes, length);
	if (r < 0)
		return r;
	r = read_records(&d);
	if (r < 0)
		return r;
	free(d.snapshot->config);
	free(d.snapshot->roles);
	d.snapshot->config = TAKE(d.config);
	d.snapshot->roles = TAKE(d.roles);
	d.snapshot->roles_are_config = d.shared;
	*ret = TAKE(d.snapshot);
	*ret_trial = d.trial;
	return 0;
}
