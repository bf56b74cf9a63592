/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file is written under another name and then linked to its own: link() refuses a name that is
 * taken, whoever took it meanwhile, and nobody ever reads half a file.
 */
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "defaults.h"
#include "service_user.h"

enum { FILE_MODE = 0640 };

static int write_whole(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t n = TEMP_FAILURE_RETRY(write(fd, bytes, length));
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Only root can give a file to the daemon's group; `check` tells whom that concerns. */
static int let_daemon_read(int fd)
{
	const struct group *group = geteuid() == 0 ? getgrnam(SERVICE_USER) : NULL;
	if (group && fchown(fd, (uid_t)-1, group->gr_gid) < 0)
		return -errno;
	return fchmod(fd, FILE_MODE) < 0 ? -errno : 0;
}

static int fill(int fd, const char *bytes, size_t length)
{
	int r = let_daemon_read(fd);
	return r < 0 ? r : write_whole(fd, bytes, length);
}

int new_file_write(const char *directory, const char *name, const char *bytes, size_t length)
{
	char temporary[PATH_MAX], path[PATH_MAX];
	const int a = snprintf(temporary, PATH_MAX, "%s/.%s.XXXXXX", directory, name);
	const int b = snprintf(path, PATH_MAX, "%s/%s", directory, name);
	if (a < 0 || a >= PATH_MAX || b < 0 || b >= PATH_MAX)
		return -ENAMETOOLONG;
	CLEANUP(close_fd) int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = fill(fd, bytes, length);
	if (r == 0 && link(temporary, path) < 0)
		r = -errno;
	unlink(temporary);
	if (r < 0)
		return r;
	CLEANUP(close_fd) int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* the name on the disk, too; not all file systems can */
	return at < 0 || (fsync(at) < 0 && errno != EINVAL) ? -errno : 0;
}
