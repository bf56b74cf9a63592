/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl start: has the service manager start the daemon.
 *
 * The daemon refuses a first start that would cut every SSH session.  --force leaves a mark for
 * this one start; the mark is removed afterwards, however the start went.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/message.h"
#include "verbs.h"

static const char unit[] = "rolewalld.service";

enum { FORCE };

static const struct cli_option options[] = {
	[FORCE] = {"force", NULL,
		"even if this is the first start and cuts every SSH session to this host", false},
	{0},
};

/* 0 or negative errno. */
static int leave_mark(const char *directory, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/" CONTROL_FORCE_MARK, directory);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	/* the service manager makes it the daemon's */
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* The exit status, or negative errno. */
static int run_systemctl(void)
{
	char *argv[] = {"systemctl", "start", (char *)unit, NULL};
	int status;
	pid_t pid;
	int r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BAD;
}

static int start(const struct invocation *v)
{
	char mark[PATH_MAX] = "";
	int r = v->values[FORCE] ? leave_mark(v->runtime_dir, mark) : 0;
	if (r < 0)
		return failed("cannot ask for a forced start", r);
	r = run_systemctl();
	if (mark[0])
		unlink(mark);
	if (r < 0)
		return failed("cannot run systemctl", r);
	if (r == 0)
		return EXIT_GOOD;
	fprintf(stderr,
		"rolewallctl: %s was not started; its journal says why: journalctl -u rolewalld -n "
		"20\n",
		unit);
	return EXIT_BAD;
}

const struct verb verb_start = {
	.name = "start",
	.run = start,
	.what = "starts the service",
	.options = options,
};
