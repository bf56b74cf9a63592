/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may connect is said by the socket's mode and access list, and asked of the kernel again
 * (SO_PEERCRED): root, the daemon's own user, and the reader's.  That user is looked up in
 * /etc/passwd and nowhere else, since other places may be behind a network that waits for us.
 */
#include "reader_user.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket_file.h"

uid_t reader_user(void)
{
	uid_t uid = (uid_t)SOCKET_FILE_NOBODY;
	FILE *passwd = fopen("/etc/passwd", "re");
	const struct passwd *p;
	if (!passwd)
		return uid;
	while ((p = fgetpwent(passwd)))
		if (strcmp(p->pw_name, READER_USER) == 0)
			uid = p->pw_uid;
	fclose(passwd);
	return uid;
}

bool reader_user_connected(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid() ||
	       (peer.uid != (uid_t)SOCKET_FILE_NOBODY && peer.uid == reader_user());
}
