/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a policy's names to what is followed, and from answers to its addresses. */
#include "compile/learned.h"

#include "names/script.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/memory_policy.h"

#define FLOWS \
	"[flow f]\nport = 80\nprotocol = tcp\nsource = p, q\ntarget = this-host\n" \
	"[flow off]\nport = 81\nprotocol = tcp\nsource = r\ntarget = this-host\noptional = yes\n"

static struct policy *policy(const char *management, const char *p, const char *q)
{
	char text[1000];
	snprintf(text, sizeof(text),
		"[host]\n[management]\nfrom = 10.0.9.1\n%s[peer p]\n%s[peer q]\n%s[peer r]\n"
		"name = r.example\n" FLOWS,
		management, p, q);
	return memory_policy(NULL, text);
}

/* Follows what a policy has. */
static struct answers *following(const struct policy *p)
{
	struct answers *a = answers_new();
	struct answers_follow *follows;
	size_t n;
	assert_non_null(a);
	assert_int_equal(learned_follows(p, &follows, &n), 0);
	assert_int_equal(answers_configure(a, follows, n, &p->host.name_rules, at(0)), 0);
	free(follows);
	return a;
}

static void put_set(char *to, size_t size, const char *word, const struct addrset *s)
{
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		for (size_t i = 0; i < s->count[part]; i++) {
			char text[INET6_ADDRSTRLEN];
			const struct addr_range a = addrset_get(s, part, i);
			addr_print(&a.first, text);
			snprintf(to + strlen(to), size - strlen(to), "%s%s", word, text);
		}
}

static void assert_learned(const struct policy *p, const struct answers *a, uint32_t peer,
	const char *expected)
{
	struct learned l;
	char found[1000] = "";
	assert_int_equal(learned_find(p, a, &l), 0);
	const struct learned_peer *known = learned_of(&l, peer);
	if (known) {
		put_set(found, sizeof(found), " +", &known->live);
		put_set(found, sizeof(found), " -", &known->retired);
	}
	assert_string_equal(found, expected);
	learned_done(&l);
}

static bool has(const struct addrset *s, const struct addr *a)
{
	return addrset_contains(s, a);
}

/* Both know the same of the configuration that is followed. */
static void assert_same_as_members(const struct policy *p, const struct answers *a)
{
	struct learned l;
	struct answers_walk walk = {0};
	struct answers_member m;
	size_t members = 0, found = 0;
	assert_int_equal(learned_find(p, a, &l), 0);
	for (; answers_member(a, &walk, &m); members++) {
		const struct learned_peer *known = learned_of(&l, m.peer);
		assert_non_null(known);
		assert_int_equal(has(&known->live, &m.address), !m.is_retired);
		assert_int_equal(has(&known->retired, &m.address), m.is_retired);
	}
	for (size_t i = 0; i < l.count; i++)
		found += addrset_count(&l.peers[i].live) + addrset_count(&l.peers[i].retired);
	assert_int_equal(found, members);
	learned_done(&l);
}

TEST(names_of_used_peers_and_of_management_are_followed)
{
	struct policy *p = policy("name = ops.example\nprivate = yes\n",
		"name = a.example\nsrv = _x._tcp.example\n", "address = any\nname = b.example\n");
	struct answers_follow *follows;
	size_t n;
	assert_int_equal(learned_follows(p, &follows, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(follows[0].peer, 0);
	assert_string_equal(follows[0].name, "ops.example");
	assert_true(follows[0].takes_private);
	assert_int_equal(follows[1].peer, 1);
	assert_string_equal(follows[1].name, "a.example");
	assert_int_equal(follows[1].kind, NAME_OF_HOST);
	assert_false(follows[1].takes_private);
	assert_string_equal(follows[2].name, "_x._tcp.example");
	assert_int_equal(follows[2].kind, NAME_OF_SERVICE);
	assert_true(follows[2].takes_private);
	free(follows);
	policy_free(p);
}

TEST(peers_have_numbers_and_numbers_peers)
{
	struct policy *p = policy("", "name = a.example\n", "address = 10.0.0.1\n");
	assert_ptr_equal(learned_peer_at(p, 0), &p->host.management);
	assert_ptr_equal(learned_peer_at(p, 2), &p->host.peers[1]);
	assert_null(learned_peer_at(p, 4));
	assert_int_equal(learned_number(p, &p->host.management), 0);
	assert_int_equal(learned_number(p, &p->host.peers[1]), 2);
	assert_true(learned_is_followed(p, &p->host.peers[0]));
	assert_false(learned_is_followed(p, &p->host.peers[1]));
	assert_false(learned_is_followed(p, &p->host.peers[2])); /* its flow is off */
	assert_false(learned_is_followed(p, &p->host.management));
	assert_true(learned_is_followed_any(p));
	policy_free(p);
	p = memory_policy(NULL, "[host]\n");
	assert_null(learned_peer_at(p, 0));
	assert_false(learned_is_followed_any(p));
	policy_free(p);
}

TEST(sets_have_names_that_stay)
{
	struct policy *p = policy("name = ops.example\n", "name = a.example\n", "address = any\n");
	char name[LEARNED_SET_SIZE];
	learned_set_name(p, 0, AF_INET, false, name);
	assert_string_equal(name, "management-named4");
	learned_set_name(p, 0, AF_INET6, true, name);
	assert_string_equal(name, "management-retired6");
	learned_set_name(p, 1, AF_INET, true, name);
	assert_string_equal(name, "peer-p-retired4");
	learned_set_name(p, 1, AF_INET6, false, name);
	assert_string_equal(name, "peer-p-named6");
	policy_free(p);
}

TEST(the_longest_name_of_a_peer_has_its_set)
{
#define LONG "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijk"
	struct policy *p = memory_policy(NULL,
		"[host]\n[peer " LONG "]\nname = a.example\n"
		"[flow f]\nport = 80\nprotocol = tcp\nsource = " LONG "\ntarget = this-host\n");
	char name[LEARNED_SET_SIZE];
	learned_set_name(p, 1, AF_INET, true, name);
	assert_string_equal(name, "peer-" LONG "-retired4");
	policy_free(p);
}

TEST(a_name_has_what_was_learned_of_it_live_or_retired)
{
	struct policy *p = policy("", "name = a.example\n", "name = a.example, b.example\n");
	struct answers *a = following(p);
	assert_learned(p, a, 1, "");
	learn(a, "a.example", ANSWERS_A, "192.0.2.2 192.0.2.1", 300, 0);
	learn(a, "a.example", ANSWERS_AAAA, "2001:db8::1", 300, 0);
	learn(a, "b.example", ANSWERS_A, "192.0.2.1 192.0.2.3", 300, 0);
	assert_learned(p, a, 1, " +192.0.2.1 +192.0.2.2 +2001:db8::1");
	assert_learned(p, a, 2, " +192.0.2.1 +192.0.2.2 +192.0.2.3 +2001:db8::1");
	assert_same_as_members(p, a);

	learn(a, "a.example", ANSWERS_A, "192.0.2.9", 300, 2 * HOURS);
	answers_time(a, at(2 * HOURS));
	assert_learned(p, a, 1, " +192.0.2.9 +2001:db8::1 -192.0.2.1 -192.0.2.2");
	/* the other name has one of them still */
	assert_learned(p, a, 2, " +192.0.2.1 +192.0.2.3 +192.0.2.9 +2001:db8::1 -192.0.2.2");
	assert_same_as_members(p, a);
	answers_free(a);
	policy_free(p);
}

TEST(a_service_has_the_addresses_of_its_targets_private_ones_too)
{
	struct policy *p = policy("", "srv = _x._tcp.example\n", "name = dc1.example\n");
	struct answers *a = following(p);
	learn_targets(a, "_x._tcp.example", "dc1.example dc2.example", 300, 0);
	learn(a, "dc1.example", ANSWERS_A, "10.0.0.1 192.0.2.1", 300, 0);
	learn(a, "dc2.example", ANSWERS_A, "10.0.0.2", 300, 0);
	assert_learned(p, a, 1, " +10.0.0.1 +10.0.0.2 +192.0.2.1");
	assert_learned(p, a, 2, " +192.0.2.1");
	assert_same_as_members(p, a);

	learn_targets(a, "_x._tcp.example", "dc2.example", 300, 2 * HOURS);
	learn(a, "dc2.example", ANSWERS_A, "10.0.0.2", 300, 2 * HOURS);
	answers_time(a, at(2 * HOURS));
	assert_learned(p, a, 1, " +10.0.0.2 -10.0.0.1 -192.0.2.1");
	assert_same_as_members(p, a);
	answers_free(a);
	policy_free(p);
}

TEST(a_policy_that_is_not_followed_has_what_is_known_of_its_names)
{
	struct policy *now = policy("", "name = a.example\n", "address = none\n");
	struct policy *next =
		policy("name = a.example\n", "name = c.example\n", "name = a.example\n");
	struct answers *a = following(now);
	learn(a, "a.example", ANSWERS_A, "192.0.2.1", 300, 0);
	assert_learned(next, a, 0, " +192.0.2.1");
	assert_learned(next, a, 1, "");
	assert_learned(next, a, 2, " +192.0.2.1");
	answers_free(a);
	policy_free(next);
	policy_free(now);
}

TEST(of_nothing_nothing_is_known)
{
	const struct learned l = {0};
	assert_null(learned_of(NULL, 0)); /* nobody knows */
	assert_int_equal(addrset_count(&learned_of(&l, 0)->live), 0);
}

struct finding {
	struct policy *policy;
	struct answers *answers;
};

static int find_all(void *context)
{
	const struct finding *f = context;
	struct answers_follow *follows;
	struct learned l;
	size_t n;
	int result = learned_follows(f->policy, &follows, &n);
	if (result < 0)
		return result;
	free(follows);
	result = learned_find(f->policy, f->answers, &l);
	if (result < 0)
		return result;
	learned_done(&l);
	return 0;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct policy *p =
		policy("name = ops.example\n", "name = a.example\n", "srv = _x._tcp.example\n");
	struct finding f = {p, following(p)};
	learn(f.answers, "a.example", ANSWERS_A, "192.0.2.1 192.0.2.2", 300, 0);
	learn(f.answers, "a.example", ANSWERS_AAAA, "2001:db8::1", 300, 0);
	learn_targets(f.answers, "_x._tcp.example", "dc1.example", 300, 0);
	learn(f.answers, "dc1.example", ANSWERS_A, "10.0.0.1", 300, 0);
	assert_survives_each_failure(find_all, &f);
	answers_free(f.answers);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_used_peers_and_of_management_are_followed),
		cmocka_unit_test(peers_have_numbers_and_numbers_peers),
		cmocka_unit_test(sets_have_names_that_stay),
		cmocka_unit_test(the_longest_name_of_a_peer_has_its_set),
		cmocka_unit_test(a_name_has_what_was_learned_of_it_live_or_retired),
		cmocka_unit_test(a_service_has_the_addresses_of_its_targets_private_ones_too),
		cmocka_unit_test(a_policy_that_is_not_followed_has_what_is_known_of_its_names),
		cmocka_unit_test(of_nothing_nothing_is_known),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
