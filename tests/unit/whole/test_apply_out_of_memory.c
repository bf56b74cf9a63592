/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that runs out while a policy is put into the kernel: as root, in a network namespace
 * of the test's own.
 *
 * A failure leaves the kernel's ruleset as it was, which its generation id proves; or it is
 * known that it does not (is_unsure), and the next apply() brings the whole.
 */
#include "nftables/change/apply.h"

#include <errno.h>
#include <string.h>

#include "compile/compile.h"
#include "live/netns.h"
#include "nftables/change/inflight.h"
#include "nftables/read/fingerprint.h"
#include "nftables/read/inventory.h"
#include "whole/attempt.h"
#include "whole/sample.h"

static struct sample_tree tree;

enum {
	NO_OUTCOME = 99,
	/* libnftnl 1.2 forgets the name of a rule's dynset if it cannot read the expression in it
	 * (nftnl_expr_parse() gives the outer one back without what it holds): 1.2.4 at one of its
	 * allocations, 1.2.9 (Debian 13) at three */
	DYNSETS = 3,
};

/* Instead of the library's: no packets are on their way here, and to wait for some a thousand times
 * takes minutes. */
int inflight_wait(void)
{
	return 0;
}

struct machine {
	struct nfsock socket;
	struct applied now;
	struct policy *policy; /* in force */
	struct policy *next;   /* to be applied */
	struct diags diags;
	enum apply_outcome outcome;
	/* as it was before */
	struct applied kept;
	struct policy *kept_policy;
	uint32_t genid;
	/* what was met */
	unsigned long clean, unsure;
};

static struct machine on_a_machine(void)
{
	need_netns();
	return (struct machine){.socket = opened(), .now = {.ownership = OWNERSHIP_NONE}};
}

static void forget(struct machine *m)
{
	applied_done(&m->now);
	policy_free(m->policy);
	m->policy = NULL;
}

static void leave(struct machine *m)
{
	policy_free(m->next);
	forget(m);
	nfsock_close(&m->socket);
}

static uint32_t genid_of(struct machine *m)
{
	uint32_t genid;
	assert_int_equal(nfsock_genid(&m->socket, &genid), 0);
	return genid;
}

static void remember(struct machine *m)
{
	m->kept = m->now;
	m->kept_policy = m->policy;
	m->genid = genid_of(m);
	m->outcome = (enum apply_outcome)NO_OUTCOME;
}

/* What was in force is freed if p takes its place. */
static int put_policy(struct machine *m, struct policy *p)
{
	struct ruleset *next;
	int r = apply_prepare(&m->socket, &m->now, false);
	if (r < 0)
		return r;
	const struct form form = {.generation = 1, .lacks_timeouts = m->now.lacks_timeouts};
	r = compile_form(p, &form, &next);
	if (r < 0)
		return r;
	r = apply(&m->socket, &m->now, next, &m->diags, &m->outcome);
	if (r < 0) {
		ruleset_free(next);
		return r;
	}
	policy_free(m->policy);
	m->policy = p;
	return 0;
}

static void apply_sample(struct machine *m, enum sample which)
{
	assert_int_equal(put_policy(m, sample_policy(&tree, which)), 0);
}

/* The kernel has just what the policy in force is compiled to. */
static void assert_in_force(struct machine *m)
{
	struct ruleset *wanted = sample_ruleset(m->policy, m->now.ruleset->generation);
	struct fingerprints expected = {0}, found = {0};
	struct text difference = {0};
	assert_int_equal(fingerprints_of(wanted, &expected), 0);
	assert_int_equal(fingerprints_read(&m->socket, &found), 0);
	if (!fingerprints_compare(&expected, &found, &difference))
		fail_msg("not in force: %s", difference.data);
	fingerprints_done(&expected);
	fingerprints_done(&found);
	text_done(&difference);
	ruleset_free(wanted);
	assert_false(m->now.is_unsure);
}

static int run_apply(void *context)
{
	struct machine *m = context;
	return put_policy(m, m->next);
}

static void assert_untouched(const struct machine *m)
{
	assert_ptr_equal(m->policy, m->kept_policy);
	assert_ptr_equal(m->now.ruleset, m->kept.ruleset);
	assert_int_equal(m->now.ownership, m->kept.ownership);
	assert_int_equal(m->outcome, NO_OUTCOME);
}

/* Without a table. */

static void check_first(void *context, int r)
{
	struct machine *m = context;
	diags_done(&m->diags);
	if (r < 0) {
		assert_untouched(m);
		assert_int_equal(genid_of(m), m->genid);
		m->clean++;
		return;
	}
	assert_int_equal(m->outcome, APPLY_REPLACED);
	assert_in_force(m);
	forget(m);
	nft("delete table inet rolewall\n");
	m->next = sample_policy(&tree, SAMPLE_OLD);
	remember(m);
}

TEST(the_first_table_comes_whole_or_not_at_all)
{
	struct machine m = on_a_machine();
	m.next = sample_policy(&tree, SAMPLE_OLD);
	remember(&m);
	each_place(&(struct step){run_apply, check_first, &m});
	leave(&m);
}

/* Over the table of an earlier life with the same files: it may have become ours already, but what
 * it says is the same. */

static void check_restart(void *context, int r)
{
	struct machine *m = context;
	diags_done(&m->diags);
	if (r < 0) {
		assert_untouched(m);
		if (genid_of(m) == m->genid)
			return;
		struct inventory i;
		assert_int_equal(inventory_read(&m->socket, &i), 0);
		uint16_t generation = mark_generation(m->next->host.mark_mask, i.mark);
		inventory_done(&i);
		m->policy = m->next;
		m->now.ruleset = sample_ruleset(m->next, generation);
		assert_in_force(m);
		m->policy = NULL;
		ruleset_free(m->now.ruleset);
		m->now = m->kept;
		remember(m);
		return;
	}
	assert_int_equal(m->outcome, APPLY_REPLACED);
	assert_in_force(m);
	forget(m);
	m->next = sample_policy(&tree, SAMPLE_OLD);
	remember(m);
}

TEST(a_restart_takes_the_table_over_or_leaves_it)
{
	struct machine m = on_a_machine();
	apply_sample(&m, SAMPLE_OLD);
	forget(&m);
	m.next = sample_policy(&tree, SAMPLE_OLD);
	remember(&m);
	each_place(&(struct step){run_apply, check_restart, &m, DYNSETS});
	leave(&m);
}

/* Reloads. */

static void check_reload(void *context, int r)
{
	struct machine *m = context;
	diags_done(&m->diags);
	if (r < 0) {
		assert_untouched(m);
		if (genid_of(m) == m->genid) {
			m->clean++;
			return;
		}
		assert_true(m->now.is_unsure);
		m->unsure++;
		/* the next one puts it right */
		assert_int_equal(run_apply(m), 0);
		assert_int_equal(m->outcome, APPLY_REPLACED);
	}
	assert_in_force(m);
	apply_sample(m, SAMPLE_OLD);
	m->next = sample_policy(&tree, SAMPLE_NEXT);
	remember(m);
}

TEST(a_reload_comes_whole_or_is_known_to_have_stopped_half_way)
{
	struct machine m = on_a_machine();
	apply_sample(&m, SAMPLE_OLD);
	m.next = sample_policy(&tree, SAMPLE_NEXT);
	remember(&m);
	each_place(&(struct step){run_apply, check_reload, &m});
	if (FAILING_MALLOC)
		assert_true(m.clean > 100 && m.unsure > 0);
	leave(&m);
}

/* Verifying. */

static int run_verify(void *context)
{
	struct machine *m = context;
	struct text difference = {0};
	int r = apply_verify(&m->socket, &m->now, &m->diags, &difference);
	text_done(&difference);
	return r > 0 ? 0 : r;
}

static void check_verify(void *context, int r)
{
	struct machine *m = context;
	(void)r;
	diags_done(&m->diags);
	assert_untouched(m);
	assert_int_equal(genid_of(m), m->genid);
	assert_false(m->now.is_unsure);
}

static void break_table(void)
{
	nft("flush chain inet rolewall in-sessions\n"
	    "add element inet rolewall peer-user-hosts4 { 192.0.2.1 }\n");
}

/* From when the difference was seen it is known that the table is not what it should be. */
static void check_repair(void *context, int r)
{
	struct machine *m = context;
	diags_done(&m->diags);
	if (r < 0) {
		assert_untouched(m);
		assert_int_equal(genid_of(m), m->genid);
		if (m->now.is_unsure)
			m->unsure++;
		else
			assert_int_equal(m->unsure, 0);
		m->clean++;
		m->now.is_unsure = false;
		return;
	}
	assert_in_force(m);
	break_table();
	m->unsure = 0;
	remember(m);
}

TEST(a_table_is_repaired_or_known_to_be_broken)
{
	struct machine m = on_a_machine();
	apply_sample(&m, SAMPLE_OLD);
	remember(&m);
	each_place(&(struct step){run_verify, check_verify, &m, DYNSETS});
	break_table();
	remember(&m);
	each_place(&(struct step){run_verify, check_repair, &m, DYNSETS});
	leave(&m);
}

/* The same files again change nothing, but for a table that is known to be broken. */
TEST(what_could_not_be_repaired_is_by_the_next_load)
{
#if FAILING_MALLOC
	struct machine m = on_a_machine();
	apply_sample(&m, SAMPLE_OLD);
	break_table();
	heap.fails = 1;
	do {
		heap.count = 0;
		heap.stays_so = true;
		heap.armed = true;
		int r = run_verify(&m);
		heap.armed = false;
		assert_int_equal(r, -ENOMEM);
		heap.fails++;
	} while (!m.now.is_unsure);
	apply_sample(&m, SAMPLE_OLD);
	assert_int_equal(m.outcome, APPLY_REPLACED);
	assert_in_force(&m);
	leave(&m);
#else
	(void)state;
	print_message("SKIPPED: the sanitizer has its own malloc\n");
	skip();
#endif
}

static int make_tree(void **state)
{
	(void)state;
	sample_make(&tree);
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	sample_remove(&tree);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_table_comes_whole_or_not_at_all),
		cmocka_unit_test(a_restart_takes_the_table_over_or_leaves_it),
		cmocka_unit_test(a_reload_comes_whole_or_is_known_to_have_stopped_half_way),
		cmocka_unit_test(a_table_is_repaired_or_known_to_be_broken),
		cmocka_unit_test(what_could_not_be_repaired_is_by_the_next_load),
	};
	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
