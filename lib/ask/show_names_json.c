/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names as JSON: the same as for people, in seconds. */
#include "ask/show_names_json.h"

#include <stdlib.h>

#include "base/json.h"

static void json_life(struct json *j, const struct names_view *v, const struct answers_life *l,
	bool in_hosts)
{
	json_open(j, "sources", '[');
	for (size_t i = 0; i < NAMES_SOURCES; i++)
		if (l->sources & names_sources[i].source)
			json_string(j, NULL, names_sources[i].name);
	json_close(j, ']');
	json_number(j, "age-seconds", names_ago(v, l->learned));
	json_number(j, "seen-seconds-ago", names_ago(v, l->seen));
	if (in_hosts || l->is_retired)
		json_string(j, "seconds-left", NULL);
	else
		json_number(j, "seconds-left", names_ahead(v, l->until));
	json_bool(j, "retired", l->is_retired);
}

static void json_addresses(struct json *j, const struct names_view *v, const struct names_owners *o,
	const struct answers_name *n)
{
	json_open(j, "addresses", '[');
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		const struct answers_name *other;
		char address[INET6_ADDRSTRLEN];
		size_t at = SIZE_MAX;
		addr_print(&one->address, address);
		json_open(j, NULL, '{');
		json_string(j, "address", address);
		json_life(j, v, &one->life, one->in_hosts);
		json_open(j, "also-of", '[');
		while ((other = names_owners_next(o, &one->address, &at)))
			if (other != n)
				json_string(j, NULL, answers_text(other));
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_targets(struct json *j, const struct names_view *v, const struct answers_name *n)
{
	json_open(j, "servers", '[');
	for (size_t i = 0; i < n->n_targets; i++) {
		const struct answers_target *t = &n->targets[i];
		json_open(j, NULL, '{');
		json_string(j, "name", answers_text(t->name));
		json_open(j, "ports", '[');
		for (size_t k = 0; k < t->n_ports; k++)
			json_number(j, NULL, t->ports[k]);
		json_close(j, ']');
		json_life(j, v, &t->life, false);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_trouble(struct json *j, const struct names_view *v, const struct answers_name *n)
{
	static const char *const codes[ANSWERS_ERRORS] = {"none", "empty", "nxdomain", "servfail",
		"refused", "timeout", "garbled", "unfit", "unfit-in-hosts"};
	const char *flow;
	size_t at = 0;
	if (!n->is_failing) {
		json_string(j, "error", NULL);
	} else {
		json_open(j, "error", '{');
		json_string(j, "code", codes[n->failure]);
		json_string(j, "text", answers_error_text(n->failure));
		json_number(j, "since-seconds", names_ago(v, n->failing_since));
		json_close(j, '}');
	}
	json_bool(j, "full", n->is_full);
	json_bool(j, "waiting", names_view_waits(n));
	json_open(j, "waiting-flows", '[');
	while ((flow = names_view_flow(v, n, &at)))
		json_string(j, NULL, flow);
	json_close(j, ']');
}

static void json_refused(struct json *j, const struct answers_refused *r, const char *source)
{
	char address[INET6_ADDRSTRLEN];
	if (r->count == 0)
		return;
	addr_print(&r->first, address);
	json_open(j, NULL, '{');
	json_string(j, "address", address);
	json_string(j, "source", source);
	json_string(j, "why", names_refused_text(&r->first));
	json_number(j, "count", r->count);
	json_close(j, '}');
}

static void json_name(struct json *j, const struct names_view *v, const struct names_owners *o,
	const struct answers_name *n)
{
	const uint64_t due = answers_due(n);
	json_open(j, NULL, '{');
	json_string(j, "name", answers_text(n));
	json_string(j, "kind", n->kind == NAME_OF_SERVICE ? "service" : "host");
	json_open(j, "peers", '[');
	for (size_t i = 0; i < n->n_feeds; i++)
		json_string(j, NULL, names_view_peer(v, n->feeds[i].peer));
	json_close(j, ']');
	json_open(j, "server-of", '[');
	for (size_t i = 0; i < n->n_services; i++)
		json_string(j, NULL, answers_text(n->services[i]));
	json_close(j, ']');
	if (due == ANSWERS_NEVER)
		json_string(j, "next-asked-seconds", NULL);
	else
		json_number(j, "next-asked-seconds", names_ahead(v, (int64_t)due));
	json_trouble(j, v, n);
	json_open(j, "not-taken", '[');
	json_refused(j, &n->refused_in_hosts, "hosts");
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		json_refused(j, &n->refused[q], "answer");
	json_close(j, ']');
	if (n->kind == NAME_OF_SERVICE)
		json_targets(j, v, n);
	else
		json_addresses(j, v, o, n);
	json_close(j, '}');
}

static void json_reader(struct json *j, const struct names_view *v)
{
	const struct notice_state *state = v->is_connected ? v->state : NULL;
	json_open(j, "reader", '{');
	json_bool(j, "connected", v->is_connected);
	json_number(j, "disconnected", v->hung_up);
	json_open(j, "asks", '[');
	for (size_t i = 0; state && i < state->n_resolvers; i++) {
		char address[INET6_ADDRSTRLEN];
		addr_print(&state->resolvers[i], address);
		json_string(j, NULL, address);
	}
	json_close(j, ']');
	if (state) {
		json_number(j, "asked", state->asked);
		json_number(j, "observed", state->observed);
		json_number(j, "overruns", state->overruns);
		json_number(j, "lost", state->dropped);
	}
	json_close(j, '}');
}

void show_names_json(const struct names_view *v, struct text *to)
{
	struct json j = {.to = to};
	struct names_owners owners = {0};
	if (names_owners_find(v->answers, &owners) < 0)
		to->failed = true;
	json_open(&j, NULL, '{');
	json_reader(&j, v);
	json_open(&j, "names", '[');
	for (size_t i = 0; i < answers_count(v->answers); i++)
		if (names_view_shows(v, answers_get(v->answers, i)))
			json_name(&j, v, &owners, answers_get(v->answers, i));
	json_close(&j, ']');
	json_close(&j, '}');
	text_put(to, "\n");
	free(owners.items);
}
