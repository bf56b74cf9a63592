/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One grammar for who asks at a terminal and for what a configuration demands, so that a line of
 * one can be pasted into the other.
 */
#include "net/question.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "net/service.h"

enum { SHOWN = 60 };

static const char this_host[] = "this-host";

struct endpoint {
	bool is_this_host;
	struct addr address;
	bool has_port;
	uint16_t port;
};

static bool parse_port(const char *s, size_t length, struct endpoint *ret)
{
	struct port_range range;
	char why[SERVICE_FAULT_SIZE];
	if (port_range_parse(s, length, &range, why) < 0 || range.first != range.last)
		return false;
	ret->has_port = true;
	ret->port = range.first;
	return true;
}

static bool parse_host(const char *s, size_t length, struct endpoint *ret)
{
	ret->is_this_host = length == sizeof(this_host) - 1 && memcmp(s, this_host, length) == 0;
	return ret->is_this_host || addr_parse(s, length, &ret->address) == 0;
}

static bool parse_endpoint(const struct question_word *w, struct endpoint *ret)
{
	const char *s = w->text, *end = s + w->length;
	*ret = (struct endpoint){0};
	if (addr_parse(s, w->length, &ret->address) == 0)
		return true;
	if (w->length && s[0] == '[') {
		const char *close = memchr(s, ']', w->length);
		if (!close)
			return false;
		if (close + 1 < end &&
			(close[1] != ':' || !parse_port(close + 2, (size_t)(end - close - 2), ret)))
			return false;
		return parse_host(s + 1, (size_t)(close - s - 1), ret);
	}
	const char *colon = memrchr(s, ':', w->length);
	if (colon && !parse_port(colon + 1, (size_t)(end - colon - 1), ret))
		return false;
	return parse_host(s, colon ? (size_t)(colon - s) : w->length, ret);
}

static int refuse(char why[QUESTION_FAULT_SIZE], size_t *ret_word, size_t word, const char *what)
{
	snprintf(why, QUESTION_FAULT_SIZE, "%s", what);
	*ret_word = word;
	return -EINVAL;
}

static int refuse_word(char why[QUESTION_FAULT_SIZE], size_t *ret_word,
	const struct question_word *words, size_t word)
{
	snprintf(why, QUESTION_FAULT_SIZE, "'%.*s' is not %s",
		utf8_shown(words[word].text, words[word].length, SHOWN), words[word].text,
		word == QUESTION_SOURCE ? "ADDRESS[:PORT], [ADDRESS][:PORT] or this-host"
					: "ADDRESS:PORT, [ADDRESS]:PORT or this-host:PORT");
	*ret_word = word;
	return -EINVAL;
}

static int check(const struct question_word *words, const struct endpoint *from,
	const struct endpoint *to, const struct question *q, size_t *ret_word,
	char why[QUESTION_FAULT_SIZE])
{
	const bool ports = protocol_has_ports(q->protocol);
	const struct question_word *protocol = &words[QUESTION_PROTOCOL];
	const int shown = utf8_shown(protocol->text, protocol->length, SHOWN);
	if (from->is_this_host && to->is_this_host)
		return refuse(why, ret_word, QUESTION_DESTINATION, "both ends are this host");
	if (q->source.family != q->destination.family)
		return refuse(why, ret_word, QUESTION_DESTINATION,
			"one address is IPv4 and the other IPv6");
	*ret_word = QUESTION_DESTINATION;
	if (ports && !to->has_port) {
		snprintf(why, QUESTION_FAULT_SIZE,
			"%.*s needs a port; write DESTINATION:PORT or [DESTINATION]:PORT", shown,
			protocol->text);
		return -EINVAL;
	}
	if (!ports && (to->has_port || from->has_port)) {
		snprintf(why, QUESTION_FAULT_SIZE, "%.*s has no ports", shown, protocol->text);
		return -EINVAL;
	}
	if ((q->protocol == IPPROTO_ICMP && q->source.family != AF_INET) ||
		(q->protocol == IPPROTO_ICMPV6 && q->source.family != AF_INET6)) {
		snprintf(why, QUESTION_FAULT_SIZE, "%.*s does not go with these addresses", shown,
			protocol->text);
		return -EINVAL;
	}
	return 0;
}

int question_parse(const struct question_word words[QUESTION_WORDS], struct question *ret,
	size_t *ret_word, char why[QUESTION_FAULT_SIZE])
{
	struct question q = {.source_port = QUESTION_CLIENT_PORT};
	struct endpoint from, to;
	char fault[SERVICE_FAULT_SIZE];
	if (protocol_parse(words[0].text, words[0].length, &q.protocol, fault) < 0)
		return refuse(why, ret_word, QUESTION_PROTOCOL, fault);
	if (!parse_endpoint(&words[QUESTION_SOURCE], &from))
		return refuse_word(why, ret_word, words, QUESTION_SOURCE);
	if (!parse_endpoint(&words[QUESTION_DESTINATION], &to))
		return refuse_word(why, ret_word, words, QUESTION_DESTINATION);
	q.source = from.address;
	q.destination = to.address;
	q.source_is_local = from.is_this_host;
	q.destination_is_local = to.is_this_host;
	if (from.is_this_host)
		q.source.family = q.destination.family;
	if (to.is_this_host)
		q.destination.family = q.source.family;
	q.has_source_port = from.has_port;
	if (from.has_port)
		q.source_port = from.port;
	q.destination_port = to.port;
	int r = check(words, &from, &to, &q, ret_word, why);
	if (r == 0)
		*ret = q;
	return r;
}
