/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chrony and ntpd have lines with the same beginning: server, pool or peer, and a host.  ntpd names
 * its clocks by addresses of the loopback network, which are no hosts.
 *
 * timesyncd takes back what was said so far by an empty NTP=; here it stays: what is found is a
 * proposal, which an admin reads.
 */
#include "host/time_servers.h"

static bool is_comment(const struct span *line)
{
	return line->length == 0 || line->text[0] == '#' || line->text[0] == ';' ||
	       line->text[0] == '!' || line->text[0] == '%';
}

int time_servers_read(const char *text, struct sites *ret)
{
	struct span line, word;
	while (line_next(&text, &line)) {
		if (is_comment(&line) || !word_next(&line, &word))
			continue;
		if (!span_is(&word, "server") && !span_is(&word, "pool") && !span_is(&word, "peer"))
			continue;
		/* ntpd's -4 and -6 */
		bool any;
		do
			any = word_next(&line, &word);
		while (any && word.text[0] == '-');
		int r = any ? sites_add(ret, &word) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_words(struct span value, struct sites *ret)
{
	struct span word;
	int r = 0;
	while (r == 0 && word_next(&value, &word))
		r = sites_add(ret, &word);
	return r;
}

int time_servers_read_timesyncd(const char *text, struct sites *ret)
{
	struct span line, key, value;
	bool in_section = false, goes_on = false, is_ours = false;
	while (line_next(&text, &line)) {
		if (is_comment(&line))
			continue;
		if (line.text[0] == '[') {
			in_section = span_is(&line, "[time]");
			is_ours = goes_on = false;
			continue;
		}
		if (goes_on) {
			value = line;
		} else if (span_split(&line, '=', &key, &value)) {
			is_ours = in_section &&
				  (span_is(&key, "NTP") || span_is(&key, "FallbackNTP"));
		} else {
			continue;
		}
		/* the sign itself is no host */
		goes_on = line.text[line.length - 1] == '\\';
		if (goes_on && value.length > 0)
			value.length--;
		int r = is_ours ? add_words(value, ret) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}
