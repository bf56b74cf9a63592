/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines have the level in front when it is the journal that reads them: JOURNAL_STREAM names
 * stderr's device and inode then (sd-daemon(3)).
 *
 * They go to stderr and not to the journal's own socket.  Who says why it cannot start ends right
 * afterwards, and what comes by that socket from somebody who has ended belongs to no unit:
 * `systemctl status` would not show it.
 *
 * Of faults the first are written: a list of a million faulty lines must not fill the journal.
 */
#include "journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(fileno(stderr), &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* Up to the sentence.  A fault begins with its place, as a compiler's does. */
static void begin_line(enum journal_event event, int level)
{
	if (is_journal())
		fprintf(stderr, "<%d>", level);
	if (event != JOURNAL_FAULT)
		fputs("rolewalld: ", stderr);
}

void journal(enum journal_event event, int level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	begin_line(event, level);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void journal_diags(const struct diags *d)
{
	const struct diag *first[DIAGS_FIRST];
	size_t n = diags_first(d, first);
	for (size_t i = 0; i < n; i++) {
		begin_line(JOURNAL_FAULT,
			first[i]->severity == SEVERITY_ERROR ? LOG_ERR : LOG_WARNING);
		diag_print(first[i], stderr);
	}
	if (d->count > n)
		journal(JOURNAL_LOAD, LOG_WARNING,
			"... and %zu more; `rolewallctl check` names them all", d->count - n);
	if (d->lost)
		journal(JOURNAL_LOAD, LOG_ERR, "out of memory; some faults could not be listed");
}
