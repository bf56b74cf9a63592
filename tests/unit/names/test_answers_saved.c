/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is saved is read again; whatever else there may be is refused. */
#include "base/seal.h"
#include "script.h"

static const char service[] = "_ldap._tcp.corp.example";
static const struct answers_follow follows[] = {
	{1, "a.example", NAME_OF_HOST, false}, {2, service, NAME_OF_SERVICE, false}};

/* One address live and one retired, one of IPv6, two targets. */
static struct answers *some(uint64_t *ret_now)
{
	struct answers *a = answers_new();
	struct answers_action x;
	configure(a, follows, 2, 0);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, SECONDS);
	learn(a, "a.example", ANSWERS_AAAA, "2001:db8::1", 300, SECONDS);
	learn(a, "a.example", ANSWERS_A, "192.0.2.2", 300, 3 * HOURS);
	learn_targets(a, service, "dc1.corp.example dc2.corp.example", 600, 3 * HOURS);
	learn(a, "dc1.corp.example", ANSWERS_A, "10.0.0.1", 600, 3 * HOURS);
	while (answers_next(a, &x))
		;
	*ret_now = 3 * HOURS + MINUTES;
	return a;
}

static struct text saved(const struct answers *a, uint64_t now)
{
	struct text t = {0};
	answers_encode(a, now, &t);
	assert_false(t.failed);
	return t;
}

static int decode(const char *bytes, size_t length, uint64_t now, struct answers **ret,
	char why[ANSWERS_FAULT_SIZE])
{
	/* so that a sanitizer sees what is read behind its end */
	char *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	const int r = answers_decode(copy, length, now, ret, why);
	free(copy);
	return r;
}

static void the_sets_are_as_they_were_before_any_resolver_answers(void **state)
{
	uint64_t now;
	struct answers *a = some(&now), *again = NULL;
	struct text t = saved(a, now);
	struct answers_walk walk = {0};
	struct answers_member m;
	char why[ANSWERS_FAULT_SIZE], found[512] = "";
	(void)state;
	/* after a boot the clock begins anew */
	assert_int_equal(decode(t.data, t.length, SECONDS, &again, why), 0);
	configure(again, follows, 2, SECONDS);
	assert_actions(again, "");
	while (answers_member(again, &walk, &m)) {
		char one[INET6_ADDRSTRLEN];
		addr_print(&m.address, one);
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%u:%s%s ", m.peer,
			one, m.is_retired ? ":retired" : "");
	}
	assert_non_null(strstr(found, "1:192.0.2.1:retired "));
	assert_non_null(strstr(found, "1:192.0.2.2 "));
	assert_non_null(strstr(found, "1:2001:db8::1 "));
	assert_non_null(strstr(found, "2:10.0.0.1 "));
	assert_int_equal(strlen(found), strlen("1:192.0.2.1:retired 1:192.0.2.2 1:2001:db8::1 "
					       "2:10.0.0.1 "));
	answers_time(again, at(SECONDS));
	assert_actions(again, "ask a.example A AAAA, ask _ldap._tcp.corp.example SRV, "
			      "ask dc1.corp.example A AAAA, ask dc2.corp.example A AAAA, dump");
	text_done(&t);
	answers_free(a);
	answers_free(again);
}

static void what_is_read_is_written_in_the_same_way(void **state)
{
	uint64_t now;
	struct answers *a = some(&now), *again = NULL;
	struct text t = saved(a, now), other;
	char why[ANSWERS_FAULT_SIZE];
	(void)state;
	assert_int_equal(decode(t.data, t.length, 7, &again, why), 0);
	other = saved(again, 7);
	assert_string_equal(t.data, other.data);
	const struct answers_name *n = answers_find(again, "a.example", NAME_OF_HOST);
	assert_int_equal(n->addresses[0].life.sources, ANSWERS_FROM_STATE);
	text_done(&t);
	text_done(&other);
	answers_free(a);
	answers_free(again);
}

/* As it would be written as a whole. */
static void check_all(const struct text *t, const struct answers *a, uint64_t now)
{
	struct answers *again = NULL;
	struct text whole = saved(a, now), found;
	char why[ANSWERS_FAULT_SIZE] = "";
	assert_int_equal(answers_decode_all(t->data, t->length, now, &again, why), 0);
	found = saved(again, now);
	assert_string_equal(found.data, whole.data);
	answers_free(again);
	text_done(&whole);
	text_done(&found);
}

static void what_is_appended_is_as_if_all_had_been_written(void **state)
{
	uint64_t began;
	struct answers *a = some(&began);
	struct text t = saved(a, began);
	const char *const found[] = {"192.0.2.3", "192.0.2.1 192.0.2.4", "192.0.2.1", "192.0.2.5"};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const uint64_t version = answers_version(a), now = began + (i + 1) * HOURS;
		learn(a, "a.example", ANSWERS_A, found[i], i == 2 ? 1 : 300, now);
		if (i == 1)
			learn(a, "dc2.corp.example", ANSWERS_A, "10.0.0.2", 60, now);
		assert_true(answers_encode_more(a, version, now, now - began, &t));
		check_all(&t, a, now);
	}
	text_done(&t);
	answers_free(a);
}

static void other_targets_and_addresses_that_are_forgotten_are_not_appended(void **state)
{
	uint64_t now;
	struct answers *a = some(&now);
	struct text t = {0};
	(void)state;
	uint64_t version = answers_version(a);
	learn_targets(a, service, "dc3.corp.example", 600, now);
	assert_false(answers_encode_more(a, version, now, 0, &t));
	version = answers_version(a) + 1; /* saved after the next change */
	answers_dumped(a, NULL, 0, now + HOURS, at(now + HOURS));
	assert_false(answers_encode_more(a, version - 1, now, 0, &t));
	assert_true(answers_encode_more(a, answers_version(a) + 1, now, 0, &t));
	text_done(&t);
	answers_free(a);
}

static void nothing_known_is_saved_too(void **state)
{
	struct answers *a = answers_new(), *again = NULL;
	struct text t = saved(a, 5);
	char why[ANSWERS_FAULT_SIZE];
	(void)state;
	assert_int_equal(decode(t.data, t.length, 5, &again, why), 0);
	assert_int_equal(answers_count(again), 0);
	text_done(&t);
	answers_free(a);
	answers_free(again);
}

static void a_damaged_file_is_refused(void **state)
{
	uint64_t now;
	struct answers *a = some(&now), *again = NULL;
	struct text t = saved(a, now);
	char why[ANSWERS_FAULT_SIZE];
	(void)state;
	for (size_t i = 0; i < t.length; i++) {
		t.data[i] ^= 4;
		assert_int_equal(decode(t.data, t.length, now, &again, why), -EBADMSG);
		t.data[i] ^= 4;
		assert_int_equal(decode(t.data, i, now, &again, why), -EBADMSG);
	}
	text_done(&t);
	answers_free(a);
}

static void a_right_checksum_makes_no_wrong_file_right(void **state)
{
	static const char *const bodies[] = {
		"",
		"host a.example\n",
		"end\nmore\n",
		"end",
		"what\nend\n",
		"good 0 1\nend\n",
		"address 192.0.2.1 live 1 1 1 0\nend\n",
		"host A.example\nend\n",
		"host a..example\nend\n",
		"host a.example\naddress 127.0.0.1 live 1 1 1 0\nend\n",
		"host a.example\naddress 192.0.2.1/24 live 1 1 1 0\nend\n",
		"host a.example\naddress 192.0.2.1 dead 1 1 1 0\nend\n",
		"host a.example\naddress 192.0.2.1 live 1 1 1\nend\n",
		"host a.example\naddress 192.0.2.1 live 1 1 1 0 9\nend\n",
		"host a.example\naddress 192.0.2.1 live -1 1 1 0\nend\n",
		"host a.example\naddress 192.0.2.1 live 1 99999999999999999999 1 0\nend\n",
		("host a.example\naddress 192.0.2.1 live 1 1 1 0\n"
		 "address 192.0.2.1 live 1 1 1 0\nend\n"),
		"host a.example\naddress 192.0.2.1 live 1 1 1 0\nhost a.example\nend\n",
		"host a.example\ngood 3 1\nend\n",
		"host a.example\ngood 0 x\nend\n",
		"host a.example\ngood 0 1 2\nend\n",
		"host a.example\ntarget dc1.example live 1 1 1 0 389\nend\n",
		"service s.example\naddress 192.0.2.1 live 1 1 1 0\nend\n",
		"service s.example\ntarget dc1.example live 1 1 1 0\nend\n",
		"service s.example\ntarget dc1.example live 1 1 1 0 389x\nend\n",
		"service s.example\ntarget dc1.example live 1 1 1 0\nend\n",
		"service s.example\ntarget dc1.example live 1 1 1 0 389 389\nend\n",
		"service s.example\ntarget dc1.example live 1 1 1 0 65536\nend\n",
		"service s.example\ntarget dc1.example live 1 1 1 0 1 2 3 4 5 6 7 8 9\nend\n",
		"service s.example\ntarget *.example live 1 1 1 0 389\nend\n",
		"service s.example\ntarget d.x live 1 1 1 0 1\ntarget d.x live 1 1 1 0 1\nend\n",
	};
	char why[ANSWERS_FAULT_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct text body = {0}, t = {0};
		struct answers *again = NULL;
		text_put(&body, bodies[i]);
		seal_put(&t, "rolewall names 1\n", &body);
		if (decode(t.data, t.length, 5, &again, why) != -EBADMSG)
			fail_msg("taken: %s", bodies[i]);
		assert_true(strlen(why) > 10);
		text_done(&t);
	}
}

static void what_is_seen_again_is_not_only_of_the_state(void **state)
{
	uint64_t now;
	struct answers *a = some(&now), *again = NULL;
	struct text t = saved(a, now);
	char why[ANSWERS_FAULT_SIZE];
	(void)state;
	assert_int_equal(decode(t.data, t.length, SECONDS, &again, why), 0);
	configure(again, follows, 2, SECONDS);
	const struct addr seen = address("192.0.2.2", 9);
	struct answers_name *n = answers_known(again, "a.example", NAME_OF_HOST);
	assert_int_equal(addresses_find(n, &seen)->life.sources, ANSWERS_FROM_STATE);
	learn(again, "a.example", ANSWERS_A, "192.0.2.2", 300, MINUTES);
	assert_int_equal(addresses_find(n, &seen)->life.sources, ANSWERS_FROM_ASKING);
	text_done(&t);
	answers_free(a);
	answers_free(again);
}

/* The daemon saves what has another number; "at most once a minute" is the daemon's. */
static void a_life_that_has_become_longer_is_to_be_saved(void **state)
{
	struct answers *a = with_one();
	const uint64_t version = answers_version(a);
	(void)state;
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, MINUTES);
	assert_true(answers_version(a) != version);
	answers_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_seen_again_is_not_only_of_the_state),
		cmocka_unit_test(a_life_that_has_become_longer_is_to_be_saved),
		cmocka_unit_test(the_sets_are_as_they_were_before_any_resolver_answers),
		cmocka_unit_test(what_is_read_is_written_in_the_same_way),
		cmocka_unit_test(what_is_appended_is_as_if_all_had_been_written),
		cmocka_unit_test(other_targets_and_addresses_that_are_forgotten_are_not_appended),
		cmocka_unit_test(nothing_known_is_saved_too),
		cmocka_unit_test(a_damaged_file_is_refused),
		cmocka_unit_test(a_right_checksum_makes_no_wrong_file_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
