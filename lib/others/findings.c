/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings are compared from one survey to the next, and reported once when they appear and once
 * when they are gone.  The subject is what is compared: the text may change with the configuration
 * while the rule stays.
 */
#include "others/findings.h"

#include <errno.h>
#include <string.h>

int findings_init(struct findings *f)
{
	*f = (struct findings){.arena = arena_new()};
	return f->arena ? 0 : -ENOMEM;
}

void findings_done(struct findings *f)
{
	arena_free(f->arena);
	*f = (struct findings){0};
}

bool findings_have_defeat(const struct findings *f)
{
	for (const struct finding *x = f->first; x; x = x->next)
		if (!x->is_note)
			return true;
	return false;
}

bool findings_have_subject(const struct findings *f, const char *subject)
{
	for (const struct finding *x = f->first; x; x = x->next)
		if (strcmp(x->subject, subject) == 0)
			return true;
	return false;
}

bool findings_have_text(const struct findings *f, const char *text)
{
	for (const struct finding *x = f->first; x; x = x->next)
		if (strcmp(x->text, text) == 0)
			return true;
	return false;
}

/* Takes both texts. */
static void add(struct findings *f, bool is_note, struct text *subject, struct text *text)
{
	struct finding *x = f->failed ? NULL : arena_alloc(f->arena, sizeof(*x));
	if (!x || subject->failed || text->failed) {
		f->failed = true;
	} else {
		x->subject = arena_strndup(f->arena, subject->data, subject->length);
		x->text = arena_strndup(f->arena, text->data, text->length);
		x->is_note = is_note;
		f->failed = !x->subject || !x->text;
	}
	text_done(subject);
	text_done(text);
	if (f->failed)
		return;
	if (f->last)
		f->last->next = x;
	else
		f->first = x;
	f->last = x;
	f->count++;
}

/* Words. */

static void put_chain(struct text *t, const struct foreign_chain *c)
{
	text_printf(t, "table %s, chain %s", c->table, c->name);
}

static void put_hook(struct text *t, const struct foreign_chain *c)
{
	text_printf(t, "hook %s", foreign_hook_name(c->hook));
	if (c->device)
		text_printf(t, " of %s", c->device);
	text_printf(t, ", priority %d", c->priority);
}

static void put_subject(struct text *t, const struct hit *h)
{
	put_chain(t, h->chain);
	if (h->rule)
		text_printf(t, ", rule with handle %llu", (unsigned long long)h->rule->handle);
	else
		text_put(t, ", policy drop");
	if (h->base != h->chain)
		text_printf(t, ", by way of chain %s", h->base->name);
	text_put(t, " (");
	put_hook(t, h->base);
	text_put(t, ")");
}

static const char *action(const struct hit *h)
{
	bool rejects = h->rule && h->rule->end == FOREIGN_REJECT;
	if (h->certain)
		return rejects ? "rejects" : "drops";
	return rejects ? "may reject" : "may drop";
}

void findings_say_hit(struct findings *to, const struct hit *h)
{
	struct text subject = {0}, text = {0};
	const char *way = h->side == SIDE_IN ? "inbound" : "outbound";
	text.failed = h->services.failed;
	put_subject(&subject, h);
	put_subject(&text, h);
	text_printf(&subject, ", %s%s", way, h->is_answer ? ", answers" : "");
	text_printf(&text, ": %s %s%s %s", action(h), h->is_answer ? "the answers to " : "", way,
		h->services.data ? h->services.data : "");
	if (h->n_services > HIT_SERVICES_SHOWN)
		text_printf(&text, " and %zu more", h->n_services - HIT_SERVICES_SHOWN);
	text_put(&text, ", which rolewall allows; a drop in any table wins, so accept it there "
			"too, or remove this");
	add(to, !h->defeats, &subject, &text);
}

void findings_say_order(struct findings *to, const struct foreign_chain *c)
{
	struct text subject = {0}, text = {0};
	put_chain(&subject, c);
	put_chain(&text, c);
	text_put(&subject, ", order");
	text_put(&text, " (");
	put_hook(&text, c);
	text_put(&text, "): changes packets or connections at the hook and priority of rolewall's "
			"chain, so that their order is not defined; give it another priority");
	add(to, true, &subject, &text);
}

void findings_say_gap(struct findings *to, const char *what)
{
	struct text subject = {0}, text = {0};
	text_put(&subject, what);
	text_printf(&text, "%s; what was not read may drop what rolewall allows", what);
	add(to, true, &subject, &text);
}
