/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first event for the machine: what the state directory holds.  engine/life_start.c decides
 * what follows. */
#include <errno.h>

#include "acts.h"
#include "daemon.h"
#include "guard.h"
#include "watching.h"

/* A change that was begun and not finished is checked before the daemon reports that it is ready.
 */
static int make_sure(struct service *s)
{
	const struct in_force *f = &s->in_force;
	if (in_force_any(f) && f->applied.is_unsure)
		watching_verify(s);
	return in_force_any(f) && f->applied.is_unsure ? -ESTALE : 0;
}

int start(struct service *s)
{
	struct life_event e = {.kind = LIFE_STARTS};
	int error;
	slots_load(&s->slots, &s->library, &e.slots);
	e.may_cut = guard_take_mark(s->options->runtime_dir);
	enum life_word word = acts_follow(s, &e, NULL, NULL, &error);
	if (word == LIFE_STARTED)
		return make_sure(s);
	if (word == LIFE_NEVER_GOOD)
		return -EUCLEAN;
	if (word == LIFE_FIRST_CUTS)
		return -ECONNABORTED;
	/* a configuration that the kernel refuses is the machine's fault here */
	return error == -EINVAL ? -EREMOTEIO : error;
}
