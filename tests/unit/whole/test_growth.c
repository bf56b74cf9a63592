/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four times as much takes about four times as long, and not sixteen times: from files to the
 * difference of two rulesets, and what a reader says that was taken over.
 *
 * Nobody's clock is asked how long anything takes, only how the time grows, with three
 * quarters more than what is linear takes.  The least of several runs counts, since others may be
 * busy.
 */
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "compile/compile.h"
#include "names/answers.h"
#include "nftables/read/fingerprint.h"
#include "ruleset/change_summary.h"
#include "ruleset/memory_policy.h"
#include "ruleset/show_nft.h"
#include "ruleset/stages.h"

enum { RUNS = 5, TIMES = 4 };

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All that is done with the host file of so many things. */
static void go_through(const char *host)
{
	struct policy *p = memory_policy(NULL, host), *nothing = memory_policy(NULL, "[host]\n");
	struct ruleset *old, *next;
	struct differences d;
	struct stages stages;
	struct fingerprints f;
	struct text text = {0};
	assert_int_equal(compile(nothing, 1, &old), 0);
	assert_int_equal(compile(p, 1, &next), 0);
	show_nft(next, &text);
	assert_true(text.length > 0);
	assert_int_equal(differences_find(old, next, NULL, &d), 0);
	assert_true(changes_summarise(&d).any);
	assert_int_equal(stages_plan(&d, next, NULL, &stages), 0);
	stages_done(&stages);
	differences_done(&d);
	assert_int_equal(fingerprints_of(next, &f), 0);
	fingerprints_done(&f);
	text_done(&text);
	ruleset_free(old);
	ruleset_free(next);
	policy_free(p);
	policy_free(nothing);
}

static double least_time(void (*go)(void *context, size_t n), void *context, size_t n)
{
	double least = 0;
	for (int i = 0; i < RUNS; i++) {
		double before = seconds();
		go(context, n);
		double taken = seconds() - before;
		least = i == 0 || taken < least ? taken : least;
	}
	return least;
}

static void assert_times(size_t n, double one, double more)
{
	print_message("%zu: %.4f s, %zu: %.4f s\n", n, one, TIMES * n, more);
	assert_true(more < 1.75 * TIMES * one);
}

static void go_through_host(void *context, size_t n)
{
	(void)n;
	go_through(context);
}

static double time_of(char *(*make)(size_t n), size_t n)
{
	char *host = make(n);
	const double least = least_time(go_through_host, host, n);
	free(host);
	return least;
}

static void assert_linear(char *(*make)(size_t n), size_t n)
{
	assert_times(n, time_of(make, n), time_of(make, TIMES * n));
}

static char *finish(struct text *t)
{
	char *text;
	assert_int_equal(text_finish(t, &text), 0);
	return text;
}

static char *flows_with_peers(size_t n)
{
	struct text t = {0};
	text_put(&t, "[host]\n[management]\nfrom = 10.0.9.0/24\n");
	for (size_t i = 0; i < n; i++)
		text_printf(&t,
			"[peer p%zu]\naddress = 10.%zu.%zu.1\n[flow f%zu]\nprotocol = tcp\n"
			"port = %zu\nsource = p%zu\ntarget = this-host\n",
			i, i / 256, i % 256, i, 1000 + i, i);
	return finish(&t);
}

TEST(many_flows_and_peers)
{
	assert_linear(flows_with_peers, 1500);
}

/* n ports for each of ten flows, many of them of several. */
static char *flows_with_ports(size_t n)
{
	struct text t = {0};
	text_put(&t, "[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.1\n");
	for (size_t i = 0; i < 10; i++) {
		text_printf(&t,
			"[flow f%zu]\nprotocol = tcp\nsource = p\ntarget = this-host\nport =", i);
		for (size_t j = 0; j < n; j++)
			text_printf(&t, " %zu", 1 + j * (3 + i % 3));
		text_put(&t, "\n");
	}
	return finish(&t);
}

TEST(many_ports)
{
	assert_linear(flows_with_ports, 1000);
}

static char *enabled_flows(size_t n)
{
	struct text t = {0};
	text_put(&t, "[host]\ndisable =");
	for (size_t i = 0; i < n; i++)
		text_printf(&t, " f%zu", i);
	text_put(&t, "\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.1\n");
	for (size_t i = 0; i < n; i++)
		text_printf(&t,
			"[flow f%zu]\nprotocol = tcp\nport = 1\nsource = p\ntarget = this-host\n",
			i);
	return finish(&t);
}

TEST(many_names_in_a_list)
{
	assert_linear(enabled_flows, 1500);
}

/* Of one name, answers with so many addresses that nobody has seen, at a cap of so many; and what
 * is known is saved and read. */
static void lie_of_names(void *context, size_t n)
{
	enum { ANSWERS_GIVEN = 6 };
	static const struct answers_follow follow = {0, "a.example", NAME_OF_HOST, false};
	struct answers *a = answers_new(), *again;
	struct answers_item *items = calloc(n, sizeof(*items));
	struct answers_rules rules = answers_default_rules();
	struct answers_action action;
	struct moment m = {1, 0};
	struct text saved = {0};
	char why[ANSWERS_FAULT_SIZE];
	(void)context;
	rules.most = n;
	assert_int_equal(answers_configure(a, &follow, 1, &rules, m), 0);
	for (uint32_t i = 0, last = 0x14000000; i < ANSWERS_GIVEN; i++) {
		for (size_t j = 0; j < n; j++) {
			const uint32_t address = htonl(++last);
			items[j] = (struct answers_item){.address.family = AF_INET, .ttl = 60};
			memcpy(items[j].address.bytes, &address, sizeof(address));
		}
		m.now++;
		const struct answers_lesson l = {
			"a.example", ANSWERS_A, ANSWERS_FROM_OBSERVING, items, n};
		assert_int_equal(answers_learned(a, &l, m), 0);
		while (answers_next(a, &action))
			;
	}
	assert_int_equal(answers_get(a, 0)->n_addresses, ANSWERS_GIVEN * n);
	answers_encode(a, m.now, &saved);
	assert_int_equal(answers_decode(saved.data, saved.length, m.now, &again, why), 0);
	text_done(&saved);
	free(items);
	answers_free(again);
	answers_free(a);
}

TEST(addresses_at_the_cap_of_a_name)
{
	enum { ADDRESSES = 500 };
	assert_times(ADDRESSES, least_time(lie_of_names, NULL, ADDRESSES),
		least_time(lie_of_names, NULL, TIMES * ADDRESSES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_flows_and_peers),
		cmocka_unit_test(many_ports),
		cmocka_unit_test(many_names_in_a_list),
		cmocka_unit_test(addresses_at_the_cap_of_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
