/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy of files in a directory of the test's own, made again when they have changed. */
#include "config/basis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

static char directory[64];
static const struct facts no_facts = {0};

static void write_file(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	char roles[128];
	(void)state;
	strcpy(directory, "/tmp/rolewall-basis-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(roles, sizeof(roles), "%s/r", directory);
	mkdir(roles, 0755);
	write_file("rolewall.conf", "[host]\n[management]\nfrom = 10.0.9.1\n[flow in]\nport = 80\n"
				    "protocol = tcp\nsource = near\ntarget = this-host\n"
				    "[peer near]\nfile = near.list\n");
	write_file("near.list", "10.0.0.1\n");
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"rolewall.conf", "near.list", "r", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		remove(path);
	}
	return 0;
}

static struct config_dirs dirs_of(char roles[128])
{
	snprintf(roles, 128, "%s/r", directory);
	return (struct config_dirs){.config = directory, .roles = roles};
}

/* Loads in a way; the port of the one flow and how many are near. */
static void assert_loaded(const struct basis *now, enum basis_how how, unsigned port, size_t near)
{
	char roles[128];
	const struct config_dirs dirs = dirs_of(roles);
	struct diags diags = {0};
	struct policy *p = NULL;
	struct basis b;
	assert_int_equal(basis_load(&dirs, now, how, &no_facts, &diags, &p, &b), 0);
	assert_int_equal(p->matrix.flows[0].ports[0].first, port);
	assert_int_equal(addrset_count(&host_peer(&p->host, "near")->addresses), near);
	policy_free(p);
	basis_done(&b);
	diags_done(&diags);
}

TEST(an_edit_that_nobody_asked_for_is_not_taken_up)
{
	char roles[128];
	const struct config_dirs dirs = dirs_of(roles);
	struct diags diags = {0};
	struct policy *p = NULL;
	struct basis b;
	assert_int_equal(basis_load(&dirs, NULL, BASIS_ANEW, &no_facts, &diags, &p, &b), 0);
	policy_free(p);
	write_file("rolewall.conf", "[host]\n[flow in]\nport = 81\nprotocol = tcp\nsource = near\n"
				    "target = this-host\n[peer near]\nfile = near.list\n");
	write_file("near.list", "10.0.0.1\n10.0.0.2\n");
	assert_loaded(&b, BASIS_KEPT, 80, 1);
	assert_loaded(&b, BASIS_LISTS_ANEW, 80, 1); /* it may still be being written */
	for (struct snapshot_entry *e = b.snapshot->first; e; e = e->next)
		e->is_stale = e->kind == SNAPSHOT_LIST;
	assert_loaded(&b, BASIS_LISTS_ANEW, 80, 2);
	assert_loaded(&b, BASIS_ANEW, 81, 2);
	basis_done(&b);
	diags_done(&diags);
}

TEST(the_facts_that_were_handed_in_are_kept)
{
	char roles[128];
	const struct config_dirs dirs = dirs_of(roles);
	struct addr resolver = {.family = AF_INET, .bytes = {10, 0, 0, 53}};
	struct facts facts = {.resolvers = &resolver, .n_resolvers = 1};
	struct diags diags = {0};
	struct policy *p = NULL;
	struct basis b;
	assert_int_equal(basis_load(&dirs, NULL, BASIS_ANEW, &facts, &diags, &p, &b), 0);
	assert_true(facts_equal(&b.facts, &facts));
	resolver.bytes[3] = 54; /* a copy of them */
	assert_false(facts_equal(&b.facts, &facts));
	policy_free(p);
	basis_done(&b);
	diags_done(&diags);
}

TEST(a_refused_configuration_leaves_nothing)
{
	char roles[128];
	const struct config_dirs dirs = dirs_of(roles);
	struct diags diags = {0};
	struct policy *p = NULL;
	struct basis b = {0};
	write_file("rolewall.conf", "[hots]\n");
	assert_int_equal(basis_load(&dirs, NULL, BASIS_ANEW, &no_facts, &diags, &p, &b), -EINVAL);
	assert_null(p);
	assert_null(b.snapshot);
	diags_done(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_edit_that_nobody_asked_for_is_not_taken_up,
			setup, teardown),
		cmocka_unit_test_setup_teardown(the_facts_that_were_handed_in_are_kept, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_refused_configuration_leaves_nothing, setup,
			teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
