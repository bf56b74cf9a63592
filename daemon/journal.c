/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * It is the journal that reads stderr if JOURNAL_STREAM names stderr's device and inode
 * (sd-daemon(3)).  Then entries go to the journal's own socket, which takes fields; if that fails,
 * they are lines on stderr with the level in front.
 *
 * What comes by that socket belongs to the unit in whose control group its sender is when the
 * journal looks.  Who says why it cannot start ends right afterwards, and then belongs to no unit:
 * `systemctl status` would not show what it has said.  The journal remembers the units of senders,
 * though, and knows from the service manager whose stderr it reads.  So the first line goes by
 * stderr, and fields are sent once the journal has read that.  If it does not for a moment, it is
 * not waited for any longer, and entries are lines until it does.
 *
 * Of faults the first are written: a list of a million faulty lines must not fill the journal.
 */
#include "journal.h"

/* CODE_FILE and its like would be of this file for every entry. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <assert.h>
#include <linux/sock_diag.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/utf8.h"

enum {
	OWN_FIELDS = 5, /* that every entry has */
	LOOKS_MOST = 200,
	PAUSE = 1000 * 1000, /* nanoseconds between two looks whether stderr was read */
};

/* Fields. */

static char *make_field(const char *name, const char *format, va_list args)
{
	CLEANUP(free_string) char *value = NULL;
	char *item;
	if (vasprintf(&value, format, args) < 0) {
		value = NULL;
		return NULL;
	}
	if (asprintf(&item, "%s=%s", name, value) < 0)
		return NULL;
	utf8_mend(item);
	return item;
}

void field(struct fields *f, const char *name, const char *format, ...)
{
	va_list args;
	assert(f->count < FIELDS_MOST);
	va_start(args, format);
	char *item = make_field(name, format, args);
	va_end(args);
	if (item)
		f->items[f->count++] = item;
}

void fields_done(struct fields *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->items[i]);
	f->count = 0;
}

/* Speaking. */

static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(fileno(stderr), &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static enum { UNKNOWN, INTRODUCED, LATE, KNOWN } we_are; /* to the journal */

static bool is_stderr_read(void)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	socklen_t length = sizeof(memory);
	return getsockopt(fileno(stderr), SOL_SOCKET, SO_MEMINFO, memory, &length) == 0 &&
	       memory[SK_MEMINFO_WMEM_ALLOC] == 0;
}

/* True if it knows of which unit we are. */
static bool are_we_known(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	for (int i = 0; we_are == INTRODUCED && i < LOOKS_MOST && !is_stderr_read(); i++)
		nanosleep(&pause, NULL);
	if (we_are != UNKNOWN && we_are != KNOWN)
		we_are = is_stderr_read() ? KNOWN : LATE;
	return we_are == KNOWN;
}

/* The first fields of every entry of this kind. */
static const struct {
	const char *name, *id;
} kinds[] = {
#define JOURNAL_EVENT(name, spoken, id) \
	[JOURNAL_##name] = {"ROLEWALL_EVENT=" spoken, "MESSAGE_ID=" id},
	JOURNAL_EVENTS(JOURNAL_EVENT)
#undef JOURNAL_EVENT
};

static void add(struct iovec *to, size_t *n, const char *item)
{
	to[(*n)++] = (struct iovec){(char *)item, strlen(item)};
}

static bool send_entry(const struct fields *f, enum journal_event event, int level,
	const char *sentence)
{
	struct iovec items[OWN_FIELDS + FIELDS_MOST];
	size_t n = 0;
	char priority[sizeof("PRIORITY=7")];
	CLEANUP(free_string) char *message = NULL;
	if (asprintf(&message, "MESSAGE=%s", sentence) < 0) {
		message = NULL;
		return false;
	}
	utf8_mend(message);
	snprintf(priority, sizeof(priority), "PRIORITY=%u", (unsigned)level & LOG_PRIMASK);
	add(items, &n, message);
	add(items, &n, priority);
	add(items, &n, "SYSLOG_FACILITY=3"); /* daemon */
	add(items, &n, kinds[event].id);
	add(items, &n, kinds[event].name);
	for (size_t i = 0; i < f->count; i++)
		add(items, &n, f->items[i]);
	return sd_journal_sendv(items, (int)n) >= 0;
}

/* A fault begins with its place, as a compiler's does. */
static void print_line(enum journal_event event, int level, const char *sentence)
{
	if (is_journal())
		fprintf(stderr, "<%d>", level);
	fprintf(stderr, "%s%s\n", event == JOURNAL_FAULT ? "" : "rolewalld: ", sentence);
}

static void say(struct fields *f, enum journal_event event, int level, const char *format,
	va_list args)
{
	CLEANUP(free_string) char *made = NULL;
	const char *sentence = format; /* better than nothing */
	if (vasprintf(&made, format, args) < 0)
		made = NULL;
	else
		sentence = made;
	if (!is_journal() || !are_we_known() || !send_entry(f, event, level, sentence))
		print_line(event, level, sentence);
	fields_done(f);
}

void journal(enum journal_event event, int level, const char *format, ...)
{
	struct fields none = {0};
	va_list args;
	va_start(args, format);
	say(&none, event, level, format, args);
	va_end(args);
}

void journal_with(struct fields *f, enum journal_event event, int level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(f, event, level, format, args);
	va_end(args);
}

/* Faults. */

static void say_fault(const struct diag *x)
{
	const int level = x->severity == SEVERITY_ERROR ? LOG_ERR : LOG_WARNING;
	CLEANUP(free_string) char *line = NULL;
	struct text text = {0};
	struct fields f = {0};
	if (x->at.file)
		field(&f, "ROLEWALL_CONFIG_FILE", "%s", x->at.file);
	if (x->at.line)
		field(&f, "ROLEWALL_CONFIG_LINE", "%u", x->at.line);
	if (x->at.column)
		field(&f, "ROLEWALL_CONFIG_COLUMN", "%u", x->at.column);
	diag_put(x, &text);
	if (text_finish(&text, &line) < 0) {
		line = NULL;
		journal_with(&f, JOURNAL_FAULT, level, "%s", x->message);
		return;
	}
	line[strlen(line) - 1] = '\0'; /* its newline */
	journal_with(&f, JOURNAL_FAULT, level, "%s", line);
}

void journal_diags(const struct diags *d)
{
	const struct diag *first[DIAGS_FIRST];
	size_t n = diags_first(d, first);
	for (size_t i = 0; i < n; i++)
		say_fault(first[i]);
	if (d->count > n) {
		struct fields f = {0};
		field(&f, "ROLEWALL_COUNT", "%zu", d->count - n);
		journal_with(&f, JOURNAL_NOT_LOADED, LOG_WARNING,
			"... and %zu more; `rolewallctl check` names them all", d->count - n);
	}
	if (d->lost)
		journal(JOURNAL_NOT_LOADED, LOG_ERR,
			"out of memory; some faults could not be listed");
}

/* Life. */

void journal_begin(const char *version)
{
	if (!is_journal())
		return;
	fprintf(stderr, "<%d>rolewalld %s\n", LOG_INFO, version);
	we_are = INTRODUCED;
}
