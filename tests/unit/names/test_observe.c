/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of packets of this host and its resolvers, true ones and forged ones. */
#include "names/observe.h"

#include <malloc.h>

#include "names/packets.h"
#include "ruleset/failing_malloc.h"

#define LOGIN   "login.example.com"
#define SERVICE "_ldap._tcp.example.com"

static char story[4096];

static void say(const char *text)
{
	assert_true(strlen(story) + strlen(text) + 1 < sizeof(story));
	strcat(story, text);
}

static void heard(void *userdata, const struct reply *r)
{
	static const char *const questions[] = {"A", "AAAA", "SRV"};
	char line[300];
	(void)userdata;
	assert_int_equal(r->source, ANSWERS_FROM_OBSERVING);
	assert_int_equal(r->error, ANSWERS_FINE);
	assert_true(r->count > 0);
	snprintf(line, sizeof(line), "%s %s", r->name, questions[r->question]);
	say(line);
	for (size_t i = 0; i < r->count && i < 8; i++) {
		char address[INET6_ADDRSTRLEN];
		if (r->kind == NAME_OF_SERVICE) {
			snprintf(line, sizeof(line), " %s:%u/%u", r->items[i].target,
				r->items[i].port, r->items[i].ttl);
		} else {
			addr_print(&r->items[i].address, address);
			snprintf(line, sizeof(line), " %s/%u", address, r->items[i].ttl);
		}
		say(line);
	}
	say("\n");
}

static void missed(void *userdata, const char *name, enum name_kind kind,
	enum answers_question question)
{
	char line[300];
	(void)userdata;
	snprintf(line, sizeof(line), "missed %s %d %d\n", name, kind, question);
	say(line);
}

static const struct observer_events events = {heard, missed};

#define MISSED_A "missed " LOGIN " 0 0\n"

static struct observer *observing(void)
{
	struct observer *o = observer_new(&events, NULL);
	assert_non_null(o);
	assert_int_equal(observer_follow(o, LOGIN, NAME_OF_HOST), 0);
	assert_int_equal(observer_follow(o, SERVICE, NAME_OF_SERVICE), 0);
	story[0] = '\0';
	return o;
}

/* Ends it if this is what has come out. */
static void ends(struct observer *o, const char *wanted)
{
	observer_free(o);
	assert_string_equal(story, wanted);
}

static struct wire_tuple asked(uint8_t protocol, uint16_t port)
{
	return tuple_of(protocol, "10.0.0.1", port, "10.0.0.53", 53);
}

static struct wire message;
static uint64_t now = 1000000;

/* Packets. */

static void pass(struct observer *o, const struct wire *packet, size_t length, bool leaves)
{
	uint8_t *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, packet->bytes, length);
	assert_int_equal(observer_packet(o, copy, length, leaves, now), 0);
	free(copy);
}

static void udp_leaves(struct observer *o, uint16_t port)
{
	static struct wire packet;
	const struct wire_tuple t = asked(IPPROTO_UDP, port);
	make_udp(&packet, &t, message.bytes, message.length);
	pass(o, &packet, packet.length, true);
}

/* The message comes as an answer, of which so many bytes were not copied. */
static void udp_comes_cut(struct observer *o, uint16_t port, size_t cut)
{
	static struct wire packet;
	const struct wire_tuple t = asked(IPPROTO_UDP, port), reply = wire_reverse(&t);
	make_udp(&packet, &reply, message.bytes, message.length);
	pass(o, &packet, packet.length - cut, false);
}

static void udp_comes(struct observer *o, uint16_t port)
{
	udp_comes_cut(o, port, 0);
}

static void tcp(struct observer *o, bool leaves, unsigned flags, uint32_t sequence,
	const void *payload, size_t length)
{
	static struct wire packet;
	const struct wire_tuple t = asked(IPPROTO_TCP, 4000), reply = wire_reverse(&t);
	make_tcp(&packet, leaves ? &t : &reply, flags, sequence, payload, length);
	pass(o, &packet, packet.length, leaves);
}

static void tcp_begins(struct observer *o)
{
	tcp(o, true, TH_SYN, 1000, "", 0);
	tcp(o, false, TH_SYN | TH_ACK, 5000, "", 0);
}

/* The message as it is in a stream. */
static struct wire *framed(void)
{
	static struct wire w;
	w.length = 0;
	put16(&w, (unsigned)message.length);
	put_bytes(&w, message.bytes, message.length);
	return &w;
}

/* Messages. */

static void question(unsigned id, const char *name, unsigned type)
{
	begin(&message, id, QUESTION, name, type);
}

static void answer(unsigned id, const char *name)
{
	begin(&message, id, REPLY, name, MESSAGE_A);
	put_address(&message, name, 300, "192.0.2.7");
}

static void asks_login(struct observer *o, unsigned id)
{
	question(id, LOGIN, MESSAGE_A);
	udp_leaves(o, 4000);
}

TEST(an_answer_to_a_question_that_left_is_heard_once)
{
	struct observer *o = observing();
	asks_login(o, 7);
	answer(7, LOGIN);
	udp_comes(o, 4000);
	udp_comes(o, 4000);
	const struct observer_counts c = observer_counts(o);
	assert_int_equal(c.questions, 1);
	assert_int_equal(c.answers, 1);
	assert_int_equal(c.forged, 1);
	assert_int_equal(c.unread, 0);
	ends(o, LOGIN " A 192.0.2.7/300\n");
}

TEST(an_answer_that_nobody_asked_for_is_not_heard)
{
	struct observer *o = observing();
	answer(7, LOGIN);
	udp_comes(o, 4000);
	asks_login(o, 7);
	answer(8, LOGIN);
	udp_comes(o, 4000); /* another id */
	answer(7, "other.example.com");
	udp_comes(o, 4000); /* another question */
	answer(7, LOGIN);
	udp_comes(o, 4001); /* another port */
	ends(o, "");
}

/* The kernel says which packets leave: what comes in, from port 53 to port 53, is no question of
 * ours. */
TEST(a_question_that_comes_in_is_none_of_ours)
{
	static struct wire packet;
	struct observer *o = observing();
	const struct wire_tuple t = tuple_of(IPPROTO_UDP, "10.0.0.1", 53, "10.0.0.53", 53);
	question(7, LOGIN, MESSAGE_A);
	make_udp(&packet, &t, message.bytes, message.length);
	pass(o, &packet, packet.length, false);
	const struct wire_tuple reply = wire_reverse(&t);
	answer(7, LOGIN);
	make_udp(&packet, &reply, message.bytes, message.length);
	pass(o, &packet, packet.length, false);
	/* nor is an answer that leaves */
	make_udp(&packet, &t, message.bytes, message.length);
	pass(o, &packet, packet.length, true);
	assert_int_equal(observer_counts(o).questions, 0);
	ends(o, "");
}

TEST(names_are_compared_without_case)
{
	struct observer *o = observing();
	question(7, "LOGIN.Example.com", MESSAGE_A);
	udp_leaves(o, 4000);
	answer(7, "login.eXample.COM");
	udp_comes(o, 4000);
	ends(o, LOGIN " A 192.0.2.7/300\n");
}

TEST(services_are_heard_too)
{
	struct observer *o = observing();
	question(7, SERVICE, MESSAGE_SRV);
	udp_leaves(o, 4000);
	begin(&message, 7, REPLY, SERVICE, MESSAGE_SRV);
	put_service(&message, SERVICE, 60, 389, "dc1.example.com");
	put_service(&message, SERVICE, 50, 389, "dc2.example.com");
	udp_comes(o, 4000);
	ends(o, SERVICE " SRV dc1.example.com:389/60 dc2.example.com:389/50\n");
}

TEST(a_name_that_nobody_follows_is_passed_over)
{
	struct observer *o = observing();
	question(7, "other.example.com", MESSAGE_A);
	udp_leaves(o, 4000);
	answer(7, "other.example.com");
	udp_comes(o, 4000);
	question(8, SERVICE, MESSAGE_A); /* a service has no addresses */
	udp_leaves(o, 4000);
	answer(8, SERVICE);
	udp_comes(o, 4000);
	observer_forget(o, LOGIN, NAME_OF_HOST);
	asks_login(o, 9);
	answer(9, LOGIN);
	udp_comes(o, 4000);
	ends(o, "");
}

TEST(what_is_not_there_takes_nothing_away)
{
	struct observer *o = observing();
	asks_login(o, 7);
	begin(&message, 7, REPLY | MESSAGE_NXDOMAIN, LOGIN, MESSAGE_A);
	udp_comes(o, 4000);
	asks_login(o, 8);
	begin(&message, 8, REPLY, LOGIN, MESSAGE_A);
	udp_comes(o, 4000);
	asks_login(o, 9);
	begin(&message, 9, REPLY | MESSAGE_SERVFAIL, LOGIN, MESSAGE_A);
	put_address(&message, LOGIN, 300, "192.0.2.7");
	udp_comes(o, 4000);
	ends(o, "");
}

/* Chains. */

static void chain_answer(unsigned id, const char *asked_for)
{
	begin(&message, id, REPLY, asked_for, MESSAGE_A);
	if (strcmp(asked_for, LOGIN) != 0)
		put_alias(&message, asked_for, 30, LOGIN);
	put_alias(&message, LOGIN, 20, "a.edge.example");
	put_alias(&message, "a.edge.example", 10, "b.edge.example");
	put_address(&message, "b.edge.example", 300, "192.0.2.7");
}

TEST(the_end_of_a_chain_is_of_the_name_at_its_start)
{
	struct observer *o = observing();
	asks_login(o, 7);
	chain_answer(7, LOGIN);
	udp_comes(o, 4000);
	/* and if another name leads to it, its own part of the chain counts */
	question(8, "www.example.org", MESSAGE_A);
	udp_leaves(o, 4000);
	chain_answer(8, "www.example.org");
	udp_comes(o, 4000);
	ends(o, LOGIN " A 192.0.2.7/10\n" LOGIN " A 192.0.2.7/10\n");
}

/* The server of another zone, which a forwarder asks as it was told to, says more than it should.
 */
TEST(what_is_beside_the_chain_of_the_question_is_no_answer)
{
	struct observer *o = observing();
	question(7, "www.example.org", MESSAGE_A);
	udp_leaves(o, 4000);
	begin(&message, 7, REPLY, "www.example.org", MESSAGE_A);
	put_address(&message, "www.example.org", 300, "192.0.2.1");
	put_address(&message, LOGIN, 300, "192.0.2.66");
	udp_comes(o, 4000);
	question(8, "www.example.org", MESSAGE_A);
	udp_leaves(o, 4000);
	begin(&message, 8, REPLY, "www.example.org", MESSAGE_A);
	put_alias(&message, LOGIN, 20, "a.edge.example");
	put_address(&message, "a.edge.example", 300, "192.0.2.66");
	udp_comes(o, 4000);
	ends(o, "");
}

TEST(a_name_that_a_chain_led_to_counts_for_a_time)
{
	struct observer *o = observing();
	asks_login(o, 7);
	chain_answer(7, LOGIN);
	udp_comes(o, 4000);
	now += 5000000;
	question(8, "b.edge.example", MESSAGE_A);
	udp_leaves(o, 4000);
	begin(&message, 8, REPLY, "b.edge.example", MESSAGE_A);
	put_address(&message, "b.edge.example", 300, "192.0.2.8");
	udp_comes(o, 4000);
	/* its life is what is left of the chain's */
	assert_string_equal(story, LOGIN " A 192.0.2.7/10\n" LOGIN " A 192.0.2.8/65\n");
	now += 66000000;
	question(9, "b.edge.example", MESSAGE_A);
	udp_leaves(o, 4000);
	begin(&message, 9, REPLY, "b.edge.example", MESSAGE_A);
	put_address(&message, "b.edge.example", 300, "192.0.2.9");
	udp_comes(o, 4000);
	ends(o, LOGIN " A 192.0.2.7/10\n" LOGIN " A 192.0.2.8/65\n");
}

TEST(a_chain_that_was_read_elsewhere_counts_too)
{
	struct observer *o = observing();
	struct message m;
	chain_answer(7, LOGIN);
	assert_int_equal(message_read(message.bytes, message.length, &m), 0);
	assert_int_equal(observer_learn(o, LOGIN, NAME_OF_HOST, &m, now), 0);
	assert_int_equal(observer_learn(o, "www.example.org", NAME_OF_HOST, &m, now), 0);
	message_done(&m);
	question(8, "b.edge.example", MESSAGE_A);
	udp_leaves(o, 4000);
	begin(&message, 8, REPLY, "b.edge.example", MESSAGE_A);
	put_address(&message, "b.edge.example", 300, "192.0.2.8");
	udp_comes(o, 4000);
	ends(o, LOGIN " A 192.0.2.8/70\n");
}

/* What cannot be read. */

TEST(a_copy_that_was_cut_is_missed)
{
	struct observer *o = observing();
	asks_login(o, 7);
	answer(7, LOGIN);
	udp_comes_cut(o, 4000, 1);
	asks_login(o, 8);
	answer(8, LOGIN);
	udp_comes_cut(o, 4000, message.length - 2);
	/* without an id nobody knows what it was */
	asks_login(o, 9);
	answer(9, LOGIN);
	udp_comes_cut(o, 4000, message.length - 1);
	assert_int_equal(observer_counts(o).unread, 2);
	ends(o, MISSED_A MISSED_A);
}

TEST(a_truncated_answer_is_missed_and_the_one_over_tcp_is_heard)
{
	struct observer *o = observing();
	asks_login(o, 7);
	begin(&message, 7, TRUNCATED_REPLY, LOGIN, MESSAGE_A);
	put_address(&message, LOGIN, 300, "192.0.2.7");
	udp_comes(o, 4000);
	tcp_begins(o);
	question(8, LOGIN, MESSAGE_A);
	tcp(o, true, TH_ACK, 1001, framed()->bytes, framed()->length);
	answer(8, LOGIN);
	tcp(o, false, TH_ACK, 5001, framed()->bytes, framed()->length);
	ends(o, MISSED_A LOGIN " A 192.0.2.7/300\n");
}

/* In segments of each size, questions and answers, several of each. */
TEST(answers_over_tcp_are_read_whatever_the_segments)
{
	static struct wire questions, answers;
	question(7, LOGIN, MESSAGE_A);
	questions.length = answers.length = 0;
	put_bytes(&questions, framed()->bytes, framed()->length);
	question(8, LOGIN, MESSAGE_AAAA);
	put_bytes(&questions, framed()->bytes, framed()->length);
	begin(&message, 8, REPLY, LOGIN, MESSAGE_AAAA);
	put_address(&message, LOGIN, 60, "2001:db8::7");
	put_bytes(&answers, framed()->bytes, framed()->length);
	answer(7, LOGIN);
	put_bytes(&answers, framed()->bytes, framed()->length);
	for (size_t size = 1; size <= answers.length; size++) {
		struct observer *o = observing();
		tcp_begins(o);
		for (size_t at = 0; at < questions.length; at += size)
			tcp(o, true, TH_ACK, 1001 + (uint32_t)at, questions.bytes + at,
				questions.length - at < size ? questions.length - at : size);
		for (size_t at = 0; at < answers.length; at += size)
			tcp(o, false, TH_ACK, 5001 + (uint32_t)at, answers.bytes + at,
				answers.length - at < size ? answers.length - at : size);
		tcp(o, false, TH_FIN | TH_ACK, 5001 + (uint32_t)answers.length, "", 0);
		ends(o, LOGIN " AAAA 2001:db8::7/60\n" LOGIN " A 192.0.2.7/300\n");
	}
}

TEST(an_answer_over_tcp_that_is_out_of_order_is_missed_once)
{
	struct observer *o = observing();
	tcp_begins(o);
	question(7, LOGIN, MESSAGE_A);
	tcp(o, true, TH_ACK, 1001, framed()->bytes, framed()->length);
	answer(7, LOGIN);
	const struct wire *w = framed();
	tcp(o, false, TH_ACK, 5021, w->bytes + 20, w->length - 20);
	tcp(o, false, TH_ACK, 5001, w->bytes, 20);
	assert_string_equal(story, MISSED_A);
	/* so is all that follows there, until the connection begins again */
	question(8, LOGIN, MESSAGE_A);
	tcp(o, true, TH_ACK, 1001 + (uint32_t)framed()->length, framed()->bytes, framed()->length);
	assert_string_equal(story, MISSED_A MISSED_A);
	tcp_begins(o);
	question(9, LOGIN, MESSAGE_A);
	tcp(o, true, TH_ACK, 1001, framed()->bytes, framed()->length);
	answer(9, LOGIN);
	tcp(o, false, TH_ACK, 5001, framed()->bytes, framed()->length);
	ends(o, MISSED_A MISSED_A LOGIN " A 192.0.2.7/300\n");
}

TEST(a_server_that_hangs_up_leaves_questions_missed)
{
	static const unsigned ends_by[] = {TH_FIN | TH_ACK, TH_RST};
	for (size_t i = 0; i < 2; i++) {
		struct observer *o = observing();
		tcp_begins(o);
		question(7, LOGIN, MESSAGE_A);
		tcp(o, true, TH_ACK, 1001, framed()->bytes, framed()->length);
		tcp(o, false, ends_by[i], 5001, "", 0);
		ends(o, MISSED_A);
	}
}

TEST(a_connection_that_was_not_seen_from_its_start_is_passed_over)
{
	struct observer *o = observing();
	question(7, LOGIN, MESSAGE_A);
	tcp(o, true, TH_ACK, 1001, framed()->bytes, framed()->length);
	answer(7, LOGIN);
	tcp(o, false, TH_ACK, 5001, framed()->bytes, framed()->length);
	ends(o, "");
}

TEST(so_many_connections_are_read_and_the_rest_is_missed)
{
	static struct wire packet;
	struct observer *o = observing();
	for (unsigned i = 0; i < OBSERVE_STREAMS_MOST + 3; i++) {
		const struct wire_tuple t = asked(IPPROTO_TCP, (uint16_t)(4000 + i));
		now++;
		make_tcp(&packet, &t, TH_SYN, 1000, "", 0);
		pass(o, &packet, packet.length, true);
		question(7, LOGIN, MESSAGE_A);
		make_tcp(&packet, &t, TH_ACK, 1001, framed()->bytes, framed()->length);
		pass(o, &packet, packet.length, true);
	}
	ends(o, MISSED_A MISSED_A MISSED_A);
}

TEST(when_copies_are_lost_all_that_is_followed_is_missed)
{
	struct observer *o = observing();
	observer_lost(o);
	ends(o, "missed " SERVICE " 1 2\n" MISSED_A "missed " LOGIN " 0 1\n");
}

/* Floods. */

static size_t memory_in_use(void)
{
	return mallinfo2().uordblks;
}

TEST(a_million_forged_answers_give_nothing_and_cost_no_memory)
{
	static struct wire packet;
	struct observer *o = observing();
	const struct wire_tuple t = asked(IPPROTO_UDP, 4000), reply = wire_reverse(&t);
	asks_login(o, 7);
	answer(8, LOGIN);
	make_udp(&packet, &reply, message.bytes, message.length);
	const size_t before = memory_in_use();
	for (unsigned i = 0; i < 1000000; i++) {
		unsigned id = i & 0xffff;
		if (id == 7)
			id = 8;
		packet.bytes[IP4_SIZE + UDP_SIZE] = (uint8_t)(id >> 8);
		packet.bytes[IP4_SIZE + UDP_SIZE + 1] = (uint8_t)id;
		assert_int_equal(observer_packet(o, packet.bytes, packet.length, false, now), 0);
	}
	assert_in_range(memory_in_use(), 0, before + 64 * 1024);
	assert_int_equal(observer_counts(o).forged, 1000000);
	assert_string_equal(story, MISSED_A); /* it is asked for, since somebody guesses */
	/* the right id comes too late to be believed */
	answer(7, LOGIN);
	udp_comes(o, 4000);
	ends(o, MISSED_A);
}

TEST(a_million_questions_cost_no_memory)
{
	struct observer *o = observing();
	asks_login(o, 7);
	const size_t before = memory_in_use();
	static struct wire packet;
	struct wire_tuple t = asked(IPPROTO_UDP, 4000);
	question(7, "a.example.org", MESSAGE_A);
	make_udp(&packet, &t, message.bytes, message.length);
	for (unsigned i = 0; i < 1000000; i++) {
		packet.bytes[IP4_SIZE] = (uint8_t)(i >> 8);
		packet.bytes[IP4_SIZE + 1] = (uint8_t)i;
		packet.bytes[IP4_SIZE + UDP_SIZE] = (uint8_t)(i >> 16);
		assert_int_equal(observer_packet(o, packet.bytes, packet.length, true, now), 0);
	}
	assert_in_range(memory_in_use(), 0, before + 64 * 1024);
	asks_login(o, 9);
	answer(9, LOGIN);
	udp_comes(o, 4000);
	ends(o, LOGIN " A 192.0.2.7/300\n");
}

/* Memory. */

static int observe_all(void *context)
{
	static struct wire packet;
	const struct wire_tuple u = asked(IPPROTO_UDP, 4000), u_reply = wire_reverse(&u);
	const struct wire_tuple t = asked(IPPROTO_TCP, 4000), t_reply = wire_reverse(&t);
	struct observer *o = observer_new(&events, NULL);
	(void)context;
	story[0] = '\0';
	if (!o)
		return -ENOMEM;
	int r = observer_follow(o, LOGIN, NAME_OF_HOST);
#define PASS(leaves) (r = r ? r : observer_packet(o, packet.bytes, packet.length, (leaves), now))
	question(7, LOGIN, MESSAGE_A);
	make_udp(&packet, &u, message.bytes, message.length);
	PASS(true);
	chain_answer(7, LOGIN);
	make_udp(&packet, &u_reply, message.bytes, message.length);
	PASS(false);
	make_tcp(&packet, &t, TH_SYN, 1000, "", 0);
	PASS(true);
	make_tcp(&packet, &t_reply, TH_SYN | TH_ACK, 5000, "", 0);
	PASS(false);
	question(8, LOGIN, MESSAGE_A);
	make_tcp(&packet, &t, TH_ACK, 1001, framed()->bytes, framed()->length);
	PASS(true);
	answer(8, LOGIN);
	make_tcp(&packet, &t_reply, TH_ACK, 5001, framed()->bytes, framed()->length);
	PASS(false);
#undef PASS
	observer_free(o);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	assert_survives_each_failure(observe_all, NULL);
	assert_string_equal(story, LOGIN " A 192.0.2.7/10\n" LOGIN " A 192.0.2.7/300\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_to_a_question_that_left_is_heard_once),
		cmocka_unit_test(an_answer_that_nobody_asked_for_is_not_heard),
		cmocka_unit_test(a_question_that_comes_in_is_none_of_ours),
		cmocka_unit_test(names_are_compared_without_case),
		cmocka_unit_test(services_are_heard_too),
		cmocka_unit_test(a_name_that_nobody_follows_is_passed_over),
		cmocka_unit_test(what_is_not_there_takes_nothing_away),
		cmocka_unit_test(the_end_of_a_chain_is_of_the_name_at_its_start),
		cmocka_unit_test(what_is_beside_the_chain_of_the_question_is_no_answer),
		cmocka_unit_test(a_name_that_a_chain_led_to_counts_for_a_time),
		cmocka_unit_test(a_chain_that_was_read_elsewhere_counts_too),
		cmocka_unit_test(a_copy_that_was_cut_is_missed),
		cmocka_unit_test(a_truncated_answer_is_missed_and_the_one_over_tcp_is_heard),
		cmocka_unit_test(answers_over_tcp_are_read_whatever_the_segments),
		cmocka_unit_test(an_answer_over_tcp_that_is_out_of_order_is_missed_once),
		cmocka_unit_test(a_server_that_hangs_up_leaves_questions_missed),
		cmocka_unit_test(a_connection_that_was_not_seen_from_its_start_is_passed_over),
		cmocka_unit_test(so_many_connections_are_read_and_the_rest_is_missed),
		cmocka_unit_test(when_copies_are_lost_all_that_is_followed_is_missed),
		cmocka_unit_test(a_million_forged_answers_give_nothing_and_cost_no_memory),
		cmocka_unit_test(a_million_questions_cost_no_memory),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
