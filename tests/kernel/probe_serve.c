/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe serve: listens wherever it is told to and echoes.  A test must listen on the
 * ports that should be shut, too: a port without a listener answers with a reset of its
 * own, and a firewall that lets everything through would look like one that rejects.
 *
 * stdin is a list of "tcp|udp ADDRESS PORT" that ends at an empty line; then stdin
 * is only watched for its end, so that the server never outlives the test.  An address may
 * be one that this host does not have (yet).  Datagrams are answered from the address
 * they were sent to, or a client's connected socket would not take the answer.
 */
#include "probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BACKLOG = 512, EVENTS = 64 };

enum watch_kind {
	WATCH_STDIN,
	WATCH_LISTENER,
	WATCH_CONNECTION,
	WATCH_DATAGRAMS,
};

/* An event carries what it is about in its own 64 bits: kind and descriptor. */
static void watch_add(int epoll, enum watch_kind kind, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	event.data.u64 = (uint64_t)kind << 32 | (uint32_t)fd;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die_errno("epoll_ctl");
}

static void listen_on(int epoll, char *line)
{
	char *words[3];
	line_split(line, words, 3);
	const int type = type_parse(words[0]);
	const struct address a = address_parse(words[1], port_parse(words[2]));
	if (!a.size)
		die("a server needs an address");

	const int family = a.storage.ss_family;
	const int fd = socket_open(family, type);
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (family == AF_INET) {
		option_set(fd, IPPROTO_IP, IP_FREEBIND, 1);
	} else {
		option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		option_set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	}
	if (type == SOCK_DGRAM && family == AF_INET)
		option_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	else if (type == SOCK_DGRAM)
		option_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);

	if (bind(fd, (const struct sockaddr *)&a.storage, a.size) < 0)
		die_errno("bind to %s %s %s", words[0], words[1], words[2]);
	if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
		die_errno("listen on %s %s", words[1], words[2]);
	watch_add(epoll, type == SOCK_STREAM ? WATCH_LISTENER : WATCH_DATAGRAMS, fd);
}

static void accept_all(int epoll, int listener)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			watch_add(epoll, WATCH_CONNECTION, fd);
		else if (errno == EAGAIN)
			return;
		else if (errno != ECONNABORTED && errno != EINTR)
			die_errno("accept");
	}
}

/* False when the connection is over.  A peer that does not read its echo loses it: the
 * tests send a few bytes and wait for them. */
static bool echo_stream(int fd)
{
	char bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	return send(fd, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

/* Leaves of the control message we got what makes it one to send with: the address the
 * datagram was sent to becomes the source, the route decides about the interface. */
static void answer_from_destination(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			info.ipi_spec_dst = info.ipi_addr;
			info.ipi_ifindex = 0;
			memcpy(CMSG_DATA(c), &info, sizeof(info));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			info.ipi6_ifindex = 0;
			memcpy(CMSG_DATA(c), &info, sizeof(info));
		}
	}
}

static void echo_datagrams(int fd)
{
	for (;;) {
		char bytes[4096];
		union {
			struct cmsghdr alignment;
			char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
				   CMSG_SPACE(sizeof(struct in_pktinfo))];
		} control = {0};
		struct sockaddr_storage from;
		struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
		struct msghdr m = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};

		ssize_t n = recvmsg(fd, &m, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			die_errno("recvmsg");
		iov.iov_len = (size_t)n;
		answer_from_destination(&m);
		/* EPERM: the firewall under test does not let the answer out.  That is
		 * for the client to notice. */
		if (sendmsg(fd, &m, 0) < 0 && errno != EPERM)
			die_errno("sendmsg");
	}
}

/* False at the end of stdin. */
static bool stdin_goes_on(void)
{
	char bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n < 0)
		die_errno("stdin");
	return n > 0;
}

/* False when the server is to end. */
static bool dispatch(int epoll, enum watch_kind kind, int fd)
{
	switch (kind) {
	case WATCH_STDIN:
		return stdin_goes_on();
	case WATCH_LISTENER:
		accept_all(epoll, fd);
		return true;
	case WATCH_CONNECTION:
		if (!echo_stream(fd) && close(fd) < 0)
			die_errno("close");
		return true;
	case WATCH_DATAGRAMS:
		echo_datagrams(fd);
		return true;
	}
	abort();
}

int probe_serve(int argc, char **argv)
{
	(void)argv;
	if (argc > 0)
		die("serve takes no arguments");
	const int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		die_errno("epoll_create1");

	/* Unbuffered: nothing of stdin may hide from epoll in a buffer of stdio. */
	if (setvbuf(stdin, NULL, _IONBF, 0) != 0)
		die("setvbuf failed");
	char *line;
	bool more;
	while ((more = line_read(&line)) && *line)
		listen_on(epoll, line);
	if (!more)
		die("the list of listeners must end with an empty line");
	watch_add(epoll, WATCH_STDIN, STDIN_FILENO);
	puts("ready");

	for (;;) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll, events, EVENTS, -1);
		if (n < 0 && errno != EINTR)
			die_errno("epoll_wait");
		for (int i = 0; i < n; i++) {
			const uint64_t about = events[i].data.u64;
			if (!dispatch(epoll, (enum watch_kind)(about >> 32), (int)(uint32_t)about))
				return 0;
		}
	}
}
