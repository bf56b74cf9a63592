/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which reply is to which question that left. */
#include "names/queries.h"

#include "names/packets.h"

static struct wire_tuple asked(uint16_t port)
{
	return tuple_of(IPPROTO_UDP, "10.0.0.1", port, "10.0.0.53", 53);
}

static struct question question(uint16_t id, const char *name)
{
	struct question q = {.id = id, .type = MESSAGE_A, .class = 1};
	assert_true(strlen(name) < sizeof(q.name));
	memcpy(q.name, name, strlen(name) + 1);
	return q;
}

static void sent(struct queries *q, uint16_t port, uint16_t id, const char *name, uint64_t now)
{
	const struct wire_tuple t = asked(port);
	const struct question x = question(id, name);
	queries_sent(q, &t, &x, now);
}

static bool answered(struct queries *q, uint16_t port, uint16_t id, const char *name, uint64_t now)
{
	const struct wire_tuple t = asked(port), reply = wire_reverse(&t);
	const struct message m = {.question = question(id, name), .is_reply = true};
	struct query found;
	if (!queries_answered(q, &reply, &m, now, &found))
		return false;
	assert_string_equal(found.question.name, name);
	assert_int_equal(found.question.id, id);
	return true;
}

static bool given_up(struct queries *q, uint16_t port, int id)
{
	const struct wire_tuple t = asked(port), reply = wire_reverse(&t);
	struct query found;
	return queries_given_up(q, &reply, id, 0, &found);
}

static bool guessed(struct queries *q, uint16_t port)
{
	const struct wire_tuple t = asked(port), reply = wire_reverse(&t);
	struct query found;
	return queries_guessed(q, &reply, &found);
}

static struct queries *none(void)
{
	struct queries *q = queries_new();
	assert_non_null(q);
	return q;
}

TEST(a_reply_is_to_its_own_question_once)
{
	struct queries *q = none();
	sent(q, 1000, 7, "a.example", 0);
	sent(q, 1000, 8, "b.example", 0);
	sent(q, 1001, 7, "c.example", 0);
	assert_false(answered(q, 1000, 7, "b.example", 0));
	assert_false(answered(q, 1000, 9, "a.example", 0));
	assert_false(answered(q, 1002, 7, "a.example", 0));
	assert_true(answered(q, 1000, 7, "a.example", 0));
	assert_false(answered(q, 1000, 7, "a.example", 0));
	assert_true(answered(q, 1001, 7, "c.example", 0));
	assert_true(answered(q, 1000, 8, "b.example", 0));
	queries_free(q);
}

TEST(a_question_sent_again_is_the_same)
{
	struct queries *q = none();
	sent(q, 1000, 7, "a.example", 0);
	sent(q, 1000, 7, "a.example", 5000000);
	assert_true(answered(q, 1000, 7, "a.example", 0));
	assert_false(answered(q, 1000, 7, "a.example", 0));
	queries_free(q);
}

TEST(nobody_waits_for_ever)
{
	struct queries *q = none();
	sent(q, 1000, 7, "a.example", 1000);
	assert_true(answered(q, 1000, 7, "a.example", 1000 + QUERIES_SECONDS * 1000000ull));
	sent(q, 1000, 7, "a.example", 1000);
	assert_false(answered(q, 1000, 7, "a.example", 1001 + QUERIES_SECONDS * 1000000ull));
	queries_free(q);
}

TEST(the_oldest_goes_when_there_are_too_many)
{
	struct queries *q = none();
	for (unsigned i = 0; i < QUERIES_MOST + 10; i++)
		sent(q, (uint16_t)(1000 + i / 16), (uint16_t)i, "a.example", 0);
	for (unsigned i = 0; i < QUERIES_MOST + 10; i++)
		assert_int_equal(answered(q, (uint16_t)(1000 + i / 16), (uint16_t)i, "a.example",
					 0),
			i >= 10);
	queries_free(q);
}

TEST(what_is_given_up_waits_no_longer)
{
	struct queries *q = none();
	sent(q, 1000, 7, "a.example", 0);
	sent(q, 1000, 8, "b.example", 0);
	assert_false(given_up(q, 1000, 9));
	assert_false(given_up(q, 1001, 7));
	assert_true(given_up(q, 1000, 7));
	assert_false(answered(q, 1000, 7, "a.example", 0));
	assert_true(given_up(q, 1000, -1));
	assert_false(given_up(q, 1000, -1));
	queries_free(q);
}

TEST(after_a_few_wrong_ids_the_right_one_is_not_believed)
{
	struct queries *q = none();
	sent(q, 1000, 7, "a.example", 0);
	for (unsigned i = 0; i < QUERIES_WRONG_MOST; i++) {
		assert_false(answered(q, 1000, (uint16_t)(100 + i), "a.example", 0));
		assert_false(guessed(q, 1000));
	}
	assert_false(answered(q, 1000, 99, "a.example", 0));
	assert_false(guessed(q, 1001));
	assert_true(guessed(q, 1000));
	assert_false(guessed(q, 1000));
	assert_false(answered(q, 1000, 7, "a.example", 0));
	/* the next question is another one */
	sent(q, 1000, 7, "a.example", 0);
	assert_true(answered(q, 1000, 7, "a.example", 0));
	queries_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_to_its_own_question_once),
		cmocka_unit_test(a_question_sent_again_is_the_same),
		cmocka_unit_test(nobody_waits_for_ever),
		cmocka_unit_test(the_oldest_goes_when_there_are_too_many),
		cmocka_unit_test(what_is_given_up_waits_no_longer),
		cmocka_unit_test(after_a_few_wrong_ids_the_right_one_is_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
