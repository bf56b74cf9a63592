/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A local socket by a name in the file system, for few to connect to. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>

struct socket_file {
	int fd; /* listens; -1: there is none */
	struct sockaddr_un address;
	struct stat made;
};

enum { SOCKET_FILE_NOBODY = -1 };

/* Makes DIR/name and listens there; what an earlier life left in its place is replaced.  Who may
 * connect: we, root, and the user also, if it is not SOCKET_FILE_NOBODY.  0; or negative errno:
 * -EADDRINUSE if another process answers there, -EEXIST if it is no socket.  1: it listens, but the
 * file system cannot let another user in. */
int socket_file_open(struct socket_file *f, const char *directory, const char *name, int type,
	uid_t also);
/* Removes it, if it is still ours. */
void socket_file_close(struct socket_file *f);
