/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl rollback: a reload on trial is to be undone. */
#include "client.h"

static int rollback(const struct invocation *v)
{
	const struct question q = {
		.method = "Rollback",
		.connect_within = 300,
		.answer_within = 1800,
		.take = client_take_verdict,
	};
	return client_ask(v, &q);
}

const struct verb verb_rollback = {
	.name = "rollback",
	.run = rollback,
	.what = "undoes at once what reload --confirm has put in force",
};
