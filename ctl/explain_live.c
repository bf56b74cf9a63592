/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only the daemon knows what is in force, so it judges; what cannot be had of it is the caller's to
 * say. */
#include "explain_live.h"

#include <stdio.h>
#include <stdlib.h>

#include "client.h"

static int put(sd_bus_message *m, const void *request)
{
	return message_put_explain(m, request);
}

/* context: enum live_answer */
static int take(sd_bus_message *answer, void *context)
{
	enum live_answer *live = context;
	struct explain_answer a;
	int r = message_get_explanation(answer, &a);
	if (r < 0)
		return failed("cannot read the answer", r);
	switch (a.result) {
	case EXPLAIN_ALLOWED:
	case EXPLAIN_REFUSED:
		fputs(a.lines, stdout);
		return a.result == EXPLAIN_ALLOWED ? EXIT_GOOD : EXIT_BAD;
	case EXPLAIN_FLUSHED:
		*live = LIVE_FLUSHED;
		return EXIT_GOOD;
	case EXPLAIN_NOTHING:
		*live = LIVE_NOTHING_YET;
		return EXIT_GOOD;
	case EXPLAIN_ELSEWHERE:
		*live = LIVE_ELSEWHERE;
		return EXIT_GOOD;
	}
	return EXIT_BAD;
}

enum live_answer explain_live(const struct invocation *v, const struct explain_request *request,
	int *ret_status)
{
	bool is_absent = false, may_not_ask = false;
	enum live_answer live = LIVE_ANSWERED;
	const struct question q = {
		.method = "Explain",
		.connect_within = 60,
		.answer_within = 60,
		.put = put,
		.request = request,
		.take = take,
		.context = &live,
		.is_absent = &is_absent,
		.may_not_ask = &may_not_ask,
	};
	*ret_status = client_ask(v, &q);
	if (!is_absent)
		return live;
	return may_not_ask ? LIVE_FORBIDDEN : LIVE_ABSENT;
}
