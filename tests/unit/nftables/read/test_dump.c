/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each dump shows of tables that nft has made, and what it answers when that fails. */
#include "nftables/read/dump.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>

#include "base/text.h"
#include "live/netns.h"
#include "live/renamed.h"
#include "ruleset/failing_malloc.h"

/* What was shown, a word each; answer: what f returns. */
struct shown {
	struct text text;
	int answer;
	struct nftnl_rule *kept;
};

static int show_table(void *context, const struct nftnl_table *t)
{
	struct shown *x = context;
	text_printf(&x->text, "%s ", nftnl_table_get_str(t, NFTNL_TABLE_NAME));
	return x->answer;
}

static int show_chain(void *context, const struct nftnl_chain *c)
{
	struct shown *x = context;
	text_printf(&x->text, "%s ", nftnl_chain_get_str(c, NFTNL_CHAIN_NAME));
	return x->answer;
}

static int show_set(void *context, const struct nftnl_set *s)
{
	struct shown *x = context;
	text_printf(&x->text, "%s ", nftnl_set_get_str(s, NFTNL_SET_NAME));
	return x->answer;
}

static int show_object(void *context, struct nftnl_obj *o)
{
	struct shown *x = context;
	text_printf(&x->text, "%s ", nftnl_obj_get_str(o, NFTNL_OBJ_NAME));
	return x->answer;
}

static int show_rule(void *context, struct nftnl_rule *rule, bool is_whole)
{
	struct shown *x = context;
	text_printf(&x->text, "%s%s ", is_whole ? "" : "part-of-",
		nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN));
	if (x->answer == DUMP_KEEP)
		x->kept = rule;
	return x->answer;
}

static int show_element(void *context, struct nftnl_set_elem *e)
{
	struct shown *x = context;
	uint32_t length = 0;
	const uint8_t *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &length);
	text_printf(&x->text, "%u ", length == 2 ? key[0] << 8 | key[1] : 0);
	return x->answer;
}

enum kind { TABLES, CHAINS, SETS, OBJECTS, RULES, ELEMENTS, KINDS };

static int dump(struct nfsock *s, enum kind kind, const struct dump_table *table, struct shown *x)
{
	switch (kind) {
	case TABLES:
		return dump_tables(s, table, show_table, x);
	case CHAINS:
		return dump_chains(s, table, show_chain, x);
	case SETS:
		return dump_sets(s, table, show_set, x);
	case OBJECTS:
		return dump_objects(s, table, show_object, x);
	case RULES:
		return dump_rules(s, table, show_rule, x);
	case ELEMENTS:
		return dump_elements(s, table, "s", show_element, x);
	case KINDS:
		break;
	}
	return -EINVAL;
}

static const struct dump_table a = {NFPROTO_INET, "a"};

/* The same names in other tables and families, some more in them. */
static void make_tables(void)
{
	need_netns();
	nft("table inet a {\ncounter o {\n}\nset s {\ntype inet_service\nelements = { 22 }\n}\n"
	    "chain c {\ncounter accept\n}\n}\n"
	    "table ip a {\ncounter o4 {\n}\nset s4 {\ntype inet_service\n}\n"
	    "chain c4 {\ndrop\n}\n}\n"
	    "table inet b {\ncounter ob {\n}\nset s {\ntype inet_service\nelements = { 80 }\n}\n"
	    "chain cb {\ndrop\n}\n}\n");
}

static void assert_shows(enum kind kind, const struct dump_table *table, int answer, int wanted,
	const char *words)
{
	struct nfsock s = opened();
	struct shown x = {.answer = answer};
	char *text;
	assert_int_equal(dump(&s, kind, table, &x), wanted);
	assert_int_equal(text_finish(&x.text, &text), 0);
	assert_string_equal(text, words);
	free(text);
	nfsock_close(&s);
}

TEST(of_a_table_only_its_own_are_shown)
{
	static const struct dump_table a4 = {NFPROTO_IPV4, "a"};
	make_tables();
	assert_shows(TABLES, &a, 0, 0, "a ");
	assert_shows(CHAINS, &a, 0, 0, "c ");
	assert_shows(SETS, &a, 0, 0, "s ");
	assert_shows(OBJECTS, &a, 0, 0, "o ");
	assert_shows(RULES, &a, 0, 0, "c ");
	assert_shows(ELEMENTS, &a, 0, 0, "22 ");
	assert_shows(CHAINS, &a4, 0, 0, "c4 ");
	assert_shows(RULES, &a4, 0, 0, "c4 ");
}

TEST(without_a_table_those_of_all_families_are_shown)
{
	make_tables();
	assert_shows(TABLES, NULL, 0, 0, "a a b ");
	assert_shows(CHAINS, NULL, 0, 0, "c c4 cb ");
	assert_shows(SETS, NULL, 0, 0, "s s4 s ");
	assert_shows(OBJECTS, NULL, 0, 0, "o o4 ob ");
	assert_shows(RULES, NULL, 0, 0, "c c4 cb ");
}

TEST(a_table_that_is_not_there_holds_nothing)
{
	static const struct dump_table none = {NFPROTO_INET, "none"};
	make_tables();
	for (enum kind k = 0; k < ELEMENTS; k++)
		assert_shows(k, &none, 0, 0, "");
}

TEST(a_set_that_has_gone_has_changed)
{
	static const struct dump_table none = {NFPROTO_INET, "none"};
	make_tables();
	assert_shows(ELEMENTS, &none, 0, -EINTR, "");
	nft("delete table inet a\n");
	assert_shows(ELEMENTS, &a, 0, -EINTR, "");
}

TEST(an_error_of_the_callback_ends_the_dump)
{
	static const char *const first[] = {
		[TABLES] = "a ", [CHAINS] = "c ", [SETS] = "s ", [OBJECTS] = "o ", [RULES] = "c "};
	make_tables();
	for (enum kind k = 0; k < ELEMENTS; k++)
		assert_shows(k, NULL, -E2BIG, -E2BIG, first[k]);
	assert_shows(ELEMENTS, &a, -E2BIG, -E2BIG, "22 ");
}

TEST(a_rule_may_be_kept)
{
	make_tables();
	struct nfsock s = opened();
	struct shown x = {.answer = DUMP_KEEP};
	assert_int_equal(dump(&s, RULES, &a, &x), 0);
	assert_string_equal(nftnl_rule_get_str(x.kept, NFTNL_RULE_CHAIN), "c");
	nftnl_rule_free(x.kept);
	text_done(&x.text);
	nfsock_close(&s);
}

TEST(a_rule_with_an_expression_that_nobody_knows_is_known_in_part)
{
	make_tables();
	renamed.from = "counter";
	renamed.to = "newthin";
	assert_shows(RULES, &a, 0, 0, "part-of-c ");
	renamed.from = NULL;
}

/* Of each kind; the socket's own buffer is an allocation, too. */
static int dump_all(void *context)
{
	struct shown x = {0};
	struct nfsock *s = context;
	int r = 0;
	for (enum kind k = 0; k < KINDS && r == 0; k++)
		r = dump(s, k, &a, &x);
	if (x.text.failed)
		r = -ENOMEM;
	text_done(&x.text);
	return r;
}

TEST(memory_may_run_out_anywhere)
{
	make_tables();
	struct nfsock s = opened();
	assert_survives_each_failure(dump_all, &s);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_table_only_its_own_are_shown),
		cmocka_unit_test(without_a_table_those_of_all_families_are_shown),
		cmocka_unit_test(a_table_that_is_not_there_holds_nothing),
		cmocka_unit_test(a_set_that_has_gone_has_changed),
		cmocka_unit_test(an_error_of_the_callback_ends_the_dump),
		cmocka_unit_test(a_rule_may_be_kept),
		cmocka_unit_test(a_rule_with_an_expression_that_nobody_knows_is_known_in_part),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
