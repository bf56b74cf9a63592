/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names as blocks of columns, which stand below each other in all blocks. */
#include "ask/show_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { CELL = 64 };

/* "2 h 5 min" */
static void print_span(uint64_t seconds, char to[CELL])
{
	const unsigned long long s = seconds;
	if (s < MINUTE)
		snprintf(to, CELL, "%llu s", s);
	else if (s < HOUR)
		snprintf(to, CELL, "%llu min %llu s", s / MINUTE, s % MINUTE);
	else if (s < DAY)
		snprintf(to, CELL, "%llu h %llu min", s / HOUR, s % HOUR / MINUTE);
	else
		snprintf(to, CELL, "%llu d %llu h", s / DAY, s % DAY / HOUR);
}

static void put_span(uint64_t seconds, struct text *to)
{
	char span[CELL];
	print_span(seconds, span);
	text_put(to, span);
}

static void put_reader(const struct names_view *v, struct text *to)
{
	text_put(to, "rolewall-reader: ");
	if (!v->is_connected)
		text_put(to, "not connected: no name is asked for; what is known stays in force "
			     "(see `systemctl status rolewall-reader`)");
	else if (!v->state)
		text_put(to, "connected; it has not said yet whom it asks");
	else if (v->state->n_resolvers == 0)
		text_put(to, "connected; there is no name server that it could ask");
	else
		text_put(to, "connected; it asks ");
	for (size_t i = 0; v->is_connected && v->state && i < v->state->n_resolvers; i++) {
		char address[INET6_ADDRSTRLEN];
		addr_print(&v->state->resolvers[i], address);
		text_printf(to, "%s%s", i ? ", " : "", address);
	}
	if (v->is_connected && v->state)
		text_printf(to,
			"; %llu questions asked, %llu messages observed, %llu overruns, %llu "
			"answers lost",
			(unsigned long long)v->state->asked, (unsigned long long)v->state->observed,
			(unsigned long long)v->state->overruns,
			(unsigned long long)v->state->dropped);
	if (v->hung_up)
		text_printf(to, "; disconnected %u times, since it hung or said what it may not",
			v->hung_up);
	text_put(to, "\n");
}

static void put_life(const struct names_view *v, const struct answers_life *l, bool in_hosts,
	struct text *to)
{
	char age[CELL], left[CELL] = "retired", from[CELL] = "";
	for (size_t i = 0; i < NAMES_SOURCES; i++)
		if (l->sources & names_sources[i].source) {
			strcat(from, from[0] ? "," : "");
			strcat(from, names_sources[i].name);
		}
	print_span(names_ago(v, l->learned), age);
	if (in_hosts)
		snprintf(left, CELL, "while in the hosts file");
	else if (!l->is_retired)
		print_span(names_ahead(v, l->until), left);
	text_printf(to, "  %-20s  %-13s  %s", from, age, left);
}

static void put_addresses_of(const struct names_view *v, const struct names_owners *o,
	const struct answers_name *n, struct text *to)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		const struct answers_name *other;
		char address[INET6_ADDRSTRLEN];
		size_t at = SIZE_MAX, n_others = 0;
		addr_print(&one->address, address);
		text_printf(to, "  %-39s", address);
		put_life(v, &one->life, one->in_hosts, to);
		while ((other = names_owners_next(o, &one->address, &at)))
			if (other != n)
				text_printf(to, "%s%s", n_others++ ? ", " : "  also of ",
					answers_text(other));
		text_put(to, "\n");
	}
}

static void put_targets_of(const struct names_view *v, const struct answers_name *n,
	struct text *to)
{
	for (size_t i = 0; i < n->n_targets; i++) {
		const struct answers_target *t = &n->targets[i];
		text_printf(to, "  %-39s", answers_text(t->name));
		put_life(v, &t->life, false, to);
		text_put(to, t->n_ports ? "  port" : "");
		for (size_t j = 0; j < t->n_ports; j++)
			text_printf(to, " %u", t->ports[j]);
		text_put(to, "\n");
	}
}

static void put_who(const struct names_view *v, const struct answers_name *n, struct text *to)
{
	text_put(to, n->n_feeds ? "  peers: " : "");
	for (size_t i = 0; i < n->n_feeds; i++)
		text_printf(to, "%s%s", i ? ", " : "", names_view_peer(v, n->feeds[i].peer));
	text_put(to, n->n_feeds ? "\n" : "");
	text_put(to, n->n_services ? "  server of: " : "");
	for (size_t i = 0; i < n->n_services; i++)
		text_printf(to, "%s%s", i ? ", " : "", answers_text(n->services[i]));
	text_put(to, n->n_services ? "\n" : "");
}

static void put_trouble(const struct names_view *v, const struct answers_name *n, struct text *to)
{
	const char *flow;
	size_t at = 0, n_flows = 0;
	if (n->is_failing) {
		text_printf(to, "  fails: %s; since ", answers_error_text(n->failure));
		put_span(names_ago(v, n->failing_since), to);
		text_put(to, "\n");
	}
	if (n->is_full)
		text_put(to, "  full: it has more addresses than names-most allows, and those not "
			     "seen for longest are retired\n");
	if (!names_view_waits(n))
		return;
	text_put(to, "  waiting: it has no address yet");
	while ((flow = names_view_flow(v, n, &at)))
		text_printf(to, "%s%s", n_flows++ ? ", " : "; flows that wait for one: ", flow);
	text_put(to, "\n");
}

static void put_refused(const struct answers_refused *r, const char *where, struct text *to)
{
	char address[INET6_ADDRSTRLEN];
	if (r->count == 0)
		return;
	addr_print(&r->first, address);
	text_printf(to, "  not taken: %s of %s", address, where);
	if (r->count > 1)
		text_printf(to, " (and %zu more)", r->count - 1);
	text_printf(to, ": %s\n", names_refused_text(&r->first));
}

static void put_name(const struct names_view *v, const struct names_owners *o,
	const struct answers_name *n, struct text *to)
{
	const uint64_t due = answers_due(n);
	text_printf(to, "\n%s%s\n", n->kind == NAME_OF_SERVICE ? "service " : "", answers_text(n));
	put_who(v, n, to);
	text_put(to, "  asked: ");
	if (due == ANSWERS_NEVER) {
		text_put(to, "not while it is in the hosts file");
	} else {
		text_put(to, "next in ");
		put_span(names_ahead(v, (int64_t)due), to);
	}
	text_put(to, "\n");
	put_trouble(v, n, to);
	put_refused(&n->refused_in_hosts, "/etc/hosts", to);
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		put_refused(&n->refused[q], "the last answer", to);
	if (n->n_addresses + n->n_targets)
		text_printf(to, "  %-39s  %-20s  %-13s  %s\n",
			n->kind == NAME_OF_SERVICE ? "SERVER" : "ADDRESS", "FROM", "KNOWN FOR",
			"LIFE LEFT");
	put_addresses_of(v, o, n, to);
	put_targets_of(v, n, to);
}

void show_names(const struct names_view *v, struct text *to)
{
	struct names_owners owners = {0};
	size_t shown = 0;
	if (names_owners_find(v->answers, &owners) < 0)
		to->failed = true;
	put_reader(v, to);
	for (size_t i = 0; i < answers_count(v->answers); i++) {
		const struct answers_name *n = answers_get(v->answers, i);
		if (!names_view_shows(v, n))
			continue;
		shown++;
		put_name(v, &owners, n, to);
	}
	if (shown == 0)
		text_put(to, "no name is followed: no peer that is used has name = or srv =\n");
	free(owners.items);
}
