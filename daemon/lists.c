/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts a list file of peers in force as soon as it has been written.
 *
 * A list is read when it was written completely (host/writing.c), and no other list with it: one
 * that is still being written stays as it was.  If several are ready and one of them is faulty,
 * each is tried by itself, and the good ones come into force.
 *
 * Between reading and applying the list, the daemon checks again whether somebody has begun to
 * write it.
 *
 * If a list is refused, its former content stays in force.  That is a trouble, with the number of
 * faults and the first of them, as long as the file differs from what is in force.
 */
#include "lists.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "candidate.h"
#include "daemon.h"
#include "journal.h"
#include "keep.h"
#include "refresh.h"
#include "report.h"

enum { NAMED = 5 /* of the lists that are refused */ };

static struct snapshot_entry *entry_of(const struct service *s, const struct listened_file *f)
{
	for (struct snapshot_entry *e = s->in_force.basis.snapshot->first; e; e = e->next)
		if (e->kind == SNAPSHOT_LIST && strcmp(e->path, f->path) == 0)
			return e;
	return NULL;
}

static void forget_faults(struct listened_file *f)
{
	free(f->faults);
	f->faults = NULL;
	f->n_faults = 0;
}

/* True if the list may be read, and differs from what is in force. */
static bool is_to_be_tried(const struct service *s, struct listened_file *f)
{
	const struct snapshot_entry *e = entry_of(s, f);
	bool is_whole;
	if (!e) /* of an earlier policy: memory ran out while its files were to be let go */
		f->writing.state = WRITING_IDLE;
	if (f->writing.state == WRITING_IDLE || f->writing.state == WRITING_BUSY)
		return false;
	if (snapshot_list_is_same(e, &file_access_system, &is_whole)) {
		f->writing.state = WRITING_IDLE;
		forget_faults(f);
		return false;
	}
	if (!writing_is_over(&f->writing, service_now()))
		return false;
	if (f->writing.state == WRITING_DOUBT && !is_whole) {
		/* it looks cut: its end will be heard of */
		writing_hear(&f->writing, WRITING_BEGUN, service_now());
		return false;
	}
	return true;
}

/* Their number. */
static size_t choose(struct service *s)
{
	size_t n = 0;
	for (struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		f->is_tried = f->what == FOLLOWED_LISTS && is_to_be_tried(s, f);
		n += f->is_tried;
	}
	return n;
}

static void mark_stale(const struct service *s, const struct listened_file *f, bool is_stale)
{
	struct snapshot_entry *e = entry_of(s, f);
	if (e)
		e->is_stale = is_stale;
}

static void note_refused(struct listened_file *f, const struct diags *diags)
{
	struct text said = {0};
	char *text = NULL;
	f->is_tried = false;
	f->writing.state = WRITING_IDLE;
	diags_put_first(diags, &said);
	if (text_finish(&said, &text) < 0)
		text = strdup("error: out of memory");
	/* the same again is not worth the journal */
	if (!f->faults || !text || strcmp(f->faults, text) != 0)
		journal_diags(diags);
	free(f->faults);
	f->faults = text;
	f->n_faults = diags->errors;
}

/* Tries the lists one after the other, each with those that are good.  0 with a candidate and what
 * was said of it, -EINVAL if none is good, or another negative errno. */
static int read_one_by_one(struct service *s, struct diags *ret_diags, struct candidate *ret)
{
	int result = -EINVAL;
	for (struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		struct diags diags = {0};
		struct candidate c = {0};
		if (!f->is_tried)
			continue;
		mark_stale(s, f, true);
		int r = candidate_read(s, BASIS_LISTS_ANEW, &diags, &c);
		if (r == 0) {
			candidate_done(ret);
			diags_done(ret_diags);
			*ret = c;
			*ret_diags = diags;
			result = 0;
			continue;
		}
		mark_stale(s, f, false);
		if (r == -EINVAL)
			note_refused(f, &diags);
		diags_done(&diags);
		if (r < 0 && r != -EINVAL)
			return r;
	}
	return result;
}

static void mark_all(const struct service *s, bool is_stale)
{
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (f->is_tried)
			mark_stale(s, f, is_stale);
}

static int read_lists(struct service *s, size_t n, struct diags *diags, struct candidate *ret)
{
	if (n > 1) {
		mark_all(s, true);
		int r = candidate_read(s, BASIS_LISTS_ANEW, diags, ret);
		mark_all(s, false);
		if (r != -EINVAL)
			return r;
		diags_done(diags);
	}
	int r = read_one_by_one(s, diags, ret);
	mark_all(s, false);
	return r;
}

/* True if nobody has begun to write one of them since it was found ready. */
static bool are_still_over(struct service *s)
{
	listen_drain(&s->following.host.files);
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (f->is_tried && !writing_is_over(&f->writing, service_now()))
			return false;
	return true;
}

static void set_states(struct service *s, enum writing_state state)
{
	for (struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		if (!f->is_tried)
			continue;
		f->writing.state = state;
		if (state == WRITING_IDLE)
			forget_faults(f);
	}
}

/* The kernel does not take what they make. */
static void note_failure(struct service *s, int r)
{
	for (struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (f->is_tried && asprintf(&f->faults, "%s: error: cannot be put in force: %s",
					   f->path, strerror(-r)) < 0)
			f->faults = NULL;
		else if (f->is_tried)
			f->n_faults = 1;
}

/* Files that became ready while lists were read and applied: no other event will come for them. */
static bool is_any_ready(const struct service *s)
{
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (f->writing.state == WRITING_READY)
			return true;
	return false;
}

static int apply_lists(struct service *s, struct candidate *c, struct diags *diags)
{
	struct effect effect = {.outcome = APPLY_UNCHANGED};
	set_states(s, WRITING_IDLE);
	c->on_trial = life_on_trial(&s->life);
	int r = candidate_apply(s, c, diags, &effect);
	if (clock_tries_again(r))
		set_states(s, WRITING_READY);
	else if (r < 0)
		note_failure(s, r);
	if (r < 0 || effect.outcome != APPLY_UNCHANGED)
		report_load(s, r, diags, "a list has changed", JOURNAL_LOADED, &effect, NULL);
	effect_done(&effect);
	if (r == 0)
		refresh_note_lists(s);
	return r;
}

/* It is another one, and nobody goes on writing it or closes it. */
static bool is_left_open(const struct service *s, const struct listened_file *f)
{
	const struct snapshot_entry *e = entry_of(s, f);
	bool is_whole;
	return f->what == FOLLOWED_LISTS && e && writing_long_at(&f->writing) <= service_now() &&
	       !snapshot_list_is_same(e, &file_access_system, &is_whole);
}

static size_t put_left_open(const struct service *s, struct text *to)
{
	size_t n = 0;
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		if (!is_left_open(s, f) || n++ >= NAMED)
			continue;
		text_printf(to, "%s%s", n > 1 ? ", " : "", f->path);
	}
	if (n > NAMED)
		text_printf(to, " and %zu more", n - NAMED);
	return n;
}

static void note_left_open(struct service *s)
{
	struct text text = {0};
	char *names = NULL;
	size_t n = put_left_open(s, &text);
	if (n == 0)
		trouble_clear(&s->troubles, TROUBLE_LISTS);
	else if (text_finish(&text, &names) == 0)
		trouble_set(&s->troubles, TROUBLE_LISTS,
			"these lists were written to and not closed, so their former content stays "
			"in force; `rolewallctl reload` reads them as they are: %s",
			names);
	text_done(&text);
	free(names);
}

static void note_trouble(struct service *s)
{
	struct text text = {0};
	char *said = NULL;
	size_t n = 0;
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		if (!f->faults || n++ >= NAMED)
			continue;
		text_printf(&text, "%s%s (faults: %zu)", n > 1 ? ", " : "", f->path, f->n_faults);
	}
	if (n > NAMED)
		text_printf(&text, " and %zu more", n - NAMED);
	if (n == 0)
		note_left_open(s);
	else if (text_finish(&text, &said) == 0)
		trouble_set(&s->troubles, TROUBLE_LISTS,
			"these lists are refused, so their former content stays in force: %s",
			said);
	text_done(&text);
	free(said);
}

int lists_refresh(struct service *s)
{
	struct listen *files = &s->following.host.files;
	struct diags diags = {0};
	struct candidate c = {0};
	listen_drain(files);
	for (struct listened_file *f = files->files; f && s->following.lists_touched; f = f->next)
		writing_hear(&f->writing, WRITING_TOUCHED, service_now());
	s->following.lists_touched = false;
	size_t n = choose(s);
	int r = n ? read_lists(s, n, &diags, &c) : 0;
	if (n && r == 0 && are_still_over(s))
		r = apply_lists(s, &c, &diags);
	if (is_any_ready(s))
		keep_hear_host(s);
	candidate_done(&c);
	diags_done(&diags);
	note_trouble(s);
	listen_set_timer(files);
	return r == -EINVAL ? 0 : r;
}

bool lists_recheck(struct service *s)
{
	bool any = false;
	for (struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		any |= writing_long_at(&f->writing) <= service_now();
		if (!f->faults)
			continue;
		writing_hear(&f->writing, WRITING_TOUCHED, service_now());
		any = true;
	}
	return any;
}

static bool is_being_written(const struct service *s, const char *path)
{
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f->writing.state == WRITING_BUSY ||
			       (f->writing.state == WRITING_DOUBT &&
				       !writing_is_over(&f->writing, service_now()));
	return false;
}

void lists_mark_stale(struct service *s, struct snapshot *snapshot)
{
	listen_drain(&s->following.host.files);
	for (struct snapshot_entry *e = snapshot->first; e; e = e->next)
		e->is_stale = e->kind == SNAPSHOT_LIST && !is_being_written(s, e->path);
}
