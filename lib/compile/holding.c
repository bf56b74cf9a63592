/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program looks a name up, and calls an address that we have not learned yet.  To refuse that
 * would end a good connection before it begins.  So the first packet to an unknown address, at a
 * port that a flow lets us call at a peer by name, waits in a queue until the daemon has asked, and
 * is judged again by the rules of then.  Where the kernel has no queue it is dropped in silence:
 * TCP sends it again a second later.
 *
 *	output         … (all that allows anything)
 *	               ct state new ct direction original jump unknown-outbound
 *	               jump refused-outbound
 *	unknown-outbound
 *	               meta l4proto tcp ct original proto-dst @unknown-tcp-ports
 *	                 tcp flags & (fin | syn | rst | ack) == syn goto wait-outbound
 *	               meta l4proto udp ct original proto-dst @unknown-udp-ports goto wait-outbound
 *	wait-outbound  ct original ip daddr @not-of-name-ip4 goto refused-outbound
 *	               queue num …
 *
 * It stands behind all flows, and not at the end of its own: another flow with the same port may
 * have the address.
 */
#include "compile/holding.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "compile/learned.h"

static const struct place built_in = {0};

enum { REMEMBERED_MOST = 4096 }; /* addresses that nobody's name has, of a family */

bool holding_is_for(const struct policy *p, const struct host_flow *f)
{
	bool named = false;
	for (size_t i = 0; i < f->n_outbound && f->state == FLOW_ON; i++)
		named |= learned_is_followed(p, f->outbound[i]);
	return named;
}

bool holding_is_wanted(const struct policy *p)
{
	bool wanted = false;
	for (size_t i = 0; i < p->n_flows; i++)
		wanted |= holding_is_for(p, &p->flows[i]);
	return wanted && p->host.holds && !p->host.outbound_allowed;
}

/* Ports of flows, sorted and without overlaps, as a set wants them. */
struct port_list {
	struct element *items;
	size_t count, allocated;
};

static void merge(struct port_list *l)
{
	size_t n = 0;
	if (l->count)
		qsort(l->items, l->count, sizeof(*l->items), element_order);
	for (size_t i = 0; i < l->count; i++) {
		struct element *last = n ? &l->items[n - 1] : NULL;
		if (!last || l->items[i].first > last->last + 1)
			l->items[n++] = l->items[i];
		else if (l->items[i].last > last->last)
			last->last = l->items[i].last;
	}
	l->count = n;
}

static int find_ports(const struct policy *p, uint8_t protocol, struct port_list *ret)
{
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct flow *f = p->flows[i].flow;
		if (!holding_is_for(p, &p->flows[i]) || !flow_has_protocol(f, protocol))
			continue;
		int r = array_reserve(&ret->items, &ret->allocated, ret->count + f->n_ports + 1);
		if (r < 0)
			return r;
		for (size_t j = 0; j < f->n_ports; j++)
			ret->items[ret->count++] = (struct element){
				.first = f->ports[j].first, .last = f->ports[j].last};
	}
	merge(ret);
	return 0;
}

static void done(struct port_list *l)
{
	free(l->items);
}

/* meta l4proto tcp ct original proto-dst @unknown-tcp-ports … goto wait-outbound */
static void write_protocol(struct build *b, const struct policy *p, uint8_t protocol)
{
	CLEANUP(done) struct port_list list = {0};
	char name[8];
	protocol_print(protocol, name);
	if (find_ports(p, protocol, &list) < 0) {
		b->failed = true;
		return;
	}
	if (!list.count)
		return;
	const char *set = number_set(b, built_in, build_name(b, "unknown-%s-ports", name),
		TYPE_INET_SERVICE, false, list.items, list.count);
	rule(b, built_in, "a port at which a peer by name may be called");
	match(b, FIELD_L4PROTO, protocol);
	lookup(b, FIELD_CT_PROTO_DST, set);
	if (protocol == IPPROTO_TCP)
		match_masked(b, FIELD_TCP_FLAGS, TH_FIN | TH_SYN | TH_RST | TH_ACK, TH_SYN);
	goto_chain(b, "wait-outbound");
}

static void write_wait(struct build *b, const struct form *form)
{
	static const struct {
		const char *set;
		enum data_type type;
		enum field address;
	} families[] = {
		{NOT_OF_NAME_SET4, TYPE_IPV4_ADDR, FIELD_CT_DADDR},
		{NOT_OF_NAME_SET6, TYPE_IPV6_ADDR, FIELD_CT_DADDR6},
	};
	counter(b, built_in, "unknown-outbound");
	chain(b, built_in, "wait-outbound", HOOK_NONE);
	for (size_t i = 0; i < 2 && form->queue; i++) {
		dynamic_set(b, built_in, families[i].set, families[i].type, REMEMBERED_MOST,
			NOT_OF_NAME_SECONDS);
		rule(b, built_in, "was asked for, and is nobody's");
		lookup(b, families[i].address, families[i].set);
		goto_chain(b, "refused-outbound");
	}
	rule(b, built_in,
		form->queue ? "waits until it is known whose address this is"
			    : "dropped, and known when it comes again");
	count(b, "unknown-outbound");
	if (form->queue)
		queue_packet(b, form->queue);
	else
		drop_packet(b);
}

void holding_chains(struct build *b, const struct policy *p, const struct form *form)
{
	if (!holding_is_wanted(p))
		return;
	write_wait(b, form);
	chain(b, built_in, "unknown-outbound", HOOK_NONE);
	for (unsigned protocol = 0; protocol <= UINT8_MAX; protocol++)
		if (protocol_has_ports((uint8_t)protocol))
			write_protocol(b, p, (uint8_t)protocol);
}

void holding_rules(struct build *b, const struct policy *p)
{
	if (!holding_is_wanted(p))
		return;
	rule(b, built_in, "opens a connection, perhaps to a peer by name");
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW));
	match(b, FIELD_CT_DIRECTION, IP_CT_DIR_ORIGINAL);
	jump_to(b, "unknown-outbound");
}
