/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed values: see the header. */
#include "config/typed.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/utf8.h"

enum {
	FEW_PORTS = 16, /* are compared one by one */
	TAKEN_SIZE = 65536 / 8,
	TIME_SIZE = 32,
};

static const struct {
	const char *name;
	uint32_t seconds;
} time_units[] = {{"s", 1}, {"min", 60}, {"h", 60 * 60}, {"d", 24 * 60 * 60}};

enum { TIME_UNITS = sizeof(time_units) / sizeof(time_units[0]) };

static int shown(const struct item *i)
{
	return utf8_shown(i->text, i->length, 60);
}

static int shown_value(const struct value *v)
{
	return utf8_shown(v->text, v->length, 60);
}

static size_t count_items(const struct value *v)
{
	CLEANUP(diags_done) struct diags ignored = {0};
	struct items items = items_of(v);
	struct item item;
	size_t n = 0;
	while (items_next(&items, &item, &ignored))
		n++;
	return n;
}

bool names_have(const struct names *n, const char *text)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->items[i].text, text) == 0)
			return true;
	return false;
}

int names_index(const struct names *n, struct arena *arena, struct index *to)
{
	for (size_t i = 0; i < n->count; i++) {
		int r = index_put(to, arena, n->items[i].text, &n->items[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Both lists of names, which differ in what a name is. */
static int list_names(const struct entry *e, struct arena *arena, struct diags *diags,
	bool (*is_name)(const char *s, size_t length), const char *right, struct names *ret)
{
	if (!e->set)
		return 0;
	struct items items = items_of(&e->value);
	struct item item;
	struct index seen = {0};
	struct names names = {
		.items = arena_array(arena, count_items(&e->value), sizeof(struct name))};
	if (!names.items)
		return -ENOMEM;
	while (items_next(&items, &item, diags)) {
		if (!is_name(item.text, item.length)) {
			diag_error(diags, item.at, "'%.*s' is not a name; write %s", shown(&item),
				item.text, right);
			continue;
		}
		char *text = arena_strndup(arena, item.text, item.length);
		if (!text)
			return -ENOMEM;
		if (index_get(&seen, text)) {
			diag_error(diags, item.at, "'%s' is in this list twice; keep one", text);
			continue;
		}
		if (index_put(&seen, arena, text, text) < 0)
			return -ENOMEM;
		names.items[names.count++] = (struct name){text, item.at};
	}
	*ret = names;
	return 0;
}

int names_read(const struct entry *e, struct arena *arena, struct diags *diags, struct names *ret)
{
	return list_names(e, arena, diags, grammar_is_name,
		"small letters, digits and hyphens, at most 48", ret);
}

/* A name that the kernel accepts for an interface, and nft as a string. */
static bool is_word(const char *s, size_t length)
{
	(void)s;
	return length > 0 && length <= NAME_MAX_LENGTH;
}

int words_read(const struct entry *e, struct arena *arena, struct diags *diags, struct names *ret)
{
	return list_names(e, arena, diags, is_word, "one of at most 48 letters", ret);
}

static bool is_link(const char *s, size_t length)
{
	if (length == 0 || length >= IFNAMSIZ)
		return false;
	for (size_t i = 0; i < length; i++)
		if (s[i] == '/' || s[i] == ':' || s[i] == '"' || s[i] == '*' || s[i] <= ' ')
			return false;
	return true;
}

int links_read(const struct entry *e, struct arena *arena, struct diags *diags, struct names *ret)
{
	return list_names(e, arena, diags, is_link, "an interface like eth0, at most 15 letters",
		ret);
}

/* Notes which ports a range has; false if one of them was noted before. */
static bool take_ports(uint8_t taken[TAKEN_SIZE], const struct port_range *range)
{
	for (uint32_t p = range->first; p <= range->last; p++)
		if (taken[p / 8] & 1u << p % 8)
			return false;
	for (uint32_t p = range->first; p <= range->last; p++)
		taken[p / 8] |= (uint8_t)(1u << p % 8);
	return true;
}

static bool overlaps_any(const struct port_range *ports, size_t n, const struct port_range *range)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i].first <= range->last && range->first <= ports[i].last)
			return true;
	return false;
}

int ports_read(const struct entry *e, struct arena *arena, struct diags *diags,
	struct port_range **ret, size_t *ret_count)
{
	if (!e->set)
		return 0;
	struct items items = items_of(&e->value);
	struct item item;
	size_t count = 0;
	const size_t most = count_items(&e->value);
	const bool are_few = most <= FEW_PORTS; /* but one range may have thousands */
	uint8_t taken[TAKEN_SIZE];
	struct port_range *ports = arena_array(arena, most, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	if (!are_few)
		memset(taken, 0, sizeof(taken));
	while (items_next(&items, &item, diags)) {
		char why[SERVICE_FAULT_SIZE];
		if (port_range_parse(item.text, item.length, &ports[count], why) < 0) {
			diag_error(diags, item.at, "%s", why);
			continue;
		}
		const bool is_free = are_few ? !overlaps_any(ports, count, &ports[count])
					     : take_ports(taken, &ports[count]);
		if (!is_free)
			diag_error(diags, item.at,
				"'%.*s' overlaps with an earlier port of this list; name each port "
				"once",
				shown(&item), item.text);
		else
			count++;
	}
	*ret = ports;
	*ret_count = count;
	return 0;
}

int protocols_read(const struct entry *e, struct arena *arena, struct diags *diags, uint8_t **ret,
	size_t *ret_count)
{
	if (!e->set)
		return 0;
	struct items items = items_of(&e->value);
	struct item item;
	size_t count = 0;
	uint8_t *protocols = arena_alloc(arena, count_items(&e->value));
	if (!protocols)
		return -ENOMEM;
	while (items_next(&items, &item, diags)) {
		char why[SERVICE_FAULT_SIZE];
		uint8_t p;
		if (protocol_parse(item.text, item.length, &p, why) < 0)
			diag_error(diags, item.at, "%s", why);
		else if (memchr(protocols, p, count))
			diag_error(diags, item.at, "'%.*s' is in this list twice; keep one",
				shown(&item), item.text);
		else
			protocols[count++] = p;
	}
	*ret = protocols;
	*ret_count = count;
	return 0;
}

void read_word(const struct entry *e, const char *const words[], struct diags *diags, int *ret)
{
	struct suggestion near;
	struct text list = {0};
	char *known = NULL;
	if (!e->set || e->value.length == 0)
		return;
	suggest_init(&near, e->value.text);
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], e->value.text) == 0) {
			*ret = i;
			text_done(&list);
			return;
		}
		suggest_offer(&near, words[i]);
		text_printf(&list, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	if (text_finish(&list, &known) < 0)
		diags->lost = true;
	else if (near.best)
		diag_error(diags, value_place(&e->value, 0), "'%.*s' is not %s; did you mean '%s'?",
			shown_value(&e->value), e->value.text, known, near.best);
	else
		diag_error(diags, value_place(&e->value, 0), "'%.*s' is not %s; write one of these",
			shown_value(&e->value), e->value.text, known);
	free(known);
}

void read_yes_no(const struct entry *e, struct diags *diags, bool *ret)
{
	static const char *const words[] = {"no", "yes", NULL};
	int word = *ret;
	read_word(e, words, diags, &word);
	*ret = word;
}

/* Leading digits of a value; *ret_rest is what follows.  0 if there are none or too many. */
static uint32_t digits(const char *s, const char **ret_rest)
{
	uint64_t n = 0;
	while (*s >= '0' && *s <= '9' && n <= UINT32_MAX)
		n = n * 10 + (uint64_t)(*s++ - '0');
	*ret_rest = s;
	return n > UINT32_MAX ? 0 : (uint32_t)n;
}

void read_number(const struct entry *e, uint32_t most, struct diags *diags, uint32_t *ret)
{
	const char *rest;
	if (!e->set || e->value.length == 0)
		return;
	uint32_t n = digits(e->value.text, &rest);
	if (*rest || n == 0 || n > most)
		diag_error(diags, value_place(&e->value, 0),
			"'%.*s' is not a number from 1 to %u; write one", shown_value(&e->value),
			e->value.text, most);
	else
		*ret = n;
}

void read_amount(const struct entry *e, struct diags *diags, uint64_t *ret)
{
	static const struct {
		const char *name;
		unsigned shift;
	} units[] = {{"MB", 20}, {"GB", 30}, {"TB", 40}};
	const char *rest;
	if (!e->set || e->value.length == 0)
		return;
	uint32_t n = digits(e->value.text, &rest);
	rest += strspn(rest, " \t");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (n > 0 && n <= 1024 * 1024 && strcmp(rest, units[i].name) == 0) {
			*ret = (uint64_t)n << units[i].shift;
			return;
		}
	diag_error(diags, value_place(&e->value, 0),
		"'%.*s' is not an amount; write a number and MB, GB or TB, like 16 GB",
		shown_value(&e->value), e->value.text);
}

/* The largest unit in which it is a whole number. */
static void print_time(uint32_t seconds, char ret[TIME_SIZE])
{
	size_t i = TIME_UNITS - 1;
	while (i > 0 && (seconds == 0 || seconds % time_units[i].seconds))
		i--;
	snprintf(ret, TIME_SIZE, "%u %s", seconds / time_units[i].seconds, time_units[i].name);
}

void read_time(const struct entry *e, const struct time_bounds *bounds, struct diags *diags,
	uint64_t *ret)
{
	const char *rest;
	char least[TIME_SIZE], most[TIME_SIZE];
	if (!e->set || e->value.length == 0)
		return;
	uint64_t n = digits(e->value.text, &rest);
	const bool is_number = n > 0 || e->value.text[0] == '0'; /* and none too large */
	rest += strspn(rest, " \t");
	for (size_t i = 0; i < TIME_UNITS && is_number; i++) {
		if (strcmp(rest, time_units[i].name) != 0)
			continue;
		n *= time_units[i].seconds;
		if (n < bounds->least || n > bounds->most)
			break;
		*ret = n * 1000000;
		return;
	}
	print_time(bounds->least, least);
	print_time(bounds->most, most);
	diag_error(diags, value_place(&e->value, 0),
		"'%.*s' is not a time from %s to %s; write a number and s, min, h or d, like 30 "
		"min",
		shown_value(&e->value), e->value.text, least, most);
}

void read_mark(const struct entry *e, struct diags *diags, uint32_t *ret)
{
	enum { FEWEST_BITS = 8, MOST_BITS = 16 };
	char *rest;
	if (!e->set || e->value.length == 0)
		return;
	bool is_number = e->value.text[0] >= '0' && e->value.text[0] <= '9';
	unsigned long long n = strtoull(e->value.text, &rest, 0);
	int bits = is_number && *rest == '\0' && n <= UINT32_MAX ? __builtin_popcountll(n) : 0;
	bool side_by_side = bits > 0 && n >> __builtin_ctzll(n) == (1ull << bits) - 1;
	if (side_by_side && bits >= FEWEST_BITS && bits <= MOST_BITS)
		*ret = (uint32_t)n;
	else
		diag_error(diags, value_place(&e->value, 0),
			"'%.*s' is not a mask of the connection mark; write %d to %d adjacent "
			"bits, like 0xffff0000",
			shown_value(&e->value), e->value.text, FEWEST_BITS, MOST_BITS);
}

void read_path(const struct entry *e, struct diags *diags, const char **ret)
{
	if (!e->set || e->value.length == 0)
		return;
	if (e->value.text[0] == '/')
		*ret = e->value.text;
	else
		diag_error(diags, value_place(&e->value, 0),
			"'%.*s' is not an absolute path; write one that begins with /",
			shown_value(&e->value), e->value.text);
}
