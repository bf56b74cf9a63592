/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl confirm: a reload on trial is to stay. */
#include "client.h"

static int confirm(const struct invocation *v)
{
	const struct question q = {
		.method = "Confirm",
		.connect_within = 300,
		.answer_within = 1800,
		.take = client_take_verdict,
	};
	return client_ask(v, &q);
}

const struct verb verb_confirm = {
	.name = "confirm",
	.run = confirm,
	.what = "keeps what reload --confirm has put in force",
};
