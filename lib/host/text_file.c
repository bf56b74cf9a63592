/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is not there says as much as an empty one.  Opening never waits: what should be a
 * file may be a pipe or a terminal.
 */
#include "host/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static int read_whole(int fd, char *to, size_t size)
{
	size_t length = 0;
	while (length < size) {
		ssize_t n = read(fd, to + length, size - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			to[length] = '\0';
			return 0;
		}
		length += (size_t)n;
	}
	return -EFBIG;
}

int text_file_read(const char *path, char **ret)
{
	struct stat st;
	CLEANUP(free_string) char *text = malloc(TEXT_FILE_MOST);
	if (!text)
		return -ENOMEM;
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	text[0] = '\0';
	const bool is_there = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
	if (is_there) {
		if (fd < 0 || fstat(fd, &st) < 0)
			return -errno;
		if (!S_ISREG(st.st_mode))
			return -EINVAL;
		int r = read_whole(fd, text, TEXT_FILE_MOST);
		if (r < 0)
			return r;
	}
	*ret = TAKE(text);
	return 0;
}
