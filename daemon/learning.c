/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the reader says goes to the machine of the answers, which decides what it is worth.
 *
 * A reader that has come is told all names that are followed, those of services' targets too.  One
 * that goes takes nothing with it.
 */
#include "learning.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "daemon.h"
#include "journal.h"

static struct moment moment_now(void)
{
	struct moment m = {.now = service_now()};
	/* without it all names are asked for at the same time, which is no harm */
	if (getrandom(&m.random, sizeof(m.random), GRND_NONBLOCK) < 0)
		m.random = 0;
	return m;
}

static void on_came(void *userdata)
{
	const struct learning *l = userdata;
	for (size_t i = 0; i < answers_count(l->answers); i++) {
		const struct answers_name *name = answers_get(l->answers, i);
		if (answers_is_followed(name))
			reader_follow(l->reader, answers_text(name), name->kind);
	}
}

static void on_went(void *userdata)
{
	(void)userdata;
}

static void on_replied(void *userdata, const struct reply *r)
{
	const struct learning *l = userdata;
	if (reply_tell(r, l->answers, moment_now()) < 0)
		journal(JOURNAL_SERVICE, LOG_WARNING,
			"out of memory: some addresses of %s are missing until it is asked for "
			"again",
			r->name);
}

static void on_drained(void *userdata, uint32_t serial)
{
	(void)userdata;
	(void)serial;
}

void learning_open(struct learning *l, sd_event *event, const char *runtime_dir)
{
	static const struct reader_events events = {on_came, on_went, on_replied, on_drained};
	l->answers = answers_new();
	int r = l->answers ? reader_open(event, runtime_dir, &events, l, &l->reader) : -ENOMEM;
	if (r < 0)
		journal(JOURNAL_SERVICE, LOG_ERR,
			"cannot open the socket for rolewall-reader in %s: %s; names are not "
			"followed",
			runtime_dir, strerror(-r));
}

void learning_close(struct learning *l)
{
	reader_close(l->reader);
	answers_free(l->answers);
	*l = (struct learning){0};
}
