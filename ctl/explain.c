/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl explain: would this connection be allowed, and why? */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/explain.h"
#include "base/cleanup.h"
#include "compile/compile.h"
#include "host/gather.h"
#include "verbs.h"

enum { A_CLIENT_PORT = 49152 };

/* ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, this-host or this-host:PORT */
struct endpoint {
	bool is_this_host;
	struct addr address;
	bool has_port;
	uint16_t port;
};

static bool parse_port(const char *s, struct endpoint *ret)
{
	struct port_range range;
	char why[SERVICE_FAULT_SIZE];
	if (port_range_parse(s, strlen(s), &range, why) < 0 || range.first != range.last)
		return false;
	ret->has_port = true;
	ret->port = range.first;
	return true;
}

static bool parse_endpoint(const char *s, struct endpoint *ret)
{
	const char *host = s, *colon = strrchr(s, ':');
	size_t length = strlen(s);
	*ret = (struct endpoint){0};
	if (addr_parse(s, length, &ret->address) == 0)
		return true;
	if (s[0] == '[') {
		const char *close = strchr(s, ']');
		if (!close || (close[1] != '\0' && close[1] != ':'))
			return false;
		host = s + 1;
		length = (size_t)(close - host);
		colon = close[1] ? close + 1 : NULL;
	} else if (colon) {
		length = (size_t)(colon - s);
	}
	if (colon && !parse_port(colon + 1, ret))
		return false;
	ret->is_this_host = strncmp(host, "this-host", length) == 0 && length == 9;
	return ret->is_this_host || addr_parse(host, length, &ret->address) == 0;
}

static int check_question(const char *protocol, const struct endpoint *from,
	const struct endpoint *to, const struct question *q)
{
	bool ports = protocol_has_ports(q->protocol);
	if (from->is_this_host && to->is_this_host)
		return bad_use("both ends are this host");
	if (q->source.family != q->destination.family)
		return bad_use("one address is IPv4 and the other IPv6");
	if (ports && !to->has_port)
		return bad_use("%s needs a port; write DESTINATION:PORT or [DESTINATION]:PORT",
			protocol);
	if (!ports && (to->has_port || from->has_port))
		return bad_use("%s has no ports", protocol);
	if ((q->protocol == IPPROTO_ICMP && q->source.family != AF_INET) ||
		(q->protocol == IPPROTO_ICMPV6 && q->source.family != AF_INET6))
		return bad_use("%s does not go with these addresses", protocol);
	return EXIT_GOOD;
}

/* Reads the question; EXIT_USAGE after a message of what is wrong with it. */
static int parse_question(char **operands, struct question *ret)
{
	struct question q = {.source_port = A_CLIENT_PORT};
	struct endpoint from, to;
	char why[SERVICE_FAULT_SIZE];
	if (protocol_parse(operands[0], strlen(operands[0]), &q.protocol, why) < 0)
		return bad_use("%s", why);
	if (!parse_endpoint(operands[1], &from))
		return bad_use("'%s' is not ADDRESS[:PORT], [ADDRESS][:PORT] or this-host",
			operands[1]);
	if (!parse_endpoint(operands[2], &to))
		return bad_use("'%s' is not ADDRESS:PORT, [ADDRESS]:PORT or this-host:PORT",
			operands[2]);
	q.source = from.address;
	q.destination = to.address;
	q.source_is_local = from.is_this_host;
	q.destination_is_local = to.is_this_host;
	/* an address of the right family; find_local() knows a better one */
	if (from.is_this_host)
		q.source.family = q.destination.family;
	if (to.is_this_host)
		q.destination.family = q.source.family;
	if (from.has_port)
		q.source_port = from.port;
	q.destination_port = to.port;
	*ret = q;
	return check_question(operands[0], &from, &to, &q);
}

/* One end may be called this-host and the other be an address of it all the same: what goes from
 * one to the other goes by the loopback. */
static int find_local(struct question *q)
{
	CLEANUP(facts_done) struct facts facts = {0};
	int r = facts_gather(NULL, &facts);
	if (r < 0)
		return failed("cannot look at this host", r);
	r = facts_error(&facts, FOLLOWS_LINKS);
	if (r < 0)
		return failed("cannot look at this host", r);
	if (q->source_is_local)
		facts_own_address(&facts, &q->destination, &q->source);
	if (q->destination_is_local)
		facts_own_address(&facts, &q->source, &q->destination);
	q->source_is_local |= facts_is_local(&facts, &q->source);
	q->destination_is_local |= facts_is_local(&facts, &q->destination);
	return EXIT_GOOD;
}

static int answer(const struct policy *p, const struct question *q)
{
	struct ruleset *ruleset;
	struct text text = {0};
	char *out = NULL;
	int r = compile(p, 1, &ruleset);
	if (r < 0)
		return failed("cannot explain", r);
	bool allowed = explain(p, ruleset, NULL, q, &text);
	ruleset_free(ruleset);
	r = text_finish(&text, &out);
	if (r < 0)
		return failed("cannot explain", r);
	fputs(out, stdout);
	free(out);
	return allowed ? EXIT_GOOD : EXIT_BAD;
}

static int explain_verb(const struct invocation *v)
{
	struct question q;
	struct policy *p;
	int status = parse_question(v->operands, &q);
	if (status != EXIT_GOOD)
		return status;
	status = find_local(&q);
	if (status != EXIT_GOOD)
		return status;
	status = load_policy(v, &p);
	if (status != EXIT_GOOD)
		return status;
	status = answer(p, &q);
	policy_free(p);
	return status;
}

const struct verb verb_explain = {
	.name = "explain",
	.run = explain_verb,
	.what = "allowed or refused, and which line says so",
	.operands = "PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]",
	.n_operands = 3,
};
