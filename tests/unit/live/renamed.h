/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that is newer than libnftnl: one word in its answers is another, of the same length. */
#pragma once

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	const char *from, *to; /* NULL: none */
} renamed;

/* stands in for the C library's in the test that includes this */
__attribute__((visibility("default"))) ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t n = syscall(SYS_recvmsg, fd, msg, flags);
	size_t length = renamed.from ? strlen(renamed.from) + 1 : 0;
	char *bytes = msg->msg_iov->iov_base;
	for (size_t i = 0; length && n > 0 && i + length <= (size_t)n; i++)
		if (memcmp(bytes + i, renamed.from, length) == 0)
			memcpy(bytes + i, renamed.to, length);
	return n;
}
