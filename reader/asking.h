/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the resolvers of this host, and their answers. */
#pragma once

#include <systemd/sd-event.h>

#include "names/message.h"
#include "names/notice.h"
#include "names/reply.h"

struct asking;

struct asking_events {
	/* A message about this name, before the answer that is in it; good until the call returns.
	 */
	void (*read)(void *userdata, const char *name, enum name_kind kind,
		const struct message *m);
	/* An answer, or why there is none; exactly one for each question. */
	void (*replied)(void *userdata, const struct reply *r);
	/* Other resolvers are asked from now on. */
	void (*moved)(void *userdata);
};

/* 0 with *ret, or negative errno. */
int asking_new(sd_event *event, const struct asking_events *events, void *userdata,
	struct asking **ret);
void asking_free(struct asking *a);

/* Asks, or lets the question wait for its turn; urgent ones do not wait.  -ENOMEM: there will be no
 * answer. */
int asking_ask(struct asking *a, const char *name, enum name_kind kind,
	enum answers_question question, uint32_t serial, bool is_urgent);
/* Cancels a question. */
void asking_forget_all(struct asking *a);

/* Whom it asks, and how often it has. */
void asking_state(const struct asking *a, struct notice_state *ret);
