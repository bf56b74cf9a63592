/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For whom something is done: the log says it with what was done. */
#pragma once

#include "base/text.h"
#include "caller.h"
#include "journal.h"

struct asker {
	struct caller now; /* pid 0: nobody has asked for what is being done */
};

/* From here on, until asker_end(), the daemon acts for this process. */
void asker_begin(struct asker *a, const struct caller *by);
void asker_end(struct asker *a);
/* " by root (uid 0, pid 4711)", or nothing if nobody has asked for what is being done. */
void asker_put(const struct asker *a, struct text *to);
/* The same for programs. */
void asker_fields(const struct asker *a, struct fields *f);
