/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of flows: one row for each flow, side and peer; below it, what is always
 * allowed, and the rows of this host that are off.
 *
 * Cells are written first and laid out afterwards, so that columns are as wide as what is
 * in them.
 */
#include "ask/show_flows.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "compile/learned.h"

enum column { FLOW, SIDE, PORT, PROTOCOL, PEER, PURPOSE, PLACE, COLUMNS };
enum { ADDRESSES_SHOWN = 4 };

struct row {
	char *cells[COLUMNS];
};

struct table {
	struct row *rows;
	size_t count, allocated;
	bool failed;
};

void put_ports(const struct flow *f, struct text *to)
{
	for (size_t i = 0; i < f->n_ports; i++) {
		text_printf(to, "%s%u", i ? " " : "", f->ports[i].first);
		if (f->ports[i].last != f->ports[i].first)
			text_printf(to, "-%u", f->ports[i].last);
	}
}

void put_protocols(const struct flow *f, struct text *to)
{
	for (size_t i = 0; i < f->n_protocols; i++) {
		char name[8];
		protocol_print(f->protocols[i], name);
		text_printf(to, "%s%s", i ? " " : "", name);
	}
}

static void put_set(const struct addrset *set, size_t most, struct text *to)
{
	static const enum addrset_part order[] = {
		ADDRSET_RANGES4, ADDRSET_HOSTS4, ADDRSET_RANGES6, ADDRSET_HOSTS6};
	size_t shown = 0, total = addrset_count(set);
	for (size_t i = 0; i < ADDRSET_PARTS; i++)
		for (size_t j = 0; j < set->count[order[i]] && shown < most; j++) {
			struct addr_range r = addrset_get(set, order[i], j);
			text_put(to, shown++ ? ", " : "");
			addr_range_print(&r, to);
		}
	if (shown < total)
		text_printf(to, ", … %zu more", total - shown);
}

static void put_names(const struct peer *p, size_t most, struct text *to)
{
	for (size_t i = 0; i < p->n_names && i < most; i++)
		text_printf(to, "%s%s%s", i ? ", " : "",
			p->names[i].kind == NAME_OF_SERVICE ? "service " : "", p->names[i].text);
	if (p->n_names > most)
		text_printf(to, ", … %zu more names", p->n_names - most);
}

static void put_learned(const struct learned_peer *known, size_t most, struct text *to)
{
	if (addrset_count(&known->live)) {
		text_put(to, "; learned: ");
		put_set(&known->live, most, to);
	} else {
		text_put(to, "; waiting: nothing is learned of it yet");
	}
	if (addrset_count(&known->retired)) {
		text_put(to, "; retired: ");
		put_set(&known->retired, most, to);
	}
}

void put_addresses(const struct peer *p, const struct learned_peer *known, size_t most,
	struct text *to)
{
	const bool has_addresses = addrset_count(&p->addresses) > 0;
	if (p->any || (!has_addresses && !peer_is_named(p))) {
		text_put(to, p->any ? "any" : "none");
		return;
	}
	put_names(p, most, to);
	if (has_addresses) {
		text_put(to, p->n_names ? ", " : "");
		put_set(&p->addresses, most, to);
	}
	if (addrset_count(&p->learned)) {
		text_put(to, "; learned by router advertisement: ");
		put_set(&p->learned, most, to);
	}
	if (known && peer_is_named(p))
		put_learned(known, most, to);
}

void put_management(const struct policy *p, const struct learned *learned, struct text *to)
{
	const struct host *h = &p->host;
	if (!h->has_management) {
		text_put(to, "none");
		return;
	}
	text_put(to, "tcp");
	for (size_t i = 0; i < h->n_management_ports; i++) {
		const struct port_range *r = &h->management_ports[i];
		text_printf(to, " %u", r->first);
		if (r->last != r->first)
			text_printf(to, "-%u", r->last);
	}
	text_put(to, " from ");
	put_addresses(&h->management, learned_of(learned, learned_number(p, &h->management)),
		ADDRESSES_SHOWN, to);
	text_printf(to, " (%s:%u)", h->management.at.file, h->management.at.line);
}

static void set_cell(struct table *t, struct row *r, enum column c, struct text *text)
{
	if (text_finish(text, &r->cells[c]) < 0)
		t->failed = true;
}

static struct row *add_row(struct table *t)
{
	if (array_reserve(&t->rows, &t->allocated, t->count + 1) < 0) {
		t->failed = true;
		return NULL;
	}
	t->rows[t->count] = (struct row){0};
	return &t->rows[t->count++];
}

static void put_place(const struct flow *f, struct text *to)
{
	text_printf(to, "%s:%u", f->at.file, f->at.line);
	if (f->n_ports && strcmp(f->port_at.file, f->at.file) != 0)
		text_printf(to, " (port: %s:%u)", f->port_at.file, f->port_at.line);
}

static void add_flow_row(struct table *t, const struct flow *f, const char *side,
	const struct peer *peer, const struct learned_peer *known)
{
	struct row *r = add_row(t);
	struct text text = {0};
	if (!r)
		return;
	text_put(&text, f->name);
	set_cell(t, r, FLOW, &text);
	text_put(&text, side);
	set_cell(t, r, SIDE, &text);
	put_ports(f, &text);
	set_cell(t, r, PORT, &text);
	put_protocols(f, &text);
	set_cell(t, r, PROTOCOL, &text);
	if (peer) {
		text_printf(&text, "%s (", peer->name);
		put_addresses(peer, known, ADDRESSES_SHOWN, &text);
		text_put(&text, ")");
	}
	set_cell(t, r, PEER, &text);
	text_put(&text, f->purpose);
	set_cell(t, r, PURPOSE, &text);
	put_place(f, &text);
	set_cell(t, r, PLACE, &text);
}

static void add_head(struct table *t)
{
	static const char *const heads[COLUMNS] = {
		"FLOW", "IN/OUT", "PORT", "PROTOCOL", "PEER", "PURPOSE", "FILE:LINE"};
	struct row *r = add_row(t);
	for (enum column c = 0; r && c < COLUMNS; c++) {
		struct text text = {0};
		text_put(&text, heads[c]);
		set_cell(t, r, c, &text);
	}
}

/* Letters, not bytes. */
static size_t width(const char *s)
{
	size_t n = 0;
	for (; s && *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void print_table(struct table *t, struct text *to)
{
	size_t widths[COLUMNS] = {0};
	for (size_t i = 0; i < t->count; i++)
		for (enum column c = 0; c < COLUMNS; c++)
			if (width(t->rows[i].cells[c]) > widths[c])
				widths[c] = width(t->rows[i].cells[c]);
	for (size_t i = 0; i < t->count && !t->failed; i++)
		for (enum column c = 0; c < COLUMNS; c++) {
			const char *cell = t->rows[i].cells[c];
			text_put(to, cell);
			if (c + 1 < COLUMNS)
				text_pad(to, widths[c] - width(cell) + 2);
			else
				text_put(to, "\n");
		}
	to->failed |= t->failed;
	for (size_t i = 0; i < t->count; i++)
		for (enum column c = 0; c < COLUMNS; c++)
			free(t->rows[i].cells[c]);
	free(t->rows);
}

static void put_head(const struct policy *p, const struct learned *learned, struct text *to)
{
	text_put(to, "roles:");
	for (size_t i = 0; i < p->host.roles.count; i++)
		text_printf(to, " %s", p->host.roles.items[i].text);
	text_printf(to, "\noutbound: %s\n",
		p->host.outbound_allowed ? "allow (everything may leave this host)"
					 : "enforce (only flows may leave this host)");
	if (p->host.interfaces.count) {
		text_put(to, "inbound: only by");
		for (size_t i = 0; i < p->host.interfaces.count; i++)
			text_printf(to, " %s", p->host.interfaces.items[i].text);
		text_put(to, " (management by any)\n");
	}
	text_put(to, "management: ");
	put_management(p, learned, to);
	text_put(to, "\n");
	if (p->size)
		text_printf(to, "sessions: at most %u at once (size %u, %s:%u)\n",
			p->size->sessions, p->size->administrators, p->size->at.file,
			p->size->at.line);
	if (p->host.sessions_per_client)
		text_printf(to, "sessions: at most %u of one client (%s:%u)\n",
			p->host.sessions_per_client, p->host.sessions_per_client_at.file,
			p->host.sessions_per_client_at.line);
	if (!learned && learned_is_followed_any(p))
		text_put(to, "names: rolewalld learns their addresses while it runs; the files do "
			     "not say them\n");
	text_put(to, "\n");
}

static bool is_off(const struct host_flow *f)
{
	return f->state == FLOW_OFF_OPTIONAL || f->state == FLOW_OFF_DISABLED;
}

/* The bundle's first row here that is off and optional, or NULL. */
static const struct host_flow *first_of_bundle(const struct policy *p, const char *bundle)
{
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].state == FLOW_OFF_OPTIONAL &&
			names_have(&p->flows[i].flow->bundles, bundle))
			return &p->flows[i];
	return NULL;
}

static void put_bundle(const struct policy *p, const char *bundle, struct text *to)
{
	const char *between = "";
	text_printf(to, "enable = %s turns on ", bundle);
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].state == FLOW_OFF_OPTIONAL &&
			names_have(&p->flows[i].flow->bundles, bundle)) {
			text_printf(to, "%s%s", between, p->flows[i].flow->name);
			between = ", ";
		}
	text_put(to, "\n");
}

static void put_bundles(const struct policy *p, struct text *to)
{
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct names *bundles = &p->flows[i].flow->bundles;
		for (size_t j = 0; j < bundles->count; j++)
			if (first_of_bundle(p, bundles->items[j].text) == &p->flows[i])
				put_bundle(p, bundles->items[j].text, to);
	}
}

/* What else the page says of rows, on or off. */
static void put_notes(const struct policy *p, struct text *to)
{
	const char *title = "\nnotes:\n";
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct flow *f = p->flows[i].flow;
		if (p->flows[i].state == FLOW_NOT_OURS || !f->note[0])
			continue;
		text_printf(to, "%s%s: %s\n", title, f->name, f->note);
		title = "";
	}
}

static void put_off(const struct policy *p, struct text *to)
{
	bool any = false;
	struct table t = {0};
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		if (!is_off(f))
			continue;
		add_flow_row(&t, f->flow, flow_state_name(f->state), NULL, NULL);
		any = true;
	}
	if (any)
		text_put(to, "\noff ([host] enable = NAME turns an optional one on):\n");
	print_table(&t, to);
}

static void add_flow_rows(struct table *t, const struct policy *p, const struct learned *learned,
	const struct host_flow *f)
{
	for (size_t i = 0; i < f->n_inbound + f->n_outbound; i++) {
		const bool in = i < f->n_inbound;
		const struct peer *peer = in ? f->inbound[i] : f->outbound[i - f->n_inbound];
		add_flow_row(t, f->flow, in ? "in" : "out", peer,
			learned_of(learned, learned_number(p, peer)));
	}
}

void show_flows(const struct policy *p, const struct learned *learned, struct text *to)
{
	struct table t = {0};
	put_head(p, learned, to);
	add_head(&t);
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].state == FLOW_ON)
			add_flow_rows(&t, p, learned, &p->flows[i]);
	print_table(&t, to);
	put_off(p, to);
	put_bundles(p, to);
	put_notes(p, to);
}
