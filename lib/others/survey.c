/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An accept in one base chain does not end the others: what we allow is lost if anybody drops
 * it, earlier or later.  So a made-up packet of each service that we allow is sent through
 * each foreign base chain on its way: the first one of a connection, a later one, and an
 * answer.
 *
 * Nobody can make up all packets.  A sample stands for many: all peers of a service that others'
 * rules do not tell apart (cells.c), at one of the ports that they do not tell apart.  A match
 * holds for all of a sample, for none, or for some: where a rule asks for what a sample does not
 * say, a mark or a rate, or is not understood.
 *
 * If all of a sample is dropped in the end, one rule or policy has decided it, and that is a
 * defeat, whatever others before it may drop.  Otherwise a drop is a "may", which is a note; and
 * so is a certain one that asks for a single address: a ban is meant.  A warning of every rate
 * limit would help nobody, so a drop of just some packets is reported only if the rule, or a jump
 * that led to it, asks for our port or for a peer's address.  A part of the ports that peers dial
 * from is no such drop.
 *
 * A packet that DNAT redirects passes the forward hook instead of input, and looks different
 * there; so each sample first goes through the chains that may redirect it.
 *
 * Whether a chain at our hook and priority comes before or after us is not defined.  For a
 * drop that does not matter, so such a chain is a finding of its own only if it changes packets
 * or connections.
 *
 * Interfaces are those that the routes tell.  Not seen here: iptables-legacy, ARP, tc, XDP, what
 * ipsets hold.
 */
#include "others/survey.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "config/policy.h"
#include "host/facts.h"
#include "others/allowed.h"
#include "others/cells.h"
#include "others/edges.h"
#include "others/hits.h"
#include "others/passage.h"

enum {
	STEPS_AT_MOST = 5 * 1000 * 1000, /* rules met, all packets together: a tenth of a second */
	DEPTH_AT_MOST = 16,              /* of jumps, as the kernel has it */
	CONNTRACK_PRIORITY = -200,
};

static const struct port_range every_port = {0, UINT16_MAX};

struct judging {
	const struct foreign *foreign;
	const struct survey_host *host;
	const struct foreign_chain **bases; /* base chains of tables that drop something */
	size_t n_bases, bases_allocated;
	struct allowed_list allowed;
	struct cells cells;
	struct edges edges;
	struct hits hits;
	bool has_dnat;
	int error;

	/* what is sent */
	const struct allowed *service;
	struct sample_end peers;
	bool are_all;           /* that the service has in the family */
	char link[IF_NAMESIZE]; /* by which the peers come; "": not known */
	uint8_t protocol;
	uint8_t family;
	struct port_range port;
	struct dnat dnat;            /* where it is led, and by which interface it goes there */
	char dnat_link[IF_NAMESIZE]; /* "": not known */

	/* the sample on its way */
	const struct foreign_chain *base;
	struct sample sample;
	bool is_answer;
	struct passage passage;
};

/* If all of it is dropped in the end, the last one decides, whatever others may do before. */
static void send_sample(struct judging *j, bool certain)
{
	struct passage *p = &j->passage;
	passage_send(p, j->base, &j->sample, certain);
	const struct drop *decided = passage_decided(p);
	for (size_t i = 0; i < p->n_drops; i++) {
		const struct drop *d = &p->drops[i];
		struct hit_about about = {.base = j->base,
			.chain = d->chain,
			.rule = d->rule,
			.service = j->service,
			.is_answer = j->is_answer,
			.certain = d == decided,
			.single = d->path.single,
			.protocol = j->protocol,
			.port = j->port.first,
			.peers = j->are_all ? NULL : &j->peers.run};
		if (decided ? d == decided : !d->path.narrowed || d->path.named)
			hits_note(&j->hits, &about);
	}
}

/* Sending. */

/* Hooks that packets of others pass on their way to us; our own pass the rest. */
static bool is_inward(enum foreign_hook h)
{
	return h == FOREIGN_INGRESS || h == FOREIGN_PREROUTING || h == FOREIGN_INPUT;
}

/* The connection tracker comes after such a chain, so packets belong to no connection there. */
static bool is_before_tracking(const struct foreign_chain *c)
{
	return c->hook == FOREIGN_INGRESS ||
	       ((c->hook == FOREIGN_PREROUTING || c->hook == FOREIGN_OUTPUT) &&
		       c->priority <= CONNTRACK_PRIORITY);
}

static const char *known(const char *link)
{
	return link[0] ? link : NULL;
}

/* A packet between this host (or where DNAT leads to) and peers, inward or outward. */
static void fill_sample(struct judging *j, bool inward, bool forward)
{
	bool is_led =
		forward || (j->dnat.where == DNAT_CERTAINLY && j->base->hook == FOREIGN_INPUT);
	struct sample *p = &j->sample;
	struct port_range port = j->port;
	int near = inward ? FOREIGN_DESTINATION : FOREIGN_SOURCE, far = !near;
	if (is_led && j->dnat.to.port)
		port = (struct port_range){j->dnat.to.port, j->dnat.to.port};
	*p = (struct sample){.protocol = j->protocol,
		.family = j->family,
		.dnat = is_led ? FOREIGN_DNATED : FOREIGN_AS_DIALLED};
	p->ports[FOREIGN_DPORT] = j->is_answer ? dialling_ports : port;
	p->ports[FOREIGN_SPORT] = j->is_answer ? port : dialling_ports;
	p->ports[FOREIGN_DIALLED] = j->port;
	if (!protocol_has_ports(j->protocol))
		p->ports[FOREIGN_DPORT] = p->ports[FOREIGN_SPORT] = every_port;
	p->ends[far] = j->peers;
	p->ends[near] = (struct sample_end){.place = SAMPLE_THIS_HOST, .facts = j->host->facts};
	if (forward && j->dnat.to.address.family != AF_UNSPEC)
		p->ends[near] = (struct sample_end){
			.place = SAMPLE_KNOWN, .run = {j->dnat.to.address, j->dnat.to.address}};
	p->types[far] = FOREIGN_UNICAST;
	p->types[near] = forward ? FOREIGN_UNICAST : FOREIGN_LOCAL;
	p->links[inward ? FOREIGN_IN : FOREIGN_OUT] = known(j->link);
	if (forward)
		p->links[inward ? FOREIGN_OUT : FOREIGN_IN] = known(j->dnat_link);
}

static void send_states(struct judging *j, bool certain)
{
	static const uint32_t states[] = {FOREIGN_NEW, FOREIGN_ESTABLISHED};
	bool untracked = is_before_tracking(j->base);
	bool only_one = j->base->is_nat || untracked;
	size_t first = j->is_answer ? 1 : 0;
	size_t n = only_one ? first + 1 : 2;
	for (size_t i = first; i < n && j->error == 0; i++) {
		j->sample.state = untracked ? FOREIGN_INVALID : states[i];
		send_sample(j, certain);
	}
}

static bool dnat_leaves(const struct judging *j)
{
	const struct addr *to = &j->dnat.to.address;
	if (to->family == AF_UNSPEC)
		return !j->dnat.to.is_known;
	return !j->host->facts || !facts_is_local(j->host->facts, to);
}

/* On the forward hook there are connections of others, and of ours those that DNAT leads there. */
static void send_to_chain(struct judging *j)
{
	enum foreign_hook hook = j->base->hook;
	bool forward = hook == FOREIGN_FORWARD;
	bool leaves = dnat_leaves(j);
	bool certain = forward ? j->dnat.where == DNAT_CERTAINLY && j->dnat.to.is_known
			       : j->dnat.where != DNAT_PERHAPS || hook != FOREIGN_INPUT;
	if (forward && (j->dnat.where == DNAT_NOWHERE || !leaves))
		return;
	if (hook == FOREIGN_INPUT && j->dnat.where == DNAT_CERTAINLY && leaves)
		return;
	for (int answer = 0; answer < 2; answer++) {
		bool opens_inward = j->service->side == SIDE_IN;
		bool inward = forward ? !answer : is_inward(hook);
		j->is_answer = forward ? answer : inward != opens_inward;
		if ((!forward && answer) || (j->is_answer && j->base->is_nat))
			continue;
		fill_sample(j, inward, forward);
		send_states(j, certain);
	}
}

static void find_link(struct judging *j, const struct addr *a, char link[IF_NAMESIZE])
{
	const struct survey_host *h = j->host;
	if (!h->interface_of || !h->interface_of(h->context, a, link))
		link[0] = '\0';
}

/* Through the chains that see the first packet before it is routed. */
static void find_dnat(struct judging *j)
{
	j->passage.dnat = j->dnat = (struct dnat){.where = DNAT_NOWHERE};
	j->dnat_link[0] = '\0';
	if (!j->has_dnat || j->service->side != SIDE_IN)
		return;
	for (const struct foreign_chain *c = j->foreign->first; c; c = c->next) {
		if (c->hook != FOREIGN_PREROUTING || !c->is_nat || !(c->families & j->family))
			continue;
		j->base = c;
		j->is_answer = false;
		fill_sample(j, true, false);
		j->sample.state = FOREIGN_NEW;
		passage_send(&j->passage, c, &j->sample, true);
	}
	j->dnat = j->passage.dnat;
	if (j->dnat.to.address.family != AF_UNSPEC)
		find_link(j, &j->dnat.to.address, j->dnat_link);
}

static void send_port(struct judging *j, struct port_range port)
{
	j->port = port;
	find_dnat(j);
	for (size_t i = 0; i < j->n_bases && j->error == 0; i++) {
		j->base = j->bases[i];
		if (j->base->families & j->family)
			send_to_chain(j);
	}
}

/* One port of each part of a range that foreign matches tell apart. */
static void send_range(struct judging *j, const struct port_range *range)
{
	size_t i = 0;
	if (j->service->any_port) {
		send_port(j, dialling_ports);
		return;
	}
	send_port(j, (struct port_range){range->first, range->first});
	while (i < j->edges.count && j->edges.items[i] <= range->first)
		i++;
	for (; i < j->edges.count && j->edges.items[i] <= range->last; i++) {
		uint16_t port = (uint16_t)j->edges.items[i];
		send_port(j, (struct port_range){port, port});
	}
}

static void send_protocols(struct judging *j)
{
	const struct allowed *s = j->service;
	for (size_t i = 0; i < s->n_protocols && j->error == 0; i++) {
		j->protocol = s->protocols[i];
		if (!protocol_has_ports(s->protocols[i])) {
			send_port(j, every_port);
			continue;
		}
		for (size_t k = 0; k < s->n_ports && j->error == 0; k++)
			send_range(j, &s->ports[k]);
	}
}

/* They come by the default route, for which addresses stand that are only used in documents. */
static void send_to_anybody(struct judging *j)
{
	static const struct addr far[] = {
		{AF_INET, {192, 0, 2, 1}}, {AF_INET6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
	j->are_all = true;
	for (size_t i = 0; i < 2; i++) {
		struct addr_range all = {{.family = far[i].family}, {.family = far[i].family}};
		memset(all.last.bytes, 0xff, addr_length(&all.last));
		j->family = i == 0 ? FOREIGN_IPV4 : FOREIGN_IPV6;
		j->peers = (struct sample_end){.place = SAMPLE_ANYBODY, .run = all};
		find_link(j, &far[i], j->link);
		if (j->service->families & j->family)
			send_protocols(j);
	}
}

static void send_service(struct judging *j, const struct allowed *s)
{
	size_t parts[2] = {0};
	struct addr_range run;
	j->service = s;
	j->passage.steps_left = STEPS_AT_MOST / j->allowed.count;
	if (s->n_peers == 0) {
		send_to_anybody(j);
		return;
	}
	for (size_t i = 0; i < j->cells.count; i++)
		if (cells_part(&j->cells, i, s, &run))
			parts[run.first.family == AF_INET6]++;
	for (size_t i = 0; i < j->cells.count && j->error == 0; i++) {
		j->peers = (struct sample_end){.place = SAMPLE_PEERS, .service = s};
		if (!cells_part(&j->cells, i, s, &j->peers.run))
			continue;
		bool is_ip6 = j->peers.run.first.family == AF_INET6;
		j->family = is_ip6 ? FOREIGN_IPV6 : FOREIGN_IPV4;
		j->are_all = parts[is_ip6] == 1;
		find_link(j, &j->peers.run.first, j->link);
		send_protocols(j);
	}
}

static bool table_drops(const struct foreign *f, const struct foreign_chain *base)
{
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		for (const struct foreign_rule *r = c->first; r; r = r->next)
			if (strcmp(c->table, base->table) == 0 &&
				(r->end == FOREIGN_DROP || r->end == FOREIGN_REJECT ||
					r->end == FOREIGN_UNKNOWN))
				return true;
	return false;
}

static void find_bases(struct judging *j)
{
	for (const struct foreign_chain *c = j->foreign->first; c && j->error == 0; c = c->next) {
		for (const struct foreign_rule *r = c->first; r; r = r->next)
			j->has_dnat |= r->translates;
		if (c->hook == FOREIGN_NO_HOOK || (!c->drops && !table_drops(j->foreign, c)))
			continue;
		j->error = array_reserve(&j->bases, &j->bases_allocated, j->n_bases + 1);
		if (j->error == 0)
			j->bases[j->n_bases++] = c;
	}
}

/* Findings. */

static bool is_beside_ours(const struct foreign_chain *c)
{
	return c->priority == 0 && !c->is_bridge &&
	       (c->hook == FOREIGN_INPUT || c->hook == FOREIGN_FORWARD ||
		       c->hook == FOREIGN_OUTPUT);
}

static bool changes(struct judging *j, const struct foreign_chain *c, unsigned depth)
{
	if (c->changes)
		return true;
	for (const struct foreign_rule *r = c->first; r; r = r->next)
		if (r->target && depth < DEPTH_AT_MOST && passage_step(&j->passage) &&
			changes(j, r->target, depth + 1))
			return true;
	return false;
}

static void say_all(struct judging *j, const struct foreign *f, struct findings *to)
{
	j->passage.steps_left = STEPS_AT_MOST;
	for (size_t i = 0; i < j->hits.count; i++)
		findings_say_hit(to, &j->hits.items[i]);
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		if (is_beside_ours(c) && changes(j, c, 0))
			findings_say_order(to, c);
	for (const struct foreign_gap *g = f->gaps; g; g = g->next)
		findings_say_gap(to, g->what);
	if (j->hits.too_many)
		findings_say_gap(to,
			"more rules of others drop what rolewall allows than are listed here");
	if (j->passage.gave_up)
		findings_say_gap(to, "the tables of others are too large to be read as a whole");
}

int survey(const struct foreign *f, const struct policy *p, const struct survey_host *host,
	struct findings *ret)
{
	struct judging j = {.foreign = f, .host = host};
	struct findings found;
	int r = findings_init(&found);
	if (r < 0)
		return r;
	j.error = allowed_read(p, &j.allowed);
	if (j.error == 0)
		j.error = cells_read(f, &j.allowed, &j.cells);
	if (j.error == 0)
		j.error = edges_read(f, &j.edges);
	find_bases(&j);
	for (size_t i = 0; i < j.allowed.count && j.error == 0; i++)
		send_service(&j, &j.allowed.items[i]);
	say_all(&j, f, &found);
	if (j.error == 0)
		j.error = j.hits.error;
	hits_done(&j.hits);
	free(j.bases);
	edges_done(&j.edges);
	cells_done(&j.cells);
	free(j.allowed.items);
	if (j.error == 0 && found.failed)
		j.error = -ENOMEM;
	if (j.error < 0) {
		findings_done(&found);
		return j.error;
	}
	*ret = found;
	return 0;
}

bool survey_cares(const struct policy *p, const struct survey_host *host, const struct addr *a)
{
	const struct host *h = &p->host;
	for (size_t i = 0; i < h->n_peers; i++)
		if (addrset_contains(&h->peers[i].addresses, a))
			return true;
	return addrset_contains(&h->management.addresses, a) ||
	       (host->facts && facts_is_local(host->facts, a));
}
