/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of a kernel with and without a table.  Live connections need packets, and are
 * tests/kernel's. */
#include "kernel/preview.h"

#include <errno.h>

#include "kernel/put.h"
#include "ruleset/failing_malloc.h"

#define FLOW "[flow f]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n"

static const char host[] =
	"[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.1\n" FLOW;
static const char other[] =
	"[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress = 10.0.0.2\n" FLOW;
static const char elsewhere[] = "[host]\nmark = 0x00000ff0\n[management]\nfrom = 10.0.9.0/24\n"
				"[peer p]\naddress = 10.0.0.1\n" FLOW;

static int look_at(const char *next, struct nfsock *s, struct policy **ret_policy,
	struct preview *ret)
{
	const struct facts nothing_known = {0};
	*ret_policy = memory_policy(NULL, next);
	return preview(s, *ret_policy, &nothing_known, ret);
}

static void without_a_table_all_is_new(void **state)
{
	struct policy *p;
	struct preview v;
	(void)state;
	need_netns();
	struct nfsock s = opened();
	assert_int_equal(look_at(host, &s, &p, &v), 0);
	assert_false(v.has_table);
	assert_int_equal(v.generation, 0);
	assert_null(v.differences.first);
	assert_int_equal(v.n_cuts, 0);
	preview_done(&v);
	policy_free(p);
	nfsock_close(&s);
}

static void what_is_in_force_is_compared_in_its_generation(void **state)
{
	struct policy *p;
	struct preview v;
	(void)state;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	assert_int_equal(look_at(host, &s, &p, &v), 0);
	assert_true(v.has_table);
	assert_int_equal(v.generation, now.ruleset->generation);
	assert_null(v.differences.first);
	preview_done(&v);
	policy_free(p);
	assert_int_equal(look_at(other, &s, &p, &v), 0);
	assert_non_null(v.differences.first);
	assert_int_equal(v.differences.first->subject.kind, SUBJECT_PEER);
	assert_null(v.differences.first->next);
	preview_done(&v);
	policy_free(p);
	applied_done(&now);
	nfsock_close(&s);
}

static void other_bits_of_the_mark_are_a_change(void **state)
{
	struct policy *p;
	struct preview v;
	(void)state;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	assert_int_equal(look_at(elsewhere, &s, &p, &v), 0);
	assert_non_null(v.differences.first);
	preview_done(&v);
	policy_free(p);
	applied_done(&now);
	nfsock_close(&s);
}

static void asking_changes_nothing(void **state)
{
	uint32_t before, after;
	struct policy *p;
	struct preview v;
	(void)state;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	assert_int_equal(nfsock_genid(&s, &before), 0);
	assert_int_equal(look_at(other, &s, &p, &v), 0);
	preview_done(&v);
	policy_free(p);
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(before, after);
	applied_done(&now);
	nfsock_close(&s);
}

static int asks_unprivileged(void)
{
	struct policy *p = memory_policy(NULL, host);
	const struct facts nothing_known = {0};
	struct nfsock s;
	struct preview v;
	if (nfsock_open(&s) < 0 || setuid(65534) < 0)
		return 2;
	int r = preview(&s, p, &nothing_known, &v);
	nfsock_close(&s);
	policy_free(p);
	return r != -EPERM;
}

static void without_the_capability_nothing_is_told(void **state)
{
	(void)state;
	need_netns();
	assert_int_equal(in_child(asks_unprivileged), 0);
}

struct asking {
	struct nfsock socket;
	struct policy *policy;
};

static int ask(void *context)
{
	struct asking *a = context;
	const struct facts nothing_known = {0};
	struct preview v;
	int r = preview(&a->socket, a->policy, &nothing_known, &v);
	if (r == 0)
		preview_done(&v);
	return r;
}

static void each_failing_allocation_is_told_and_nothing_is_kept(void **state)
{
	(void)state;
	need_netns();
	struct asking a = {opened(), memory_policy(NULL, other)};
	struct applied now = put(&a.socket, host);
	assert_survives_each_failure(ask, &a);
	policy_free(a.policy);
	applied_done(&now);
	nfsock_close(&a.socket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_table_all_is_new),
		cmocka_unit_test(what_is_in_force_is_compared_in_its_generation),
		cmocka_unit_test(other_bits_of_the_mark_are_a_change),
		cmocka_unit_test(asking_changes_nothing),
		cmocka_unit_test(without_the_capability_nothing_is_told),
		cmocka_unit_test(each_failing_allocation_is_told_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
