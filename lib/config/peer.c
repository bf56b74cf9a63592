/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses from a key or from a file.
 *
 * A list file may have a million lines, so it is read line by line where it lies, without inih,
 * and only an address that is wrong costs memory beyond its own few bytes.  A line with just an
 * IPv4 address or prefix takes a short way.
 */
#include "config/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/utf8.h"

static bool is_loopback(const struct addr_range *r)
{
	static const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;
	if (r->first.family == AF_INET)
		return r->first.bytes[0] == 127 && r->last.bytes[0] == 127;
	return memcmp(r->first.bytes, &loopback6, 16) == 0 &&
	       addr_compare(&r->first, &r->last) == 0;
}

/* Adds what stands at a place.  0 or -ENOMEM. */
static int add_range(struct peer *p, const struct addr_range *r, struct place at,
	struct diags *diags)
{
	if (is_loopback(r))
		diag_warning(diags, at,
			"a loopback address is this host itself, where nothing is ever refused; "
			"write the address that the peer has on the network");
	return addrset_add(&p->addresses, r);
}

/* One item.  0 or -ENOMEM; faults are noted. */
static int add_item(struct peer *p, const struct item *item, struct diags *diags)
{
	struct addr_range range;
	char why[ADDR_FAULT_SIZE];
	if (item_is(item, "any")) {
		p->any = true;
		return 0;
	}
	if (item_is(item, "none")) {
		p->none = true;
		p->none_at = item->at;
		return 0;
	}
	if (addr_range_parse(item->text, item->length, &range, why) < 0) {
		diag_error(diags, item->at, "%s", why);
		return diags->lost ? -ENOMEM : 0;
	}
	return add_range(p, &range, item->at, diags);
}

int peer_add_value(struct peer *p, const struct value *v, struct diags *diags)
{
	struct items items = items_of(v);
	struct item item;
	while (items_next(&items, &item, diags)) {
		int r = add_item(p, &item, diags);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_link_local(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return addr_is_link_local6(a);
}

/* True if no other address of the link is in that network without an advertisement. */
static bool is_learned_only(const struct facts *f, const struct link_address *l)
{
	for (size_t i = 0; i < f->n_addresses; i++) {
		const struct link_address *other = &f->addresses[i];
		if (!other->is_learned && strcmp(other->link, l->link) == 0 &&
			addr_compare(&other->network.first, &l->network.first) == 0 &&
			addr_compare(&other->network.last, &l->network.last) == 0)
			return false;
	}
	return true;
}

int peer_add_link(struct peer *p, const struct facts *f, const char *link, bool *ret_found)
{
	p->dynamic = true;
	*ret_found = false;
	for (size_t i = 0; f && i < f->n_addresses; i++) {
		const struct link_address *l = &f->addresses[i];
		if (strcmp(l->link, link) != 0 || l->is_down || is_link_local(&l->address))
			continue;
		int r = addrset_add(&p->addresses, &l->network);
		if (r < 0)
			return r;
		r = is_learned_only(f, l) ? addrset_add(&p->learned, &l->network) : 0;
		if (r < 0)
			return r;
		*ret_found = true;
	}
	return 0;
}

static int add_host(struct addrset *to, const struct addr *a)
{
	const struct addr_range host = {*a, *a};
	return addrset_add(to, &host);
}

int peer_add_gateways(struct peer *p, const struct facts *f)
{
	p->dynamic = true;
	for (size_t i = 0; f && i < f->n_gateways; i++) {
		const struct gateway *g = &f->gateways[i];
		int r = add_host(&p->addresses, &g->address);
		if (r < 0)
			return r;
		r = g->is_learned ? add_host(&p->learned, &g->address) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

int peer_add_resolvers(struct peer *p, const struct facts *f)
{
	p->dynamic = true;
	for (size_t i = 0; f && i < f->n_resolvers; i++) {
		int r = add_host(&p->addresses, &f->resolvers[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

bool peer_is_named(const struct peer *p)
{
	return p->n_names && !p->any;
}

void peer_check_none(const struct peer *p, struct diags *diags)
{
	if (p->none && (p->any || p->dynamic || p->n_names || addrset_count(&p->addresses)))
		diag_error(diags, p->none_at,
			"'none' contradicts %s; write it alone, or take it out",
			p->n_names ? "the names" : "the other addresses");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The text of a line without comment and blanks around. */
static struct item line_item(const char *line, const char *end, struct place at)
{
	const char *hash = memchr(line, '#', (size_t)(end - line));
	const char *stop = hash ? hash : end, *start = line;
	while (start < stop && is_blank(*start))
		start++;
	while (stop > start && is_blank(stop[-1]))
		stop--;
	at.column = (uint32_t)(start - line) + 1;
	return (struct item){start, (size_t)(stop - start), at};
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && !is_blank(c)) || c == 0x7f;
}

/* True if the line is text; otherwise a fault is noted. */
static bool check_line(const char *line, const char *end, struct place at, struct diags *diags)
{
	size_t length = (size_t)(end - line);
	size_t control = 0, valid = utf8_valid_length(line, length);
	while (control < length && !is_control(line[control]))
		control++;
	if (control < length) {
		at.column = (uint32_t)control + 1;
		if (line[control])
			diag_error(diags, at,
				"control character 0x%02x; this must be a text file in UTF-8",
				(unsigned char)line[control]);
		else
			diag_error(diags, at, "a NUL byte; this must be a text file in UTF-8");
	} else if (valid < length) {
		at.column = (uint32_t)valid + 1;
		diag_error(diags, at, "byte 0x%02x is not valid UTF-8; save the file as UTF-8",
			(unsigned char)line[valid]);
	}
	return control == length && valid == length;
}

/* Half of 10.3.0.200 is 10.3.0.2: of an address at the very end nobody knows whether it is whole.
 */
static void warn_cut(const char *bytes, const char *end, struct place at, struct diags *diags)
{
	if (bytes == end || end[-1] == '\n')
		return;
	const char *newline = memrchr(bytes, '\n', (size_t)(end - bytes));
	struct item item = line_item(newline ? newline + 1 : bytes, end, at);
	if (item.length)
		diag_warning(diags, item.at,
			"the last line has no newline at its end, as if the file was cut short; "
			"end it with one if it is whole");
}

int peer_add_list(struct peer *p, const char *file, const char *bytes, size_t length,
	struct diags *diags)
{
	struct place at = {file, 0, 1};
	const char *end = bytes + length;
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3; /* a byte order mark, as some editors leave one */
	for (const char *line = bytes, *next; line < end; line = next) {
		struct addr_range range;
		size_t plain = addr4_scan(line, (size_t)(end - line), &range);
		if (plain && (line + plain == end || line[plain] == '\n')) {
			at.line++;
			if (add_range(p, &range, at, diags) < 0)
				return -ENOMEM;
			next = line + plain + (line + plain < end);
			continue;
		}
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *stop = newline ? newline : end;
		next = newline ? newline + 1 : end;
		at.line++;
		if (!check_line(line, stop, at, diags))
			continue;
		struct item item = line_item(line, stop, at);
		if (item.length == 0)
			continue;
		int r = add_item(p, &item, diags);
		if (r < 0)
			return r;
	}
	warn_cut(bytes, end, at, diags);
	return diags->lost ? -ENOMEM : 0;
}

bool peer_knows(const struct peer *p, const struct addr *a)
{
	return addrset_contains(&p->addresses, a);
}
