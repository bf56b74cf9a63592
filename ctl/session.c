/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sudo drops SSH_CONNECTION, and who came by su or a terminal multiplexer has it no more either;
 * but the shell that sshd started is still among our ancestors.
 */
#include "session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/session.h"

enum {
	ANCESTORS_MOST = 64,
	ENVIRONMENT_MOST = 1 << 20,
};

/* From /proc, whose files tell no size.  NULL, or to be freed. */
static char *read_proc(pid_t pid, const char *name, size_t *ret_length)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = fd < 0 ? NULL : malloc(ENVIRONMENT_MOST + 1);
	size_t length = 0;
	ssize_t n = 0;
	while (bytes && length < ENVIRONMENT_MOST &&
		(n = read(fd, bytes + length, ENVIRONMENT_MOST - length)) > 0)
		length += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (!bytes || n < 0) {
		free(bytes);
		return NULL;
	}
	bytes[length] = '\0';
	*ret_length = length;
	return bytes;
}

/* 0 if it has none. */
static pid_t parent(pid_t pid)
{
	size_t length;
	int found = 0;
	char *stat = read_proc(pid, "stat", &length);
	/* "PID (NAME) STATE PARENT": the name may have anything in it */
	const char *behind = stat ? strrchr(stat, ')') : NULL;
	if (!behind || sscanf(behind, ") %*c %d", &found) != 1)
		found = 0;
	free(stat);
	return found;
}

static char *of_process(pid_t pid)
{
	size_t length;
	char *environment = read_proc(pid, "environ", &length);
	char *session = environment ? session_in_environment(environment, length) : NULL;
	free(environment);
	return session;
}

char *session_find(void)
{
	char *session = NULL;
	pid_t pid = getpid();
	for (int i = 0; pid > 0 && !session && i < ANCESTORS_MOST; i++) {
		session = of_process(pid);
		pid = parent(pid);
	}
	return session;
}
