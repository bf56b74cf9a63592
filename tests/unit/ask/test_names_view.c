/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator asks of the answers. */
#include "ask/names_view.h"

#include "ask/known_names.h"

TEST(names_are_counted_with_what_is_wrong)
{
	struct known k;
	known_begin(&k);
	const struct names_totals t = names_total(k.answers);
	assert_int_equal(t.followed, 5);
	assert_int_equal(t.failing, 2);         /* a, c */
	assert_int_equal(t.without_address, 3); /* c, the service and its server */
	assert_int_equal(t.full, 0);
	known_end(&k);
}

TEST(a_flow_waits_until_its_name_has_an_address)
{
	struct known k;
	size_t at = 0;
	known_begin(&k);
	const struct answers_name *n = answers_find(k.answers, "c.example", NAME_OF_HOST);
	assert_string_equal(names_view_flow(&k.view, n, &at), "g");
	assert_null(names_view_flow(&k.view, n, &at));
	learn(k.answers, "c.example", ANSWERS_A, "192.0.2.9", 600, KNOWN_NOW);
	at = 0;
	assert_null(names_view_flow(&k.view, n, &at));
	known_end(&k);
}

TEST(a_service_has_an_address_when_a_server_of_it_has)
{
	struct known k;
	known_begin(&k);
	const struct answers_name *n =
		answers_find(k.answers, "_ldap._tcp.example", NAME_OF_SERVICE);
	assert_true(names_view_waits(n));
	learn(k.answers, "dc.example", ANSWERS_A, "10.0.0.9", 600, KNOWN_NOW);
	assert_false(names_view_waits(n));
	known_end(&k);
}

TEST(all_owners_of_an_address_are_found)
{
	struct known k;
	struct names_owners owners = {0};
	size_t at = SIZE_MAX;
	known_begin(&k);
	const struct addr shared = address("192.0.2.2", 9);
	assert_int_equal(names_owners_find(k.answers, &owners), 0);
	assert_non_null(names_owners_next(&owners, &shared, &at));
	assert_non_null(names_owners_next(&owners, &shared, &at));
	assert_null(names_owners_next(&owners, &shared, &at));
	free(owners.items);
	known_end(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_counted_with_what_is_wrong),
		cmocka_unit_test(a_flow_waits_until_its_name_has_an_address),
		cmocka_unit_test(a_service_has_an_address_when_a_server_of_it_has),
		cmocka_unit_test(all_owners_of_an_address_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
