/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches of almost every iptables ruleset are understood: ports, states, kinds of address,
 * comments, and the target DNAT. The content of an ipset cannot be read here.  All other matches
 * narrow by an unknown amount, and an unknown target may do anything.
 *
 * Tables of iptables-legacy are not in nf_tables, and are not seen.
 */
#include "others/read_xt.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "others/read_field.h"

static const struct foreign_slot opaque = {.field = FOREIGN_OPAQUE};
static const struct foreign_slot state = {.field = FOREIGN_STATE};
static const struct foreign_slot sport = {.field = FOREIGN_PORT, .port = FOREIGN_SPORT};
static const struct foreign_slot dport = {.field = FOREIGN_PORT, .port = FOREIGN_DPORT};

static int match_ports(const struct foreign_slot *slot, const __u16 range[2], bool inverted,
	struct foreign_boxes *boxes)
{
	if (range[0] == 0 && range[1] == UINT16_MAX && !inverted)
		return 0;
	return inverted ? foreign_outside(slot, range[0], range[1], boxes)
			: foreign_inside(slot, range[0], range[1], boxes);
}

static int match_tcp(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_tcp *t = info;
	int r = match_ports(&sport, t->spts, t->invflags & XT_TCP_INV_SRCPT, boxes);
	if (r < 0)
		return r;
	r = match_ports(&dport, t->dpts, t->invflags & XT_TCP_INV_DSTPT, boxes);
	if (r < 0)
		return r;
	if (t->option || t->flg_mask)
		foreign_narrow(&opaque, boxes);
	return 0;
}

static int match_udp(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_udp *u = info;
	int r = match_ports(&sport, u->spts, u->invflags & XT_UDP_INV_SRCPT, boxes);
	return r < 0 ? r : match_ports(&dport, u->dpts, u->invflags & XT_UDP_INV_DSTPT, boxes);
}

/* A port whose flag is set begins a range, and the next one ends it. */
static int add_multiport(const struct xt_multiport_v1 *m, enum foreign_port port,
	struct foreign_boxes *to)
{
	for (unsigned i = 0; i < m->count && i < XT_MULTI_PORTS; i++) {
		struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
		b.ports[port].first = b.ports[port].last = m->ports[i];
		b.names_port = true;
		if (m->pflags[i] && i + 1 < XT_MULTI_PORTS)
			b.ports[port].last = m->ports[++i];
		int r = foreign_add(to, &b);
		if (r < 0)
			return r;
	}
	return 0;
}

static int match_multiport(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_multiport_v1 *m = info;
	CLEANUP(foreign_boxes_done) struct foreign_boxes matching = {0};
	if (m->invert) {
		foreign_narrow(&dport, boxes);
		return 0;
	}
	bool of_source = m->flags != XT_MULTIPORT_DESTINATION;
	bool of_destination = m->flags != XT_MULTIPORT_SOURCE;
	int r = of_destination ? add_multiport(m, FOREIGN_DPORT, &matching) : 0;
	if (r < 0)
		return r;
	r = of_source ? add_multiport(m, FOREIGN_SPORT, &matching) : 0;
	return r < 0 ? r : foreign_meet(boxes, &matching);
}

static int add_dnat(uint8_t dnat, struct foreign_boxes *to)
{
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	b.dnat = dnat;
	return foreign_add(to, &b);
}

static int match_states(uint32_t states, bool inverted, struct foreign_boxes *boxes)
{
	const uint32_t known =
		FOREIGN_INVALID | FOREIGN_ESTABLISHED | FOREIGN_RELATED | FOREIGN_NEW;
	CLEANUP(foreign_boxes_done) struct foreign_boxes matching = {0};
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	if (inverted) {
		if (states & ~known)
			foreign_narrow(&opaque, boxes);
		return foreign_inside(&state, ~states, ~states, boxes);
	}
	b.states = states & known;
	int r = b.states ? foreign_add(&matching, &b) : 0;
	if (r < 0)
		return r;
	r = states & XT_CONNTRACK_STATE_DNAT ? add_dnat(FOREIGN_DNATED, &matching) : 0;
	if (r < 0)
		return r;
	if (matching.count == 0) { /* SNAT, or not tracked */
		foreign_narrow(&opaque, boxes);
		return 0;
	}
	return foreign_meet(boxes, &matching);
}

static int match_status(uint32_t status, bool inverted, struct foreign_boxes *boxes)
{
	CLEANUP(foreign_boxes_done) struct foreign_boxes matching = {0};
	if (status != IPS_DST_NAT) {
		foreign_narrow(&opaque, boxes);
		return 0;
	}
	int r = add_dnat(inverted ? FOREIGN_AS_DIALLED : FOREIGN_DNATED, &matching);
	return r < 0 ? r : foreign_meet(boxes, &matching);
}

static int match_conntrack(const void *info, struct foreign_boxes *boxes)
{
	const uint16_t known = XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS | XT_CONNTRACK_STATUS;
	const struct xt_conntrack_mtinfo3 *c = info;
	if (c->match_flags & XT_CONNTRACK_STATE) {
		int r = match_states(c->state_mask, c->invert_flags & XT_CONNTRACK_STATE, boxes);
		if (r < 0)
			return r;
	}
	if (c->match_flags & XT_CONNTRACK_STATUS) {
		int r = match_status(c->status_mask, c->invert_flags & XT_CONNTRACK_STATUS, boxes);
		if (r < 0)
			return r;
	}
	if (c->match_flags & ~known)
		foreign_narrow(&opaque, boxes);
	return 0;
}

static int match_types(uint16_t source, uint16_t destination, bool source_inverted,
	bool destination_inverted, struct foreign_boxes *boxes)
{
	struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
	CLEANUP(foreign_boxes_done) struct foreign_boxes matching = {0};
	if (source)
		b.types[FOREIGN_SOURCE] = source_inverted ? (uint16_t)~source : source;
	if (destination)
		b.types[FOREIGN_DESTINATION] =
			destination_inverted ? (uint16_t)~destination : destination;
	int r = foreign_add(&matching, &b);
	return r < 0 ? r : foreign_meet(boxes, &matching);
}

static int match_addrtype(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_addrtype_info_v1 *a = info;
	if (a->flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT))
		foreign_narrow(&opaque, boxes);
	return match_types(a->source, a->dest, a->flags & XT_ADDRTYPE_INVERT_SOURCE,
		a->flags & XT_ADDRTYPE_INVERT_DEST, boxes);
}

static int match_addrtype0(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_addrtype_info *a = info;
	return match_types(a->source, a->dest, a->invert_source, a->invert_dest, boxes);
}

static int match_set(const void *info, struct foreign_boxes *boxes)
{
	(void)info;
	foreign_narrow(&opaque, boxes);
	for (size_t i = 0; i < boxes->count; i++)
		boxes->items[i].names_list = true;
	return 0;
}

static int match_state(const void *info, struct foreign_boxes *boxes)
{
	return match_states(((const struct xt_state_info *)info)->statemask, false, boxes);
}

static int match_comment(const void *info, struct foreign_boxes *boxes)
{
	(void)info;
	(void)boxes;
	return 0;
}

int foreign_xt_match(const char *name, uint32_t revision, const void *info, size_t length,
	struct foreign_boxes *boxes)
{
	static const struct {
		const char *name;
		uint32_t revision;
		size_t length;
		int (*f)(const void *info, struct foreign_boxes *boxes);
		bool names_port;
	} matches[] = {
		{"addrtype", 0, sizeof(struct xt_addrtype_info), match_addrtype0, false},
		{"addrtype", 1, sizeof(struct xt_addrtype_info_v1), match_addrtype, false},
		{"comment", 0, 0, match_comment, false},
		{"conntrack", 2, sizeof(struct xt_conntrack_mtinfo2), match_conntrack, false},
		{"conntrack", 3, sizeof(struct xt_conntrack_mtinfo3), match_conntrack, false},
		{"multiport", 1, sizeof(struct xt_multiport_v1), match_multiport, true},
		{"set", 1, 0, match_set, false},
		{"set", 2, 0, match_set, false},
		{"set", 3, 0, match_set, false},
		{"set", 4, 0, match_set, false},
		{"state", 0, sizeof(struct xt_state_info), match_state, false},
		{"tcp", 0, sizeof(struct xt_tcp), match_tcp, true},
		{"udp", 0, sizeof(struct xt_udp), match_udp, true},
	};
	bool names_port = false;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		if (strcmp(matches[i].name, name) != 0)
			continue;
		if (matches[i].revision == revision && length >= matches[i].length)
			return matches[i].f(info, boxes);
		names_port = matches[i].names_port;
	}
	foreign_narrow(names_port ? &dport : &opaque, boxes);
	return 0;
}

enum foreign_action foreign_xt_target(const char *name, enum foreign_end *ret_end)
{
	static const struct {
		const char *name;
		enum foreign_action action;
		enum foreign_end end;
	} targets[] = {
		{"AUDIT", FOREIGN_DOES_NOTHING, 0},
		{"CHECKSUM", FOREIGN_DOES_NOTHING, 0},
		{"CLASSIFY", FOREIGN_DOES_NOTHING, 0},
		{"CONNMARK", FOREIGN_CHANGES, 0},
		{"CT", FOREIGN_CHANGES, 0},
		{"DNAT", FOREIGN_ENDS, FOREIGN_ACCEPT},
		{"DSCP", FOREIGN_DOES_NOTHING, 0},
		{"LOG", FOREIGN_DOES_NOTHING, 0},
		{"MARK", FOREIGN_DOES_NOTHING, 0},
		{"MASQUERADE", FOREIGN_ENDS, FOREIGN_ACCEPT},
		{"NETMAP", FOREIGN_ENDS, FOREIGN_ACCEPT},
		{"NFLOG", FOREIGN_DOES_NOTHING, 0},
		{"NOTRACK", FOREIGN_CHANGES, 0},
		{"REDIRECT", FOREIGN_ENDS, FOREIGN_ACCEPT},
		{"REJECT", FOREIGN_ENDS, FOREIGN_REJECT},
		{"SET", FOREIGN_DOES_NOTHING, 0},
		{"SNAT", FOREIGN_ENDS, FOREIGN_ACCEPT},
		{"TCPMSS", FOREIGN_DOES_NOTHING, 0},
		{"TRACE", FOREIGN_DOES_NOTHING, 0},
	};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(targets[i].name, name) == 0) {
			*ret_end = targets[i].end;
			return targets[i].action;
		}
	*ret_end = FOREIGN_UNKNOWN;
	return FOREIGN_ENDS;
}

/* A range of addresses or ports is known by where it begins only if it ends there. */
static void lead(struct foreign_target *to, uint32_t flags, const struct addr *first,
	const struct addr *last, uint16_t first_port, uint16_t last_port)
{
	*to = (struct foreign_target){.is_known = true};
	if (flags & NF_NAT_RANGE_MAP_IPS) {
		to->address = *first;
		to->is_known = addr_compare(first, last) == 0;
	}
	if (flags & NF_NAT_RANGE_PROTO_SPECIFIED) {
		to->port = ntohs(first_port);
		to->is_known &= first_port == last_port;
	}
}

static struct addr addr_of(const void *bytes, sa_family_t family)
{
	struct addr a = {.family = family};
	memcpy(a.bytes, bytes, addr_length(&a));
	return a;
}

bool foreign_xt_leads(const char *name, uint32_t revision, const void *info, size_t length,
	uint8_t families, struct foreign_target *ret)
{
	bool redirects = strcmp(name, "REDIRECT") == 0;
	if (!redirects && strcmp(name, "DNAT") != 0)
		return false;
	*ret = (struct foreign_target){0};
	if (families == FOREIGN_IPV4 && revision == 0 &&
		length >= sizeof(struct nf_nat_ipv4_multi_range_compat)) {
		const struct nf_nat_ipv4_multi_range_compat *m = info;
		const struct nf_nat_ipv4_range *r = &m->range[0];
		struct addr first = addr_of(&r->min_ip, AF_INET),
			    last = addr_of(&r->max_ip, AF_INET);
		lead(ret, r->flags, &first, &last, r->min.all, r->max.all);
	} else if (length >= sizeof(struct nf_nat_range)) { /* nf_nat_range2 begins as this */
		const struct nf_nat_range *r = info;
		sa_family_t family = families == FOREIGN_IPV4 ? AF_INET : AF_INET6;
		struct addr first = addr_of(&r->min_addr, family);
		struct addr last = addr_of(&r->max_addr, family);
		lead(ret, r->flags, &first, &last, r->min_proto.all, r->max_proto.all);
	}
	if (redirects)
		ret->address = (struct addr){0};
	return true;
}
