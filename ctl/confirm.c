/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl confirm: a reload on trial is to stay. */
#include "client.h"

static int confirm(const struct invocation *v)
{
	return client_command(v, &(struct question){"Confirm", 300, 1800, NULL, NULL, NULL});
}

const struct verb verb_confirm = {
	.name = "confirm",
	.run = confirm,
	.what = "keeps what reload --confirm has put in force",
};
