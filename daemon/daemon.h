/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's state, shared by its files.  Nobody else includes this. */
#pragma once

#include <systemd/sd-event.h>

#include "config/basis.h"
#include "control.h"
#include "engine/engine.h"
#include "engine/life.h"
#include "follow.h"
#include "library.h"
#include "netlink/watch.h"
#include "nftables/change/apply.h"
#include "others/findings.h"
#include "service.h"
#include "state/encoding.h"

/* Ways in which the host is protected and something is wrong all the same.  The first ones are
 * those of the machine (enum life_trouble). */
enum trouble {
	TROUBLE_REFUSED,
	TROUBLE_UNCONFIRMED,
	TROUBLE_CLOSED,
	TROUBLE_STATE,
	TROUBLE_UNDOING,
	TROUBLE_UNSETTLED,
	TROUBLE_FOLLOW, /* changes of the host are not heard of */
	TROUBLE_LOOK,   /* the host could not be looked at */
	TROUBLE_LISTS,  /* lists are refused, and what was read before stays in force */
	TROUBLE_WATCH,  /* changes of our table and of others are not heard of */
	TROUBLE_VERIFY, /* it could not be looked at */
	TROUBLE_SURVEY, /* the tables of others could not be looked at */
	TROUBLES,
};

struct service {
	const struct service_options *options;
	struct nfsock socket;
	struct watch watch;
	sd_event_source *watch_source;
	struct commit stranger; /* who committed last, apart from us */

	struct life life;            /* what is in force, confirmed, on trial, … and why */
	struct library library;      /* of the configurations that it is about */
	int slot_errors[LIFE_SLOTS]; /* why the state directory could not be changed last */

	struct applied now;
	struct basis basis; /* of what is in force; its snapshot is the library's */
	uint64_t since;     /* microseconds of CLOCK_REALTIME: when it came into force */

	char *troubles[TROUBLES]; /* NULL: none of the kind */
	char *refused;            /* what was said of the last reload that was refused */
	uint64_t refused_at;

	struct findings others; /* what in the tables of others defeats us */

	int state_lock;              /* of the state directory; negative: none */
	struct facts facts;          /* of the last look at the host */
	sd_event_source *look_again; /* after one that failed */
	struct follow follow;
	bool lists_touched;      /* all lists may be others than what is in force */
	bool is_deaf;            /* to the host: it is followed as soon as there is memory */
	struct caller caller;    /* of what is being done; pid 0: nobody has asked for it */
	struct caller signalled; /* who has sent the last SIGHUP */
	struct engine engine;
	struct control *control; /* NULL: nobody can ask */
	sd_event *event;
	sd_event_source *timer;
};

/* service.c: the clock of the engine, CLOCK_BOOTTIME; and doing what is due. */
uint64_t service_now(void);
/* Microseconds of CLOCK_REALTIME. */
uint64_t service_realtime(void);
void service_turn(struct service *s);

/* diff.c: what a reload would do. */
void diff(struct service *s, const struct diff_request *q, struct diff_answer *ret);

/* reload.c: what somebody asked for.  True if it was done; lines gets what is to be told. */
bool reload(struct service *s, const struct reload_request *q, struct text *lines);
void reload_announce_ready(const struct service *s);

/* slots.c: the state directory. */
/* Makes it ours alone while we live.  0, also if it cannot be locked at all; or -EBUSY, after
 * saying so. */
int slots_lock(struct service *s);
void slots_load(struct service *s, struct life_slots *ret);
/* 0 or negative errno. */
int slots_save(struct service *s, const struct life_action *a, const struct snapshot *snapshot);
int slots_move_trial(struct service *s);
int slots_remove(struct service *s, enum life_slot slot);
/* Why it is not as it should be. */
void slots_put_failure(const struct service *s, struct text *to);

/* start.c: from the first moment to something in force.  0 or negative errno after saying why;
 * -EUCLEAN: there is no good configuration, and never was one; -ECONNABORTED: it is the first one,
 * and would cut all who administer this host. */
int start(struct service *s);

/* closed.c: only management, if even the kernel has nothing of ours.  0; 1 if it has, and that was
 * left; or negative errno, after saying why. */
int closed_begin(struct service *s);
/* Who is let in then. */
void closed_put(const struct service *s, struct text *to);

/* sessions.c: how many there are, where they are counted. */
void sessions_status(const struct service *s, struct record *to);

/* survey.c: looks at the tables of others, logs what defeats us there, and what does no longer. */
void survey_others(struct service *s);

/* commands.c: the control socket, and what is asked for there.  A daemon that cannot open it says
 * so and goes on. */
void commands_open(struct service *s);
void commands_close(struct service *s);

/* status.c */
void status_put(const struct service *s, struct record *to);

/* troubles.c */
void trouble_set(struct service *s, enum trouble t, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void trouble_clear(struct service *s, enum trouble t);
/* Those that the machine knows of: says what is new, and what is over. */
void troubles_follow(struct service *s);
bool trouble_any(const struct service *s);
