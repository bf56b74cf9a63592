/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the reader says goes to the machine of the answers, which decides what it is worth.  What
 * the machine wants done is done here: elements of sets by the short lane, questions to the reader,
 * lines in the journal, a dump of the tracker.
 *
 * A reader that has come is told all names that are followed, those of services' targets too.  One
 * that goes takes nothing with it.
 *
 * What is known is saved before a set changes (known_names.c): a daemon that is killed goes on with
 * all addresses that the kernel has.
 */
#include "learning.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "candidate.h"
#include "daemon.h"
#include "in_use.h"
#include "journal.h"
#include "lane.h"

enum {
	SECOND = 1000000,
	RETRY = 5 * SECOND,
	SAID_PAUSE = 60 * SECOND,
	SAID_MOST = 100, /* lines about names in that time */
};

static struct moment moment_now(void)
{
	struct moment m = {.now = service_now()};
	/* without it all names are asked for at the same time, which is no harm */
	if (getrandom(&m.random, sizeof(m.random), GRND_NONBLOCK) < 0)
		m.random = 0;
	return m;
}

/* What is known, as sets. */

const struct learned *learning_of(const struct learning *l, const struct policy *p)
{
	learned_done(l->found);
	return learned_find(p, l->answers, l->found) == 0 ? l->found : NULL;
}

/* What the machine says of the sets goes into each ruleset that is compiled: no edit may speak of
 * them as well. */
static void forget_edits(struct service *s, const struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		edits_forget(&s->in_force.applied.edits, edits->items[i].set);
}

/* Who falls behind again and again catches up all the same. */
static void fall_behind(struct learning *l)
{
	if (!l->is_behind)
		l->retry = service_now() + RETRY;
	l->is_behind = true;
}

static void put_edits(struct learning *l, const struct edits *edits)
{
	struct service *s = l->service;
	if (edits->count == 0)
		return;
	known_names_save_first(&l->known, l->answers, service_now());
	if (!in_force_any(&s->in_force))
		return; /* what is open or not yet protected is compiled with what is known */
	int r = lane_put(s, edits);
	forget_edits(s, edits);
	if (r == 0) {
		holding_learned(&s->holding, edits);
		return;
	}
	if (!l->is_behind)
		journal(JOURNAL_SERVICE, LOG_WARNING,
			"addresses that names have got are not in force yet: %s; rolewalld tries "
			"again every %d seconds",
			strerror(-r), RETRY / SECOND);
	fall_behind(l);
}

/* Compiles what is in force once more, with what is known. */
static void catch_up(struct learning *l)
{
	if (!l->is_behind || service_now() < l->retry)
		return;
	l->is_behind = false;
	if (in_force_any(&l->service->in_force) && candidate_again(l->service) < 0)
		fall_behind(l);
}

/* What the machine wants done. */

/* An address is retired for as long as nobody knows whether it has connections. */
static void tell_in_use(struct learning *l)
{
	CLEANUP(in_use_done) struct in_use u = {0};
	const uint64_t began = service_now();
	if (in_use_find(&u) == 0)
		answers_dumped(l->answers, u.items, u.count, began, moment_now());
}

/* A reader that was taken over could let names fail and work again thousands of times a second, and
 * push all else out of the journal.  So could a thousand names whose resolver is gone. */
static bool may_say(struct learning *l)
{
	const uint64_t now = service_now();
	if (l->n_said == 0 || now - l->said_since >= SAID_PAUSE) {
		l->said_since = now;
		l->n_said = 0;
	}
	if (l->n_said > SAID_MOST)
		return false;
	if (l->n_said++ < SAID_MOST)
		return true;
	journal(JOURNAL_SERVICE, LOG_WARNING,
		"more names fail or are resolved again than are logged in a minute; "
		"`rolewallctl names` says how they are");
	return false;
}

static void say(struct learning *l, const struct answers_action *a)
{
	struct fields f = {0};
	if (!may_say(l))
		return;
	field(&f, "ROLEWALL_NAME", "%s", a->name);
	switch (a->word) {
	case ANSWERS_FAILS:
		journal_with(&f, JOURNAL_SERVICE, LOG_WARNING,
			"cannot resolve %s: %s; the addresses that are known of it stay, and "
			"rolewalld asks again",
			a->name, answers_error_text(a->error));
		return;
	case ANSWERS_WORKS:
		journal_with(&f, JOURNAL_SERVICE, LOG_NOTICE, "%s is resolved again", a->name);
		return;
	case ANSWERS_IS_FULL:
		journal_with(&f, JOURNAL_SERVICE, LOG_WARNING,
			"%s has more addresses than names-most allows: those that were not seen "
			"for the longest time are retired before their time",
			a->name);
		return;
	case ANSWERS_HAS_ROOM:
		journal_with(&f, JOURNAL_SERVICE, LOG_NOTICE,
			"%s has no more addresses than names-most allows", a->name);
		return;
	}
	abort();
}

static void ask(struct learning *l, const struct answers_action *a)
{
	if (!l->reader)
		return;
	l->serial = l->serial < HOLD_SERIALS ? l->serial + 1 : 1; /* the others are of holding.c */
	reader_ask(l->reader, a->name, a->name_kind, a->questions, l->serial, false);
}

static void put_edit(struct learning *l, const struct answers_action *a, struct edits *edits)
{
	const struct policy *p = l->service->in_force.policy;
	char set[LEARNED_SET_SIZE];
	if (l->must_follow) {
		fall_behind(l); /* the machine still numbers the peers of the policy before */
		return;
	}
	if (!p || !learned_peer_at(p, a->peer))
		return;
	learned_set_name(p, a->peer, a->address.family, a->is_retired, set);
	if (edits_put(edits, set, &a->address, a->kind == ANSWERS_ADD) < 0)
		fall_behind(l);
}

static void carry_out(struct learning *l)
{
	CLEANUP(edits_done) struct edits edits = {0};
	struct answers_action a;
	while (answers_next(l->answers, &a)) {
		switch (a.kind) {
		case ANSWERS_ADD:
		case ANSWERS_REMOVE:
			put_edit(l, &a, &edits);
			continue;
		case ANSWERS_SAY:
			say(l, &a);
			continue;
		case ANSWERS_ASK:
			ask(l, &a);
			continue;
		case ANSWERS_DUMP:
			tell_in_use(l);
			continue;
		}
		abort();
	}
	put_edits(l, &edits);
}

static void tell_names(struct learning *l)
{
	l->must_tell_names = false;
	l->told_targets = answers_targets_version(l->answers);
	for (size_t i = 0; l->reader && i < answers_count(l->answers); i++) {
		const struct answers_name *name = answers_get(l->answers, i);
		if (answers_is_followed(name))
			reader_follow(l->reader, answers_text(name), name->kind);
		else
			reader_forget(l->reader, answers_text(name), name->kind);
	}
}

DEFINE_CLEANUP(free_follows, struct answers_follow, free)

static int follow_names(struct answers *a, const struct policy *p)
{
	CLEANUP(free_follows) struct answers_follow *follows = NULL;
	size_t count = 0;
	int r = learned_follows(p, &follows, &count);
	if (r < 0)
		return r;
	return answers_configure(a, follows, count, &p->host.name_rules, moment_now());
}

static void configure(struct learning *l)
{
	const struct policy *p = l->service->in_force.policy;
	if (!l->must_follow || !p)
		return;
	if (follow_names(l->answers, p) < 0) {
		fall_behind(l);
		return;
	}
	l->must_follow = false;
	l->must_tell_names = true;
	if (l->reader)
		reader_limit(l->reader, p->host.name_rules.most);
}

/* After the names: what was logged before the reader came is about them, too. */
static void give_log(struct learning *l)
{
	l->must_give_log = false;
	if (l->reader && l->overhearing.fd >= 0)
		reader_give_log(l->reader, l->overhearing.fd);
}

void learning_prepare(struct learning *l, const struct policy *p)
{
	l->must_give_log |= overhearing_want(&l->overhearing, p);
}

void learning_follow(struct learning *l)
{
	overhearing_follow(&l->overhearing, l->service->in_force.policy);
	l->must_follow = true;
	configure(l);
}

static void tell_saving(struct learning *l)
{
	struct troubles *t = &l->service->troubles;
	const struct known_names *k = &l->known;
	if (k->error < 0)
		trouble_set(t, TROUBLE_NAMES,
			"cannot save in %s what is known of names: %s; it stays in force, but "
			"after a restart rolewalld only knows what was saved before; it tries "
			"again every %d seconds",
			k->state_dir, strerror(-k->error), KNOWN_NAMES_RETRY_SECONDS);
	else
		trouble_clear(t, TROUBLE_NAMES);
}

static void set_timer(struct learning *l)
{
	uint64_t wake = answers_wake(l->answers);
	if (l->is_behind && l->retry < wake)
		wake = l->retry;
	if (known_names_wake(&l->known) < wake)
		wake = known_names_wake(&l->known);
	sd_event_source_set_time(l->timer, wake == ANSWERS_NEVER ? 0 : wake);
	sd_event_source_set_enabled(l->timer,
		wake == ANSWERS_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void learning_turn(struct learning *l)
{
	if (!l->timer)
		return;
	configure(l);
	if (answers_wake(l->answers) <= service_now())
		answers_time(l->answers, moment_now());
	carry_out(l);
	catch_up(l);
	if (l->must_tell_names || l->told_targets != answers_targets_version(l->answers))
		tell_names(l);
	if (l->must_give_log)
		give_log(l);
	known_names_keep(&l->known, l->answers, service_now(), holding_any(&l->service->holding));
	tell_saving(l);
	set_timer(l);
}

size_t learning_refresh(struct learning *l, const char *name)
{
	const struct answers_name *service =
		name ? answers_find(l->answers, name, NAME_OF_SERVICE) : NULL;
	size_t n = 0;
	answers_refresh(l->answers, name, moment_now());
	for (size_t i = 0; service && i < service->n_targets; i++)
		answers_refresh(l->answers, answers_text(service->targets[i].name), moment_now());
	for (size_t i = 0; i < answers_count(l->answers); i++)
		n += answers_get(l->answers, i)->to_ask != 0;
	return n;
}

/* Events. */

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct learning *l = userdata;
	(void)source;
	(void)time;
	service_turn(l->service);
	return 0;
}

static void on_came(void *userdata)
{
	struct learning *l = userdata;
	l->must_tell_names = true;
	l->must_give_log = true;
	if (overhearing_hear_reader(&l->overhearing, l->service->in_force.policy,
		    reader_status(l->reader).uid)) {
		l->is_behind = true;
		l->retry = 0;
	}
	/* what was asked for while nobody was there */
	answers_refresh(l->answers, NULL, moment_now());
	service_turn(l->service);
	holding_reader(&l->service->holding, true);
}

static void on_went(void *userdata)
{
	struct learning *l = userdata;
	holding_reader(&l->service->holding, false);
}

static void on_replied(void *userdata, const struct reply *r)
{
	struct learning *l = userdata;
	const bool is_learned = reply_tell(r, l->answers, moment_now()) == 0;
	if (!is_learned)
		journal(JOURNAL_SERVICE, LOG_WARNING,
			"out of memory: some addresses of %s are missing until it is asked for "
			"again",
			r->name);
	service_turn(l->service);
	holding_answered(&l->service->holding, r, is_learned && !l->is_behind);
}

static void on_drained(void *userdata, uint32_t serial)
{
	struct learning *l = userdata;
	holding_drained(&l->service->holding, serial);
}

/* Life. */

int learning_init(struct learning *l, struct service *s)
{
	*l = (struct learning){
		.service = s,
		.found = calloc(1, sizeof(*l->found)),
		.known = {.runtime_dir = s->options->runtime_dir,
			.state_dir = s->options->state_dir},
	};
	overhearing_init(&l->overhearing, &s->kept, s->in_force.applied.socket_is_kept);
	int r = l->found ? known_names_load(&l->known, service_now(), &l->answers) : -ENOMEM;
	if (r == 0 && !l->answers)
		l->answers = answers_new();
	if (r == 0 && !l->answers)
		r = -ENOMEM;
	return r;
}

static int open_timer(struct learning *l, sd_event *event)
{
	int r = sd_event_add_time(event, &l->timer, CLOCK_BOOTTIME, 0, 0, on_time, l);
	if (r >= 0)
		r = sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
	return r;
}

void learning_open(struct learning *l)
{
	static const struct reader_events events = {on_came, on_went, on_replied, on_drained};
	struct service *s = l->service;
	const char *directory = s->options->runtime_dir;
	int r = open_timer(l, s->event);
	if (r >= 0)
		r = reader_open(s->event, directory, &events, l, &l->reader);
	if (r < 0)
		journal(JOURNAL_SERVICE, LOG_ERR,
			"no socket for rolewall-reader in %s: %s; names are not followed",
			directory, strerror(-r));
}

void learning_done(struct learning *l)
{
	if (l->answers && l->timer) {
		known_names_save_last(&l->known, l->answers, service_now());
		tell_saving(l);
	}
	reader_close(l->reader);
	if (l->service)
		overhearing_done(&l->overhearing);
	sd_event_source_disable_unref(l->timer);
	answers_free(l->answers);
	if (l->found)
		learned_done(l->found);
	free(l->found);
	*l = (struct learning){0};
}
