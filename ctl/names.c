/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl names: what the daemon knows of the names that peers have, or has them asked for. */
#include <stdbool.h>
#include <stddef.h>

#include "bus/message.h"
#include "client.h"

enum { JSON, REFRESH };

static const struct cli_option options[] = {
	[JSON] = {"json", NULL, "as one object of JSON", false},
	[REFRESH] = {"refresh", NULL, "has them asked for now instead, and says how many", false},
	{0},
};

static int put(sd_bus_message *m, const void *request)
{
	return message_put_names(m, request);
}

static int names(const struct invocation *v)
{
	struct names_request request = {
		.refresh = v->values[REFRESH] != NULL,
		.as_json = v->values[JSON] != NULL,
	};
	if (request.refresh && request.as_json)
		return bad_use("names takes --json or --refresh, not both");
	for (char **name = v->operands; *name; name++) {
		if (request.n_names == NAMES_ASKED_MOST)
			return bad_use("names takes at most %d names", NAMES_ASKED_MOST);
		request.names[request.n_names++] = *name;
	}
	const struct question q = {
		.method = "Names",
		.connect_within = 60,
		.answer_within = 60,
		.put = put,
		.request = &request,
		.take = client_take_verdict,
	};
	return client_ask(v, &q);
}

const struct verb verb_names = {
	.name = "names",
	.run = names,
	.what = "the addresses of the names that peers have, and where they come from",
	.options = options,
	.operands = "[NAME…]",
	.takes_more = true,
};
