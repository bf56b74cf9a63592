/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon has a user of its own without root's rights, and may be unable to read a file that
 * root can read.  Only the kernel knows for sure: there are modes, groups, access lists, and each
 * directory on the way.  So a child becomes that user and tries.
 */
#include "service_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* From the child, in one write each. */
struct refusal {
	size_t number; /* of the entry */
	size_t length; /* of the part of its path that is closed; all of it: the file itself */
	int error;
};

/* In the child. */

/* The length of the first directory on the way that may not be entered, or of all. */
static size_t closed_part(const char *path)
{
	char part[PATH_MAX];
	size_t length = strlen(path);
	for (size_t i = 1; i < length && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (access(part, X_OK) < 0 && (errno == EACCES || errno == EPERM))
			return i;
	}
	return length;
}

static int try_one(const struct snapshot_entry *e)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(e->path, flags | (e->kind == SNAPSHOT_DIRECTORY ? O_DIRECTORY : 0));
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void try_all(const struct snapshot *files, int to)
{
	size_t number = 0;
	for (const struct snapshot_entry *e = files->first; e; e = e->next, number++) {
		int error = try_one(e);
		if (error != EACCES && error != EPERM)
			continue;
		const struct refusal r = {number, closed_part(e->path), error};
		if (write(to, &r, sizeof(r)) != sizeof(r))
			_exit(EXIT_FAILURE);
	}
}

static void become_and_try(const struct passwd *user, const struct snapshot *files, int to)
{
	if (initgroups(user->pw_name, user->pw_gid) < 0 ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		_exit(EXIT_FAILURE);
	try_all(files, to);
	_exit(EXIT_SUCCESS);
}

/* In the parent. */

static void note(const struct snapshot *files, const struct refusal *refusal, struct diags *diags)
{
	const struct snapshot_entry *e = files->first;
	for (size_t i = 0; e && i < refusal->number; i++)
		e = e->next;
	if (!e)
		return;
	struct place at = {e->path, 1, 1};
	bool is_directory = e->kind == SNAPSHOT_DIRECTORY;
	if (refusal->length < strlen(e->path))
		diag_error(diags, at,
			"the daemon's user '" SERVICE_USER
			"' may not enter %.*s (%s) and so not read "
			"this; let its group in with chgrp " SERVICE_USER
			" and chmod g+x, or move the "
			"file",
			(int)refusal->length, e->path, strerror(refusal->error));
	else
		diag_error(diags, at,
			"the daemon's user '" SERVICE_USER
			"' cannot read this %s (%s); let its group "
			"read it with chgrp " SERVICE_USER " and chmod %s",
			is_directory ? "directory" : "file", strerror(refusal->error),
			is_directory ? "g+rx" : "g+r");
}

static int note_all(const struct snapshot *files, int from, struct diags *diags)
{
	for (;;) {
		struct refusal refusal;
		ssize_t n = TEMP_FAILURE_RETRY(read(from, &refusal, sizeof(refusal)));
		if (n == 0)
			return 0;
		if (n != sizeof(refusal))
			return n < 0 ? -errno : -EIO;
		note(files, &refusal, diags);
	}
}

int service_user_check(const struct snapshot *files, struct diags *diags)
{
	int ends[2], status = 0;
	if (geteuid() != 0)
		return 0;
	errno = 0;
	const struct passwd *user = getpwnam(SERVICE_USER);
	if (!user)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t child = fork();
	if (child == 0)
		become_and_try(user, files, ends[1]);
	const int error = child < 0 ? -errno : 0;
	close(ends[1]);
	int r = child < 0 ? error : note_all(files, ends[0], diags);
	close(ends[0]); /* a child that still writes ends by that */
	if (child < 0)
		return r;
	if (TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) < 0)
		return -errno;
	if (r < 0)
		return r;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -EPERM;
}
