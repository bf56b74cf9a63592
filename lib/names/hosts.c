/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hosts file, word by word: an address, a name, its other names; '#' begins a comment.
 *
 * It may have a hundred thousand lines against advertisements, none of which anybody follows.  So
 * it is not kept in memory: the caller looks up each name as it is read.
 *
 * An address with a zone (fe80::1%eth0) is local to a link, and names may not have such addresses.
 */
#include "names/hosts.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static void skip_line(struct hosts_walk *w)
{
	const char *newline = memchr(w->at, '\n', (size_t)(w->end - w->at));
	w->at = newline ? newline + 1 : w->end;
	w->is_in_line = false;
}

/* The next word of the line: its length, 0 if there is none. */
static size_t next_word(struct hosts_walk *w, const char **ret)
{
	while (w->at < w->end && is_blank(*w->at))
		w->at++;
	*ret = w->at;
	while (w->at < w->end && !is_blank(*w->at) && *w->at != '\n' && *w->at != '#')
		w->at++;
	return (size_t)(w->at - *ret);
}

bool hosts_next(struct hosts_walk *w, struct addr *ret, char ret_name[NAME_SIZE])
{
	char why[NAME_FAULT_SIZE];
	while (w->at < w->end) {
		const char *word;
		const size_t length = next_word(w, &word);
		if (length == 0) {
			skip_line(w);
		} else if (!w->is_in_line) {
			w->is_in_line = addr_parse(word, length, &w->address) == 0;
			if (!w->is_in_line)
				skip_line(w);
		} else if (name_parse(word, length, NAME_OF_HOST, ret_name, why) == 0) {
			*ret = w->address;
			return true;
		}
	}
	return false;
}
