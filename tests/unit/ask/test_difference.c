/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host file would change over another one, word by word. */
#include "ask/difference.h"

#include "compile/compile.h"
#include "ruleset/changes.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/memory_policy.h"

#define MANAGEMENT "[host]\n[management]\nfrom = 10.0.9.0/24\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"
#define PEER(addresses) "[peer p]\naddress = " addresses "\n"

static const char host[] =
	MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80") FLOW("g", "90");

static void put_difference(const struct difference *d, struct text *to)
{
	static const char signs[] = {[DIFFERENCE_ADDED] = '+',
		[DIFFERENCE_REMOVED] = '-',
		[DIFFERENCE_CHANGED] = '~',
		[DIFFERENCE_MOVED] = '>'};
	text_printf(to, "%c%d %s", signs[d->kind], d->subject.kind, d->subject.name);
	if (d->at.file)
		text_printf(to, " :%u", d->at.line);
	if (d->comes + d->goes)
		text_printf(to, " %zu/%zu", d->comes, d->goes);
	for (size_t i = 0; i < d->n_shown; i++)
		text_printf(to, " %c%s", d->shown[i].added ? '+' : '-', d->shown[i].text);
	text_put(to, "\n");
}

/* Two host files, compiled. */
struct pair {
	struct policy *now_policy, *next_policy;
	struct ruleset *now, *next;
};

static struct pair compiled(const char *next)
{
	struct pair p = {memory_policy(NULL, host), memory_policy(NULL, next), NULL, NULL};
	assert_int_equal(compile(p.now_policy, 7, &p.now), 0);
	assert_int_equal(compile(p.next_policy, 7, &p.next), 0);
	return p;
}

static void pair_done(struct pair *p)
{
	ruleset_free(p->now);
	ruleset_free(p->next);
	policy_free(p->now_policy);
	policy_free(p->next_policy);
}

/* Demands the lines, in order, of those that are not merely moved; ends them with "moved" if some
 * are. */
static void expect_list(const struct difference_list *differences, const char *wanted)
{
	struct text text = {0};
	char *said;
	size_t moved = 0;
	for (const struct difference *d = differences->first; d; d = d->next)
		if (d->kind == DIFFERENCE_MOVED)
			moved++;
		else
			put_difference(d, &text);
	if (moved)
		text_put(&text, "moved\n");
	assert_int_equal(text_finish(&text, &said), 0);
	assert_string_equal(said, wanted);
	free(said);
}

static void expect(const char *next, const char *wanted)
{
	struct difference_list differences;
	struct pair p = compiled(next);
	assert_int_equal(difference_list_find(p.now, p.next, &differences), 0);
	expect_list(&differences, wanted);
	difference_list_done(&differences);
	/* who has compared them already is told the same */
	struct differences d;
	assert_int_equal(differences_find(p.now, p.next, NULL, &d), 0);
	assert_int_equal(difference_list_gather(&d, &differences), 0);
	expect_list(&differences, wanted);
	difference_list_done(&differences);
	differences_done(&d);
	pair_done(&p);
}

TEST(the_same_has_none)
{
	expect(host, "");
}

TEST(elements_that_come_and_go_are_shown)
{
	static const char next[] = MANAGEMENT PEER("10.0.0.2, 10.0.1.0/24, 2001:db8::1")
		FLOW("f", "80") FLOW("g", "90");
	expect(next, "~1 p :4 1/1 -10.0.0.1 +10.0.0.2\n");
}

TEST(the_first_ones_are_shown_and_all_are_counted)
{
	static const char next[] = MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1, 11.0.0.1, "
						   "11.0.0.3, 11.0.0.5, 11.0.0.7, 11.0.0.9, "
						   "11.0.0.11, 11.0.0.13, 11.0.0.15, 11.0.0.17")
		FLOW("f", "80") FLOW("g", "90");
	expect(next, "~1 p :4 9/0 +11.0.0.1 +11.0.0.3 +11.0.0.5 +11.0.0.7 +11.0.0.9 +11.0.0.11 "
		     "+11.0.0.13 +11.0.0.15\n");
}

/* The flow below it comes from another line. */
TEST(a_flow_that_comes_is_new_and_its_port_too)
{
	static const char next[] = MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1")
		FLOW("f", "80") FLOW("more", "100") FLOW("g", "90");
	expect(next, "+0 more :11\n~5 tcp 1/0 +100 flow more\nmoved\n");
}

TEST(a_flow_that_goes_is_gone_and_its_port_too)
{
	static const char next[] =
		MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80");
	expect(next, "-0 g\n~5 tcp 0/1 -90 flow g\n");
}

TEST(a_port_that_leads_elsewhere_goes_and_comes)
{
	static const char next[] = MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1")
		FLOW("f", "90") FLOW("g", "80");
	expect(next, "~5 tcp 2/2 -80 flow f +80 flow g +90 flow f -90 flow g\n");
}

TEST(a_first_range_changes_its_flows_too)
{
	static const char next[] =
		MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1, 2001:db8:1::/48")
			FLOW("f", "80") FLOW("g", "90");
	expect(next, "~0 f :6\n~0 g :11\n~1 p :4 1/0 +2001:db8:1::/48\n~8 echo-v6\n~8 "
		     "refused-inbound\n");
}

TEST(a_line_more_moves_and_changes_nothing)
{
	static const char next[] =
		"# a line\n" MANAGEMENT PEER("10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80")
			FLOW("g", "90");
	expect(next, "moved\n");
}

TEST(other_bits_of_the_mark_are_a_change)
{
	struct difference_list differences;
	struct pair p =
		compiled("[host]\nmark = 0x00000ff0\n[management]\nfrom = 10.0.9.0/24\n" PEER(
			"10.0.0.1, 10.0.1.0/24, 2001:db8::1") FLOW("f", "80") FLOW("g", "90"));
	assert_int_equal(difference_list_find(p.now, p.next, &differences), 0);
	assert_non_null(differences.first);
	difference_list_done(&differences);
	pair_done(&p);
}

/* Their names, beside what expect_list() shows. */
static void expect_names(const char *now, const char *next, const char *wanted)
{
	struct policy *a = memory_policy(NULL, now), *b = memory_policy(NULL, next);
	struct ruleset *x, *y;
	struct difference_list list;
	struct text text = {0};
	char *said;
	assert_int_equal(compile(a, 7, &x), 0);
	assert_int_equal(compile(b, 7, &y), 0);
	assert_int_equal(difference_list_find(x, y, &list), 0);
	for (const struct difference *d = list.first; d; d = d->next)
		if (d->has_other_names)
			text_printf(&text, "%s: %s -> %s\n", d->subject.name,
				d->names_then ? d->names_then : "none",
				d->names_now ? d->names_now : "none");
	text_put(&text, list.first ? "" : "nothing\n");
	assert_int_equal(text_finish(&text, &said), 0);
	assert_string_equal(said, wanted);
	free(said);
	difference_list_done(&list);
	ruleset_free(x);
	ruleset_free(y);
	policy_free(a);
	policy_free(b);
}

TEST(other_names_are_a_change_of_the_peer_though_no_address_differs)
{
#define NAMED(keys) \
	"[host]\n[peer p]\n" keys \
	"[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n"
	static const char one[] = NAMED("name = a.example\n");
	expect_names(one, one, "nothing\n");
	expect_names(one, NAMED("name = b.example\nsrv = _x._tcp.example\n"),
		"p: a.example -> b.example, service _x._tcp.example\n");
	expect_names(one, NAMED("address = 10.0.0.1\n"), "p: a.example -> none\n");
	expect_names(NAMED("address = 10.0.0.1\n"), one, "p: none -> a.example\n");
}

/* With a hundred thousand addresses a second walk takes as long as the first.  A set that is
 * another one after the comparison shows that nobody looks. */
TEST(what_was_compared_is_not_walked_again)
{
	struct pair p =
		compiled(MANAGEMENT PEER("10.0.0.1, 10.0.0.3, 10.0.0.7, 10.0.1.0/24, 2001:db8::1")
				FLOW("f", "80") FLOW("g", "90"));
	struct difference_list list;
	struct differences d;
	assert_int_equal(differences_find(p.now, p.next, NULL, &d), 0);
	const struct set *s = ruleset_set(p.next, "peer-p-hosts4");
	assert_non_null(s);
	s->addresses->hosts4[0] -= 1; /* 10.0.0.1, which is in both */
	assert_int_equal(difference_list_gather(&d, &list), 0);
	expect_list(&list, "~1 p :4 2/0 +10.0.0.3 +10.0.0.7\n");
	difference_list_done(&list);
	differences_done(&d);
	pair_done(&p);
}

TEST(who_knows_names_only_is_told_what_they_are_about)
{
	struct difference_list list;
	assert_int_equal(difference_list_start(&list), 0);
	assert_int_equal(difference_list_add(&list, "peer-p-hosts4", DIFFERENCE_ADDED), 0);
	assert_int_equal(difference_list_add(&list, "in-f", DIFFERENCE_REMOVED), 0);
	assert_int_equal(difference_list_add(&list, "peer-p-ranges6", DIFFERENCE_REMOVED), 0);
	assert_int_equal(difference_list_add(&list, "accept-in-f", DIFFERENCE_REMOVED), 0);
	expect_list(&list, "-0 f\n~1 p\n");
	difference_list_done(&list);
}

static int find(void *context)
{
	struct pair *p = context;
	struct difference_list differences;
	int r = difference_list_find(p->now, p->next, &differences);
	if (r == 0)
		difference_list_done(&differences);
	return r;
}

TEST(each_failing_allocation_is_told_and_nothing_is_kept)
{
	struct pair p = compiled(MANAGEMENT PEER("10.0.0.2") FLOW("f", "81"));
	assert_survives_each_failure(find, &p);
	pair_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_has_none),
		cmocka_unit_test(elements_that_come_and_go_are_shown),
		cmocka_unit_test(the_first_ones_are_shown_and_all_are_counted),
		cmocka_unit_test(a_flow_that_comes_is_new_and_its_port_too),
		cmocka_unit_test(a_flow_that_goes_is_gone_and_its_port_too),
		cmocka_unit_test(a_port_that_leads_elsewhere_goes_and_comes),
		cmocka_unit_test(a_first_range_changes_its_flows_too),
		cmocka_unit_test(a_line_more_moves_and_changes_nothing),
		cmocka_unit_test(other_bits_of_the_mark_are_a_change),
		cmocka_unit_test(other_names_are_a_change_of_the_peer_though_no_address_differs),
		cmocka_unit_test(what_was_compared_is_not_walked_again),
		cmocka_unit_test(who_knows_names_only_is_told_what_they_are_about),
		cmocka_unit_test(each_failing_allocation_is_told_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
