/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interpreter of rulesets.
 *
 * `explain` could answer from the policy, but would then repeat the compiler's logic, mistakes
 * included.  So it walks the compiled ruleset: the same rules, in the same order, that the kernel
 * gets.
 */
#include "ruleset/evaluate.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 }; /* as in the kernel */

struct walk {
	const struct ruleset *ruleset;
	const struct packet *packet;
	struct outcome outcome;
	unsigned depth;
};

static bool is_family(const struct packet *p, sa_family_t family)
{
	return p->source.family == family;
}

static bool number_of(const struct addr *a, uint32_t *ret)
{
	uint32_t n;
	memcpy(&n, a->bytes, sizeof(n));
	*ret = ntohl(n);
	return a->family == AF_INET;
}

static uint32_t state_of(const struct packet *p)
{
	if (p->is_related)
		return NF_CT_STATE_BIT(IP_CT_RELATED);
	return NF_CT_STATE_BIT(p->is_live ? IP_CT_ESTABLISHED : IP_CT_NEW);
}

/* True if the packet is ICMP of the field's family. */
static bool is_icmp(const struct packet *p, enum field f)
{
	if (f == FIELD_ICMP_TYPE)
		return p->protocol == IPPROTO_ICMP && is_family(p, AF_INET);
	return p->protocol == IPPROTO_ICMPV6 && is_family(p, AF_INET6);
}

/* True if the packet has such a port: one of a connection's first packet is always known. */
static bool has_port(const struct packet *p, enum field f)
{
	if (f == FIELD_CT_PROTO_SRC)
		return true;
	const bool is_tcp = f == FIELD_TCP_SPORT || f == FIELD_TCP_DPORT;
	return p->protocol == (is_tcp ? IPPROTO_TCP : IPPROTO_UDP);
}

bool packet_number(const struct packet *p, enum field f, uint32_t *ret)
{
	switch (f) {
	case FIELD_L4PROTO:
		*ret = p->protocol;
		return true;
	case FIELD_CT_STATE:
		*ret = state_of(p);
		return true;
	case FIELD_CT_DIRECTION:
		*ret = IP_CT_DIR_ORIGINAL;
		return true;
	case FIELD_CT_STATUS:
		*ret = p->is_dnated ? IPS_DST_NAT : 0;
		return true;
	case FIELD_CT_MARK:
		*ret = p->mark;
		return true;
	case FIELD_TCP_FLAGS:
		*ret = p->is_live ? TH_ACK : TH_SYN;
		return p->protocol == IPPROTO_TCP;
	case FIELD_CT_PROTO_DST:
		*ret = p->is_dnated ? p->dialled_port : p->destination_port;
		return true;
	case FIELD_CT_PROTO_SRC:
	case FIELD_TCP_SPORT:
	case FIELD_UDP_SPORT:
		*ret = p->source_port;
		return has_port(p, f);
	case FIELD_TCP_DPORT:
	case FIELD_UDP_DPORT:
		*ret = p->destination_port;
		return has_port(p, f);
	case FIELD_UDP_PORTS:
		*ret = (uint32_t)p->source_port << 16 | p->destination_port;
		return has_port(p, f);
	case FIELD_ICMP_TYPE:
	case FIELD_ICMPV6_TYPE:
		*ret = p->icmp_type;
		return is_icmp(p, f);
	case FIELD_IP_SADDR:
	case FIELD_IP_DADDR:
		return number_of(f == FIELD_IP_SADDR ? &p->source : &p->destination, ret);
	case FIELD_IP_TTL: /* what speaks of memberships is for the link only, by itself */
	case FIELD_IP6_HOPLIMIT:
		*ret = p->protocol == IPPROTO_IGMP ? 1 : 64;
		return is_family(p, f == FIELD_IP_TTL ? AF_INET : AF_INET6);
	case FIELD_SKUID: /* sent by a user that no rule names */
	case FIELD_IIFNAME:
	case FIELD_OIFNAME:
	case FIELD_CT_SADDR:
	case FIELD_CT_DADDR:
	case FIELD_CT_SADDR6:
	case FIELD_CT_DADDR6:
	case FIELD_IP6_SADDR:
	case FIELD_IP6_DADDR:
	case FIELDS:
		break;
	}
	return false; /* no number */
}

bool packet_address(const struct packet *p, enum field f, struct addr *ret)
{
	bool source = f == FIELD_CT_SADDR || f == FIELD_CT_SADDR6 || f == FIELD_IP_SADDR ||
		      f == FIELD_IP6_SADDR;
	sa_family_t family = field_spec(f)->type == TYPE_IPV4_ADDR ? AF_INET : AF_INET6;
	bool dialled = p->is_dnated && (f == FIELD_CT_DADDR || f == FIELD_CT_DADDR6);
	if (source)
		*ret = p->source;
	else
		*ret = dialled ? p->dialled : p->destination;
	return ret->family == family;
}

static bool looks_up(const struct walk *w, const struct statement *s)
{
	const struct set *set = ruleset_set(w->ruleset, s->name);
	const struct element *e;
	struct addr a;
	uint32_t n;
	assert(set);
	if (set->addresses) {
		/* a set holds one part; the others of the same peer have rules of their own */
		struct addrset part = {0};
		part.hosts4 = set->addresses->hosts4;
		part.ranges4 = set->addresses->ranges4;
		part.hosts6 = set->addresses->hosts6;
		part.ranges6 = set->addresses->ranges6;
		part.count[set->part] = set->addresses->count[set->part];
		return packet_address(w->packet, s->field, &a) && addrset_contains(&part, &a);
	}
	return packet_number(w->packet, s->field, &n) && set_has_number(set, n, &e);
}

static bool is_interface(const struct packet *p, enum field f, const char *name)
{
	bool leaves = p->hook == HOOK_FORWARD && f == FIELD_OIFNAME;
	const char *link = leaves ? p->out_interface : p->interface;
	if (strcmp(name, "lo") == 0 || p->loopback)
		return p->loopback && strcmp(name, "lo") == 0;
	return !link || strcmp(link, name) == 0;
}

static bool holds(const struct walk *w, const struct statement *s)
{
	const struct packet *p = w->packet;
	struct addr a;
	uint32_t n;
	switch (s->kind) {
	case STATEMENT_EQUAL:
		return packet_number(p, s->field, &n) && n == s->value;
	case STATEMENT_UNEQUAL:
		return packet_number(p, s->field, &n) && n != s->value;
	case STATEMENT_MASKED:
		return packet_number(p, s->field, &n) && (n & s->mask) == s->value;
	case STATEMENT_ANY_BIT:
		return packet_number(p, s->field, &n) && (n & s->value) != 0;
	case STATEMENT_NAME:
		return is_interface(p, s->field, s->name);
	case STATEMENT_PREFIX6:
		return packet_address(p, s->field, &a) && addr_is_link_local6(&a);
	case STATEMENT_LOOKUP:
		return looks_up(w, s);
	case STATEMENT_LIMIT:
		return !s->over;
	case STATEMENT_SESSIONS:
	case STATEMENT_RATE:
		return false;
	/* effects let the rule go on */
	case STATEMENT_VMAP:
	case STATEMENT_MARK:
	case STATEMENT_COUNTER:
	case STATEMENT_TIMEOUTS:
	case STATEMENT_LOG:
	case STATEMENT_COPY:
	case STATEMENT_QUEUE:
	case STATEMENT_REJECT_TCP:
	case STATEMENT_REJECT:
	case STATEMENT_VERDICT:
		return true;
	}
	abort();
}

static bool walk_chain(struct walk *w, const char *name);

/* True if a verdict has ended the packet's way. */
static bool follow(struct walk *w, const struct rule *r, enum verdict v, const char *chain,
	bool *ret_leave)
{
	switch (v) {
	case VERDICT_NONE:
		return false;
	case VERDICT_ACCEPT:
		w->outcome = (struct outcome){ENDING_ACCEPT, r};
		return true;
	case VERDICT_DROP:
		w->outcome = (struct outcome){ENDING_DROP, r};
		return true;
	case VERDICT_GOTO:
		*ret_leave = true;
		return walk_chain(w, chain);
	case VERDICT_JUMP:
		return walk_chain(w, chain);
	}
	return false;
}

static bool walk_rule(struct walk *w, const struct rule *r, bool *ret_leave)
{
	for (size_t i = 0; i < r->n_statements; i++) {
		const struct statement *s = &r->statements[i];
		const struct element *e;
		uint32_t n;
		if (!holds(w, s))
			return false;
		if (s->kind == STATEMENT_REJECT || s->kind == STATEMENT_REJECT_TCP) {
			w->outcome = (struct outcome){ENDING_REJECT, r};
			return true;
		}
		if (s->kind == STATEMENT_QUEUE) {
			w->outcome = (struct outcome){ENDING_QUEUE, r};
			return true;
		}
		if (s->kind == STATEMENT_VERDICT)
			return follow(w, r, s->verdict, s->name, ret_leave);
		if (s->kind != STATEMENT_VMAP)
			continue;
		if (!packet_number(w->packet, s->field, &n) ||
			!set_has_number(ruleset_set(w->ruleset, s->name), n, &e))
			return false;
		return follow(w, r, e->verdict, e->chain, ret_leave);
	}
	return false;
}

static bool walk_chain(struct walk *w, const char *name)
{
	const struct chain *c = ruleset_chain(w->ruleset, name);
	bool leave = false, done = false;
	assert(c && w->depth < DEPTH_MAX);
	w->depth++;
	for (const struct rule *r = c->first; r && !done && !leave; r = r->next)
		done = walk_rule(w, r, &leave);
	w->depth--;
	return done;
}

struct outcome evaluate(const struct ruleset *r, const struct packet *p)
{
	struct walk w = {.ruleset = r, .packet = p, .outcome = {ENDING_DROP, NULL}};
	walk_chain(&w, hook_name(p->hook));
	return w.outcome;
}
