/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's state, shared by its files.  Nobody else includes this. */
#pragma once

#include <systemd/sd-event.h>

#include "asker.h"
#include "base/record.h"
#include "bus/message.h"
#include "control.h"
#include "engine/life.h"
#include "engine/upkeep.h"
#include "follow.h"
#include "holding.h"
#include "in_force.h"
#include "kept.h"
#include "learning.h"
#include "library.h"
#include "look.h"
#include "service.h"
#include "slots.h"
#include "survey.h"
#include "troubles.h"
#include "watching.h"

struct service {
	const struct service_options *options;
	struct nfsock socket;
	struct kept kept;         /* sockets of an earlier life */
	struct watching watching; /* of what others commit */

	struct life life;       /* what is in force, confirmed, on trial, … and why */
	struct library library; /* of the configurations that it is about */
	struct slots slots;     /* where they are saved */

	struct in_force in_force;

	struct troubles troubles;
	struct survey survey; /* of the tables of others */

	struct learning learning;   /* of the addresses of names */
	struct holding holding;     /* first packets to addresses that they may have */
	struct looking looking;     /* at the host */
	struct following following; /* of it */
	struct upkeep upkeep;       /* what others and the host do, and what is due for it */
	struct asker asker;         /* for whom something is done */
	struct control *control;    /* NULL: nobody can ask */
	sd_event *event;
	sd_event_source *timer;
	bool must_judge_tests; /* of the policy in force: expecting.h */
};

/* service.c: the time by which the clock goes, CLOCK_BOOTTIME; and doing what is due. */
uint64_t service_now(void);
/* Microseconds of CLOCK_REALTIME. */
uint64_t service_realtime(void);
void service_turn(struct service *s);

/* diff.c: what a reload would do.  The parts of the answer are those of bus/message.h. */
struct diff_answer {
	enum diff_result result;
	struct text preview, lines;
};
/* True if both names lead to the directories that this daemon reads. */
bool diff_reads(const struct service *s, const char *config_dir, const char *roles_dir);
void diff(struct service *s, const struct diff_request *q, struct diff_answer *ret);

/* reload.c: what somebody asked for.  True if it was done; lines gets what is to be told. */
bool reload(struct service *s, const struct reload_request *q, struct text *lines);
void reload_announce_ready(const struct service *s);

/* start.c: from the first moment to something in force.  0 or negative errno after saying why;
 * -EUCLEAN: there is no good configuration, and never was one; -ECONNABORTED: it is the first one,
 * and would cut all who administer this host. */
int start(struct service *s);

/* closed.c: only management, if even the kernel has nothing of ours.  0; 1 if it has, and that was
 * left; or negative errno, after saying why. */
int closed_begin(struct service *s);
/* Says who is let in then. */
void closed_put(const struct service *s, struct text *to);

/* sessions.c: how many there are, where they are counted. */
void sessions_status(const struct service *s, struct record *to);

/* commands.c: the control socket, and what is asked for there.  A daemon that cannot open it says
 * so and goes on. */
void commands_open(struct service *s);
void commands_close(struct service *s);

/* names.c: what is known of names, or has them asked for.  False: lines say why not. */
bool names_answer(struct service *s, const struct names_request *q, struct text *lines);

/* explain.c: why a connection is let through or not, by what is in force. */
void explain_answer(struct service *s, const struct explain_request *q,
	enum explain_result *ret_result, struct text *lines);

/* status.c */
void status_put(const struct service *s, struct record *to);
