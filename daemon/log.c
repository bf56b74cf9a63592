/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for people, with the journal's level in front when it is the journal that reads
 * them (JOURNAL_STREAM names stderr's device and inode then, see sd-daemon(3)).  Of faults the
 * first are written: a list of a million faulty lines must not fill the journal.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(fileno(stderr), &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_line(const char *level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "%srolewalld: ", is_journal() ? level : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void log_diags(const struct diags *d)
{
	const struct diag *first[DIAGS_FIRST];
	const bool levels = is_journal();
	size_t n = diags_first(d, first);
	for (size_t i = 0; i < n; i++) {
		const struct diag *x = first[i];
		bool error = x->severity == SEVERITY_ERROR;
		const char *level = error ? SD_ERR : SD_WARNING;
		fprintf(stderr, "%s%s:%u:%u: %s: %s\n", levels ? level : "", x->at.file, x->at.line,
			x->at.column, error ? "error" : "warning", x->message);
	}
	if (d->count > n)
		log_line(SD_WARNING, "... and %zu more; `rolewallctl check` names them all",
			d->count - n);
	if (d->lost)
		log_line(SD_ERR, "out of memory; some faults could not be listed");
}
