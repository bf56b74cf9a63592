/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl reload: has the daemon read its files again, and waits for what comes of it. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "bus/message.h"
#include "client.h"
#include "session.h"

enum { CONFIRM_SECONDS = 60 };

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

int verb_reload(const struct invocation *v)
{
	static const struct option options[] = {
		{"force", no_argument, NULL, 'f'},
		{"confirm", optional_argument, NULL, 'c'},
		{0},
	};
	bool force = false;
	uint32_t confirm = 0;
	optind = 0;
	for (int o; (o = getopt_long(v->argc, v->argv, "", options, NULL)) >= 0;)
		switch (o) {
		case 'f':
			force = true;
			break;
		case 'c':
			confirm = CONFIRM_SECONDS;
			if (optarg && !parse_seconds(optarg, &confirm))
				return bad_use("'%s' are no seconds to confirm in; give 1 to %d",
					optarg, CONTROL_CONFIRM_MOST);
			break;
		default: /* no enum of ours */
			return EXIT_USAGE;
		}
	if (optind < v->argc)
		return bad_use("reload takes no '%s'", v->argv[optind]);
	char *session = session_find();
	const struct reload_request request = {force, confirm, session ? session : ""};
	int status = client_reload(v, &request);
	free(session);
	return status;
}
