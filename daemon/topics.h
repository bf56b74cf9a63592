/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be asked for to know whose an address is: by numbers, for engine/hold.h. */
#pragma once

#include "config/policy.h"
#include "engine/hold.h"
#include "names/answers.h"

struct topic {
	char name[NAME_SIZE];
	enum name_kind kind;
	enum answers_question question;
};

/* Those that may tell of addresses of one family; has_more: others without a number may, too. */
struct topic_set {
	uint64_t bits;
	bool has_more;
};

struct topics {
	struct topic items[HOLD_TOPICS];
	size_t count;
	struct topic_set (*peers)[2]; /* by the peer's number (compile/learned.h), and family */
	size_t n_peers;
};

/* All names of the policy; numbers of before are void.  0, or -ENOMEM with none: then nothing can
 * be asked. */
int topics_number(struct topics *t, const struct policy *p, const struct answers *known);
/* Names that services have got as targets since; what has a number keeps it.  0 or -ENOMEM. */
int topics_add_targets(struct topics *t, const struct policy *p, const struct answers *known);
void topics_done(struct topics *t);

struct topic_set topics_of(const struct topics *t, uint32_t peer, sa_family_t family);
