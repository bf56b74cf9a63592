/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sticky writer of rulesets: see the header. */
#include "ruleset/build.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"

void build_start(struct build *b, uint16_t generation, uint32_t mark_mask)
{
	struct arena *arena = arena_new();
	*b = (struct build){
		.mark = mark_of_generation(mark_mask, generation), .mark_mask = mark_mask};
	if (arena)
		b->ruleset = arena_alloc(arena, sizeof(*b->ruleset));
	if (!b->ruleset) {
		arena_free(arena);
		b->failed = true;
		return;
	}
	b->ruleset->arena = arena;
	b->ruleset->generation = generation;
	b->ruleset->mark_mask = mark_mask;
}

int build_finish(struct build *b, struct ruleset **ret)
{
	if (b->failed) {
		ruleset_free(b->ruleset);
		return -ENOMEM;
	}
	*ret = b->ruleset;
	return 0;
}

static void *take(struct build *b, size_t count, size_t size)
{
	void *p = b->failed ? NULL : arena_array(b->ruleset->arena, count, size);
	if (!p)
		b->failed = true;
	return p;
}

const char *build_name(struct build *b, const char *format, ...)
{
	char name[COMMENT_SIZE];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < sizeof(name)); /* names are bounded by the grammar */
	char *copy = take(b, (size_t)n + 1, 1);
	return copy ? memcpy(copy, name, (size_t)n + 1) : "";
}

const char *build_text(struct build *b, struct text *text)
{
	const size_t n = text->length;
	b->failed |= text->failed;
	char *copy = take(b, n + 1, 1);
	if (copy && n)
		memcpy(copy, text->data, n);
	text_done(text);
	return copy ? copy : "";
}

/* A file's name with what follows it; the tail of it if it is long: the end matters most.
 * Whoever lists the ruleset reads this, so of the bytes that a name may have those that are
 * no text are replaced: nft has no way to quote a '"', and no JSON for what is not UTF-8. */
static const char *file_comment(struct build *b, const char *file, const char *suffix)
{
	char text[COMMENT_SIZE];
	size_t room = sizeof(text) - strlen(suffix) - sizeof("…"), n = strlen(file);
	const char *tail = n > room ? file + (n - room) : file;
	while (((unsigned char)*tail & 0xc0) == 0x80)
		tail++; /* no letter is cut in two */
	snprintf(text, sizeof(text), "%s%s%s", n > room ? "…" : "", tail, suffix);
	utf8_mend(text);
	for (char *p = text; *p; p++)
		if (*p == '"' || (unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return build_name(b, "%s", text);
}

static const char *rule_comment(struct build *b, struct place at, const char *what)
{
	char line[16];
	if (!at.file)
		return build_name(b, "built-in: %s", what);
	snprintf(line, sizeof(line), ":%u", at.line);
	return file_comment(b, at.file, line);
}

/* No line: it moves with every edit further up, and a large set is not made anew for that. */
static const char *set_comment(struct build *b, struct place at)
{
	return at.file ? file_comment(b, at.file, "") : "built-in";
}

static void append_object(struct build *b, struct place at, const char *name, enum object_kind kind)
{
	struct object *o = take(b, 1, sizeof(*o));
	if (!o)
		return;
	*o = (struct object){.name = name, .kind = kind, .at = at};
	b->failed |= ruleset_add_object(b->ruleset, o) < 0;
}

void counter(struct build *b, struct place at, const char *name)
{
	append_object(b, at, name, OBJECT_COUNTER);
}

void half_open_timeouts(struct build *b, struct place at, const char *name)
{
	append_object(b, at, name, OBJECT_HALF_OPEN);
}

/* Not in the ruleset yet: its name may become another one. */
static struct set *make_set(struct build *b, struct place at, const char *name)
{
	struct set *s = take(b, 1, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct set){.name = name, .at = at, .comment = set_comment(b, at)};
	return s;
}

static void append_set(struct build *b, struct set *s)
{
	b->failed |= ruleset_add_set(b->ruleset, s) < 0;
}

void address_set(struct build *b, struct place at, const char *name, const struct addrset *a,
	enum addrset_part part)
{
	struct set *s = make_set(b, at, name);
	if (!s)
		return;
	s->type =
		part == ADDRSET_HOSTS4 || part == ADDRSET_RANGES4 ? TYPE_IPV4_ADDR : TYPE_IPV6_ADDR;
	s->interval = part == ADDRSET_RANGES4 || part == ADDRSET_RANGES6;
	s->addresses = a;
	s->part = part;
	s->room = set_room(a->count[part]);
	append_set(b, s);
}

void judged_again_as_it_grows(struct build *b)
{
	if (!b->failed)
		b->ruleset->last_set->is_judged_again = true;
}

void learned_set(struct build *b, struct place at, const char *name,
	const struct learned_addresses *a)
{
	const enum addrset_part part = a->part;
	const size_t n = a->known->count[part];
	struct addrset *copy = take(b, 1, sizeof(*copy));
	size_t size;
	const void *from = addrset_part(a->known, part, &size);
	void *items = take(b, n + 1, size);
	if (!copy || !items)
		return;
	assert(part == ADDRSET_HOSTS4 || part == ADDRSET_HOSTS6);
	if (n)
		memcpy(items, from, n * size);
	if (part == ADDRSET_HOSTS4)
		copy->hosts4 = items;
	else
		copy->hosts6 = items;
	copy->count[part] = n;
	struct set *s = make_set(b, at, name);
	if (!s)
		return;
	s->type = part == ADDRSET_HOSTS4 ? TYPE_IPV4_ADDR : TYPE_IPV6_ADDR;
	s->addresses = copy;
	s->part = part;
	s->room = a->room > set_room(n) ? a->room : set_room(n);
	s->is_learned = true;
	s->is_unknown = a->is_unknown;
	s->names = a->names;
	append_set(b, s);
}

/* A hash of all that the kernel gets, including the comment. */
static uint32_t content_of(const struct set *s)
{
	uint64_t h = hash_number(HASH_START, s->type);
	h = hash_number(h, s->is_map);
	h = hash_number(h, s->interval);
	h = hash_text(h, s->comment);
	for (size_t i = 0; i < s->n_elements; i++) {
		h = hash_number(h, s->elements[i].first);
		h = hash_number(h, s->elements[i].last);
		h = hash_number(h, s->elements[i].verdict);
		h = hash_text(h, s->elements[i].chain);
	}
	return (uint32_t)(h ^ h >> 32);
}

/* A set of numbers under its plain name; NULL without memory. */
static struct set *make_numbers(struct build *b, struct place at, const char *name,
	enum data_type type, const struct element *elements, size_t n)
{
	struct set *s = make_set(b, at, name);
	struct element *copy = take(b, n, sizeof(*copy));
	if (!s || !copy)
		return NULL;
	memcpy(copy, elements, n * sizeof(*copy));
	/* sorted, so that two sets can be compared by walking along both */
	if (n > 1)
		qsort(copy, n, sizeof(*copy), element_order);
	s->type = type;
	s->elements = copy;
	s->n_elements = n;
	s->room = set_room(n);
	for (size_t i = 0; i < n; i++)
		s->interval |= copy[i].first != copy[i].last;
	return s;
}

/* Under a name that tells what it holds. */
static const char *append_numbers(struct build *b, struct set *s, const char *name)
{
	s->name = build_name(b, "%s-%08x", name, content_of(s));
	append_set(b, s);
	return s->name;
}

const char *number_set(struct build *b, struct place at, const char *name, enum data_type type,
	bool is_map, const struct element *elements, size_t n)
{
	struct set *s = make_numbers(b, at, name, type, elements, n);
	if (!s)
		return "";
	s->is_map = is_map;
	return append_numbers(b, s, name);
}

const char *repeated_map(struct build *b, struct place at, const char *name, enum data_type type,
	const struct element *elements, size_t n)
{
	struct set *s = make_numbers(b, at, name, type, elements, n);
	if (!s)
		return "";
	s->is_map = true;
	s->is_repeated = true;
	return append_numbers(b, s, name);
}

const char *numbers(struct build *b, const char *name)
{
	if (b->failed)
		return "";
	const struct set *s = ruleset_numbers(b->ruleset, name);
	assert(s);
	return s->name;
}

void generation_set(struct build *b)
{
	const struct element e = {.first = b->mark, .last = b->mark};
	struct set *s = make_numbers(b, (struct place){0}, GENERATION_SET, TYPE_MARK, &e, 1);
	if (s)
		append_set(b, s);
}

void dynamic_set(struct build *b, struct place at, const char *name, enum data_type type,
	size_t room, uint32_t seconds)
{
	struct set *s = make_set(b, at, name);
	if (!s)
		return;
	s->type = type;
	s->dynamic = true;
	s->seconds = seconds;
	s->room = room;
	append_set(b, s);
}

void chain(struct build *b, struct place at, const char *name, enum hook hook)
{
	struct chain *c = take(b, 1, sizeof(*c));
	if (!c)
		return;
	*c = (struct chain){.name = name, .hook = hook, .at = at};
	b->failed |= ruleset_add_chain(b->ruleset, c) < 0;
	b->chain = c;
	b->rule = NULL;
}

void chain_again(struct build *b, const char *name)
{
	if (b->failed)
		return;
	b->chain = ruleset_chain(b->ruleset, name);
	b->rule = NULL;
	b->failed = !b->chain;
}

void rule(struct build *b, struct place at, const char *what)
{
	struct rule *new = take(b, 1, sizeof(*new));
	if (!new)
		return;
	*new = (struct rule){.at = at, .comment = rule_comment(b, at, what), .flow = b->flow};
	if (b->chain->last)
		b->chain->last->next = new;
	else
		b->chain->first = new;
	b->chain->last = new;
	b->rule = new;
}
