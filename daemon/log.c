/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for people, with the journal's level in front when it is the journal that reads
 * them (JOURNAL_STREAM names stderr's device and inode then, see sd-daemon(3)).
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
	if (!is_journal()) {
		diags_print(d, stderr);
		return;
	}
	for (size_t i = 0; i < d->count; i++) {
		const struct diag *x = &d->items[i];
		bool error = x->severity == SEVERITY_ERROR;
		fprintf(stderr, "%s%s:%u:%u: %s: %s\n", error ? SD_ERR : SD_WARNING, x->at.file,
			x->at.line, x->at.column, error ? "error" : "warning", x->message);
	}
	if (d->lost)
		fprintf(stderr, "%serror: out of memory; some faults could not be listed\n",
			SD_ERR);
}
