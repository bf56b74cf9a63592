/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network namespace of the test's own, with a kernel's nf_tables that nobody else uses. */
#pragma once

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink/nfsock.h"
#include "testing.h"

/* Skips the test, and says so, where that may not be done. */
static inline void need_netns(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		print_message("SKIPPED: needs root\n");
		skip();
	}
}

/* Feeds a script to nft, which is there where the tests are run. */
static inline void nft(const char *script)
{
	FILE *f = popen("nft -f -", "w");
	assert_non_null(f);
	assert_true(fputs(script, f) >= 0);
	assert_int_equal(pclose(f), 0);
}

/* What nft prints for a command, to be freed. */
static inline char *nft_output(const char *command)
{
	size_t length = 0, size = 1024 * 1024;
	char *text = malloc(size), line[256];
	snprintf(line, sizeof(line), "nft %s 2>&1", command);
	FILE *f = popen(line, "r");
	assert_non_null(f);
	assert_non_null(text);
	length = fread(text, 1, size - 1, f);
	text[length] = '\0';
	pclose(f);
	return text;
}

static inline struct nfsock opened(void)
{
	struct nfsock s;
	assert_int_equal(nfsock_open(&s), 0);
	return s;
}

/* Runs f in a child, which may give away what it needs no more; its result is the exit
 * status. */
static inline int in_child(int (*f)(void))
{
	int status;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		_exit(f());
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}
