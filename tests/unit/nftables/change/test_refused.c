/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a number and an offset to a line of a file and an expression. */
#include "nftables/change/refused.h"

#include <errno.h>

#include "live/decode.h"
#include "nftables/encode/emit.h"
#include "ruleset/build.h"

static const struct place built_in = {0};
static const struct place port_line = {"etc/rolewall.conf", 17, 3};
static const struct place peer_line = {"roles/proxy.conf", 4, 1};

enum { FIRST_SEQ = 500 };

/* BEGIN, the chain, a set, a built-in rule, a rule of the admin's, END */
struct fixture {
	struct ruleset *ruleset;
	struct batch batch;
	struct diags diags;
};

enum { BEGIN, CHAIN, SET, BUILT_IN_RULE, RULE, REMOVAL, END };

static int setup(void **state)
{
	static const struct element e = {.first = 22, .last = 22};
	static struct fixture f;
	struct build b;
	f = (struct fixture){0};
	build_start(&b, 1, 0xffff0000);
	const char *ports = number_set(&b, peer_line, "ports", TYPE_INET_SERVICE, false, &e, 1);
	chain(&b, peer_line, "in-web", HOOK_NONE);
	rule(&b, built_in, "loopback");
	match_name(&b, FIELD_IIFNAME, "lo");
	rule(&b, port_line, NULL);
	match(&b, FIELD_L4PROTO, 6);
	lookup(&b, FIELD_CT_PROTO_DST, ports);
	jump_to(&b, "nowhere");
	assert_int_equal(build_finish(&b, &f.ruleset), 0);
	batch_start(&f.batch, FIRST_SEQ, 1);
	emit_chain(&f.batch, f.ruleset->chains);
	emit_set(&f.batch, f.ruleset->sets, 1);
	emit_rules(&f.batch, f.ruleset->chains);
	emit_delete_chain(&f.batch, "old");
	assert_int_equal(batch_finish(&f.batch), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	diags_done(&f->diags);
	batch_done(&f->batch);
	ruleset_free(f->ruleset);
	return 0;
}

/* Where the n-th expression of a message begins, counted from 1. */
static uint32_t expression_at(struct fixture *f, size_t index, unsigned n)
{
	const struct nlmsghdr *nlh = decode(&f->batch)->messages[index];
	const struct nlattr *a = mnl_attr_get_payload(attribute(nlh, NFTA_RULE_EXPRESSIONS));
	while (--n)
		a = mnl_attr_next(a);
	return (uint32_t)((const char *)a - (const char *)nlh);
}

static int report(struct fixture *f, size_t index, int error, uint32_t offset)
{
	struct refusal one = {FIRST_SEQ + (uint32_t)index, error, offset};
	struct refusals refusals = {.items = &one, .count = 1};
	return refused_report(&f->batch, &refusals, &f->diags);
}

static void assert_diag(const struct fixture *f, size_t n, const char *wanted)
{
	struct text text = {0};
	char *found = NULL;
	assert_true(n < f->diags.count);
	const struct diag *d = &f->diags.items[n];
	assert_int_equal(d->severity, SEVERITY_ERROR);
	text_printf(&text, "%s:%u:%u: %s", d->at.file, d->at.line, d->at.column, d->message);
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

static void a_rule_is_named_by_its_line_and_its_words(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(report(f, RULE, ENOENT, 0), -EINVAL);
	assert_int_equal(f->diags.count, 1);
	assert_diag(f, 0,
		"etc/rolewall.conf:17:3: the kernel refused the rule of chain in-web `meta l4proto "
		"tcp ct original proto-dst @ports-0ccbc2b2 jump nowhere`: No such file or "
		"directory "
		"(ENOENT); nothing was changed");
}

static void the_offset_names_the_expression(void **state)
{
	static const struct {
		unsigned index;
		const char *name;
	} expressions[] = {{1, "meta"}, {2, "cmp"}, {3, "ct"}, {4, "lookup"}, {5, "immediate"}};
	struct fixture *f = *state;
	for (size_t i = 0; i < 5; i++) {
		char wanted[256];
		uint32_t at = expression_at(f, RULE, expressions[i].index);
		uint32_t behind =
			i < 4 ? expression_at(f, RULE, expressions[i].index + 1) : at + 12;
		snprintf(wanted, sizeof(wanted),
			"etc/rolewall.conf:17:3: the kernel refused the rule of chain in-web `meta "
			"l4proto tcp ct original proto-dst @ports-0ccbc2b2 jump nowhere`: "
			"expression %u, "
			"%s: Invalid argument (EINVAL); nothing was changed",
			expressions[i].index, expressions[i].name);
		assert_int_equal(report(f, RULE, EINVAL, at), -EINVAL);
		assert_diag(f, 3 * i, wanted);
		assert_int_equal(report(f, RULE, EINVAL, at + 8), -EINVAL);
		assert_diag(f, 3 * i + 1, wanted);
		assert_int_equal(report(f, RULE, EINVAL, behind - 4), -EINVAL);
		assert_diag(f, 3 * i + 2, wanted);
	}
}

static void an_offset_in_no_expression_names_none(void **state)
{
	struct fixture *f = *state;
	report(f, RULE, EINVAL, 20);
	assert_diag(f, 0,
		"etc/rolewall.conf:17:3: the kernel refused the rule of chain in-web `meta l4proto "
		"tcp ct original proto-dst @ports-0ccbc2b2 jump nowhere`: Invalid argument "
		"(EINVAL); nothing "
		"was changed");
	report(f, RULE, EINVAL, 60000);
	assert_string_equal(f->diags.items[1].message, f->diags.items[0].message);
}

static void a_built_in_rule_says_so_where_there_is_no_line(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(report(f, BUILT_IN_RULE, EOPNOTSUPP, 0), -EINVAL);
	assert_diag(f, 0,
		"built-in:1:1: the kernel refused the rule of chain in-web `iifname \"lo\"`: "
		"Operation not supported (EOPNOTSUPP); nothing was changed");
}

static void objects_are_named_by_kind_and_name(void **state)
{
	struct fixture *f = *state;
	report(f, CHAIN, EEXIST, 20);
	report(f, SET, ENOMEM, 0);
	assert_diag(f, 0,
		"roles/proxy.conf:4:1: the kernel refused the chain in-web: File exists (EEXIST); "
		"nothing was changed");
	assert_diag(f, 1,
		"roles/proxy.conf:4:1: the kernel refused the set ports-0ccbc2b2: Cannot allocate "
		"memory "
		"(ENOMEM); nothing was changed");
}

static void what_is_no_object_is_named_all_the_same(void **state)
{
	struct fixture *f = *state;
	report(f, REMOVAL, EBUSY, 0);
	report(f, END, EINVAL, 0);
	assert_non_null(strstr(f->diags.items[0].message,
		"the kernel refused the removal of an old chain"));
	assert_diag(f, 1,
		"built-in:1:1: the kernel refused the transaction: Invalid argument (EINVAL); "
		"nothing was changed");
}

static void a_number_that_is_not_ours_is_the_transactions(void **state)
{
	struct fixture *f = *state;
	const char *wanted = "built-in:1:1: the kernel refused the transaction: Invalid argument "
			     "(EINVAL); nothing was changed";
	assert_int_equal(report(f, END + 1, EINVAL, 0), -EINVAL);
	assert_int_equal(report(f, (size_t)-1, EINVAL, 0), -EINVAL);
	assert_diag(f, 0, wanted);
	assert_diag(f, 1, wanted);
}

static void an_error_without_a_name_is_shown(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(report(f, RULE, 9999, 0), -EINVAL);
	assert_non_null(strstr(f->diags.items[0].message, "Unknown error 9999 (?)"));
}

static void all_refusals_are_told(void **state)
{
	struct refusal items[] = {{FIRST_SEQ + SET, EINVAL, 0}, {FIRST_SEQ + RULE, ENOENT, 0}};
	struct refusals refusals = {.items = items, .count = 2};
	struct fixture *f = *state;
	assert_int_equal(refused_report(&f->batch, &refusals, &f->diags), -EINVAL);
	assert_int_equal(f->diags.count, 2);
	assert_int_equal(f->diags.items[0].at.line, 4);
	assert_int_equal(f->diags.items[1].at.line, 17);
}

static void a_lack_of_privileges_is_no_fault_of_a_line(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(report(f, BEGIN, EPERM, 0), -EPERM);
	assert_int_equal(f->diags.count, 0);
}

static void a_ruleset_that_changed_meanwhile_is_no_fault_of_a_line(void **state)
{
	/* whatever else is said with it */
	struct refusal items[] = {{FIRST_SEQ + RULE, EINVAL, 0}, {FIRST_SEQ, ERESTART, 0}};
	struct refusals refusals = {.items = items, .count = 2};
	struct fixture *f = *state;
	assert_int_equal(refused_report(&f->batch, &refusals, &f->diags), -ERESTART);
	assert_int_equal(f->diags.count, 0);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_rule_is_named_by_its_line_and_its_words),
		test(the_offset_names_the_expression),
		test(an_offset_in_no_expression_names_none),
		test(a_built_in_rule_says_so_where_there_is_no_line),
		test(objects_are_named_by_kind_and_name),
		test(what_is_no_object_is_named_all_the_same),
		test(a_number_that_is_not_ours_is_the_transactions),
		test(an_error_without_a_name_is_shown),
		test(all_refusals_are_told),
		test(a_lack_of_privileges_is_no_fault_of_a_line),
		test(a_ruleset_that_changed_meanwhile_is_no_fault_of_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
