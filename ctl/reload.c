/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl reload: has the daemon read its files again, and waits for the result. */
#include <errno.h>
#include <stdlib.h>

#include "bus/message.h"
#include "client.h"
#include "session.h"

enum { CONFIRM_SECONDS = 60 };

enum { FORCE, CONFIRM };

static const struct cli_option options[] = {
	[FORCE] = {"force", NULL, "even if that cuts the session in which you work", false},
	[CONFIRM] = {"confirm", "[=SECONDS]",
		"undo it after that time (60 seconds) unless it is confirmed", false},
	{0},
};

static bool parse_seconds(const char *s, uint32_t *ret)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end || errno || n < 1 || n > CONTROL_CONFIRM_MOST)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static int put(sd_bus_message *m, const void *request)
{
	return message_put_reload(m, request);
}

static int reload(const struct invocation *v)
{
	struct reload_request request = {.force = v->values[FORCE]};
	const char *seconds = v->values[CONFIRM];
	if (seconds)
		request.confirm = CONFIRM_SECONDS;
	if (seconds && seconds != option_alone && !parse_seconds(seconds, &request.confirm))
		return bad_use("'%s' is not a number of seconds; write 1 to %d", seconds,
			CONTROL_CONFIRM_MOST);
	char *session = session_find();
	request.session = session ? session : "";
	const struct question q = {
		.method = "Reload",
		.connect_within = 300,
		.answer_within = 1800,
		.put = put,
		.request = &request,
		.take = client_take_verdict,
	};
	int status = client_ask(v, &q);
	free(session);
	return status;
}

const struct verb verb_reload = {
	.name = "reload",
	.run = reload,
	.what = "puts the configuration in force, or says why not",
	.options = options,
};
