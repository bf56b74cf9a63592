/* SPDX-License-Identifier: GPL-2.0-or-later */
/* enable = and disable =: by the names of rows and of bundles. */
#include "fixture.h"
#include "memory_files.h"

#include "base/text.h"
#include "config/enabling.h"

#define OPTIONAL(name, more) \
	"[flow " name "]\nport = 1\nprotocol = tcp\nsource = a\ntarget = b\noptional = yes\n" more

static const char role[] = "[role]\nname = r\nplays = a\npeers = b\n" /* 4 lines */
	OPTIONAL("x", "bundle = both\n") OPTIONAL("y", "bundle = both, more\n")
		OPTIONAL("z", "bundle = more\n") OPTIONAL("alone", "");

#define REST "[management]\nfrom = any\n[peer b]\naddress = any\n"

/* "x y" of the rows that are on; the faults are in f->diags. */
static char *rows_on(struct fixture *f, const char *host)
{
	const struct memory_file files[] = {
		{"/r/r.conf", role}, {"/c/rolewall.conf", host}, {NULL}};
	struct policy *p = NULL;
	struct text text = {0};
	char *out = NULL;
	if (memory_policy(files, NULL, &f->diags, &p) < 0)
		return NULL;
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].state == FLOW_ON)
			text_printf(&text, "%s ", p->flows[i].flow->name);
	assert_int_equal(text_finish(&text, &out), 0);
	policy_free(p);
	return out;
}

static void assert_on(struct fixture *f, const char *host, const char *wanted, const char *faults)
{
	char *found = rows_on(f, host);
	assert_faults(&f->diags, faults);
	assert_non_null(found);
	assert_string_equal(found, wanted);
	free(found);
}

static void assert_refused(struct fixture *f, const char *host, const char *faults)
{
	assert_null(rows_on(f, host));
	assert_faults(&f->diags, faults);
}

static void a_bundle_turns_all_of_its_rows_on_and_no_other(void **state)
{
	assert_on(*state, "[host]\nroles = r\nenable = both\n" REST, "x y ", "");
}

static void a_row_may_be_in_several_bundles(void **state)
{
	assert_on(*state, "[host]\nroles = r\nenable = more, alone\n" REST, "y z alone ", "");
}

static void a_row_of_an_enabled_bundle_may_be_disabled(void **state)
{
	assert_on(*state, "[host]\nroles = r\nenable = both\ndisable = x\n" REST, "y ", "");
}

static void a_row_may_be_enabled_beside_its_bundle(void **state)
{
	assert_on(*state, "[host]\nroles = r\nenable = both, x\n" REST, "x y ", "");
}

/* Or an update that brings a bundle would open rows for who had enabled a row of that name. */
static void a_row_with_the_name_of_a_bundle_is_meant_alone(void **state)
{
	assert_on(*state,
		"[host]\nroles = r\nenable = both\n" REST OPTIONAL("both", "purpose = mine\n"),
		"both ",
		"/c/rolewall.conf:3:10: warning: 'both' is a flow (/c/rolewall.conf:8) and a "
		"bundle (of flow 'y', /r/r.conf:12); only the flow is enabled; to enable the "
		"bundle give the flow another name\n");
}

static void a_mistyped_bundle_is_suggested(void **state)
{
	assert_refused(*state, "[host]\nroles = r\nenable = mroe\n" REST,
		"/c/rolewall.conf:3:10: error: unknown flow 'mroe'; did you mean 'more'?\n");
}

static void disable_takes_no_bundle(void **state)
{
	assert_refused(*state, "[host]\nroles = r\ndisable = both\n" REST,
		"/c/rolewall.conf:3:11: error: 'both' is a bundle, and disable takes flows; name "
		"its flows, such as 'y'\n");
}

static void a_bundle_between_other_hosts_changes_nothing(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {{"/r/r.conf", role},
		{"/r/s.conf", "[role]\nname = s\nplays = c\n"},
		{"/c/rolewall.conf",
			"[host]\nroles = s\nenable = both\n[management]\nfrom = any\n"},
		{NULL}};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), 0);
	policy_free(p);
	assert_faults(&f->diags,
		"/c/rolewall.conf:3:10: warning: the flows of bundle 'both' are between parties "
		"that this host does not play, so enabling it changes nothing here; take it out or "
		"add the role to roles =\n");
}

static void a_peer_that_a_bundle_needs_is_missed_where_it_is_enabled(void **state)
{
	assert_refused(*state,
		"[host]\nroles = r\nenable = alone, both\n[management]\nfrom = any\n",
		"/c/rolewall.conf:3:17: error: missing [peer b]: flow 'x' of this host "
		"(/r/r.conf:5) needs it; add it with address =, file = or name =, or with address "
		"= none\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_bundle_turns_all_of_its_rows_on_and_no_other),
		FIXTURE_TEST(a_row_may_be_in_several_bundles),
		FIXTURE_TEST(a_row_of_an_enabled_bundle_may_be_disabled),
		FIXTURE_TEST(a_row_may_be_enabled_beside_its_bundle),
		FIXTURE_TEST(a_row_with_the_name_of_a_bundle_is_meant_alone),
		FIXTURE_TEST(a_mistyped_bundle_is_suggested),
		FIXTURE_TEST(disable_takes_no_bundle),
		FIXTURE_TEST(a_bundle_between_other_hosts_changes_nothing),
		FIXTURE_TEST(a_peer_that_a_bundle_needs_is_missed_where_it_is_enabled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
