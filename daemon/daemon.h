/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's state, shared by its files.  Nobody else includes this. */
#pragma once

#include <systemd/sd-event.h>

#include "config/basis.h"
#include "control.h"
#include "engine/engine.h"
#include "follow.h"
#include "kernel/apply.h"
#include "kernel/watch.h"
#include "ruleset/findings.h"
#include "service.h"
#include "state/encoding.h"

/* Ways in which the host is protected and something is wrong all the same. */
enum trouble {
	TROUBLE_REFUSED,     /* what is on the disk is not in force: it is refused */
	TROUBLE_UNCONFIRMED, /* … : it was on trial, and nobody confirmed it */
	TROUBLE_CLOSED,      /* nothing good is left: only management is let in */
	TROUBLE_STATE,       /* what is in force cannot be saved, so that it will not boot */
	TROUBLE_FOLLOW,      /* changes of the host are not heard of */
	TROUBLE_LOOK,        /* the host could not be looked at */
	TROUBLE_LISTS,       /* lists are refused, and what was read before stays in force */
	TROUBLE_WATCH,       /* changes of our table and of others are not heard of */
	TROUBLE_VERIFY,      /* it could not be looked at */
	TROUBLE_SURVEY,      /* the tables of others could not be looked at */
	TROUBLES,
};

struct service {
	const struct service_options *options;
	struct nfsock socket;
	struct watch watch;
	sd_event_source *watch_source;
	struct commit stranger; /* who committed last, apart from us */

	struct applied now;
	struct basis basis;   /* of what is in force */
	uint64_t since;       /* microseconds of CLOCK_REALTIME: when it came into force */
	struct basis before;  /* while there is a trial: what is returned to */
	uint64_t trial_until; /* microseconds of CLOCK_BOOTTIME; 0: no trial */
	bool is_open;         /* flushed: there is no table until the next load */

	char *troubles[TROUBLES]; /* NULL: none of the kind */
	char *refused;            /* what was said of the last reload that was refused */
	uint64_t refused_at;

	struct findings others; /* what in the tables of others defeats us */

	int state_lock;              /* of the state directory; negative: none */
	struct facts facts;          /* of the last look at the host */
	sd_event_source *look_again; /* after one that failed */
	struct follow follow;
	bool lists_touched; /* all lists may be others than what is in force */
	bool is_deaf;       /* to the host: it is followed as soon as there is memory */
	struct engine engine;
	struct control *control; /* NULL: nobody can ask */
	sd_event *event;
	sd_event_source *timer;
};

/* service.c: the clock of the engine, CLOCK_BOOTTIME; and doing what is due. */
uint64_t service_now(void);
void service_turn(struct service *s);

/* loading.c */

/* A configuration that was read and is not in force. */
struct candidate {
	struct policy *policy;
	struct basis basis;
	bool on_trial; /* it may be undone: sessions that it refuses hear nothing (compile.h) */
};

/* 0, -EINVAL with faults in diags, or another negative errno.  candidate_done() after 0. */
int candidate_read(struct service *s, enum basis_how how, struct diags *diags,
	struct candidate *ret);
void candidate_done(struct candidate *c);
/* Puts it into force; it is the service's then.  0 with the outcome, or negative errno. */
int candidate_apply(struct service *s, struct candidate *c, struct diags *diags,
	enum apply_outcome *ret);

/* Logs how it went, and writes it to lines if that is not NULL. */
void loading_report(const struct service *s, int r, const struct diags *diags, const char *why,
	enum apply_outcome outcome, struct text *lines);
/* Remembers what was wrong with the last reload. */
void loading_note_refused(struct service *s, int r, const struct diags *diags);
/* Puts what was saved into force, for the host as it is now.  0 or negative errno, after reporting.
 */
int loading_saved(struct service *s, struct snapshot *saved, bool on_trial, const char *why,
	struct text *lines);
/* What is in force on trial is there for good: whoever it refuses is answered again.  0 or negative
 * errno, and then it is as it was. */
int loading_end_trial(struct service *s);
/* What may be otherwise in a moment. */
bool loading_may_pass(int r);
/* The host may have changed. */
void loading_refresh(struct service *s);
/* Is our table what we made it?  Repairs it if not. */
void loading_verify(struct service *s);
void loading_say_fight(const struct service *s);
/* Listens to commits of others; none while we commit ourselves. */
void loading_stop_watching(struct service *s);

/* diff.c: what a reload would do. */
void diff(struct service *s, const struct diff_request *q, struct diff_answer *ret);

/* reload.c: what somebody asked for.  0 or negative errno; lines gets what is to be told. */
int reload(struct service *s, const struct reload_request *q, struct text *lines);
void reload_announce_ready(const struct service *s);

/* saving.c: the state directory.  What fails is logged and is a trouble; the host is
 * protected all the same. */
void saving_confirmed(struct service *s);
/* Which boot this is: 0, or negative errno. */
int saving_boot_id(const struct service *s, char ret[BOOT_ID_SIZE]);
int saving_trial(struct service *s, const struct snapshot *snapshot, uint64_t until);

/* Makes the state directory ours alone while we live.  0, also if it cannot be locked at all; or
 * -EBUSY, after saying so. */
int saving_lock(struct service *s);

/* start.c: from the first moment to something in force.  0 or negative errno after saying why;
 * -EUCLEAN: there is no good configuration, and never was one; -ECONNABORTED: it is the first one,
 * and would cut all who administer this host. */
int start(struct service *s);

/* closed.c: only management, if even the kernel has nothing of ours.  0 or negative errno, after
 * saying why. */
int closed_begin(struct service *s);
/* Says who is let in then. */
void closed_note(struct service *s);

/* sessions.c: how many there are, where they are counted. */
void sessions_status(const struct service *s, struct record *to);

/* survey.c: looks at the tables of others, logs what defeats us there, and what does no longer. */
void survey_others(struct service *s);

/* trial.c */
int trial_begin(struct service *s, struct candidate *c, uint32_t seconds, struct text *lines);
int trial_confirm(struct service *s, struct text *lines);
int trial_roll_back(struct service *s, const char *why, struct text *lines);
/* What is on the disk was rejected, and is not applied but by a reload. */
void trial_note_unconfirmed(struct service *s);
/* What is in force is there for good, whatever was on trial before. */
void trial_forget(struct service *s);
/* The host was flushed: what was on trial is not returned to, nor from. */
void trial_end_flushed(struct service *s);

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
bool trouble_any(const struct service *s);
