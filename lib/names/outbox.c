/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket takes some hundreds of notices; when a connection begins, or while the other end is
 * busy, there may be more.  They wait here, and nobody waits for them.  An empty outbox holds no
 * memory.  The caller says how many there may be.
 */
#include "names/outbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM_FIRST = 16 };

void outbox_done(struct outbox *o)
{
	while (o->count > 0)
		outbox_drop_first(o);
	free(o->entries);
	*o = (struct outbox){0};
}

static struct outbox_entry *entry(const struct outbox *o, size_t i)
{
	return &o->entries[(o->first + i) % o->allocated];
}

/* With the first one at the beginning. */
static int grow(struct outbox *o)
{
	const size_t allocated = o->allocated ? o->allocated * 2 : ROOM_FIRST;
	struct outbox_entry *entries = calloc(allocated, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < o->count; i++)
		entries[i] = *entry(o, i);
	free(o->entries);
	*o = (struct outbox){.entries = entries, .count = o->count, .allocated = allocated};
	return 0;
}

int outbox_put(struct outbox *o, const struct notice *n, int fd)
{
	if (o->count == o->allocated && grow(o) < 0) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	struct outbox_entry *new = entry(o, o->count++);
	notice_encode(n, new->bytes);
	new->fd = fd;
	return 0;
}

const struct outbox_entry *outbox_first(const struct outbox *o)
{
	return o->count > 0 ? entry(o, 0) : NULL;
}

void outbox_drop_first(struct outbox *o)
{
	assert(o->count > 0);
	const int fd = entry(o, 0)->fd;
	if (fd >= 0)
		close(fd);
	o->first = (o->first + 1) % o->allocated;
	if (--o->count > 0)
		return;
	free(o->entries);
	*o = (struct outbox){0};
}

static ssize_t send_entry(const struct outbox_entry *e, int socket)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)e->bytes, NOTICE_SIZE};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	if (e->fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		*h = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(h), &e->fd, sizeof(int));
	}
	return sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int outbox_send(struct outbox *o, int socket)
{
	while (o->count > 0) {
		ssize_t n = send_entry(entry(o, 0), socket);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -errno;
		outbox_drop_first(o);
	}
	return 0;
}
