/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The targets of services. */
#include "script.h"

static void a_controller_joins_and_the_first_one_leaves(void **state)
{
	static const char service[] = "_ldap._tcp.corp.example";
	static const struct answers_follow follows[] = {{7, service, NAME_OF_SERVICE, false}};
	struct answers *a = answers_new();
	(void)state;
	configure(a, follows, 1, 0);
	answers_time(a, at(0));
	assert_actions(a, "ask _ldap._tcp.corp.example SRV");
	learn_targets(a, service, "dc1.corp.example", 600, 0);
	answers_time(a, at(1));
	assert_actions(a, "ask dc1.corp.example A AAAA");
	learn(a, "dc1.corp.example", ANSWERS_A, "10.0.0.1", 600, 2);
	assert_actions(a, "+live7:10.0.0.1");
	learn_targets(a, service, "dc2.corp.example", 600, HOURS);
	answers_time(a, at(HOURS + 1));
	assert_actions(a, "ask dc1.corp.example A AAAA, ask dc2.corp.example A AAAA");
	const uint64_t version = answers_targets_version(a);
	assert_int_equal(version, 2); /* one for each */
	/* the first one stays until the second has an address */
	learn_targets(a, service, "dc2.corp.example", 600, 2 * HOURS);
	assert_actions(a, "");
	learn(a, "dc2.corp.example", ANSWERS_A, "10.0.0.2", 600, 2 * HOURS);
	assert_actions(a, "+live7:10.0.0.2");
	learn_targets(a, service, "dc2.corp.example", 600, 2 * HOURS + 1);
	assert_actions(a, "+retired7:10.0.0.1, -live7:10.0.0.1");
	dump(a, "", 3 * HOURS, 3 * HOURS);
	assert_actions(a, "-retired7:10.0.0.1");
	assert_int_equal(answers_targets_version(a), version + 1); /* the first one left */
	learn_targets(a, service, "dc2.corp.example", 600, 3 * HOURS);
	assert_int_equal(answers_targets_version(a), version + 1); /* nothing is new */
	assert_false(answers_is_followed(answers_find(a, "dc1.corp.example", NAME_OF_HOST)));
	answers_free(a);
}

static void a_target_is_a_name_whatever_the_server_says(void **state)
{
	static const char service[] = "_s._tcp.x";
	static const struct answers_follow follows[] = {{3, service, NAME_OF_SERVICE, false}};
	struct answers *a = answers_new();
	(void)state;
	configure(a, follows, 1, 0);
	learn_targets(a, service, "not\\032one Upper.example 10.0.0.1", 300, 0);
	assert_int_equal(answers_count(a), 1);
	assert_actions(a, "_s._tcp.x fails unfit");
	answers_free(a);
}

static void all_ports_of_a_target_are_known_and_saved(void **state)
{
	static const char service[] = "_ldap._tcp.corp.example";
	static const struct answers_follow follows[] = {{7, service, NAME_OF_SERVICE, false}};
	static const uint16_t ports[] = {636, 389, 636};
	struct answers_item items[12] = {0};
	struct answers *a = answers_new(), *again = NULL;
	struct text saved = {0};
	char why[ANSWERS_FAULT_SIZE];
	(void)state;
	configure(a, follows, 1, 0);
	for (size_t i = 0; i < 3; i++)
		items[i] = (struct answers_item){
			.target = "dc1.corp.example", .port = ports[i], .ttl = 60};
	const struct answers_lesson three = {service, ANSWERS_SRV, ANSWERS_FROM_ASKING, items, 3};
	assert_int_equal(answers_learned(a, &three, at(1)), 0);
	answers_encode(a, 2, &saved);
	assert_int_equal(answers_decode(saved.data, saved.length, 2, &again, why), 0);
	const struct answers_name *n = answers_find(again, service, NAME_OF_SERVICE);
	assert_int_equal(n->targets[0].n_ports, 2);
	assert_int_equal(n->targets[0].ports[0], 389);
	assert_int_equal(n->targets[0].ports[1], 636);
	configure(again, follows, 1, 2);
	/* the next answer speaks for itself, and there is a bound */
	for (uint16_t i = 0; i < 12; i++)
		items[i] = (struct answers_item){
			.target = "dc1.corp.example", .port = (uint16_t)(100 + i), .ttl = 60};
	const struct answers_lesson many = {service, ANSWERS_SRV, ANSWERS_FROM_ASKING, items, 12};
	assert_int_equal(answers_learned(again, &many, at(3)), 0);
	assert_int_equal(n->targets[0].n_ports, ANSWERS_PORTS_MOST);
	assert_int_equal(n->targets[0].ports[0], 100);
	const struct answers_lesson one = {service, ANSWERS_SRV, ANSWERS_FROM_ASKING, items, 1};
	assert_int_equal(answers_learned(again, &one, at(4)), 0);
	assert_int_equal(n->targets[0].n_ports, 1);
	text_done(&saved);
	answers_free(a);
	answers_free(again);
}

static const char ldap[] = "_ldap._tcp.corp.example";

static struct answers *with_ldap(void)
{
	static const struct answers_follow follows[] = {{7, ldap, NAME_OF_SERVICE, false}};
	struct answers *a = answers_new();
	configure(a, follows, 1, 0);
	return a;
}

static void a_target_that_an_answer_leaves_out_stays_for_its_life(void **state)
{
	struct answers *a = with_ldap();
	const struct answers_name *n = answers_find(a, ldap, NAME_OF_SERVICE);
	(void)state;
	learn_targets(a, ldap, "dc1.example dc2.example", 600, 0);
	learn(a, "dc1.example", ANSWERS_A, "10.0.0.1", 600, 1);
	learn(a, "dc2.example", ANSWERS_A, "10.0.0.2", 600, 1);
	learn_targets(a, ldap, "dc2.example", 600, 600 * SECONDS);
	learn_targets(a, ldap, "dc2.example", 600, HOURS + 600 * SECONDS - 1);
	assert_false(n->targets[0].life.is_retired);
	learn_targets(a, ldap, "dc2.example", 600, HOURS + 600 * SECONDS);
	assert_true(n->targets[0].life.is_retired);
	answers_free(a);
}

/* Else the set of the other family would be empty. */
static void the_last_target_with_a_family_stays(void **state)
{
	struct answers *a = with_ldap();
	const struct answers_name *n = answers_find(a, ldap, NAME_OF_SERVICE);
	(void)state;
	learn_targets(a, ldap, "dc1.example dc2.example", 60, 0);
	learn(a, "dc1.example", ANSWERS_AAAA, "2001:db8::1", 60, 1);
	learn(a, "dc1.example", ANSWERS_A, "10.0.0.1", 60, 1);
	learn(a, "dc2.example", ANSWERS_A, "10.0.0.2", 60, 1);
	for (uint64_t t = 1; t < 5; t++)
		learn_targets(a, ldap, "dc2.example", 60, t * HOURS);
	assert_false(n->targets[0].life.is_retired);
	learn(a, "dc2.example", ANSWERS_AAAA, "2001:db8::2", 60, 5 * HOURS);
	learn_targets(a, ldap, "dc2.example", 60, 5 * HOURS + 1);
	assert_true(n->targets[0].life.is_retired);
	answers_free(a);
}

static void there_is_a_bound_to_the_targets_of_a_service(void **state)
{
	struct answers *a = with_ldap();
	const struct answers_name *n = answers_find(a, ldap, NAME_OF_SERVICE);
	(void)state;
	for (unsigned i = 0; i < 2 * ANSWERS_TARGETS_MOST; i++) {
		char name[32];
		snprintf(name, sizeof(name), "dc%u.example", i);
		learn_targets(a, ldap, name, 60, i);
	}
	assert_int_equal(n->n_targets, ANSWERS_TARGETS_MOST);
	assert_true(n->is_full);
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller_joins_and_the_first_one_leaves),
		cmocka_unit_test(a_target_is_a_name_whatever_the_server_says),
		cmocka_unit_test(a_target_that_an_answer_leaves_out_stays_for_its_life),
		cmocka_unit_test(the_last_target_with_a_family_stays),
		cmocka_unit_test(there_is_a_bound_to_the_targets_of_a_service),
		cmocka_unit_test(all_ports_of_a_target_are_known_and_saved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
