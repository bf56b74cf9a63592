/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has asked for what the daemon does now: one process, since it does one thing at a time. */
#include "asker.h"

#include <assert.h>

void asker_begin(struct asker *a, const struct caller *by)
{
	assert(a->now.pid == 0);
	a->now = *by;
}

void asker_end(struct asker *a)
{
	a->now = (struct caller){0};
}

void asker_put(const struct asker *a, struct text *to)
{
	if (a->now.pid)
		text_printf(to, " by %s (uid %u, pid %d)",
			a->now.uid == 0 ? "root" : "another user", (unsigned)a->now.uid,
			(int)a->now.pid);
}

void asker_fields(const struct asker *a, struct fields *f)
{
	const struct caller *c = &a->now;
	if (!c->pid)
		return;
	field(f, "ROLEWALL_ASKER_UID", "%u", (unsigned)c->uid);
	field(f, "ROLEWALL_ASKER_PID", "%d", (int)c->pid);
	if (c->has_login)
		field(f, "ROLEWALL_ASKER_LOGIN_UID", "%u", (unsigned)c->login);
}
