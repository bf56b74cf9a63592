/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operator reads in the log what a reload has changed.  Flows and peers are counted, since they
 * are what the configuration names; the first few are named, with how many addresses came and went.
 * Which port leads to which flow is said as well, unless that follows from flows that are named.
 */
#include "ask/summary.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED = 4 /* flows and peers */ };

void summary_put_count(size_t n, const char *one, struct text *to)
{
	text_printf(to, "%zu %s%s", n, one, n == 1 ? "" : one[strlen(one) - 1] == 's' ? "es" : "s");
}

/* Numbers. */

enum part {
	PART_FLOWS,
	PART_PEERS,
	PART_PORTS,
	PART_MANAGEMENT,
	PART_SESSIONS,
	PART_OUTBOUND,
	PART_OTHER,
};
enum { PARTS = PART_OTHER + 1, KINDS = DIFFERENCE_CHANGED + 1 };

static enum part part_of(enum subject_kind k)
{
	switch (k) {
	case SUBJECT_FLOW:
		return PART_FLOWS;
	case SUBJECT_PEER:
		return PART_PEERS;
	case SUBJECT_MANAGEMENT:
		return PART_MANAGEMENT;
	case SUBJECT_SESSIONS:
		return PART_SESSIONS;
	case SUBJECT_OUTBOUND:
		return PART_OUTBOUND;
	case SUBJECT_PORTS:
		return PART_PORTS;
	case SUBJECT_PROTOCOLS:
	case SUBJECT_GENERATION:
	case SUBJECT_BUILT_IN:
		return PART_OTHER;
	}
	abort();
}

static bool names_flow(const struct difference_list *l, const char *name)
{
	for (const struct difference *d = l->first; d; d = d->next)
		if (d->subject.kind == SUBJECT_FLOW && d->kind != DIFFERENCE_MOVED &&
			strcmp(d->subject.name, name) == 0)
			return true;
	return false;
}

/* Which ports lead where follows from the flows that come and go, as far as it is of those alone;
 * which protocols do, from the ports. */
static bool is_implied(const struct difference_list *l, const struct difference *d)
{
	static const char flow[] = " flow ";
	if (d->subject.kind == SUBJECT_PROTOCOLS || d->subject.kind == SUBJECT_GENERATION)
		return l->first != d || d->next;
	if (d->subject.kind != SUBJECT_PORTS)
		return false;
	for (size_t i = 0; i < d->n_shown; i++) {
		const char *name = strstr(d->shown[i].text, flow);
		if (name && !names_flow(l, name + strlen(flow)))
			return false;
	}
	return true;
}

/* Both sides of a flow are one flow. */
static bool is_same_flow(const struct difference *a, const struct difference *b)
{
	return a && a->subject.kind == SUBJECT_FLOW && b->subject.kind == SUBJECT_FLOW &&
	       a->subject.length == b->subject.length &&
	       memcmp(a->subject.name, b->subject.name, a->subject.length) == 0;
}

struct numbers {
	size_t of[KINDS][PARTS];
	size_t any, moved;
};

static void gather_numbers(const struct difference_list *l, struct numbers *ret)
{
	const struct difference *last = NULL;
	*ret = (struct numbers){0};
	for (const struct difference *d = l->first; d; d = d->next) {
		if (d->kind == DIFFERENCE_MOVED) {
			ret->moved++;
			continue;
		}
		if (is_implied(l, d) || is_same_flow(last, d))
			continue;
		enum part part = part_of(d->subject.kind);
		/* what is neither a flow nor a peer is a setting: it changes */
		ret->of[part > PART_PEERS ? DIFFERENCE_CHANGED : d->kind][part]++;
		ret->any++;
		last = d;
	}
}

static void put_part(enum part part, size_t n, struct text *to)
{
	switch (part) {
	case PART_FLOWS:
		summary_put_count(n, "flow", to);
		return;
	case PART_PEERS:
		summary_put_count(n, "peer", to);
		return;
	case PART_PORTS:
		text_put(to, "ports of flows");
		return;
	case PART_MANAGEMENT:
		text_put(to, "management");
		return;
	case PART_SESSIONS:
		text_put(to, "the session limit");
		return;
	case PART_OUTBOUND:
		text_put(to, "outbound = allow");
		return;
	case PART_OTHER:
		text_put(to, "other rules");
		return;
	}
	abort();
}

static bool put_kind(const size_t of[PARTS], const char *word, bool is_first, struct text *to)
{
	size_t left = 0, said = 0;
	for (size_t i = 0; i < PARTS; i++)
		left += of[i] > 0;
	if (left == 0)
		return is_first;
	text_put(to, is_first ? "" : ", ");
	for (enum part i = 0; i <= PART_OTHER; i++) {
		if (of[i] == 0)
			continue;
		left--;
		if (said++)
			text_put(to, left ? ", " : " and ");
		put_part(i, of[i], to);
	}
	text_printf(to, " %s", word);
	return false;
}

/* Names. */

static void put_elements(const struct difference *d, struct text *to)
{
	static const char one[] = "address";
	if (d->has_other_names && d->kind == DIFFERENCE_CHANGED)
		text_put(to, ": other names");
	if (d->subject.kind == SUBJECT_FLOW || d->comes + d->goes == 0)
		return;
	text_put(to, d->has_other_names && d->kind == DIFFERENCE_CHANGED ? ", " : ": ");
	if (d->comes && d->goes) {
		summary_put_count(d->comes, one, to);
		text_printf(to, " added, %zu removed", d->goes);
		return;
	}
	summary_put_count(d->comes + d->goes, one, to);
	text_put(to, d->comes ? " added" : " removed");
}

/* "81 flow web added, 80 flow web removed" */
static void put_ports(const struct difference *d, struct text *to)
{
	text_printf(to, "%s ports:", d->subject.name);
	for (size_t i = 0; i < d->n_shown && i < NAMED; i++)
		text_printf(to, "%s %s %s", i ? "," : "", d->shown[i].text,
			d->shown[i].added ? "added" : "removed");
	if (d->comes + d->goes > NAMED)
		text_printf(to, ", and %zu more", d->comes + d->goes - NAMED);
}

static bool is_named(const struct difference_list *l, const struct difference *d)
{
	return d->kind != DIFFERENCE_MOVED && part_of(d->subject.kind) <= PART_MANAGEMENT &&
	       !is_implied(l, d);
}

static void put_name(const struct difference *d, struct text *to)
{
	switch (part_of(d->subject.kind)) {
	case PART_FLOWS:
		text_printf(to, "flow %s, %s", d->subject.name,
			d->subject.side == SIDE_IN ? "inbound" : "outbound");
		break;
	case PART_PEERS:
		text_printf(to, "peer %s", d->subject.name);
		break;
	case PART_PORTS:
		put_ports(d, to);
		return;
	case PART_MANAGEMENT:
		text_put(to, "management");
		break;
	case PART_SESSIONS:
	case PART_OUTBOUND:
	case PART_OTHER:
		abort(); /* has no name */
	}
	put_elements(d, to);
}

static void put_names(const struct difference_list *l, struct text *to)
{
	size_t n = 0;
	for (const struct difference *d = l->first; d; d = d->next) {
		if (!is_named(l, d) || n++ >= NAMED)
			continue;
		text_put(to, n == 1 ? " (" : "; ");
		put_name(d, to);
	}
	if (n > NAMED)
		text_printf(to, "; and %zu more", n - NAMED);
	if (n)
		text_put(to, ")");
}

/* All of it. */

void summary_put_differences(const struct difference_list *d, struct text *to)
{
	struct numbers n;
	gather_numbers(d, &n);
	if (n.any == 0) {
		text_put(to, n.moved ? "nothing changed but the lines of the files that rules come "
				       "from"
				     : "nothing changed");
		return;
	}
	bool is_first = put_kind(n.of[DIFFERENCE_ADDED], "added", true, to);
	is_first = put_kind(n.of[DIFFERENCE_REMOVED], "removed", is_first, to);
	put_kind(n.of[DIFFERENCE_CHANGED], "changed", is_first, to);
	put_names(d, to);
}

void summary_put_policy(const struct policy *p, struct text *to)
{
	size_t flows = 0, peers = 0;
	for (size_t i = 0; i < p->n_flows; i++)
		flows += p->flows[i].state == FLOW_ON &&
			 (p->flows[i].n_inbound || p->flows[i].n_outbound);
	summary_put_count(flows, "flow", to);
	for (size_t i = 0; i < p->host.n_peers; i++)
		peers += p->host.peers[i].is_used || !p->host.peers[i].is_default;
	text_put(to, " and ");
	summary_put_count(peers, "peer", to);
}
