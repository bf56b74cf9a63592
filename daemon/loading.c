/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing configurations into force, and keeping there what was brought.
 *
 * A configuration that is bad, or that the kernel refuses, is told of, and what was in
 * force stays in force.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "acts.h"
#include "daemon.h"
#include "lists.h"
#include "log.h"
#include "look.h"

/* What may be otherwise in a moment. */
bool loading_may_pass(int r)
{
	return r == -ENOMEM || r == -ENOBUFS || r == -ERESTART || r == -EINTR || r == -ESTALE;
}

/* Watching.
 *
 * Somebody who listens makes every commit slower, ours most of all: the kernel writes a message
 * for each element, a million of them ten times as long.  So we do not listen while we change our
 * table ourselves. */

static int on_commit(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct service *s = userdata;
	struct commit c;
	int r;
	(void)source;
	(void)fd;
	(void)events;
	while ((r = watch_next(&s->watch, &c)) != 0) {
		if (r > 0 && c.portid == s->socket.portid)
			continue;
		if (r > 0)
			s->stranger = c;
		else if (r != -ENOBUFS)
			return r;
		engine_hear(&s->engine, ENGINE_COMMITTED, service_now());
	}
	service_turn(s);
	return 0;
}

void loading_stop_watching(struct service *s)
{
	s->watch_source = sd_event_source_unref(s->watch_source);
	if (s->watch.socket)
		watch_close(&s->watch);
}

static void start_watching(struct service *s)
{
	if (!s->now.ruleset)
		return;
	int r = watch_open(&s->watch);
	if (r >= 0)
		r = sd_event_add_io(s->event, &s->watch_source, watch_fd(&s->watch), EPOLLIN,
			on_commit, s);
	/* what has happened meanwhile was not heard */
	engine_hear(&s->engine, ENGINE_COMMITTED, service_now());
	if (r >= 0) {
		trouble_clear(s, TROUBLE_WATCH);
		return;
	}
	trouble_set(s, TROUBLE_WATCH, "cannot hear of what others change: %s", strerror(-r));
	loading_stop_watching(s);
	if (loading_may_pass(r))
		engine_hear(&s->engine, ENGINE_UNVERIFIED, service_now());
}

static void follow(struct service *s)
{
	int r = follow_policy(&s->follow, s->now.policy);
	const char *where = s->follow.files.unheard;
	if (r < 0)
		trouble_set(s, TROUBLE_FOLLOW, "cannot follow the changes of this host: %s%s%s",
			where ? where : "", where ? ": " : "", strerror(-r));
	else
		trouble_clear(s, TROUBLE_FOLLOW);
	s->is_deaf = loading_may_pass(r);
	look_note(s);
	/* what has changed meanwhile was not heard */
	if (r > 0 || s->is_deaf || lists_recheck(s))
		engine_hear(&s->engine, ENGINE_HOST_CHANGED, service_now());
}

/* Candidates. */

int candidate_read(struct service *s, enum basis_how how, struct diags *diags,
	struct candidate *ret)
{
	const bool asked = how == BASIS_ANEW || how == BASIS_CLOSED;
	const struct facts *facts = asked ? look(s) : &s->facts;
	return basis_load(&s->options->dirs, &s->basis, how, facts, diags, &ret->policy,
		&ret->basis);
}

int candidate_read_saved(struct service *s, const struct basis *from, struct diags *diags,
	struct candidate *ret)
{
	return basis_load(NULL, from, BASIS_KEPT, look(s), diags, &ret->policy, &ret->basis);
}

void candidate_done(struct candidate *c)
{
	policy_free(c->policy);
	basis_done(&c->basis);
	*c = (struct candidate){0};
}

static uint64_t realtime(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int apply_policy(struct service *s, struct policy *p, bool on_trial, struct diags *diags,
	enum apply_outcome *ret)
{
	bool before = s->now.on_trial;
	loading_stop_watching(s);
	s->now.on_trial = on_trial;
	int r = apply(&s->socket, &s->now, p, diags, ret);
	if (r < 0)
		s->now.on_trial = before;
	start_watching(s);
	if (r < 0 && s->now.is_unsure && s->now.ruleset)
		engine_hear(&s->engine, ENGINE_UNVERIFIED, service_now());
	return r;
}

/* It is in force: the library has its snapshot from now on. */
static void take_basis(struct service *s, struct candidate *c)
{
	struct life_config number = c->number;
	if (c->basis.is_closed)
		number = library_new_number(&s->library);
	else if (number.files == LIFE_NONE)
		number = library_number(&s->library, c->basis.snapshot);
	s->basis.snapshot = NULL;
	basis_done(&s->basis);
	s->basis = c->basis;
	s->basis.snapshot = library_take(&s->library, c->basis.snapshot, number);
	*c = (struct candidate){0};
	library_tidy(&s->library, &s->life, s->basis.snapshot);
}

int candidate_apply(struct service *s, struct candidate *c, struct diags *diags,
	enum apply_outcome *ret)
{
	int r = apply_policy(s, c->policy, c->on_trial, diags, ret);
	if (r < 0)
		return r;
	if (*ret != APPLY_UNCHANGED || s->since == 0)
		s->since = realtime();
	take_basis(s, c);
	follow(s);
	return 0;
}

int candidate_settle(struct service *s)
{
	struct diags ignored = {0}; /* the kernel has taken the same policy before */
	enum apply_outcome outcome;
	int r = apply_policy(s, s->now.policy, false, &ignored, &outcome);
	diags_done(&ignored);
	return r;
}

/* Reporting. */

static const char *const outcome_text[] = {
	[APPLY_UNCHANGED] = "configuration unchanged",
	[APPLY_EXTENDED] = "configuration applied",
	[APPLY_RESTRICTED] = "configuration applied, live connections are judged again",
	[APPLY_REPLACED] = "whole table brought up to date, live connections are judged again",
};

/* Why nothing, or only a part of it, could be put in force. */
static void put_failure(int r, bool in_part, struct text *to)
{
	if (r == -EPERM)
		text_put(to, "not permitted: CAP_NET_ADMIN is needed to change the firewall");
	else if (r == -EBUSY)
		text_put(to, "another process owns the table inet rolewall: is a second daemon "
			     "running?");
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		text_put(to, "this kernel has no nf_tables");
	else
		text_printf(to, "cannot apply the configuration: %s", strerror(-r));
	text_put(to, in_part ? "; a part of it may be in force until our table is looked at"
			     : "; nothing was changed");
}

void loading_report(const struct service *s, int r, const struct diags *diags, const char *why,
	enum apply_outcome outcome, struct text *lines)
{
	struct text summary = {0};
	if (r == 0)
		text_printf(&summary, "%s%s, generation %u, ownership %s", why,
			outcome_text[outcome], s->now.ruleset->generation,
			ownership_name(s->now.ownership));
	else if (r == -EINVAL)
		text_printf(&summary, "%sconfiguration refused, faults: %zu; nothing was changed",
			why, diags->errors);
	else
		put_failure(r, s->now.is_unsure, &summary);
	log_diags(diags);
	log_line(r == 0 ? SD_INFO : SD_ERR, "%s", summary.data ? summary.data : "out of memory");
	if (lines) {
		diags_put(diags, lines);
		text_printf(lines, "%s\n", summary.data ? summary.data : "out of memory");
	}
	text_done(&summary);
}

void loading_note_refused(struct service *s, int r, const struct diags *diags)
{
	struct text said = {0};
	char *text;
	diags_put_first(diags, &said);
	if (r != -EINVAL)
		put_failure(r, s->now.is_unsure, &said);
	if (text_finish(&said, &text) == 0) {
		free(s->refused);
		s->refused = text;
	}
	s->refused_at = realtime();
}

/* Following the host. */

/* The configuration in force for the host as it is now.  A change that changes nothing is
 * nobody's business. */
static int load_again(struct service *s)
{
	struct diags diags = {0};
	struct candidate c = {0};
	enum apply_outcome outcome = APPLY_UNCHANGED;
	int r = candidate_read(s, BASIS_KEPT, &diags, &c);
	c.on_trial = life_on_trial(&s->life);
	if (r == 0)
		r = candidate_apply(s, &c, &diags, &outcome);
	if (r < 0 || outcome != APPLY_UNCHANGED)
		loading_report(s, r, &diags, "the host has changed: ", outcome, NULL);
	if (r == 0)
		troubles_follow(s); /* a closed host may let in others now */
	candidate_done(&c);
	diags_done(&diags);
	return r;
}

void loading_note_lists(struct service *s)
{
	const struct life_event e = {
		.kind = LIFE_LISTS_TAKEN,
		.config = library_number(&s->library, s->basis.snapshot),
	};
	acts_follow(s, &e, NULL, NULL, NULL);
}

void loading_refresh(struct service *s)
{
	if (!life_follows_host(&s->life))
		return;
	if (s->is_deaf || s->follow.files.is_stale)
		follow(s);
	const struct facts *facts = look(s);
	int r = lists_refresh(s);
	/* a list that is refused does not keep us from following the rest */
	if (r == 0 && !facts_equal(&s->basis.facts, facts))
		r = load_again(s);
	look_note(s);
	if (loading_may_pass(r))
		engine_hear(&s->engine, ENGINE_HOST_CHANGED, service_now());
}

/* Verifying. */

static const char *stranger_name(const struct service *s)
{
	return s->stranger.name[0] ? s->stranger.name : "somebody";
}

void loading_verify(struct service *s)
{
	struct diags diags = {0};
	struct text difference = {0};
	bool was_unsure = s->now.is_unsure;
	if (!s->now.ruleset)
		return;
	if (!s->watch_source)
		start_watching(s);
	if (s->now.ownership != OWNERSHIP_NONE && !was_unsure)
		return; /* nobody else can have changed it */
	int r = apply_verify(&s->socket, &s->now, &diags, &difference);
	log_diags(&diags);
	if (r > 0 && was_unsure) {
		log_line(SD_WARNING, "our table was not as it should be: %s; put right",
			difference.data ? difference.data : "?");
	} else if (r > 0) {
		engine_hear(&s->engine, ENGINE_REPAIRED, service_now());
		if (!s->engine.fighting)
			log_line(SD_WARNING, "%s (pid %u) changed our table: %s; undone",
				stranger_name(s), s->stranger.pid,
				difference.data ? difference.data : "?");
	} else if (r == -EINTR) {
		engine_hear(&s->engine, ENGINE_COMMITTED, service_now());
	} else if (r < 0) {
		trouble_set(s, TROUBLE_VERIFY, "cannot verify our table: %s", strerror(-r));
		if (loading_may_pass(r))
			engine_hear(&s->engine, ENGINE_UNVERIFIED, service_now());
	}
	if (r >= 0)
		trouble_clear(s, TROUBLE_VERIFY);
	text_done(&difference);
	diags_done(&diags);
}

void loading_say_fight(const struct service *s)
{
	log_line(SD_WARNING,
		"%s (pid %u) changes our table again and again; each change is undone, and not "
		"logged any more",
		stranger_name(s), s->stranger.pid);
}
