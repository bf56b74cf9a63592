/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl rollback: a reload on trial is to be undone. */
#include "client.h"

static int rollback(const struct invocation *v)
{
	return client_command(v, &(struct question){"Rollback", 300, 1800, NULL, NULL, NULL});
}

const struct verb verb_rollback = {
	.name = "rollback",
	.run = rollback,
	.what = "undoes at once what reload --confirm has put in force",
};
