/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in, sections out.
 *
 * A later file overrides single keys of a section that an earlier one has, so moving a
 * shipped row to another port is two lines.  Within one file nothing may stand twice: the
 * second is a slip, and which of the two was meant cannot be known.
 *
 * A [peer] in a role file is a default as a whole: its hosts and the networks that an admin writes
 * instead are two ways to say one thing, and must not add up.  So the first key of that [peer] in
 * a later file removes the whole default.
 *
 * So is a [flow] of the vendor's from or to this-host, which every host has (common.conf): sites
 * had rows like it, maybe by that name, before there was one.  A row that a later file has in full
 * takes its place, so that an update does not turn it off as `optional`, or lead it elsewhere.
 *
 * A section that is wrong swallows its keys, so that one slip is one fault.
 */
#include "config/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/suggest.h"
#include "base/text.h"
#include "config/ini.h"

struct reading {
	struct document *document;
	const struct source *source;
	const char *path; /* the arena's copy */
	struct diags *diags;
	struct section *section; /* NULL: none yet, or a wrong one */
	struct place section_at; /* of its title in this file */
	bool in_section;
	struct entry *entry; /* the key whose value is coming, or NULL */
	struct text text;
	struct segment *segments;
	size_t n_segments, allocated;
	bool failed;
};

void document_init(struct document *d, struct arena *arena)
{
	*d = (struct document){.arena = arena};
}

const struct section *document_first(const struct document *d, enum section_kind kind)
{
	const struct section *s = d->first;
	while (s && s->kind != kind)
		s = s->next;
	return s;
}

const struct section *document_next(const struct section *after, enum section_kind kind)
{
	const struct section *s = after->next;
	while (s && s->kind != kind)
		s = s->next;
	return s;
}

struct section *document_find(const struct document *d, enum section_kind kind, const char *name)
{
	return index_get(&d->sections[kind], name);
}

void document_keep(struct document *d, enum section_kind kind)
{
	struct section **end = &d->first;
	d->last = NULL;
	for (struct section *s = d->first; s; s = s->next)
		if (s->kind == kind) {
			*end = d->last = s;
			end = &s->next;
		}
	*end = NULL;
	for (enum section_kind k = 0; k < SECTION_KINDS; k++)
		if (k != kind)
			d->sections[k] = (struct index){0};
}

bool meant_has(const struct meant *m, enum section_kind kind, const char *name)
{
	while (m && (m->kind != kind || strcmp(m->name, name) != 0))
		m = m->next;
	return m != NULL;
}

/* Values. */

/* Notes a row that is a default. */
static void judge_party(struct reading *reading, const struct entry *e)
{
	struct section *s = reading->section;
	const struct entry *k = s->keys;
	if (s->kind == SECTION_FLOW && (e == &k[FLOW_SOURCE] || e == &k[FLOW_TARGET]) &&
		reading->source->kind == FILE_ROLE && !reading->source->overrides &&
		strcmp(e->value.text, "this-host") == 0)
		s->is_default_row = true;
}

static void end_value(struct reading *reading)
{
	struct entry *e = reading->entry;
	reading->entry = NULL;
	char *text = NULL;
	size_t length = reading->text.length;
	if (!e || reading->failed || text_finish(&reading->text, &text) < 0) {
		reading->failed |= e != NULL;
		text_done(&reading->text);
		return;
	}
	struct arena *arena = reading->document->arena;
	struct segment *segments = arena_array(arena, reading->n_segments, sizeof(*segments));
	char *copy = arena_strndup(arena, text, length);
	free(text);
	if (!segments || !copy) {
		reading->failed = true;
		return;
	}
	memcpy(segments, reading->segments, reading->n_segments * sizeof(*segments));
	e->value = (struct value){reading->path, copy, length, segments, reading->n_segments};
	judge_party(reading, e);
	if (length == 0) {
		reading->section->is_faulty = true;
		diag_error(reading->diags, e->at,
			"a key without a value; write one or take the key out");
	}
}

/* Indented lines continue the value above.  Who indents all keys of a section would lose
 * them without a word. */
static bool looks_like_key(const struct reading *reading, const char *piece)
{
	size_t n = strcspn(piece, " \t=:");
	const char *rest = piece + n + strspn(piece + n, " \t");
	if ((*rest != '=' && *rest != ':') || n > NAME_MAX_LENGTH)
		return false;
	char word[NAME_MAX_LENGTH + 1] = {0};
	memcpy(word, piece, n);
	return grammar_find_key(grammar_section(reading->section->kind), word) >= 0;
}

static void on_piece(void *context, struct place at, const char *piece, bool glued)
{
	struct reading *reading = context;
	if (!reading->entry)
		return;
	if (!glued && looks_like_key(reading, piece)) {
		diag_error(reading->diags, at,
			"an indented line continues the value above; start the key in the first "
			"column");
		return;
	}
	if (!glued && reading->text.length)
		text_put(&reading->text, " ");
	if (array_reserve(&reading->segments, &reading->allocated, reading->n_segments + 1) < 0) {
		reading->failed = true;
		return;
	}
	reading->segments[reading->n_segments++] =
		(struct segment){reading->text.length, at.line, at.column};
	text_put(&reading->text, piece);
}

/* Keys. */

static void unknown_key(struct reading *reading, struct place at, const char *key)
{
	const struct section_spec *spec = grammar_section(reading->section->kind);
	struct suggestion near;
	struct text known = {0};
	char *list = NULL;
	suggest_init(&near, key);
	for (int i = 0; i < KEYS_MAX && spec->keys[i].name; i++) {
		if (spec->keys[i].later)
			continue;
		suggest_offer(&near, spec->keys[i].name);
		text_printf(&known, "%s%s", i ? ", " : "", spec->keys[i].name);
	}
	if (text_finish(&known, &list) < 0)
		reading->failed = true;
	else if (near.best)
		diag_error(reading->diags, at, "unknown key '%s' in [%s]; did you mean '%s'?", key,
			spec->name, near.best);
	else
		diag_error(reading->diags, at, "unknown key '%s' in [%s]; it may have %s", key,
			spec->name, list);
	free(list);
}

static void put_default_away(struct reading *reading)
{
	struct section *s = reading->section;
	const size_t file = reading->document->files;
	if (s->kind != SECTION_PEER || s->file_kind != FILE_ROLE || s->default_file == file)
		return;
	for (int i = 0; i < KEYS_MAX; i++)
		s->keys[i] = (struct entry){0};
	s->at = reading->section_at;
	s->file_kind = reading->source->kind;
	s->default_file = file;
}

static void on_key(void *context, struct place at, const char *key)
{
	struct reading *reading = context;
	end_value(reading);
	if (!reading->section) {
		if (!reading->in_section)
			diag_error(reading->diags, at,
				"'%s' stands before any section; write %s first", key,
				reading->source->kind == FILE_ROLE ? "[role]" : "[host]");
		return;
	}
	if (at.column > 1 && !(at.line == 1 && at.column == 4)) { /* but for a BOM */
		diag_error(reading->diags, at,
			"an indented key; start the key in the first column");
		reading->section->is_faulty = true;
		return;
	}
	const struct section_spec *spec = grammar_section(reading->section->kind);
	int number = grammar_find_key(spec, key);
	if (number < 0 || spec->keys[number].later)
		reading->section->is_faulty = true;
	if (number < 0) {
		unknown_key(reading, at, key);
		return;
	}
	if (spec->keys[number].later) {
		diag_error(reading->diags, at, "'%s' in [%s] is not supported by this version; %s",
			key, spec->name, spec->keys[number].later);
		return;
	}
	put_default_away(reading);
	struct entry *e = &reading->section->keys[number];
	if (e->set && strcmp(e->at.file, reading->path) == 0) {
		diag_error(reading->diags, at, "'%s' is here twice, first in line %u; keep one",
			key, e->at.line);
		return;
	}
	at.file = reading->path;
	*e = (struct entry){.set = true, .at = at, .value = {.file = reading->path, .text = ""}};
	reading->entry = e;
	reading->n_segments = 0;
}

/* Sections. */

static void note_meant(struct reading *reading, enum section_kind kind, const char *name)
{
	struct arena *arena = reading->document->arena;
	struct meant *m = arena_alloc(arena, sizeof(*m));
	if (kind == SECTION_ROLE)
		name = reading->source->stem;
	else if (!grammar_section(kind)->named)
		name = "";
	if (!m || !(name = arena_strndup(arena, name, strlen(name)))) {
		reading->failed = true;
		return;
	}
	*m = (struct meant){kind, name, reading->document->meant};
	reading->document->meant = m;
}

static void unknown_section(struct reading *reading, struct place at, const char *word,
	const char *name)
{
	struct suggestion near;
	suggest_init(&near, word);
	for (enum section_kind k = 0; k < SECTION_KINDS; k++)
		if (grammar_section(k)->files & reading->source->kind)
			suggest_offer(&near, grammar_section(k)->name);
	if (near.best) {
		enum section_kind kind = grammar_find_section(near.best);
		note_meant(reading, kind, name);
		diag_error(reading->diags, at, "unknown section [%s]; did you mean %s?", word,
			grammar_section(kind)->example);
	} else
		diag_error(reading->diags, at, "unknown section [%s]; this file may have %s", word,
			reading->source->kind == FILE_ROLE
				? "[role], [flow NAME], [peer NAME] and [size ADMINISTRATORS]"
				: "[host], [management], [peer NAME], [flow NAME], [test NAME] and "
				  "[size "
				  "ADMINISTRATORS]");
}

/* The kind that a title names, with its name in *ret_name, or SECTION_KINDS after a fault. */
static enum section_kind read_title(struct reading *reading, struct place at, const char *title,
	const char **ret_name)
{
	size_t n = strcspn(title, " \t");
	const char *name = title + n + strspn(title + n, " \t");
	char word[NAME_MAX_LENGTH + 1] = {0};
	memcpy(word, title, n < sizeof(word) ? n : sizeof(word) - 1);

	enum section_kind kind = grammar_find_section(word);
	if (kind == SECTION_KINDS) {
		unknown_section(reading, at, word, name);
		return SECTION_KINDS;
	}
	const struct section_spec *spec = grammar_section(kind);
	if (!(spec->files & reading->source->kind))
		diag_error(reading->diags, at, "[%s] does not belong here; it stands in %s", title,
			spec->files == FILE_ROLE ? "a role file" : "rolewall.conf");
	else if (!spec->named && *name)
		diag_error(reading->diags, at, "[%s] takes no name; write %s", title,
			spec->example);
	else if (spec->named && !*name)
		diag_error(reading->diags, at, "[%s] needs a name; write %s", title, spec->example);
	else if (spec->named && !grammar_is_name(name, strlen(name)))
		diag_error(reading->diags, at,
			"'%s' is not a name; write small letters, digits and hyphens, at most %d",
			name, NAME_MAX_LENGTH);
	else {
		*ret_name = kind == SECTION_ROLE ? reading->source->stem : name;
		return kind;
	}
	note_meant(reading, kind, name);
	return SECTION_KINDS;
}

static struct section *append_section(struct reading *reading, enum section_kind kind,
	const char *name, struct place at)
{
	struct document *d = reading->document;
	struct section *s = arena_alloc(d->arena, sizeof(*s));
	if (s)
		s->name = arena_strndup(d->arena, name, strlen(name));
	if (!s || !s->name || index_put(&d->sections[kind], d->arena, s->name, s) < 0) {
		reading->failed = true;
		return NULL;
	}
	s->kind = kind;
	s->at = at;
	s->file_kind = reading->source->kind;
	s->default_file = d->files;
	if (d->last)
		d->last->next = s;
	else
		d->first = s;
	d->last = s;
	return s;
}

/* Puts a default row away if this file has all of a row. */
static void end_section(struct reading *reading)
{
	static const enum flow_key whole[] = {FLOW_PORT, FLOW_PROTOCOL, FLOW_SOURCE, FLOW_TARGET};
	struct section *s = reading->section;
	if (!s || !s->is_default_row || !reading->source->overrides)
		return;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (!s->keys[whole[i]].set || strcmp(s->keys[whole[i]].at.file, reading->path) != 0)
			return;
	for (int i = 0; i < KEYS_MAX; i++)
		if (s->keys[i].set && strcmp(s->keys[i].at.file, reading->path) != 0)
			s->keys[i] = (struct entry){0};
	s->at = reading->section_at;
	s->file_kind = reading->source->kind;
	s->is_default_row = false;
}

static void on_section(void *context, struct place at, const char *title)
{
	struct reading *reading = context;
	const char *name = "";
	end_value(reading);
	end_section(reading);
	reading->in_section = true;
	reading->section = NULL;
	if (!title)
		return; /* a fault already */
	enum section_kind kind = read_title(reading, at, title, &name);
	if (kind == SECTION_KINDS)
		return;
	at.file = reading->path;
	struct section *s = document_find(reading->document, kind, name);
	if (s && (s->last_file == reading->document->files || !reading->source->overrides)) {
		diag_error(reading->diags, at, "[%s] is here twice, first in %s:%u; make them one",
			title, s->at.file, s->at.line);
		return;
	}
	if (!s)
		s = append_section(reading, kind, name, at);
	if (s)
		s->last_file = reading->document->files;
	reading->section = s;
	reading->section_at = at;
}

static void on_broken(void *context)
{
	struct reading *reading = context;
	if (reading->section)
		reading->section->is_faulty = true;
}

int document_add(struct document *d, const struct source *s, struct diags *diags)
{
	static const struct ini_events events = {on_section, on_key, on_piece, on_broken};
	struct reading reading = {
		.document = d,
		.source = s,
		.diags = diags,
		.path = arena_strndup(d->arena, s->path, strlen(s->path)),
	};
	if (!reading.path)
		return -ENOMEM;
	d->files++;
	int r = ini_read(reading.path, s->bytes, s->length, &events, &reading, diags);
	end_value(&reading);
	end_section(&reading);
	text_done(&reading.text);
	free(reading.segments);
	return reading.failed ? -ENOMEM : r;
}
