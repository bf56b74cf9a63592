/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out what engine/takeup.h wants done with the list files of peers, and says what is wrong
 * with them.  It decides nothing: which lists are read, together or apart, and which is refused is
 * the machine's business.
 *
 * A list that is refused is a trouble, with the number of faults and the first of them, as long as
 * the file differs from what is in force.
 */
#include "lists.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"
#include "candidate.h"
#include "daemon.h"
#include "journal.h"
#include "report.h"

enum { NAMED = 5 /* of the lists that are refused */ };

static struct snapshot_entry *entry_of(const struct service *s, const struct listened_file *f)
{
	for (struct snapshot_entry *e = s->in_force.basis.snapshot->first; e; e = e->next)
		if (e->kind == SNAPSHOT_LIST && strcmp(e->path, f->path) == 0)
			return e;
	return NULL;
}

struct listened_file *lists_file_of(struct takeup_file *f)
{
	return (struct listened_file *)((char *)f - offsetof(struct listened_file, takeup));
}

enum takeup_content lists_check(const struct service *s, const struct listened_file *f)
{
	const struct snapshot_entry *e = entry_of(s, f);
	bool is_whole;
	if (!e) /* of an earlier policy: memory ran out while its files were to be let go */
		return TAKEUP_UNUSED;
	if (snapshot_list_is_same(e, &file_access_system, &is_whole))
		return TAKEUP_SAME;
	return is_whole ? TAKEUP_OTHER : TAKEUP_CUT;
}

static void mark_read(const struct service *s, bool is_stale)
{
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		struct snapshot_entry *e = f->takeup.is_read ? entry_of(s, f) : NULL;
		if (e)
			e->is_stale = is_stale;
	}
}

int lists_read(struct service *s, struct diags *diags, struct candidate *ret)
{
	mark_read(s, true);
	int r = candidate_read(s, BASIS_LISTS_ANEW, diags, ret);
	mark_read(s, false);
	return r;
}

int lists_apply(struct service *s, struct candidate *c, struct diags *diags, bool is_first_try)
{
	struct effect effect = {.outcome = APPLY_UNCHANGED};
	c->on_trial = life_on_trial(&s->life);
	int r = candidate_apply(s, c, diags, &effect);
	const bool is_told =
		r < 0 ? clock_tries_again(r) || !is_first_try : effect.outcome != APPLY_UNCHANGED;
	if (is_told)
		report_load(s, r, diags, "a list has changed", JOURNAL_LOADED, &effect, NULL);
	effect_done(&effect);
	if (r < 0)
		return r;
	const struct life_event e = {
		.kind = LIFE_LISTS_TAKEN,
		.config = library_number(&s->library, s->in_force.basis.snapshot),
	};
	acts_follow(s, &e, NULL, NULL, NULL);
	return 0;
}

void lists_clear(struct listened_file *f)
{
	free(f->faults);
	f->faults = NULL;
	f->n_faults = 0;
}

static char *put_failure(const struct listened_file *f, int error)
{
	char *text = NULL;
	if (asprintf(&text, "%s: error: cannot be put in force: %s", f->path, strerror(-error)) < 0)
		return NULL;
	return text;
}

static char *put_faults(const struct diags *diags)
{
	struct text said = {0};
	char *text = NULL;
	diags_put_first(diags, &said);
	if (text_finish(&said, &text) < 0)
		return NULL;
	return text;
}

void lists_refuse(struct listened_file *f, const struct diags *diags, int error)
{
	const bool is_faulty = error == -EINVAL && diags->errors;
	char *text = is_faulty ? put_faults(diags) : put_failure(f, error);
	/* the same again is not worth the journal */
	if (is_faulty && (!f->faults || !text || strcmp(f->faults, text) != 0))
		journal_diags(diags);
	free(f->faults);
	f->faults = text ? text : strdup("error: out of memory");
	f->n_faults = is_faulty ? diags->errors : 1;
}

static size_t put_left_open(const struct service *s, struct text *to)
{
	size_t n = 0;
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		if (!f->takeup.is_left_open || n++ >= NAMED)
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

void lists_tell(struct service *s)
{
	struct text text = {0};
	char *said = NULL;
	size_t n = 0;
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next) {
		if (!f->takeup.is_refused || n++ >= NAMED)
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

static const struct takeup_file *followed_as(const struct service *s, const char *path)
{
	for (const struct listened_file *f = s->following.host.files.files; f; f = f->next)
		if (strcmp(f->path, path) == 0)
			return &f->takeup;
	return NULL;
}

void lists_mark_stale(struct service *s, struct snapshot *snapshot)
{
	listen_drain(&s->following.host.files);
	for (struct snapshot_entry *e = snapshot->first; e; e = e->next)
		e->is_stale = e->kind == SNAPSHOT_LIST &&
			      takeup_may_read(followed_as(s, e->path), service_now());
}
