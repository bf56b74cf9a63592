/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in the place of addresses.
 *
 * A name is kept as it is resolved: absolute, in small letters.  So two names that differ only in
 * case or in the dot at the end are the same, which is a fault.
 *
 * Whether private addresses are right for a name is said here and nowhere else: otherwise whoever
 * controls a zone could open a way into the company's own network.  A service (srv =) is mostly of
 * that network, so for one they are.
 */
#include "config/peer_names.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/typed.h"

static bool has_name(const struct peer *p, const char *text, enum name_kind kind)
{
	for (size_t i = 0; i < p->n_names; i++)
		if (p->names[i].kind == kind && strcmp(p->names[i].text, text) == 0)
			return true;
	return false;
}

static bool is_word(const struct item *i)
{
	return item_is(i, "any") || item_is(i, "none");
}

/* Names below these are reserved: no name server has an address for them that would be taken. */
static bool is_never_resolved(const char *name)
{
	static const char *const reserved[] = {"invalid", "localhost", "onion"};
	const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name;
	bool any = false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		any |= strcmp(last, reserved[i]) == 0;
	return any;
}

static void warn_of_name(const char *text, struct place at, struct diags *diags)
{
	if (is_never_resolved(text))
		diag_warning(diags, at,
			"'%s' can never be resolved by DNS: its last word is reserved; correct the "
			"name, or write address =",
			text);
	else if (!strchr(text, '.'))
		diag_warning(diags, at,
			"'%s' has no dot; it is resolved as it stands, without a search domain",
			text);
}

/* Its last label is of the service, as in _ldap._tcp. */
static bool lacks_domain(const char *text)
{
	const char *dot = strrchr(text, '.');
	return *(dot ? dot + 1 : text) == '_';
}

/* One item.  0 or -ENOMEM; faults are noted. */
static int add_name(struct peer *p, const struct item *item, const struct peer_name *like,
	struct arena *arena, struct diags *diags)
{
	char text[NAME_SIZE], why[NAME_FAULT_SIZE];
	if (is_word(item)) {
		diag_error(diags, item->at, "'%.*s' is not a name; write address = %.*s instead",
			(int)item->length, item->text, (int)item->length, item->text);
		return 0;
	}
	if (name_parse(item->text, item->length, like->kind, text, why) < 0) {
		diag_error(diags, item->at, "%s", why);
		return 0;
	}
	if (has_name(p, text, like->kind)) {
		diag_error(diags, item->at, "'%s' is in this list twice; keep one", text);
		return 0;
	}
	if (like->kind == NAME_OF_SERVICE && lacks_domain(text)) {
		diag_error(diags, item->at,
			"'%s' is a service without a domain; write the domain behind it, like "
			"%s.corp.example",
			text, text);
		return 0;
	}
	warn_of_name(text, item->at, diags);
	struct peer_name *n = &p->names[p->n_names];
	*n = *like;
	n->at = item->at;
	n->text = arena_strndup(arena, text, strlen(text));
	if (!n->text)
		return -ENOMEM;
	p->n_names++;
	return 0;
}

static size_t count_items(const struct entry *e)
{
	CLEANUP(diags_done) struct diags ignored = {0};
	struct items items = items_of(&e->value);
	struct item item;
	size_t n = 0;
	while (e->set && items_next(&items, &item, &ignored))
		n++;
	return n;
}

static int add_names(struct peer *p, const struct entry *e, const struct peer_name *like,
	struct arena *arena, struct diags *diags)
{
	struct items items = items_of(&e->value);
	struct item item;
	while (items_next(&items, &item, diags)) {
		int r = add_name(p, &item, like, arena, diags);
		if (r < 0)
			return r;
	}
	return 0;
}

static void read_private(const struct peer_name_keys *keys, struct diags *diags, bool *ret)
{
	read_yes_no(keys->private, diags, ret);
	if (!keys->private->set || keys->name->set)
		return;
	if (keys->srv && keys->srv->set)
		diag_error(diags, keys->private->at,
			"private = only counts for name =; a service may have private addresses "
			"anyway, so take it out");
	else
		diag_error(diags, keys->private->at,
			"private = only counts for name =, which is missing; add name =, or take "
			"private out");
}

int peer_read_names(struct peer *p, const struct peer_name_keys *keys, struct arena *arena,
	struct diags *diags)
{
	static const struct peer_name service = {.kind = NAME_OF_SERVICE, .takes_private = true};
	struct peer_name host = {.kind = NAME_OF_HOST};
	const bool has_services = keys->srv && keys->srv->set;
	read_private(keys, diags, &host.takes_private);
	const size_t most = count_items(keys->name) + (has_services ? count_items(keys->srv) : 0);
	if (most == 0)
		return 0;
	p->names = arena_array(arena, most, sizeof(*p->names));
	if (!p->names)
		return -ENOMEM;
	int r = keys->name->set ? add_names(p, keys->name, &host, arena, diags) : 0;
	if (r < 0)
		return r;
	return has_services ? add_names(p, keys->srv, &service, arena, diags) : 0;
}
