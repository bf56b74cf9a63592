/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies: from a message of DNS, over the channel, into the machine. */
#include "names/wire.h"
#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names/reply.h"
#include "ruleset/failing_malloc.h"

#define NAME    "login.example.com"
#define SERVICE "_ldap._tcp.corp.example"

static struct reply made(const char *name, enum name_kind kind, enum answers_question q)
{
	struct reply r;
	reply_init(&r, name, kind, q, ANSWERS_FROM_ASKING, ANSWERS_FINE, 7);
	return r;
}

static struct reply read_from(const struct wire *w, const char *name, enum answers_question q)
{
	struct message m = read_good(w);
	struct reply r = made(name, q == ANSWERS_SRV ? NAME_OF_SERVICE : NAME_OF_HOST, q);
	assert_int_equal(reply_read(&r, &m), 0);
	message_done(&m);
	return r;
}

static void assert_error(const struct wire *w, enum answers_error error)
{
	struct reply r = read_from(w, NAME, ANSWERS_A);
	assert_int_equal(r.error, error);
	assert_int_equal(r.count, 0);
	reply_done(&r);
}

TEST(a_message_with_a_chain_gives_addresses_with_the_shortest_ttl)
{
	struct wire w;
	begin(&w, 1, REPLY, "Login.Example.COM", MESSAGE_A);
	put_alias(&w, NAME, 60, "edge.example.net");
	put_address(&w, "edge.example.net", 300, "192.0.2.1");
	put_address(&w, "edge.example.net", 30, "192.0.2.2");
	put_address(&w, "other.example.net", 30, "192.0.2.3");
	struct reply r = read_from(&w, NAME, ANSWERS_A);
	assert_int_equal(r.error, ANSWERS_FINE);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.items[0].ttl, 60);
	assert_int_equal(r.items[1].ttl, 30);
	reply_done(&r);
}

TEST(a_message_without_addresses_gives_the_reason)
{
	struct wire w;
	begin(&w, 1, REPLY, NAME, MESSAGE_A);
	assert_error(&w, ANSWERS_EMPTY);
	put_alias(&w, NAME, 60, "edge.example.net");
	assert_error(&w, ANSWERS_EMPTY);
	put_alias(&w, "edge.example.net", 60, NAME);
	assert_error(&w, ANSWERS_GARBLED);
	begin(&w, 1, REPLY | MESSAGE_NXDOMAIN, NAME, MESSAGE_A);
	assert_error(&w, ANSWERS_NXDOMAIN);
	begin(&w, 1, REPLY | MESSAGE_REFUSED, NAME, MESSAGE_A);
	assert_error(&w, ANSWERS_REFUSED);
	begin(&w, 1, REPLY | MESSAGE_SERVFAIL, NAME, MESSAGE_A);
	assert_error(&w, ANSWERS_SERVFAIL);
	begin(&w, 1, REPLY | 4, NAME, MESSAGE_A); /* not implemented */
	put_address(&w, NAME, 30, "192.0.2.1");
	assert_error(&w, ANSWERS_SERVFAIL);
}

TEST(a_service_gives_targets_that_can_be_followed)
{
	struct wire w;
	begin(&w, 1, REPLY, SERVICE, MESSAGE_SRV);
	put_service(&w, SERVICE, 600, 389, "DC1.corp.example");
	put_service(&w, SERVICE, 600, 0, "dc2.corp.example");
	put_service(&w, SERVICE, 600, 389, "d_c3.corp.example");
	put_service(&w, SERVICE, 600, 389, "");
	struct reply r = read_from(&w, SERVICE, ANSWERS_SRV);
	assert_int_equal(r.error, ANSWERS_FINE);
	assert_int_equal(r.count, 2);
	assert_string_equal(r.items[0].target, "dc1.corp.example");
	assert_int_equal(r.items[0].port, 389);
	assert_string_equal(r.items[1].target, "d_c3.corp.example"); /* as Windows allows */
	reply_done(&r);
}

/* Over the channel. */

struct channel {
	struct notice notices[NOTICE_ITEMS_MOST + 1];
	size_t count;
};

static void put(void *context, const struct notice *n)
{
	struct channel *c = context;
	uint8_t bytes[NOTICE_SIZE];
	notice_encode(n, bytes);
	assert_int_equal(notice_decode(bytes, NOTICE_SIZE, NOTICE_OF_READER,
				 &c->notices[c->count++]),
		0);
}

static void fill(struct reply *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct addr a = {AF_INET, {192, 0, (uint8_t)(i >> 8), (uint8_t)i}};
		if (r->question == ANSWERS_AAAA)
			a.family = AF_INET6;
		assert_int_equal(reply_add_address(r, &a, (uint32_t)i), 0);
	}
}

static struct channel *split(const struct reply *r, size_t most)
{
	struct channel *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	reply_split(r, most, put, c);
	return c;
}

/* All but the last give 0. */
static void join_all(struct reply_joining *j, const struct channel *c)
{
	for (size_t i = 0; i < c->count; i++)
		assert_int_equal(reply_join(j, &c->notices[i]), i + 1 == c->count);
}

TEST(an_answer_of_any_length_arrives_as_it_was)
{
	static const size_t counts[] = {1, 9, 10, 11, 300, NOTICE_ITEMS_MOST};
	struct reply_joining j = {0};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct reply r = made(NAME, NAME_OF_HOST, ANSWERS_AAAA);
		fill(&r, counts[i]);
		struct channel *c = split(&r, NOTICE_ITEMS_MOST);
		join_all(&j, c);
		assert_string_equal(j.reply.name, NAME);
		assert_int_equal(j.reply.question, ANSWERS_AAAA);
		assert_int_equal(j.reply.serial, 7);
		assert_int_equal(j.reply.count, counts[i]);
		for (size_t k = 0; k < counts[i]; k++) {
			assert_int_equal(j.reply.items[k].ttl, k);
			assert_int_equal(addr_compare(&j.reply.items[k].address,
						 &r.items[k].address),
				0);
		}
		reply_done(&r);
		free(c);
	}
	reply_joining_done(&j);
}

TEST(targets_and_failures_arrive_too)
{
	struct reply_joining j = {0};
	struct reply r = made(SERVICE, NAME_OF_SERVICE, ANSWERS_SRV);
	assert_int_equal(reply_add_target(&r, "dc1.example", 389, 1), 0);
	assert_int_equal(reply_add_target(&r, "dc_2.example", 3268, 2), 0);
	struct channel *c = split(&r, 1000);
	join_all(&j, c);
	assert_int_equal(j.reply.count, 2);
	assert_string_equal(j.reply.items[1].target, "dc_2.example");
	assert_int_equal(j.reply.items[1].port, 3268);
	reply_done(&r);
	free(c);
	r = made(NAME, NAME_OF_HOST, ANSWERS_A);
	r.error = ANSWERS_NXDOMAIN;
	c = split(&r, 1000);
	assert_int_equal(c->count, 1);
	join_all(&j, c);
	assert_int_equal(j.reply.error, ANSWERS_NXDOMAIN);
	free(c);
	reply_joining_done(&j);
}

TEST(no_more_is_sent_than_is_wanted)
{
	struct reply r = made(NAME, NAME_OF_HOST, ANSWERS_A);
	fill(&r, 300);
	struct channel *c = split(&r, 15);
	assert_int_equal(c->count, 3);
	assert_int_equal(c->notices[0].count, 15);
	assert_int_equal(c->notices[2].n_addresses, 5);
	fill(&r, NOTICE_ITEMS_MOST);
	assert_int_equal(r.count, NOTICE_ITEMS_MOST);
	reply_done(&r);
	free(c);
}

/* Lies. */

static struct notice header(unsigned count)
{
	return (struct notice){.kind = NOTICE_ANSWER,
		.name = NAME,
		.question = ANSWERS_A,
		.source = ANSWERS_FROM_ASKING,
		.count = (uint16_t)count,
		.serial = 7};
}

static struct notice addresses_of(sa_family_t family, size_t count)
{
	struct notice n = {.kind = NOTICE_ADDRESSES, .serial = 7, .n_addresses = count};
	for (size_t i = 0; i < count; i++)
		n.addresses[i].address = (struct addr){family, {192, 0, 2, (uint8_t)i}};
	return n;
}

TEST(what_does_not_belong_to_an_answer_ends_it)
{
	const struct notice target = {.kind = NOTICE_TARGET, .name = NAME, .port = 1, .serial = 7};
	const struct notice drained = {.kind = NOTICE_DRAINED, .serial = 7};
	struct notice wrong[] = {target, drained, header(1), addresses_of(AF_INET, 3),
		addresses_of(AF_INET6, 1), addresses_of(AF_INET, 1)};
	wrong[5].serial = 8;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct reply_joining j = {0};
		const struct notice h = header(2);
		assert_int_equal(reply_join(&j, &h), 0);
		assert_int_equal(reply_join(&j, &wrong[i]), -EBADMSG);
		reply_joining_done(&j);
	}
}

TEST(items_without_an_answer_are_none)
{
	struct reply_joining j = {0};
	const struct notice n = addresses_of(AF_INET, 1), h = header(1);
	assert_int_equal(reply_join(&j, &n), -EBADMSG);
	assert_int_equal(reply_join(&j, &h), 0);
	assert_int_equal(reply_join(&j, &n), 1);
	assert_int_equal(reply_join(&j, &n), -EBADMSG);
	reply_joining_done(&j);
}

/* Into the machine. */

static size_t adds(struct answers *a)
{
	struct answers_action action;
	size_t n = 0;
	while (answers_next(a, &action))
		n += action.kind == ANSWERS_ADD;
	return n;
}

TEST(the_machine_is_told_of_each_kind_of_answer)
{
	static const struct answers_follow follows[] = {{1, NAME, NAME_OF_HOST, false}};
	const struct answers_rules rules = answers_default_rules();
	const struct moment m = {.now = 1000000};
	struct answers *a = answers_new();
	assert_non_null(a);
	assert_int_equal(answers_configure(a, follows, 1, &rules, m), 0);
	adds(a);
	struct reply r = made(NAME, NAME_OF_HOST, ANSWERS_A);
	const struct addr address = {AF_INET, {198, 51, 100, 1}}, other = {AF_INET, {8, 8, 8, 8}};
	assert_int_equal(reply_add_address(&r, &address, 60), 0);
	assert_int_equal(reply_tell(&r, a, m), 0);
	assert_int_equal(adds(a), 1);
	const struct answers_name *n = answers_find(a, NAME, NAME_OF_HOST);
	reply_done(&r);

	r = made(NAME, NAME_OF_HOST, ANSWERS_A);
	r.error = ANSWERS_SERVFAIL;
	assert_int_equal(reply_tell(&r, a, m), 0);
	assert_int_equal(n->asked[ANSWERS_A].error, ANSWERS_SERVFAIL);
	r.error = ANSWERS_EMPTY;
	r.question = ANSWERS_AAAA;
	assert_int_equal(reply_tell(&r, a, m), 0);
	assert_int_equal(n->asked[ANSWERS_AAAA].error, ANSWERS_EMPTY);

	reply_init(&r, NAME, NAME_OF_HOST, ANSWERS_A, ANSWERS_FROM_HOSTS, ANSWERS_FINE, 0);
	assert_int_equal(reply_add_address(&r, &other, 0), 0);
	assert_int_equal(reply_tell(&r, a, m), 0);
	assert_int_equal(adds(a), 1);
	assert_true(n->addresses[0].in_hosts || n->addresses[1].in_hosts);
	reply_done(&r);
	answers_free(a);
}

#if FAILING_MALLOC

/* What one answer takes, with the n-th allocation failing. */
static int whole_way(const struct wire *w)
{
	struct message m = {0};
	struct reply r = made(SERVICE, NAME_OF_SERVICE, ANSWERS_SRV);
	int result = message_read(w->bytes, w->length, &m);
	if (result == 0)
		result = reply_read(&r, &m);
	if (result == 0 && r.count != 2)
		result = -EINVAL;
	reply_done(&r);
	if (m.arena)
		message_done(&m);
	return result;
}

TEST(without_memory_nothing_is_half)
{
	struct wire w;
	begin(&w, 1, REPLY, SERVICE, MESSAGE_SRV);
	put_service(&w, SERVICE, 600, 389, "dc1.corp.example");
	put_service(&w, SERVICE, 600, 389, "dc2.corp.example");
	int result = -ENOMEM;
	const long held = heap.held;
	for (unsigned long n = 1; result == -ENOMEM; n++) {
		heap.count = 0;
		heap.fails = n;
		heap.armed = true;
		result = whole_way(&w);
		heap.armed = false;
		assert_true(result == 0 || result == -ENOMEM);
		assert_int_equal(heap.held, held);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_with_a_chain_gives_addresses_with_the_shortest_ttl),
		cmocka_unit_test(a_message_without_addresses_gives_the_reason),
		cmocka_unit_test(a_service_gives_targets_that_can_be_followed),
		cmocka_unit_test(an_answer_of_any_length_arrives_as_it_was),
		cmocka_unit_test(targets_and_failures_arrive_too),
		cmocka_unit_test(no_more_is_sent_than_is_wanted),
		cmocka_unit_test(what_does_not_belong_to_an_answer_ends_it),
		cmocka_unit_test(items_without_an_answer_are_none),
		cmocka_unit_test(the_machine_is_told_of_each_kind_of_answer),
#if FAILING_MALLOC
		cmocka_unit_test(without_memory_nothing_is_half),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
