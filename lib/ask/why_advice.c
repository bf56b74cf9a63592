/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sentence says what decides; the advice is commands, or lines for rolewall.conf, that can be
 * pasted as they are.  Lines for a file are whole sections with whole values, since a later value
 * takes the place of an earlier one.  Advice is never a reason: whether the connection should be
 * allowed is the admin's to say.
 */
#include "ask/why_advice.h"

#include <string.h>

#include "ask/show_flows.h"
#include "base/json.h"

/* More addresses than this are not repeated. */
enum { ADDRESSES_REPEATED = 16 };

struct saying {
	const struct explaining *e;
	const struct why_seen *seen;
	const struct near_miss *miss;
	struct why *why;
};

/* Sentences. */

static const struct peer *peer_of(const struct saying *s)
{
	return s->why->peer ? host_peer(&s->e->policy->host, s->why->peer) : NULL;
}

static void put_service_asked(const struct saying *s, struct text *to)
{
	const struct question *q = s->e->question;
	char protocol[8];
	protocol_print(q->protocol, protocol);
	text_put(to, protocol);
	if (protocol_has_ports(q->protocol))
		text_printf(to, " %u", q->destination_port);
}

static void say_peer(const struct saying *s)
{
	const struct peer *p = peer_of(s);
	struct text *to = &s->why->sentence;
	text_printf(to, "flow %s is for %s, which is ", s->why->flow, p->name);
	put_addresses(p, known_of(s->e, p), ADDRESSES_SHOWN, to);
	text_put(to, " (");
	put_at(p->at, to);
	text_put(to, "); ");
	put_address(other_end(s->e), to);
	text_put(to, " is not in it");
}

static void say_no_flow(const struct saying *s)
{
	struct text *to = &s->why->sentence;
	text_printf(to, "no flow of this host is for %s ",
		s->e->side == SIDE_IN ? "inbound" : "outbound");
	put_service_asked(s, to);
	if (s->why->peer)
		text_printf(to, "; peer %s has others", s->why->peer);
}

static void say_flow(const struct saying *s, const char *what)
{
	text_printf(&s->why->sentence, "flow %s (", s->why->flow);
	put_at(s->why->at, &s->why->sentence);
	text_printf(&s->why->sentence, ") %s", what);
}

static void say_other_address(const struct saying *s)
{
	say_peer(s);
	if (s->miss->kind == MISS_RETIRED)
		text_put(&s->why->sentence, " any longer: its names had it");
}

static void say_off(const struct saying *s)
{
	say_flow(s, s->miss->flow->state == FLOW_OFF_OPTIONAL ? "is for it, and optional and off"
							      : "is for it, and disabled");
}

static void say_elsewhere(const struct saying *s)
{
	say_flow(s, s->miss->kind == MISS_ROLE
			    ? "has this port, and is between parties that this host does not play"
			    : "has this port, and goes the other way");
}

static void say_waiting(const struct saying *s)
{
	text_printf(&s->why->sentence,
		"flow %s is for it if the address is one of a name; no address of peer %s is "
		"known yet",
		s->why->flow, s->why->peer);
}

static void say_dnat(const struct saying *s)
{
	text_printf(&s->why->sentence,
		"DNAT leads port %u to port %u, for which there is a flow; it is judged by the "
		"port that was dialled, for which there is none",
		s->e->question->destination_port, s->seen->dnat_port);
}

static void say_not_loaded(const struct saying *s)
{
	struct text *to = &s->why->sentence;
	text_put(to, "the files on the disk allow it");
	if (s->why->at.file) {
		text_put(to, " (");
		put_at(s->why->at, to);
		text_put(to, ")");
	}
	text_put(to, ", and were not loaded since");
}

static void say_no_listener(const struct saying *s)
{
	text_put(&s->why->sentence, "rolewall allows it, and no program of this host listens at ");
	put_service_asked(s, &s->why->sentence);
}

static void say_no_route(const struct saying *s)
{
	text_put(&s->why->sentence, "rolewall allows it, and this host has no route to ");
	put_address(other_end(s->e), &s->why->sentence);
}

static const char *const always_the_same[WHY_CODES] = {
	[WHY_ALLOWED] = "it is allowed, and nothing was seen that stops it",
	[WHY_ALLOWED_LIVE] = "it is allowed: this connection is open, and its packets pass",
	[WHY_CLOSED] = "this host is closed, but for management: no configuration is good",
	[WHY_FLUSHED] = "this host is open: rolewallctl flush has removed the ruleset",
};

static void say_sentence(const struct saying *s)
{
	struct text *to = &s->why->sentence;
	switch (s->why->code) {
	case WHY_ALLOWED:
	case WHY_ALLOWED_LIVE:
	case WHY_CLOSED:
	case WHY_FLUSHED:
		text_put(to, always_the_same[s->why->code]);
		return;
	case WHY_PEER_UNKNOWN:
		say_peer(s);
		return;
	case WHY_PORT_UNKNOWN:
	case WHY_OUTBOUND_NO_FLOW:
		say_no_flow(s);
		return;
	case WHY_FLOW_OFF:
		say_off(s);
		return;
	case WHY_FLOW_ELSEWHERE:
		say_elsewhere(s);
		return;
	case WHY_INTERFACE_OTHER:
		text_printf(to, "it comes in by %s, and [host] interface has other ones",
			s->seen->interface);
		return;
	case WHY_NAME_WAITING:
		say_waiting(s);
		return;
	case WHY_NAME_OTHER_ADDRESS:
		say_other_address(s);
		return;
	case WHY_DNAT_PORT:
		say_dnat(s);
		return;
	case WHY_NOT_LOADED:
		say_not_loaded(s);
		return;
	case WHY_SESSIONS_FULL:
		text_printf(to, "all sessions are taken: %zu are open, %zu of this client",
			s->seen->sessions, s->seen->client_sessions);
		return;
	case WHY_FOREIGN_DROP:
		text_printf(to, "others refuse it: %s", s->seen->foreign);
		return;
	case WHY_NO_ROUTE:
		say_no_route(s);
		return;
	case WHY_NO_LISTENER:
		say_no_listener(s);
		return;
	case WHY_NOT_RUNNING:
		text_printf(to, "rolewalld does not run; the files would %s it",
			s->why->allowed ? "allow" : "refuse");
		return;
	case WHY_CODES:
		break;
	}
}

/* Advice. */

static void put_all(const struct addrset *set, struct text *to, size_t *n)
{
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		for (size_t i = 0; i < set->count[part]; i++) {
			const struct addr_range r = addrset_get(set, part, i);
			text_put(to, (*n)++ ? ", " : "");
			addr_range_print(&r, to);
		}
}

static size_t count_all(const struct addrset *set)
{
	size_t n = 0;
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		n += set->count[part];
	return n;
}

static void advise_file(struct text *to)
{
	text_put(to, "# if it should be allowed: in /etc/rolewall/rolewall.conf.d/site.conf, "
		     "then: rolewallctl reload\n");
}

static void advise_peer(const struct saying *s)
{
	const struct peer *p = peer_of(s);
	struct text *to = &s->why->advice;
	size_t n = 0;
	advise_file(to);
	text_printf(to, "[peer %s]\naddress = ", p->name);
	if (count_all(&p->addresses) <= ADDRESSES_REPEATED)
		put_all(&p->addresses, to, &n);
	text_put(to, n ? ", " : "");
	put_address(other_end(s->e), to);
	if (count_all(&p->addresses) > ADDRESSES_REPEATED) {
		text_put(to, "\n# and its other addresses, which stand at ");
		put_at(p->at, to);
	}
	text_put(to, "\n");
}

/* A flow of the site's own. */
static void advise_flow(const struct saying *s)
{
	const struct question *q = s->e->question;
	struct text *to = &s->why->advice;
	char protocol[8];
	const char *peer = s->why->peer ? s->why->peer : "site-peer";
	bool in = s->e->side == SIDE_IN;
	protocol_print(q->protocol, protocol);
	advise_file(to);
	text_printf(to, "[flow site-%s-%s-%u]\n", in ? "in" : "out", protocol, q->destination_port);
	if (protocol_has_ports(q->protocol))
		text_printf(to, "port = %u\n", q->destination_port);
	text_printf(to, "protocol = %s\nsource = %s\ntarget = %s\n", protocol,
		in ? peer : "this-host", in ? "this-host" : peer);
	if (s->why->peer)
		return;
	text_printf(to, "[peer %s]\naddress = ", peer);
	put_address(other_end(s->e), to);
	text_put(to, "\n");
}

static void put_names_but(const struct names *names, const char *but, struct text *to)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i].text, but) != 0)
			text_printf(to, " %s", names->items[i].text);
}

static void advise_on(const struct saying *s)
{
	const struct host *h = &s->e->policy->host;
	struct text *to = &s->why->advice;
	advise_file(to);
	text_put(to, "[host]\n");
	if (s->miss->flow->state == FLOW_OFF_OPTIONAL) {
		text_put(to, "enable =");
		put_names_but(&h->enabled, s->why->flow, to);
		text_printf(to, " %s\n", s->why->flow);
		return;
	}
	text_put(to, h->disabled.count > 1 ? "disable =" : "# without the line: disable =");
	put_names_but(&h->disabled, h->disabled.count > 1 ? s->why->flow : "", to);
	text_put(to, "\n");
}

static void advise_names(const struct saying *s)
{
	const struct peer *p = peer_of(s);
	struct text *to = &s->why->advice;
	for (size_t i = 0; p && i < p->n_names; i++)
		text_printf(to, "rolewallctl names %s\n", p->names[i].text);
	for (size_t i = 0; p && i < p->n_names; i++)
		text_printf(to, "rolewallctl names --refresh %s\n", p->names[i].text);
}

static void advise_interface(const struct saying *s)
{
	struct text *to = &s->why->advice;
	advise_file(to);
	text_put(to, "[host]\ninterface =");
	put_names_but(&s->e->policy->host.interfaces, "", to);
	text_printf(to, " %s\n", s->seen->interface);
}

static void advise(const struct saying *s)
{
	struct text *to = &s->why->advice;
	switch (s->why->code) {
	case WHY_ALLOWED:
	case WHY_ALLOWED_LIVE:
		return;
	case WHY_PEER_UNKNOWN:
		advise_peer(s);
		return;
	case WHY_PORT_UNKNOWN:
	case WHY_OUTBOUND_NO_FLOW:
	case WHY_FLOW_ELSEWHERE:
	case WHY_DNAT_PORT:
		advise_flow(s);
		return;
	case WHY_FLOW_OFF:
		advise_on(s);
		return;
	case WHY_INTERFACE_OTHER:
		advise_interface(s);
		return;
	case WHY_NAME_WAITING:
	case WHY_NAME_OTHER_ADDRESS:
		advise_names(s);
		return;
	case WHY_NOT_LOADED:
		text_put(to, "rolewallctl diff\nrolewallctl reload\n");
		return;
	case WHY_SESSIONS_FULL:
		text_put(to, "rolewallctl status\n");
		return;
	case WHY_FOREIGN_DROP:
		text_put(to, "nft --handle list ruleset\n");
		return;
	case WHY_NO_ROUTE:
		text_put(to, "ip route get ");
		put_address(other_end(s->e), to);
		text_put(to, "\n");
		return;
	case WHY_NO_LISTENER:
		text_printf(to, "ss --listening --numeric --processes --tcp --udp 'sport = :%u'\n",
			s->e->question->destination_port);
		return;
	case WHY_CLOSED:
		text_put(to, "rolewallctl check\nrolewallctl reload\n");
		return;
	case WHY_FLUSHED:
		text_put(to, "rolewallctl reload\n");
		return;
	case WHY_NOT_RUNNING:
		text_put(to, "systemctl status rolewalld\nrolewallctl start\n");
		return;
	case WHY_CODES:
		break;
	}
}

void why_say(const struct explaining *e, const struct why_seen *seen, const struct near_miss *miss,
	struct why *w)
{
	const struct saying s = {e, seen, miss, w};
	say_sentence(&s);
	advise(&s);
}

/* Printing. */

void why_put_text(const struct why *w, struct text *to)
{
	if (w->code == WHY_ALLOWED)
		return;
	text_printf(to, "%s: %s\n", why_code_name(w->code), w->sentence.data);
	if (w->advice.length)
		text_put(to, w->advice.data);
}

void why_put_json(const struct why *w, bool is_live, struct text *to)
{
	struct json j = {.to = to};
	struct text place = {0};
	if (w->at.file)
		put_at(w->at, &place);
	to->failed |= place.failed;
	json_open(&j, NULL, '{');
	json_string(&j, "schema", "rolewall.explain/1");
	json_string(&j, "code", why_code_name(w->code));
	json_bool(&j, "allowed", w->allowed);
	json_string(&j, "from", is_live ? "daemon" : "files");
	json_string(&j, "side", side_word(w->side));
	json_string(&j, "place", place.data);
	json_string(&j, "flow", w->flow);
	json_string(&j, "peer", w->peer);
	json_string(&j, "reason", w->sentence.data);
	json_string(&j, "advice", w->advice.length ? w->advice.data : NULL);
	json_close(&j, '}');
	text_put(to, "\n");
	text_done(&place);
}
