/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever has trouble has a line of it.  Three forms are known: keys with values, of which the
 * first of each counts (conntrack prints the answer's after them); an arrow between two ends; and,
 * as ss prints them, this host's end before the other one.
 *
 * ss does not say who has dialled.  Ports that are dialled are mostly lower than those that are
 * dialled from, and that is taken for true.
 */
#include "net/pasted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

struct word {
	const char *text;
	size_t length;
};

/* The next word of a line.  False at its end. */
static bool next_word(const char **line, struct word *ret)
{
	*line += strspn(*line, blanks);
	*ret = (struct word){*line, strcspn(*line, blanks)};
	*line += ret->length;
	return ret->length > 0;
}

static bool is_word(const struct word *w, const char *text)
{
	return w->length == strlen(text) && strncasecmp(w->text, text, w->length) == 0;
}

static bool copy(const struct word *w, char to[PASTED_WORD_SIZE])
{
	if (w->length == 0 || w->length >= PASTED_WORD_SIZE)
		return false;
	snprintf(to, PASTED_WORD_SIZE, "%.*s", (int)w->length, w->text);
	return true;
}

/* The first word that is a protocol. */
static bool find_protocol(const char *line, char to[PASTED_WORD_SIZE])
{
	static const char *const names[] = {"tcp", "udp", "sctp", "icmp", "icmpv6"};
	struct word w;
	while (next_word(&line, &w))
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (is_word(&w, names[i])) {
				snprintf(to, PASTED_WORD_SIZE, "%s", names[i]);
				return true;
			}
	return false;
}

/* Keys. */

static bool find_value(const char *line, const char *key, const char *other, struct word *ret)
{
	struct word w;
	while (next_word(&line, &w)) {
		const char *equals = memchr(w.text, '=', w.length);
		const struct word name = {w.text, equals ? (size_t)(equals - w.text) : 0};
		if (!equals || (!is_word(&name, key) && !is_word(&name, other)))
			continue;
		*ret = (struct word){equals + 1, w.length - name.length - 1};
		return ret->length > 0;
	}
	return false;
}

static bool put_end(const struct word *address, const struct word *port, char to[PASTED_WORD_SIZE])
{
	const char *format =
		memchr(address->text, ':', address->length) ? "[%.*s]:%.*s" : "%.*s:%.*s";
	if (!port->length)
		return copy(address, to);
	int n = snprintf(to, PASTED_WORD_SIZE, format, (int)address->length, address->text,
		(int)port->length, port->text);
	return n > 0 && n < PASTED_WORD_SIZE;
}

static bool read_keys(const char *line, struct pasted *p)
{
	struct word source, destination, protocol;
	struct word from = {0}, to = {0};
	if (!find_value(line, "src", "src", &source) ||
		!find_value(line, "dst", "dst", &destination))
		return false;
	(void)find_value(line, "sport", "spt", &from);
	(void)find_value(line, "dport", "dpt", &to);
	bool named = find_value(line, "proto", "proto", &protocol);
	if (named ? !copy(&protocol, p->words[QUESTION_PROTOCOL])
		  : !find_protocol(line, p->words[QUESTION_PROTOCOL]))
		return false;
	for (char *c = p->words[QUESTION_PROTOCOL]; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	return put_end(&source, &from, p->words[QUESTION_SOURCE]) &&
	       put_end(&destination, &to, p->words[QUESTION_DESTINATION]);
}

/* An arrow. */

static bool read_arrow(const char *line, struct pasted *p)
{
	struct word before = {0}, w;
	const char *rest = line;
	while (next_word(&rest, &w)) {
		if (is_word(&w, "→") || is_word(&w, "->"))
			break;
		before = w;
	}
	if (!w.length || !next_word(&rest, &w))
		return false;
	while (w.length && strchr(",;", w.text[w.length - 1]))
		w.length--;
	return find_protocol(line, p->words[QUESTION_PROTOCOL]) &&
	       copy(&before, p->words[QUESTION_SOURCE]) && copy(&w, p->words[QUESTION_DESTINATION]);
}

/* Two ends. */

/* The port of ADDRESS:PORT, or 0. */
static unsigned port_of(const struct word *w)
{
	size_t digits = 0;
	while (digits < w->length && w->text[w->length - 1 - digits] >= '0' &&
		w->text[w->length - 1 - digits] <= '9')
		digits++;
	if (digits == 0 || digits > 5 || digits == w->length ||
		w->text[w->length - 1 - digits] != ':')
		return 0;
	return (unsigned)strtoul(w->text + w->length - digits, NULL, 10);
}

static bool read_ends(const char *line, struct pasted *p)
{
	struct word ends[2], w;
	size_t n = 0;
	const char *rest = line;
	while (n < 2 && next_word(&rest, &w))
		if (port_of(&w))
			ends[n++] = w;
	if (n < 2)
		return false;
	/* ss leaves it out where only one protocol was asked for */
	if (!find_protocol(line, p->words[QUESTION_PROTOCOL]))
		snprintf(p->words[QUESTION_PROTOCOL], PASTED_WORD_SIZE, "tcp");
	bool here_dialled = port_of(&ends[0]) > port_of(&ends[1]);
	return copy(&ends[here_dialled ? 0 : 1], p->words[QUESTION_SOURCE]) &&
	       copy(&ends[here_dialled ? 1 : 0], p->words[QUESTION_DESTINATION]);
}

int pasted_read(const char *line, struct pasted *ret)
{
	struct pasted p = {0};
	if (!read_keys(line, &p) && !read_arrow(line, &p) && !read_ends(line, &p))
		return -EINVAL;
	*ret = p;
	return 0;
}
