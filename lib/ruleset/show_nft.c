/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Printing in nft's language, as version 1.0.2 and later read it.
 *
 * Here every object is spelled as an admin would type it; nftables/encode/emit.c says the same in
 * netlink.  A test feeds this text to nft and demands the bytecode that emit.c makes, so
 * the two cannot drift apart.  The text begins by making and deleting the table, which is
 * how a script replaces one that may or may not be there.
 */
#include "ruleset/show_nft.h"

#include <assert.h>

static void put_value(struct text *to, enum data_type type, uint32_t value)
{
	const char *symbol = type_symbol(type, value);
	if (symbol)
		text_put(to, symbol);
	else if (type == TYPE_IPV4_ADDR)
		text_printf(to, "%u.%u.%u.%u", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff,
			value & 0xff);
	else if (type == TYPE_MARK)
		text_printf(to, "0x%08x", value);
	else
		text_printf(to, "%u", value);
}

/* established,related */
static void put_bits(struct text *to, enum data_type type, uint32_t bits)
{
	const char *comma = "";
	for (uint32_t bit = 1; bits; bits &= ~bit, bit <<= 1) {
		if (!(bits & bit))
			continue;
		text_put(to, comma);
		put_value(to, type, bit);
		comma = ",";
	}
}

static void put_verdict(struct text *to, enum verdict v, const char *chain)
{
	static const char *const words[] = {
		[VERDICT_ACCEPT] = "accept",
		[VERDICT_DROP] = "drop",
		[VERDICT_JUMP] = "jump ",
		[VERDICT_GOTO] = "goto ",
	};
	text_printf(to, "%s%s", words[v], chain ? chain : "");
}

/* ip daddr & 240.0.0.0 == 224.0.0.0, tcp flags & 0x00000004 == 0x00000004 */
static void put_masked(struct text *to, const struct statement *s, const struct field_spec *f)
{
	if (f->type != TYPE_IPV4_ADDR) {
		text_printf(to, "%s & 0x%08x == 0x%08x", f->text, s->mask, s->value);
		return;
	}
	text_printf(to, "%s & ", f->text);
	put_value(to, f->type, s->mask);
	text_put(to, " == ");
	put_value(to, f->type, s->value);
}

/* For nft a mark alone is a number to be equal to. */
static void put_any_bit(struct text *to, const struct statement *s, const struct field_spec *f)
{
	if (f->type == TYPE_MARK) {
		text_printf(to, "%s & 0x%08x != 0x00000000", f->text, s->value);
		return;
	}
	text_printf(to, "%s ", f->text);
	put_bits(to, f->type, s->value);
}

static void put_limit(struct text *to, const struct statement *s)
{
	text_printf(to, "limit rate %s%u/second burst %u packets", s->over ? "over " : "", s->rate,
		s->burst);
}

static void put_equal(struct text *to, const struct statement *s)
{
	const struct field_spec *f = field_spec(s->field);
	if (s->field == FIELD_UDP_PORTS) {
		text_printf(to, "udp sport %u udp dport %u", s->value >> 16, s->value & 0xffff);
		return;
	}
	text_printf(to, "%s %s", f->text, s->kind == STATEMENT_UNEQUAL ? "!= " : "");
	put_value(to, f->type, s->value);
}

static void put_rate(struct text *to, const struct statement *s)
{
	text_printf(to, "update @%s { %s ", s->name, field_spec(s->field)->text);
	put_limit(to, s);
	text_put(to, " }");
}

/* What a rule does, apart from what it looks at. */
static void put_effect(struct text *to, const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_MARK:
		text_printf(to, "ct mark set ct mark & 0x%08x | 0x%08x", s->mask, s->value);
		return;
	case STATEMENT_COUNTER:
		text_printf(to, "counter name \"%s\"", s->name);
		return;
	case STATEMENT_TIMEOUTS:
		text_printf(to, "ct timeout set \"%s\"", s->name);
		return;
	case STATEMENT_LOG:
		text_printf(to, "log prefix \"%s\" level info", s->name);
		return;
	case STATEMENT_COPY:
		text_printf(to, "log group %u snaplen %u queue-threshold 1", s->value, s->length);
		return;
	case STATEMENT_QUEUE:
		text_printf(to, "queue num %u", s->value);
		return;
	case STATEMENT_REJECT_TCP:
		text_put(to, "reject with tcp reset");
		return;
	case STATEMENT_REJECT:
		text_put(to, "reject with icmpx admin-prohibited");
		return;
	case STATEMENT_VERDICT:
		put_verdict(to, s->verdict, s->name);
		return;
	case STATEMENT_EQUAL:
	case STATEMENT_UNEQUAL:
	case STATEMENT_MASKED:
	case STATEMENT_ANY_BIT:
	case STATEMENT_NAME:
	case STATEMENT_PREFIX6:
	case STATEMENT_LOOKUP:
	case STATEMENT_LIMIT:
	case STATEMENT_SESSIONS:
	case STATEMENT_RATE:
	case STATEMENT_VMAP:
		break;
	}
	assert(!"a statement without an effect");
}

static void put_statement(struct text *to, const struct statement *s)
{
	const struct field_spec *f = field_spec(s->field);
	switch (s->kind) {
	case STATEMENT_EQUAL:
	case STATEMENT_UNEQUAL:
		put_equal(to, s);
		return;
	case STATEMENT_MASKED:
		put_masked(to, s, f);
		return;
	case STATEMENT_ANY_BIT:
		put_any_bit(to, s, f);
		return;
	case STATEMENT_NAME:
		text_printf(to, "%s \"%s\"", f->text, s->name);
		return;
	case STATEMENT_PREFIX6:
		text_printf(to, "%s fe80::/10", f->text);
		return;
	case STATEMENT_LOOKUP:
		text_printf(to, "%s @%s", f->text, s->name);
		return;
	case STATEMENT_LIMIT:
		put_limit(to, s);
		return;
	case STATEMENT_SESSIONS:
		text_printf(to, "add @%s { %s ct count over %u }", s->name, f->text, s->value);
		return;
	case STATEMENT_RATE:
		put_rate(to, s);
		return;
	case STATEMENT_VMAP:
		text_printf(to, "%s vmap @%s", f->text, s->name);
		return;
	case STATEMENT_MARK:
	case STATEMENT_COUNTER:
	case STATEMENT_TIMEOUTS:
	case STATEMENT_LOG:
	case STATEMENT_COPY:
	case STATEMENT_QUEUE:
	case STATEMENT_REJECT_TCP:
	case STATEMENT_REJECT:
	case STATEMENT_VERDICT:
		put_effect(to, s);
		return;
	}
	assert(!"a statement of no kind");
}

void show_nft_rule(const struct rule *r, struct text *to)
{
	for (size_t i = 0; i < r->n_statements; i++) {
		if (i)
			text_put(to, " ");
		put_statement(to, &r->statements[i]);
	}
}

static void put_element(struct text *to, const struct set *s, const struct element *e)
{
	put_value(to, s->type, e->first);
	if (e->last != e->first) {
		text_put(to, "-");
		put_value(to, s->type, e->last);
	}
	if (s->is_map) {
		text_put(to, " : ");
		put_verdict(to, e->verdict, e->chain);
	}
}

static void put_set(struct text *to, const struct set *s)
{
	size_t n = set_size(s);
	const char *type = type_spec(s->type)->name;
	if (s->is_map)
		text_printf(to, "\tmap %s {\n\t\ttype %s : verdict\n", s->name, type);
	else
		text_printf(to, "\tset %s {\n\t\ttype %s\n", s->name, type);
	if (s->interval)
		text_put(to, "\t\tflags interval\n");
	else /* a hash of the right size from the start */
		text_printf(to, "\t\tsize %zu\n", s->room);
	if (s->dynamic)
		text_printf(to, "\t\tflags dynamic%s\n", s->seconds ? ",timeout" : "");
	if (s->seconds)
		text_printf(to, "\t\ttimeout %us\n", s->seconds);
	text_printf(to, "\t\tcomment \"%s\"\n", s->comment);
	if (n)
		text_put(to, "\t\telements = {\n");
	for (size_t i = 0; i < n; i++) {
		text_put(to, "\t\t\t");
		if (s->addresses) {
			struct addr_range range = addrset_get(s->addresses, s->part, i);
			addr_range_print(&range, to);
		} else {
			put_element(to, s, &s->elements[i]);
		}
		text_put(to, i + 1 < n ? ",\n" : "\n\t\t}\n");
	}
	text_put(to, "\t}\n");
}

static void put_chain(struct text *to, const struct chain *c)
{
	text_printf(to, "\tchain %s {\n", c->name);
	if (c->hook != HOOK_NONE)
		text_printf(to, "\t\ttype filter hook %s priority filter; policy drop;\n",
			hook_name(c->hook));
	for (const struct rule *r = c->first; r; r = r->next) {
		text_put(to, "\t\t");
		show_nft_rule(r, to);
		text_printf(to, " comment \"%s\"\n", r->comment);
	}
	text_put(to, "\t}\n");
}

static void put_object(struct text *to, const struct object *o)
{
	switch (o->kind) {
	case OBJECT_COUNTER:
		text_printf(to, "\tcounter %s {\n\t}\n", o->name);
		return;
	case OBJECT_HALF_OPEN:
		text_printf(to,
			"\tct timeout %s {\n\t\tprotocol tcp\n"
			"\t\tpolicy = { syn_sent : %u, syn_recv : %u }\n\t}\n",
			o->name, HALF_OPEN_SECONDS, HALF_OPEN_SECONDS);
		return;
	}
	assert(!"an object of no kind");
}

void show_nft(const struct ruleset *r, struct text *to)
{
	text_put(to, "table inet " TABLE_NAME "\ndelete table inet " TABLE_NAME
		     "\ntable inet " TABLE_NAME " {\n");
	for (const struct object *o = r->objects; o; o = o->next)
		put_object(to, o);
	for (const struct set *s = r->sets; s; s = s->next)
		put_set(to, s);
	for (const struct chain *c = r->chains; c; c = c->next)
		put_chain(to, c);
	text_put(to, "}\n");
}
