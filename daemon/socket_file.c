/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket has another name until it listens, so that its place is never empty, nor is a socket
 * there that nobody listens on.
 *
 * One more user is let in by an access list, which the owner of a file may write without any
 * right: giving the socket to a group takes a system call that the daemon's sandbox forbids, and a
 * socket for everybody would let everybody keep the daemon busy.
 */
#include "socket_file.h"

#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BACKLOG = 16 };

/* As the kernel reads it: numbers have little ends, the entries this order. */
struct access_list {
	uint32_t version;
	struct {
		uint16_t tag, may;
		uint32_t id;
	} entries[5];
};

static int let_in(const char *path, uid_t user)
{
	enum { NOTHING = 0, CONNECT = ACL_READ | ACL_WRITE };
	const uint32_t none = (uint32_t)ACL_UNDEFINED_ID;
	struct access_list list = {
		POSIX_ACL_XATTR_VERSION,
		{{ACL_USER_OBJ, CONNECT, none}, {ACL_USER, CONNECT, user},
			{ACL_GROUP_OBJ, NOTHING, none}, {ACL_MASK, CONNECT, none},
			{ACL_OTHER, NOTHING, none}},
	};
	list.version = htole32(list.version);
	for (size_t i = 0; i < sizeof(list.entries) / sizeof(list.entries[0]); i++) {
		list.entries[i].tag = htole16(list.entries[i].tag);
		list.entries[i].may = htole16(list.entries[i].may);
		list.entries[i].id = htole32(list.entries[i].id);
	}
	return setxattr(path, "system.posix_acl_access", &list, sizeof(list), 0) < 0 ? -errno : 0;
}

static int make_address(struct socket_file *f, const char *directory, const char *name)
{
	f->address.sun_family = AF_UNIX;
	/* with room for the name it has before it is ready */
	const size_t room = sizeof(f->address.sun_path) - sizeof(".new") + 1;
	int n = snprintf(f->address.sun_path, room, "%s/%s", directory, name);
	return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : 0;
}

/* 0 if the place is free, or taken by a socket that nobody listens on any more. */
static int look_at_place(const struct sockaddr_un *address, int type)
{
	struct stat st;
	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int r = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	const int error = errno;
	close(fd);
	/* EAGAIN: so many are waiting there that we would have to; EPROTOTYPE: it speaks otherwise
	 */
	if (r == 0 || error == EAGAIN || error == EPROTOTYPE)
		return -EADDRINUSE;
	return error == ECONNREFUSED || error == ENOENT ? 0 : -error;
}

/* 1: another user was to be let in, and is not. */
static int make(struct socket_file *f, const struct sockaddr_un *new, int type, uid_t also)
{
	int result = 0;
	f->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f->fd < 0)
		return -errno;
	if (unlink(new->sun_path) < 0 && errno != ENOENT)
		return -errno;
	/* the file gets the mode of the socket */
	if (fchmod(f->fd, 0600) < 0 || bind(f->fd, (const struct sockaddr *)new, sizeof(*new)) < 0)
		return -errno;
	if (also != (uid_t)SOCKET_FILE_NOBODY && let_in(new->sun_path, also) < 0)
		result = 1;
	if (listen(f->fd, BACKLOG) < 0 || lstat(new->sun_path, &f->made) < 0 ||
		rename(new->sun_path, f->address.sun_path) < 0) {
		const int error = errno;
		unlink(new->sun_path);
		f->made = (struct stat){0};
		return -error;
	}
	return result;
}

int socket_file_open(struct socket_file *f, const char *directory, const char *name, int type,
	uid_t also)
{
	*f = (struct socket_file){.fd = -1};
	int r = make_address(f, directory, name);
	if (r < 0)
		return r;
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	r = look_at_place(&f->address, type);
	if (r < 0)
		return r;
	struct sockaddr_un new = f->address;
	strcat(new.sun_path, ".new");
	r = make(f, &new, type, also);
	if (r < 0)
		socket_file_close(f);
	return r;
}

/* The place may be another process's by now. */
void socket_file_close(struct socket_file *f)
{
	struct stat st;
	if (f->made.st_ino != 0 && lstat(f->address.sun_path, &st) == 0 &&
		st.st_ino == f->made.st_ino && st.st_dev == f->made.st_dev)
		unlink(f->address.sun_path);
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct socket_file){.fd = -1};
}
