/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in, sections out.
 *
 * A later file overrides single keys of a section that an earlier one has, so moving a
 * shipped row to another port is two lines.  Within one file nothing may stand twice: the
 * second is a slip, and which of the two was meant cannot be known.
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

static void end_value(struct reading *r)
{
	struct entry *e = r->entry;
	r->entry = NULL;
	char *text = NULL;
	size_t length = r->text.length;
	if (!e || r->failed || text_finish(&r->text, &text) < 0) {
		r->failed |= e != NULL;
		text_done(&r->text);
		return;
	}
	struct arena *arena = r->document->arena;
	struct segment *segments = arena_array(arena, r->n_segments, sizeof(*segments));
	char *copy = arena_strndup(arena, text, length);
	free(text);
	if (!segments || !copy) {
		r->failed = true;
		return;
	}
	memcpy(segments, r->segments, r->n_segments * sizeof(*segments));
	e->value = (struct value){r->path, copy, length, segments, r->n_segments};
	if (length == 0) {
		r->section->is_faulty = true;
		diag_error(r->diags, e->at, "a key without a value; write one or take the key out");
	}
}

/* Indented lines continue the value above.  Who indents all keys of a section would lose
 * them without a word. */
static bool looks_like_key(const struct reading *r, const char *piece)
{
	size_t n = strcspn(piece, " \t=:");
	const char *rest = piece + n + strspn(piece + n, " \t");
	if ((*rest != '=' && *rest != ':') || n > NAME_MAX_LENGTH)
		return false;
	char word[NAME_MAX_LENGTH + 1] = {0};
	memcpy(word, piece, n);
	return grammar_find_key(grammar_section(r->section->kind), word) >= 0;
}

static void on_piece(void *context, struct place at, const char *piece, bool glued)
{
	struct reading *r = context;
	if (!r->entry)
		return;
	if (!glued && looks_like_key(r, piece)) {
		diag_error(r->diags, at,
			"an indented line continues the value above; start the key in the first "
			"column");
		return;
	}
	if (!glued && r->text.length)
		text_put(&r->text, " ");
	if (array_reserve(&r->segments, &r->allocated, r->n_segments + 1) < 0) {
		r->failed = true;
		return;
	}
	r->segments[r->n_segments++] = (struct segment){r->text.length, at.line, at.column};
	text_put(&r->text, piece);
}

/* Keys. */

static void unknown_key(struct reading *r, struct place at, const char *key)
{
	const struct section_spec *spec = grammar_section(r->section->kind);
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
		r->failed = true;
	else if (near.best)
		diag_error(r->diags, at, "unknown key '%s' in [%s]; did you mean '%s'?", key,
			spec->name, near.best);
	else
		diag_error(r->diags, at, "unknown key '%s' in [%s]; it may have %s", key,
			spec->name, list);
	free(list);
}

static void on_key(void *context, struct place at, const char *key)
{
	struct reading *r = context;
	end_value(r);
	if (!r->section) {
		if (!r->in_section)
			diag_error(r->diags, at, "'%s' stands before any section; write %s first",
				key, r->source->kind == FILE_ROLE ? "[role]" : "[host]");
		return;
	}
	if (at.column > 1 && !(at.line == 1 && at.column == 4)) { /* but for a BOM */
		diag_error(r->diags, at, "an indented key; start the key in the first column");
		r->section->is_faulty = true;
		return;
	}
	const struct section_spec *spec = grammar_section(r->section->kind);
	int number = grammar_find_key(spec, key);
	if (number < 0 || spec->keys[number].later)
		r->section->is_faulty = true;
	if (number < 0) {
		unknown_key(r, at, key);
		return;
	}
	if (spec->keys[number].later) {
		diag_error(r->diags, at, "'%s' in [%s] is not supported by this version; %s", key,
			spec->name, spec->keys[number].later);
		return;
	}
	struct entry *e = &r->section->keys[number];
	if (e->set && strcmp(e->at.file, r->path) == 0) {
		diag_error(r->diags, at, "'%s' is here twice, first in line %u; keep one", key,
			e->at.line);
		return;
	}
	at.file = r->path;
	*e = (struct entry){.set = true, .at = at, .value = {.file = r->path, .text = ""}};
	r->entry = e;
	r->n_segments = 0;
}

/* Sections. */

static void note_meant(struct reading *r, enum section_kind kind, const char *name)
{
	struct arena *arena = r->document->arena;
	struct meant *m = arena_alloc(arena, sizeof(*m));
	if (kind == SECTION_ROLE)
		name = r->source->stem;
	else if (!grammar_section(kind)->named)
		name = "";
	if (!m || !(name = arena_strndup(arena, name, strlen(name)))) {
		r->failed = true;
		return;
	}
	*m = (struct meant){kind, name, r->document->meant};
	r->document->meant = m;
}

static void unknown_section(struct reading *r, struct place at, const char *word, const char *name)
{
	struct suggestion near;
	suggest_init(&near, word);
	for (enum section_kind k = 0; k < SECTION_KINDS; k++)
		if (grammar_section(k)->files & r->source->kind)
			suggest_offer(&near, grammar_section(k)->name);
	if (near.best) {
		enum section_kind kind = grammar_find_section(near.best);
		note_meant(r, kind, name);
		diag_error(r->diags, at, "unknown section [%s]; did you mean %s?", word,
			grammar_section(kind)->example);
	} else
		diag_error(r->diags, at, "unknown section [%s]; this file may have %s", word,
			r->source->kind == FILE_ROLE
				? "[role], [flow NAME] and [size ADMINISTRATORS]"
				: "[host], [management], [peer NAME], [flow NAME] and [size "
				  "ADMINISTRATORS]");
}

/* The kind that a title names, with its name in *ret_name, or SECTION_KINDS after a fault. */
static enum section_kind read_title(struct reading *r, struct place at, const char *title,
	const char **ret_name)
{
	size_t n = strcspn(title, " \t");
	const char *name = title + n + strspn(title + n, " \t");
	char word[NAME_MAX_LENGTH + 1] = {0};
	memcpy(word, title, n < sizeof(word) ? n : sizeof(word) - 1);

	enum section_kind kind = grammar_find_section(word);
	if (kind == SECTION_KINDS) {
		unknown_section(r, at, word, name);
		return SECTION_KINDS;
	}
	const struct section_spec *spec = grammar_section(kind);
	if (!(spec->files & r->source->kind))
		diag_error(r->diags, at, "[%s] does not belong here; it stands in %s", title,
			spec->files == FILE_ROLE ? "a role file" : "rolewall.conf");
	else if (!spec->named && *name)
		diag_error(r->diags, at, "[%s] takes no name; write %s", title, spec->example);
	else if (spec->named && !*name)
		diag_error(r->diags, at, "[%s] needs a name; write %s", title, spec->example);
	else if (spec->named && !grammar_is_name(name, strlen(name)))
		diag_error(r->diags, at,
			"'%s' is not a name; write small letters, digits and hyphens, at most %d",
			name, NAME_MAX_LENGTH);
	else {
		*ret_name = kind == SECTION_ROLE ? r->source->stem : name;
		return kind;
	}
	note_meant(r, kind, name);
	return SECTION_KINDS;
}

static struct section *append_section(struct reading *r, enum section_kind kind, const char *name,
	struct place at)
{
	struct document *d = r->document;
	struct section *s = arena_alloc(d->arena, sizeof(*s));
	if (s)
		s->name = arena_strndup(d->arena, name, strlen(name));
	if (!s || !s->name || index_put(&d->sections[kind], d->arena, s->name, s) < 0) {
		r->failed = true;
		return NULL;
	}
	s->kind = kind;
	s->at = at;
	s->file_kind = r->source->kind;
	if (d->last)
		d->last->next = s;
	else
		d->first = s;
	d->last = s;
	return s;
}

static void on_section(void *context, struct place at, const char *title)
{
	struct reading *r = context;
	const char *name = "";
	end_value(r);
	r->in_section = true;
	r->section = NULL;
	if (!title)
		return; /* a fault already */
	enum section_kind kind = read_title(r, at, title, &name);
	if (kind == SECTION_KINDS)
		return;
	at.file = r->path;
	struct section *s = document_find(r->document, kind, name);
	if (s && (s->last_file == r->document->files || !r->source->overrides)) {
		diag_error(r->diags, at, "[%s] is here twice, first in %s:%u; make them one", title,
			s->at.file, s->at.line);
		return;
	}
	if (!s)
		s = append_section(r, kind, name, at);
	if (s)
		s->last_file = r->document->files;
	r->section = s;
}

static void on_broken(void *context)
{
	struct reading *r = context;
	if (r->section)
		r->section->is_faulty = true;
}

int document_add(struct document *d, const struct source *s, struct diags *diags)
{
	static const struct ini_events events = {on_section, on_key, on_piece, on_broken};
	struct reading r = {
		.document = d,
		.source = s,
		.diags = diags,
		.path = arena_strndup(d->arena, s->path, strlen(s->path)),
	};
	if (!r.path)
		return -ENOMEM;
	d->files++;
	int result = ini_read(r.path, s->bytes, s->length, &events, &r, diags);
	end_value(&r);
	text_done(&r.text);
	free(r.segments);
	return r.failed ? -ENOMEM : result;
}
