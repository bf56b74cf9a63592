/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel says who is at the other end of a socket, except as whom that user logged in before
 * becoming root.  That is in /proc, where the unit's sandbox hides other users' processes.  So
 * rolewallctl says it by the name of its socket (bus/login.h), and is believed unless the kernel
 * says otherwise: whoever may ask is root, and could change much more than a name in the log.
 */
#include "caller.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bus/login.h"

static void find_login(struct caller *c, const struct sockaddr_un *name, socklen_t length)
{
	c->has_login = login_of_process(c->pid, &c->login) || login_parse(name, length, &c->login);
}

struct caller caller_of_socket(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	struct sockaddr_un name;
	socklen_t name_length = sizeof(name);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return (struct caller){0};
	struct caller c = {.uid = peer.uid, .pid = peer.pid};
	if (getpeername(fd, (struct sockaddr *)&name, &name_length) < 0)
		name_length = 0;
	find_login(&c, &name, name_length);
	return c;
}

struct caller caller_of_signal(uid_t uid, pid_t pid)
{
	struct caller c = {.uid = uid, .pid = pid};
	find_login(&c, NULL, 0);
	return c;
}
