/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody asks about names, and what `status` says of them.
 *
 * A name that is asked for by name must be followed: whoever mistypes one is told so, and nothing
 * is done for the others.
 */
#include <string.h>

#include "ask/show_names.h"
#include "ask/show_names_json.h"
#include "daemon.h"

static bool is_followed(const struct answers *a, const char *name)
{
	const struct answers_name *host = answers_find(a, name, NAME_OF_HOST),
				  *service = answers_find(a, name, NAME_OF_SERVICE);
	return (host && answers_is_followed(host)) || (service && answers_is_followed(service));
}

/* The names that were typed as they are known here. */
struct wanted {
	char text[NAMES_ASKED_MOST][NAME_SIZE];
	const char *names[NAMES_ASKED_MOST];
};

static bool find_wanted(const struct answers *a, const struct names_request *q, struct wanted *w,
	struct text *lines)
{
	bool good = true;
	for (size_t i = 0; i < q->n_names; i++) {
		const char *typed = q->names[i];
		char why[NAME_FAULT_SIZE];
		w->names[i] = w->text[i];
		/* what is good for a host is good for a service */
		int r = name_parse(typed, strlen(typed), NAME_OF_SERVICE, w->text[i], why);
		if (r < 0)
			text_printf(lines, "rolewallctl: names: '%s': %s\n", typed, why);
		else if (!is_followed(a, w->text[i]))
			text_printf(lines,
				"rolewallctl: no name '%s' is followed; `rolewallctl names` lists "
				"those that are\n",
				typed);
		good &= r == 0 && is_followed(a, w->text[i]);
	}
	return good;
}

static bool refresh(struct service *s, const struct wanted *w, size_t count, struct text *lines)
{
	size_t n = 0;
	if (!reader_status(s->learning.reader).is_connected) {
		text_put(lines, "rolewallctl: rolewall-reader is not connected, so no name can be "
				"asked for; all will be when it is (systemctl status "
				"rolewall-reader)\n");
		return false;
	}
	for (size_t i = 0; i < count; i++)
		n = learning_refresh(&s->learning, w->names[i]);
	if (count == 0)
		n = learning_refresh(&s->learning, NULL);
	text_printf(lines, "%zu %s asked for now\n", n, n == 1 ? "name is" : "names are");
	return true;
}

bool names_answer(struct service *s, const struct names_request *q, struct text *lines)
{
	struct wanted wanted;
	const struct reader_status reader = reader_status(s->learning.reader);
	if (!find_wanted(s->learning.answers, q, &wanted, lines))
		return false;
	if (q->refresh)
		return refresh(s, &wanted, q->n_names, lines);
	const struct names_view view = {
		.answers = s->learning.answers,
		.policy = s->in_force.policy,
		.now = service_now(),
		.is_connected = reader.is_connected,
		.state = reader.has_state ? &reader.state : NULL,
		.hung_up = reader.hung_up,
		.only = wanted.names,
		.n_only = q->n_names,
	};
	(q->as_json ? show_names_json : show_names)(&view, lines);
	return true;
}
