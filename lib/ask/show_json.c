/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy as JSON: the same facts as the table of flows, none of them abridged. */
#include "ask/show_json.h"

#include "base/json.h"
#include "compile/learned.h"

static void put_place(struct json *j, struct place at)
{
	json_string(j, "file", at.file);
	json_number(j, "line", at.line);
}

static void put_text(struct json *j, const char *key, struct text *text)
{
	if (text->failed)
		j->to->failed = true;
	json_string(j, key, text->data ? text->data : "");
	text_done(text);
}

static void put_port_ranges(struct json *j, const struct port_range *ranges, size_t n)
{
	json_open(j, "ports", '[');
	for (size_t i = 0; i < n; i++) {
		struct text text = {0};
		text_printf(&text, "%u", ranges[i].first);
		if (ranges[i].last != ranges[i].first)
			text_printf(&text, "-%u", ranges[i].last);
		put_text(j, NULL, &text);
	}
	json_close(j, ']');
}

static void put_set(struct json *j, const char *key, const struct addrset *set)
{
	json_open(j, key, '[');
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		for (size_t i = 0; i < set->count[part]; i++) {
			struct text text = {0};
			struct addr_range r = addrset_get(set, part, i);
			addr_range_print(&r, &text);
			put_text(j, NULL, &text);
		}
	json_close(j, ']');
}

static void put_address_list(struct json *j, const struct peer *p, const struct learned_peer *known)
{
	json_bool(j, "any", p->any);
	put_set(j, "addresses", &p->addresses);
	put_set(j, "learned", &p->learned); /* by router advertisement */
	if (p->n_names == 0)
		return;
	json_open(j, "names", '[');
	for (size_t i = 0; i < p->n_names; i++) {
		const struct peer_name *n = &p->names[i];
		json_open(j, NULL, '{');
		json_string(j, "name", n->text);
		json_string(j, "kind", n->kind == NAME_OF_SERVICE ? "service" : "host");
		json_bool(j, "private", n->takes_private);
		put_place(j, n->at);
		json_close(j, '}');
	}
	json_close(j, ']');
	if (!known)
		return;
	json_open(j, "named", '{');
	put_set(j, "live", &known->live);
	put_set(j, "retired", &known->retired);
	json_close(j, '}');
}

static void put_peer_names(struct json *j, const char *key, const struct peer **peers, size_t n)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < n; i++)
		json_string(j, NULL, peers[i]->name);
	json_close(j, ']');
}

static void put_bundles(struct json *j, const struct flow *f)
{
	if (f->bundles.count == 0)
		return;
	json_open(j, "bundles", '[');
	for (size_t i = 0; i < f->bundles.count; i++)
		json_string(j, NULL, f->bundles.items[i].text);
	json_close(j, ']');
}

static void put_flow(struct json *j, const struct host_flow *f)
{
	static const char *const initiators[] = {"source", "target", "either"};
	const struct flow *flow = f->flow;
	json_open(j, NULL, '{');
	json_string(j, "name", flow->name);
	json_string(j, "state", flow_state_name(f->state));
	put_port_ranges(j, flow->ports, flow->n_ports);
	json_open(j, "protocols", '[');
	for (size_t i = 0; i < flow->n_protocols; i++) {
		char name[8];
		protocol_print(flow->protocols[i], name);
		json_string(j, NULL, name);
	}
	json_close(j, ']');
	json_string(j, "direction", flow->direction == DIRECTION_BOTH ? "both" : "single");
	json_string(j, "initiator", initiators[flow->initiator]);
	json_string(j, "purpose", flow->purpose);
	if (flow->note[0])
		json_string(j, "note", flow->note);
	put_bundles(j, flow);
	put_peer_names(j, "inbound", f->inbound, f->n_inbound);
	put_peer_names(j, "outbound", f->outbound, f->n_outbound);
	put_place(j, flow->at);
	json_close(j, '}');
}

static void put_host(struct json *j, const struct policy *p)
{
	json_open(j, "host", '{');
	json_open(j, "roles", '[');
	for (size_t i = 0; i < p->host.roles.count; i++)
		json_string(j, NULL, p->host.roles.items[i].text);
	json_close(j, ']');
	json_string(j, "outbound", p->host.outbound_allowed ? "allow" : "enforce");
	if (p->size) {
		json_number(j, "size", p->size->administrators);
		json_number(j, "sessions", p->size->sessions);
	}
	if (p->host.sessions_per_client)
		json_number(j, "sessions-per-client", p->host.sessions_per_client);
	put_place(j, p->host.at);
	json_close(j, '}');
}

void show_json(const struct policy *p, const struct learned *learned, struct text *to)
{
	struct json j = {.to = to};
	json_open(&j, NULL, '{');
	put_host(&j, p);
	if (p->host.has_management) {
		json_open(&j, "management", '{');
		put_port_ranges(&j, p->host.management_ports, p->host.n_management_ports);
		put_address_list(&j, &p->host.management,
			learned_of(learned, learned_number(p, &p->host.management)));
		put_place(&j, p->host.management.at);
		json_close(&j, '}');
	}
	json_open(&j, "flows", '[');
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].state != FLOW_NOT_OURS)
			put_flow(&j, &p->flows[i]);
	json_close(&j, ']');
	json_open(&j, "peers", '[');
	for (size_t i = 0; i < p->host.n_peers; i++) {
		const struct peer *peer = &p->host.peers[i];
		if (peer->is_default && !peer->is_used)
			continue;
		json_open(&j, NULL, '{');
		json_string(&j, "name", peer->name);
		put_address_list(&j, peer, learned_of(learned, learned_number(p, peer)));
		put_place(&j, peer->at);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	text_put(to, "\n");
}
