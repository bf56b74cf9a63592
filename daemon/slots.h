/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state directory. */
#pragma once

#include "base/text.h"
#include "config/snapshot.h"
#include "engine/life.h"
#include "library.h"

struct slots {
	const char *directory;
	const char *boot_id;    /* of the running system; NULL: ask the kernel */
	int lock;               /* negative: none */
	int errors[LIFE_SLOTS]; /* why it could not be changed last */
};

void slots_init(struct slots *s, const char *directory, const char *boot_id);
void slots_done(struct slots *s);

/* Makes it ours alone while we live.  0, also if it cannot be locked at all; or -EBUSY, after
 * saying so. */
int slots_lock(struct slots *s);
/* The saved configurations go into the library. */
void slots_load(const struct slots *s, struct library *library, struct life_slots *ret);
/* 0 or negative errno. */
int slots_save(struct slots *s, const struct life_action *a, const struct snapshot *snapshot);
int slots_move_trial(struct slots *s);
int slots_remove(struct slots *s, enum life_slot slot);
/* Why it is not as it should be: failed is a set of slots. */
void slots_put_failure(const struct slots *s, unsigned failed, struct text *to);
