/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of a source only its URIs count, and of these only what goes by HTTP or HTTPS to a host: a CD, a
 * directory and a Tor service are no mirrors that a firewall could let this host call.  A source
 * that is commented out or disabled is none.
 */
#include "host/package_sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { HTTP = 80, HTTPS = 443, PORT_DIGITS = 5, PORT_MOST = 65535 };

void package_sources_done(struct package_sources *p)
{
	sites_done(&p->mirrors);
	for (size_t i = 0; i < p->n_lists; i++)
		free(p->lists[i]);
	free(p->lists);
	*p = (struct package_sources){0};
}

static int add_list(const struct span *path, struct package_sources *ret)
{
	struct span p = *path;
	while (p.length > 1 && p.text[0] == '/' && p.text[1] == '/') {
		p.text++;
		p.length--;
	}
	if (p.length < 2 || p.text[0] != '/')
		return 0;
	int r = array_reserve(&ret->lists, &ret->lists_room, ret->n_lists + 1);
	if (r < 0)
		return r;
	char *copy = strndup(p.text, p.length);
	if (!copy)
		return -ENOMEM;
	ret->lists[ret->n_lists++] = copy;
	return 0;
}

/* The number behind a colon; 0: there is none. */
static uint16_t read_port(struct span s)
{
	unsigned long port = 0;
	if (s.length < 2 || s.length > 1 + PORT_DIGITS || s.text[0] != ':')
		return 0;
	for (size_t i = 1; i < s.length; i++) {
		if (s.text[i] < '0' || s.text[i] > '9')
			return 0;
		port = port * 10 + (unsigned long)(s.text[i] - '0');
	}
	return port > PORT_MOST ? 0 : (uint16_t)port;
}

/* What stands between "//" and the path: "USER:WORD@HOST:PORT", "[2001:db8::1]:PORT" */
static int add_authority(struct span s, struct sites *ret)
{
	const char *user = s.length > 0 ? memrchr(s.text, '@', s.length) : NULL;
	if (user) {
		s.length -= (size_t)(user + 1 - s.text);
		s.text = user + 1;
	}
	const bool is_literal = s.length > 0 && s.text[0] == '[';
	const char *end = s.length > 0 ? memchr(s.text, is_literal ? ']' : ':', s.length) : NULL;
	if (is_literal && !end)
		return 0;
	struct span host = {s.text, end ? (size_t)(end - s.text) : s.length};
	const size_t used = host.length + is_literal;
	const uint16_t port = read_port((struct span){s.text + used, s.length - used});
	if (is_literal)
		host = (struct span){host.text + 1, host.length - 1};
	const size_t before = ret->count;
	int r = sites_add(ret, &host);
	if (r == 0 && ret->count > before && port != 0 && port != HTTP && port != HTTPS)
		sites_add_port(ret, port);
	return r;
}

static int add_uri(struct span uri, struct package_sources *ret)
{
	struct span scheme, rest;
	if (!span_split(&uri, ':', &scheme, &rest))
		return 0;
	if (span_is(&scheme, "mirror+file"))
		return add_list(&rest, ret);
	if (!span_is(&scheme, "http") && !span_is(&scheme, "https") &&
		!span_is(&scheme, "mirror") && !span_is(&scheme, "mirror+http") &&
		!span_is(&scheme, "mirror+https"))
		return 0;
	if (!span_begins(&rest, "//"))
		return 0;
	struct span authority = {rest.text + 2, 0};
	while (authority.length + 2 < rest.length &&
		!strchr("/?#", rest.text[authority.length + 2]))
		authority.length++;
	return add_authority(authority, &ret->mirrors);
}

/* Steps over "[ NAME=VALUE … ]". */
static void skip_options(struct span *line)
{
	struct span peek = *line, word;
	if (!word_next(&peek, &word) || word.text[0] != '[')
		return;
	const char *end = memchr(line->text, ']', line->length);
	const size_t used = end ? (size_t)(end + 1 - line->text) : line->length;
	*line = (struct span){line->text + used, line->length - used};
}

int package_sources_read_lines(const char *text, struct package_sources *ret)
{
	struct span line, word;
	while (line_next(&text, &line)) {
		if (!word_next(&line, &word))
			continue;
		if (!span_is(&word, "deb") && !span_is(&word, "deb-src"))
			continue;
		skip_options(&line);
		int r = word_next(&line, &word) ? add_uri(word, ret) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static bool says_no(const struct span *value)
{
	static const char *const words[] = {"no", "false", "without", "off", "disable", "0"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(value, words[i]))
			return true;
	return false;
}

static int add_words(struct span value, struct package_sources *ret)
{
	struct span word;
	int r = 0;
	while (r == 0 && word_next(&value, &word))
		r = add_uri(word, ret);
	return r;
}

/* Goes through the lines of one stanza, and adds its URIs unless ret is NULL.  *text moves to the
 * next stanza. */
static int read_stanza(const char **text, struct package_sources *ret, bool *ret_enabled)
{
	struct span line, key, value;
	bool is_uris = false;
	int r = 0;
	*ret_enabled = true;
	for (bool goes_on = true; goes_on && r == 0;) {
		const bool is_indented = **text == ' ' || **text == '\t';
		goes_on = line_next(text, &line) && line.length > 0;
		if (!goes_on || line.text[0] == '#')
			continue;
		if (is_indented) {
			value = line;
		} else {
			if (!span_split(&line, ':', &key, &value))
				continue;
			is_uris = span_is(&key, "URIs") || span_is(&key, "URI");
			if (span_is(&key, "Enabled"))
				*ret_enabled = !says_no(&value);
		}
		if (is_uris && ret)
			r = add_words(value, ret);
	}
	return r;
}

int package_sources_read_stanzas(const char *text, struct package_sources *ret)
{
	int r = 0;
	while (r == 0 && *text) {
		const char *begin = text;
		bool enabled;
		/* Enabled may stand behind the URIs */
		r = read_stanza(&text, NULL, &enabled);
		if (r == 0 && enabled)
			r = read_stanza(&begin, ret, &enabled);
	}
	return r;
}

int package_sources_read_mirrors(const char *text, struct package_sources *ret)
{
	struct span line, word;
	while (line_next(&text, &line)) {
		if (!word_next(&line, &word) || word.text[0] == '#')
			continue;
		int r = add_uri(word, ret);
		if (r < 0)
			return r;
	}
	return 0;
}
