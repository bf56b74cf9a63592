/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the control socket, and has done what is asked for there. */
#include <errno.h>
#include <string.h>

#include "acts.h"
#include "daemon.h"
#include "journal.h"

static int on_reload(void *daemon, const struct caller *by, const struct reload_request *q,
	struct answer *ret)
{
	struct service *s = daemon;
	asker_begin(&s->asker, by);
	ret->good = reload(s, q, &ret->lines);
	asker_end(&s->asker);
	service_turn(s);
	return 0;
}

static int on_confirm(void *daemon, const struct caller *by, struct answer *ret)
{
	struct service *s = daemon;
	asker_begin(&s->asker, by);
	ret->good = acts_ask(s, LIFE_CONFIRM, &ret->lines);
	asker_end(&s->asker);
	service_turn(s);
	return 0;
}

static int on_rollback(void *daemon, const struct caller *by, struct answer *ret)
{
	struct service *s = daemon;
	asker_begin(&s->asker, by);
	ret->good = acts_ask(s, LIFE_ROLL_BACK, &ret->lines);
	asker_end(&s->asker);
	service_turn(s);
	return 0;
}

static int on_flush(void *daemon, const struct caller *by, struct answer *ret)
{
	struct service *s = daemon;
	asker_begin(&s->asker, by);
	ret->good = acts_ask(s, LIFE_FLUSH, &ret->lines);
	reload_announce_ready(s);
	asker_end(&s->asker);
	service_turn(s);
	return 0;
}

static int on_diff(void *daemon, const struct diff_request *q, struct diff_answer *ret)
{
	diff(daemon, q, ret);
	return 0;
}

static int on_status(void *daemon, struct record *to)
{
	status_put(daemon, to);
	return 0;
}

/* Life. */

void commands_open(struct service *s)
{
	static const struct control_methods methods = {
		.reload = on_reload,
		.confirm = on_confirm,
		.rollback = on_rollback,
		.flush = on_flush,
		.diff = on_diff,
		.status = on_status,
	};
	int r = control_open(s->event, s->options->runtime_dir, &methods, s, &s->control);
	if (r < 0)
		journal(JOURNAL_SERVICE, LOG_ERR,
			"cannot open the control socket in %s: %s; rolewallctl cannot reach this "
			"daemon",
			s->options->runtime_dir, strerror(-r));
}

void commands_close(struct service *s)
{
	control_close(s->control);
	s->control = NULL;
}
