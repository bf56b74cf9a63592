/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Those that stand in almost every iptables ruleset are understood: ports, states and comments.
 * All others narrow by an unknown amount, and an unknown target may do anything.
 *
 * Tables of iptables-legacy are not in nf_tables, and are seen by nobody here.
 */
#include "kernel/foreign_xt.h"

#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/foreign_field.h"

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
	if (r == 0)
		r = match_ports(&dport, t->dpts, t->invflags & XT_TCP_INV_DSTPT, boxes);
	if (t->option || t->flg_mask)
		foreign_narrow(&opaque, boxes);
	return r;
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
	int r = 0;
	for (unsigned i = 0; i < m->count && i < XT_MULTI_PORTS && r == 0; i++) {
		struct foreign_box b = foreign_all(FOREIGN_IPV4 | FOREIGN_IPV6);
		b.ports[port].first = b.ports[port].last = m->ports[i];
		b.names_port = true;
		if (m->pflags[i] && i + 1 < XT_MULTI_PORTS)
			b.ports[port].last = m->ports[++i];
		r = foreign_add(to, &b);
	}
	return r;
}

static int match_multiport(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_multiport_v1 *m = info;
	struct foreign_boxes matching = {0};
	int r = 0;
	if (m->invert) {
		foreign_narrow(&dport, boxes);
		return 0;
	}
	if (m->flags != XT_MULTIPORT_SOURCE)
		r = add_multiport(m, FOREIGN_DPORT, &matching);
	if (m->flags != XT_MULTIPORT_DESTINATION && r == 0)
		r = add_multiport(m, FOREIGN_SPORT, &matching);
	if (r == 0)
		r = foreign_meet(boxes, &matching);
	free(matching.items);
	return r;
}

static int match_states(uint32_t states, bool inverted, struct foreign_boxes *boxes)
{
	const uint32_t known =
		FOREIGN_INVALID | FOREIGN_ESTABLISHED | FOREIGN_RELATED | FOREIGN_NEW;
	uint32_t wanted = inverted ? ~states : states & known;
	if (wanted == 0) { /* NAT, or not tracked */
		foreign_narrow(&opaque, boxes);
		return 0;
	}
	return foreign_inside(&state, wanted, wanted, boxes);
}

static int match_conntrack(const void *info, struct foreign_boxes *boxes)
{
	const struct xt_conntrack_mtinfo3 *c = info;
	int r = 0;
	if (c->match_flags & XT_CONNTRACK_STATE)
		r = match_states(c->state_mask, c->invert_flags & XT_CONNTRACK_STATE, boxes);
	if (c->match_flags & ~(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS))
		foreign_narrow(&opaque, boxes);
	return r;
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
		{"comment", 0, 0, match_comment, false},
		{"conntrack", 2, sizeof(struct xt_conntrack_mtinfo2), match_conntrack, false},
		{"conntrack", 3, sizeof(struct xt_conntrack_mtinfo3), match_conntrack, false},
		{"multiport", 1, sizeof(struct xt_multiport_v1), match_multiport, true},
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

enum foreign_deed foreign_xt_target(const char *name, enum foreign_end *ret_end)
{
	static const struct {
		const char *name;
		enum foreign_deed deed;
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
			return targets[i].deed;
		}
	*ret_end = FOREIGN_UNKNOWN;
	return FOREIGN_ENDS;
}
