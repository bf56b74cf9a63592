/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood blast: sends COUNT datagrams as fast as the machine takes them and prints how many
 * nanoseconds each has taken.  Over a veth pair that is the whole way to the other host's
 * socket: the sender's system call does the receiver's work up to the queue of the socket.
 *
 *	live	all from one source port: one conversation
 *	new	each from another source port and address, so that it begins a connection:
 *		SOURCE is the first of as many addresses as it takes (IPv4)
 *
 * New ones are written with their IP header, since a socket for each would cost more than
 * what is measured.
 */
#include "flood.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_PORT = 1024, PORTS = 60000, MOST = 100000000, LIVE_PORT = 40000 };

struct packet {
	struct iphdr ip;
	struct udphdr udp;
	struct datagram data;
} __attribute__((packed));

/* A checksum of 0 is none, in UDP over IPv4; the kernel fills in that of the IP header. */
static void packet_fill(struct packet *p, const struct address *from, const struct address *to,
	unsigned n)
{
	const uint32_t source = ntohl(from->in.sin_addr.s_addr) + n / PORTS;
	*p = (struct packet){
		.ip = {.version = 4,
			.ihl = sizeof(p->ip) / 4,
			.ttl = 64,
			.tot_len = htons(sizeof(*p)),
			.protocol = IPPROTO_UDP,
			.saddr = htonl(source),
			.daddr = to->in.sin_addr.s_addr},
		.udp = {.source = htons((uint16_t)(FIRST_PORT + n % PORTS)),
			.dest = to->in.sin_port,
			.len = htons(sizeof(p->udp) + sizeof(p->data))},
		.data = {FLOOD_MAGIC, 0, 0, n},
	};
}

static void send_all(int fd, struct mmsghdr *m, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int r = sendmmsg(fd, m + done, n - done, 0);
		if (r < 0 && errno != EINTR)
			die_errno("sendmmsg");
		done += r < 0 ? 0 : (unsigned)r;
	}
}

int flood_blast(int argc, char **argv)
{
	struct packet packets[BURST];
	struct iovec iov[BURST];
	struct mmsghdr m[BURST] = {0};

	if (argc != 5)
		die("blast takes live|new COUNT SOURCE DESTINATION PORT");
	const bool live = strcmp(argv[0], "live") == 0;
	const unsigned count = number_parse(argv[1], MOST);
	struct address from = address_parse(argv[2], "0"), to = address_parse(argv[3], argv[4]);
	if (from.any.sa_family != AF_INET || to.any.sa_family != AF_INET)
		die("blast speaks IPv4");
	from.in.sin_port = htons(LIVE_PORT);

	int fd = live ? udp_socket(&from) : socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		die_errno("raw socket");
	for (unsigned i = 0; i < BURST; i++) {
		iov[i] = live ? (struct iovec){&packets[i].data, sizeof(packets[i].data)}
			      : (struct iovec){&packets[i], sizeof(packets[i])};
		m[i].msg_hdr = (struct msghdr){.msg_name = &to.any,
			.msg_namelen = to.size,
			.msg_iov = &iov[i],
			.msg_iovlen = 1};
	}
	const int64_t began = now_ns();
	for (unsigned sent = 0; sent < count;) {
		const unsigned n = count - sent < BURST ? count - sent : BURST;
		for (unsigned i = 0; i < n; i++)
			packet_fill(&packets[i], &from, &to, sent + i);
		send_all(fd, m, n);
		sent += n;
	}
	printf("%.1f\n", (double)(now_ns() - began) / count);
	close(fd);
	return 0;
}
