/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines have the level in front when it is the journal that reads them: JOURNAL_STREAM names
 * stderr's device and inode then (sd-daemon(3)). */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(fileno(stderr), &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void say(int level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (is_journal())
		fprintf(stderr, "<%d>", level);
	fputs("rolewall-reader: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}
