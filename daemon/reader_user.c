/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may connect is said by the socket's mode and access list, and asked of the kernel again
 * (SO_PEERCRED): root, the daemon's own user, and the reader's.
 */
#include "reader_user.h"

#include <sys/socket.h>
#include <unistd.h>

#include "socket_file.h"
#include "users.h"

uid_t reader_user(void)
{
	uid_t uid;
	return users_find(READER_USER, &uid) ? uid : (uid_t)SOCKET_FILE_NOBODY;
}

bool reader_user_connected(int fd, uid_t *ret)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return false;
	*ret = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid() ||
	       (peer.uid != (uid_t)SOCKET_FILE_NOBODY && peer.uid == reader_user());
}
