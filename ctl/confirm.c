/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl confirm, rollback: how a reload on trial ends. */
#include "client.h"

int verb_confirm(const struct invocation *v)
{
	if (v->argc > 1)
		return bad_use("confirm takes no '%s'", v->argv[1]);
	return client_confirm(v);
}

int verb_rollback(const struct invocation *v)
{
	if (v->argc > 1)
		return bad_use("rollback takes no '%s'", v->argv[1]);
	return client_rollback(v);
}
