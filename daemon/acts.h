/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the machine of engine/life.h what happens, and carries out its actions. */
#pragma once

#include "bus/message.h"
#include "engine/life.h"

struct service;

/* Tells the machine, and carries out all that follows.  request is that of a reload; lines gets
 * what is to be told, and may be NULL.  What was said at the end; ret_error may be NULL: the last
 * failure of the machine, a negative errno. */
enum life_word acts_follow(struct service *s, const struct life_event *e,
	const struct reload_request *request, struct text *lines, int *ret_error);
/* The same for somebody who just wants it done: true if it was. */
bool acts_ask(struct service *s, enum life_event_kind kind, struct text *lines);

/* answers.c: tells who asked, and the log, what came of it. */
void answer(struct service *s, const struct life_action *a, const struct reload_request *request,
	struct text *lines);
