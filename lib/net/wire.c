/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anybody may have sent what is read here, and it may have been cut.  Each length in a header is
 * checked against what is there.  Checksums are not: the kernel has checked those of packets that
 * came in, and leaves those of its own packets to the network card.
 *
 * The tracker of connections puts fragments together before our rules see them.  Where it has not,
 * fragments are ignored.
 */
#include "net/wire.h"

#include <netinet/in.h>
#include <string.h>

enum {
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	UDP_HEADER = 8,
	TCP_HEADER = 20,
	EXTENSIONS_MOST = 8,
};

struct cursor {
	const uint8_t *at;
	size_t left;  /* bytes that are there */
	size_t whole; /* bytes that were sent, as far as the headers say */
};

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool skip(struct cursor *c, size_t n)
{
	if (n > c->left || n > c->whole)
		return false;
	c->at += n;
	c->left -= n;
	c->whole -= n;
	return true;
}

/* The length in an IP header.  0: the packet is longer than the header can say (BIG TCP). */
static void set_whole(struct cursor *c, size_t said)
{
	c->whole = said ? said : SIZE_MAX;
	if (c->left > c->whole)
		c->left = c->whole;
}

static void get_address(const uint8_t *p, sa_family_t family, struct addr *ret)
{
	*ret = (struct addr){.family = family};
	memcpy(ret->bytes, p, addr_length(ret));
}

static bool read_ip4(struct cursor *c, struct wire_tuple *t)
{
	enum { MORE_OR_OFFSET = 0x3fff };
	const uint8_t *p = c->at;
	if (c->left < IP4_HEADER || (get16(p + 6) & MORE_OR_OFFSET))
		return false;
	get_address(p + 12, AF_INET, &t->source);
	get_address(p + 16, AF_INET, &t->destination);
	t->protocol = p[9];
	size_t header = (size_t)(p[0] & 0x0f) * 4;
	set_whole(c, get16(p + 2));
	return header >= IP4_HEADER && skip(c, header);
}

/* Headers between IPv6's own and that of the transport: each says how long it is. */
static bool skip_extensions(struct cursor *c, uint8_t next, uint8_t *ret)
{
	for (unsigned i = 0; i < EXTENSIONS_MOST; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS) {
			*ret = next;
			return true;
		}
		if (c->left < 2)
			return false;
		next = c->at[0];
		if (!skip(c, ((size_t)c->at[1] + 1) * 8))
			return false;
	}
	return false;
}

static bool read_ip6(struct cursor *c, struct wire_tuple *t)
{
	const uint8_t *p = c->at;
	if (c->left < IP6_HEADER)
		return false;
	get_address(p + 8, AF_INET6, &t->source);
	get_address(p + 24, AF_INET6, &t->destination);
	const size_t said = get16(p + 4);
	set_whole(c, said ? IP6_HEADER + said : 0);
	return skip(c, IP6_HEADER) && skip_extensions(c, p[6], &t->protocol);
}

static bool read_transport(struct cursor *c, struct wire_packet *p)
{
	const bool tcp = p->tuple.protocol == IPPROTO_TCP;
	const uint8_t *at = c->at;
	if ((!tcp && p->tuple.protocol != IPPROTO_UDP) ||
		c->left < (size_t)(tcp ? TCP_HEADER : UDP_HEADER))
		return false;
	p->tuple.source_port = (uint16_t)get16(at);
	p->tuple.destination_port = (uint16_t)get16(at + 2);
	if (tcp) {
		const size_t header = (size_t)(at[12] >> 4) * 4;
		p->sequence = (uint32_t)get16(at + 4) << 16 | get16(at + 6);
		p->flags = at[13];
		return header >= TCP_HEADER && skip(c, header);
	}
	const size_t said = get16(at + 4);
	if (said < UDP_HEADER || said > c->whole)
		return false;
	set_whole(c, said);
	return skip(c, UDP_HEADER);
}

bool wire_read(const uint8_t *bytes, size_t length, struct wire_packet *ret)
{
	struct cursor c = {bytes, length, length};
	struct wire_packet p = {0};
	if (length == 0)
		return false;
	const unsigned version = bytes[0] >> 4;
	if (version != 4 && version != 6)
		return false;
	if (!(version == 4 ? read_ip4(&c, &p.tuple) : read_ip6(&c, &p.tuple)) ||
		!read_transport(&c, &p))
		return false;
	p.payload = c.at;
	p.length = c.left;
	p.is_cut = c.left < c.whole;
	*ret = p;
	return true;
}

struct wire_tuple wire_reverse(const struct wire_tuple *t)
{
	return (struct wire_tuple){.source = t->destination,
		.destination = t->source,
		.source_port = t->destination_port,
		.destination_port = t->source_port,
		.protocol = t->protocol};
}

bool wire_same(const struct wire_tuple *a, const struct wire_tuple *b)
{
	return a->protocol == b->protocol && a->source_port == b->source_port &&
	       a->destination_port == b->destination_port &&
	       addr_compare(&a->source, &b->source) == 0 &&
	       addr_compare(&a->destination, &b->destination) == 0;
}
