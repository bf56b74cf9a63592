/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line for each thing that changes, with +, - or ~ in front, and one for each connection.
 * What merely comes from another line of a file is counted: that happens to everything below
 * a line that is added.
 */
#include "ask/diff_text.h"

#include <stdlib.h>

#include "ask/explain.h"
#include "ask/preview.h"
#include "base/json.h"
#include "base/text.h"
#include "config/policy.h"
#include "net/service.h"
#include "net/session.h"

/* Words. */

static const char *side_word(enum side s)
{
	return s == SIDE_IN ? "inbound" : "outbound";
}

static const char *subject_word(enum subject_kind k)
{
	switch (k) {
	case SUBJECT_FLOW:
		return "flow";
	case SUBJECT_PEER:
		return "peer";
	case SUBJECT_MANAGEMENT:
		return "management";
	case SUBJECT_SESSIONS:
		return "sessions";
	case SUBJECT_OUTBOUND:
		return "outbound = allow";
	case SUBJECT_PORTS:
		return "ports";
	case SUBJECT_PROTOCOLS:
		return "protocols";
	case SUBJECT_GENERATION:
		return "generation";
	case SUBJECT_BUILT_IN:
		return "built-in";
	}
	abort();
}

static bool has_side(enum subject_kind k)
{
	return k == SUBJECT_FLOW || k == SUBJECT_PORTS || k == SUBJECT_PROTOCOLS;
}

static const char *change_word(enum difference_kind k)
{
	switch (k) {
	case DIFFERENCE_ADDED:
		return "added";
	case DIFFERENCE_REMOVED:
		return "removed";
	case DIFFERENCE_CHANGED:
		return "changed";
	case DIFFERENCE_MOVED:
		return "moved";
	}
	abort();
}

/* What allows it now: a flow, management, outbound = allow; or unknown. */
static struct subject permission(const struct cut *c)
{
	return subject_of(c->allowed_by ? c->allowed_by : "");
}

static bool is_own(const struct diff_view *v, const struct cut *c)
{
	return v->session && connection_is_session(&c->connection, v->session);
}

static const char *direction_word(const struct cut *c)
{
	return side_word(c->packet.hook == HOOK_OUTPUT ? SIDE_OUT : SIDE_IN);
}

static void put_reason(const struct diff_view *v, const struct cut *c, struct text *to)
{
	bool out = c->packet.hook == HOOK_OUTPUT;
	const struct question q = {
		.protocol = c->connection.protocol,
		.source = c->connection.source,
		.destination = c->connection.destination,
		.source_port = c->connection.source_port,
		.destination_port = c->connection.destination_port,
		.source_is_local = out,
		.destination_is_local = !out,
	};
	if (cut_is_of_management(c))
		text_put(to, "no longer in [management]");
	else
		explain_refusal(v->preview->proposal.policy, v->preview->proposal.learned, &q, to);
}

static void put_end(const struct addr *a, uint8_t protocol, uint16_t port, struct text *to)
{
	char printed[INET6_ADDRSTRLEN];
	addr_print(a, printed);
	if (!protocol_has_ports(protocol))
		text_put(to, printed);
	else
		text_printf(to, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", printed, port);
}

/* For people. */

static void put_elements(const struct difference *d, struct text *to)
{
	if (d->comes + d->goes == 0)
		return;
	text_printf(to, ": %zu added, %zu removed:", d->comes, d->goes);
	for (size_t i = 0; i < d->n_shown; i++) {
		text_put(to, i ? ", " : " ");
		text_put(to, d->shown[i].added ? "+" : "-");
		text_put(to, d->shown[i].text);
	}
	if (d->comes + d->goes > d->n_shown)
		text_printf(to, ", … %zu more", d->comes + d->goes - d->n_shown);
}

/* "inbound tcp ports", "flow web, inbound" */
static void put_subject(const struct subject *s, struct text *to)
{
	if (s->kind == SUBJECT_PORTS) {
		text_printf(to, "%s %s ports", side_word(s->side), s->name);
		return;
	}
	if (s->kind == SUBJECT_PROTOCOLS) {
		text_printf(to, "%s protocols", side_word(s->side));
		return;
	}
	text_put(to, subject_word(s->kind));
	if (s->length)
		text_put(to, " ");
	text_put(to, s->name);
	if (has_side(s->kind))
		text_printf(to, ", %s", side_word(s->side));
}

static void put_difference(const struct difference *d, struct text *to)
{
	static const char signs[] = {
		[DIFFERENCE_ADDED] = '+', [DIFFERENCE_REMOVED] = '-', [DIFFERENCE_CHANGED] = '~'};
	text_printf(to, "%c ", signs[d->kind]);
	put_subject(&d->subject, to);
	if (d->at.file)
		text_printf(to, " (%s:%u)", d->at.file, d->at.line);
	put_elements(d, to);
	text_put(to, "\n");
	if (d->has_other_names && d->kind == DIFFERENCE_CHANGED)
		text_printf(to, "    names: %s, before: %s\n", d->names_now ? d->names_now : "none",
			d->names_then ? d->names_then : "none");
	else if (d->has_other_names)
		text_printf(to, "    names: %s\n", d->names_now ? d->names_now : d->names_then);
}

/* Returns how many are merely moved. */
static size_t put_list(const struct difference_list *l, struct text *to)
{
	size_t moved = 0;
	for (const struct difference *d = l->first; d; d = d->next)
		if (d->kind == DIFFERENCE_MOVED)
			moved++;
		else
			put_difference(d, to);
	return moved;
}

static void put_disturbed(const struct preview *w, struct text *to)
{
	if (!w->disturbed.first)
		return;
	text_put(to,
		w->proposal.now
			? "the kernel's table is not as rolewalld left it; a reload repairs it:\n"
			: "the kernel has a table of rolewall that no saved configuration "
			  "describes; a reload changes:\n");
	put_list(&w->disturbed, to);
	if (w->differences.first)
		text_put(to, "\nin the configuration a reload changes:\n");
}

static void put_differences(const struct diff_view *v, struct text *to)
{
	if (!v->preview->proposal.has_table) {
		text_put(to, "nothing is in force: the whole configuration is new\n");
		return;
	}
	put_disturbed(v->preview, to);
	size_t moved = put_list(&v->preview->differences, to);
	if (moved)
		text_printf(to, "  %zu stay the same, and come from other lines of the files\n",
			moved);
}

static void put_cut(const struct diff_view *v, const struct cut *c, struct text *to)
{
	const struct connection *k = &c->connection;
	struct subject by = permission(c);
	char protocol[8];
	protocol_print(k->protocol, protocol);
	text_printf(to, "! %s %s ", direction_word(c), protocol);
	put_end(&k->source, k->protocol, k->source_port, to);
	text_put(to, " -> ");
	put_end(&k->destination, k->protocol, k->destination_port, to);
	if (is_own(v, c))
		text_put(to, ", YOUR OWN SESSION");
	if (cut_is_of_management(c))
		text_put(to, ", management session");
	else if (by.kind == SUBJECT_FLOW)
		text_printf(to, ", flow %s", by.name);
	else if (c->allowed_by)
		text_printf(to, ", %s", subject_word(by.kind));
	text_put(to, ": ");
	put_reason(v, c, to);
	text_put(to, "\n");
}

static void put_cuts(const struct diff_view *v, struct text *to)
{
	const struct preview *w = v->preview;
	const bool has_text_above =
		!w->proposal.has_table || w->differences.first || w->disturbed.first;
	if (w->n_cuts && has_text_above)
		text_put(to, "\n");
	if (w->n_cuts)
		text_printf(to, "%zu live connection%s would be cut:\n", w->n_cuts,
			w->n_cuts > 1 ? "s" : "");
	else
		text_put(to, "no live connection would be cut\n");
	for (size_t i = 0; i < w->n_cuts; i++)
		put_cut(v, &w->cuts[i], to);
	if (v->preview->proposal.policy->host.keeps_sessions)
		text_put(to, "revoke = keep: connections that flows have allowed go on until they "
			     "end\n");
}

void diff_put_text(const struct diff_view *v, struct text *to)
{
	if (!preview_has_change(v->preview)) {
		text_put(to, "no change\n");
		return;
	}
	put_differences(v, to);
	put_cuts(v, to);
}

/* For programs. */

static void put_json_place(struct json *j, struct place at)
{
	if (!at.file)
		return;
	json_string(j, "file", at.file);
	json_number(j, "line", at.line);
}

static void put_json_shown(struct json *j, const struct difference *d, bool added)
{
	json_open(j, added ? "added" : "removed", '[');
	for (size_t i = 0; i < d->n_shown; i++)
		if (d->shown[i].added == added)
			json_string(j, NULL, d->shown[i].text);
	json_close(j, ']');
}

static void put_json_difference(struct json *j, const struct difference *d)
{
	json_open(j, NULL, '{');
	json_string(j, "change", change_word(d->kind));
	json_string(j, "what", subject_word(d->subject.kind));
	if (d->subject.length)
		json_string(j, "name", d->subject.name);
	if (has_side(d->subject.kind))
		json_string(j, "side", side_word(d->subject.side));
	put_json_place(j, d->at);
	if (d->comes + d->goes) {
		json_number(j, "elements-added", d->comes);
		json_number(j, "elements-removed", d->goes);
		put_json_shown(j, d, true);
		put_json_shown(j, d, false);
	}
	if (d->has_other_names) {
		json_string(j, "names", d->names_now);
		json_string(j, "names-before", d->names_then);
	}
	json_close(j, '}');
}

static void put_json_address(struct json *j, const char *key, const struct addr *a)
{
	char printed[INET6_ADDRSTRLEN];
	addr_print(a, printed);
	json_string(j, key, printed);
}

static void put_json_reason(struct json *j, const struct diff_view *v, const struct cut *c)
{
	struct text reason = {0};
	put_reason(v, c, &reason);
	j->to->failed |= reason.failed;
	json_string(j, "reason", reason.data ? reason.data : "");
	text_done(&reason);
}

static void put_json_cut(struct json *j, const struct diff_view *v, const struct cut *c)
{
	const struct connection *k = &c->connection;
	struct subject by = permission(c);
	char protocol[8];
	protocol_print(k->protocol, protocol);
	json_open(j, NULL, '{');
	json_string(j, "direction", direction_word(c));
	json_string(j, "protocol", protocol);
	put_json_address(j, "source", &k->source);
	put_json_address(j, "destination", &k->destination);
	if (protocol_has_ports(k->protocol)) {
		json_number(j, "source-port", k->source_port);
		json_number(j, "destination-port", k->destination_port);
	}
	json_string(j, "flow", c->allowed_by && by.kind == SUBJECT_FLOW ? by.name : NULL);
	json_bool(j, "management", cut_is_of_management(c));
	json_bool(j, "own-session", is_own(v, c));
	put_json_reason(j, v, c);
	json_close(j, '}');
}

void diff_put_json(const struct diff_view *v, struct text *to)
{
	const struct preview *w = v->preview;
	struct json j = {.to = to};
	json_open(&j, NULL, '{');
	json_bool(&j, "in-force", w->proposal.has_table);
	json_number(&j, "generation", w->proposal.generation);
	json_bool(&j, "keeps-sessions", v->preview->proposal.policy->host.keeps_sessions);
	json_open(&j, "changes", '[');
	for (const struct difference *d = w->differences.first; d; d = d->next)
		put_json_difference(&j, d);
	json_close(&j, ']');
	json_open(&j, "disturbed", '[');
	for (const struct difference *d = w->disturbed.first; d; d = d->next)
		put_json_difference(&j, d);
	json_close(&j, ']');
	json_open(&j, "cuts", '[');
	for (size_t i = 0; i < w->n_cuts; i++)
		put_json_cut(&j, v, &w->cuts[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	text_put(to, "\n");
}

void diff_put(const struct preview *v, const char *session, bool as_json, struct text *to)
{
	struct session parsed;
	const bool has_session = session[0] && session_parse(session, &parsed) == 0;
	const struct diff_view view = {v, has_session ? &parsed : NULL};
	(as_json ? diff_put_json : diff_put_text)(&view, to);
}
