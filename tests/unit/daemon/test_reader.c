/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's end of the channel, with this test in the reader's place: what it is told, and what
 * ends the connection. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "reader.h"

#define NAME "login.example.com"

enum {
	SECOND = 1000000,
	SILENCE = SILENCE_SECONDS * SECOND, /* of a daemon that is built for this test */
};

struct bench {
	sd_event *event;
	struct reader *reader;
	char directory[32];
	unsigned came, went, replied, drained;
	uint32_t serial;    /* of the last answer, or of what was drained */
	size_t items;       /* of the last answer */
	bool asks_on_reply; /* from within the call */
};

static void on_came(void *userdata)
{
	struct bench *b = userdata;
	b->came++;
	reader_follow(b->reader, NAME, NAME_OF_HOST);
}

static void on_went(void *userdata)
{
	struct bench *b = userdata;
	b->went++;
}

static void on_replied(void *userdata, const struct reply *r)
{
	struct bench *b = userdata;
	b->replied++;
	b->serial = r->serial;
	b->items = r->count;
	if (b->asks_on_reply)
		reader_ask(b->reader, NAME, NAME_OF_HOST, 1u << ANSWERS_A, 2, false);
}

static void on_drained(void *userdata, uint32_t serial)
{
	struct bench *b = userdata;
	b->drained++;
	b->serial = serial;
}

static int set_up(void **state)
{
	static const struct reader_events events = {on_came, on_went, on_replied, on_drained};
	struct bench *b = calloc(1, sizeof(*b));
	assert_non_null(b);
	strcpy(b->directory, "/tmp/rolewall-unit-XXXXXX");
	assert_non_null(mkdtemp(b->directory));
	assert_true(sd_event_new(&b->event) >= 0);
	assert_int_equal(reader_open(b->event, b->directory, &events, b, &b->reader), 0);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	reader_close(b->reader);
	assert_int_equal(rmdir(b->directory), 0); /* the socket is gone */
	sd_event_unref(b->event);
	free(b);
	return 0;
}

/* All that can be done now. */
static void run(struct bench *b)
{
	while (sd_event_run(b->event, 0) > 0)
		;
}

static int connect_to(struct bench *b)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/reader", b->directory);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	run(b);
	return fd;
}

static struct notice receive_from(int fd)
{
	uint8_t bytes[NOTICE_SIZE + 1];
	struct notice n = {0};
	assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), NOTICE_SIZE);
	assert_int_equal(notice_decode(bytes, NOTICE_SIZE, NOTICE_OF_DAEMON, &n), 0);
	return n;
}

static void send_to(struct bench *b, int fd, const struct notice *n)
{
	uint8_t bytes[NOTICE_SIZE];
	notice_encode(n, bytes);
	assert_int_equal(send(fd, bytes, NOTICE_SIZE, 0), NOTICE_SIZE);
	run(b);
}

static void send_failure(struct bench *b, int fd, uint32_t serial)
{
	const struct notice n = {.kind = NOTICE_ANSWER,
		.name = NAME,
		.source = ANSWERS_FROM_ASKING,
		.error = ANSWERS_SERVFAIL,
		.serial = serial};
	send_to(b, fd, &n);
}

static void a_reader_is_told_the_limits_first(void **state)
{
	struct bench *b = *state;
	int fd = connect_to(b);
	assert_int_equal(b->came, 1);
	struct notice n = receive_from(fd);
	assert_int_equal(n.kind, NOTICE_LIMITS);
	n = receive_from(fd);
	assert_int_equal(n.kind, NOTICE_FOLLOW);
	assert_string_equal(n.name, NAME);
	reader_limit(b->reader, 1000000);
	assert_int_equal(receive_from(fd).most, NOTICE_ITEMS_MOST);
	reader_ask(b->reader, NAME, NAME_OF_HOST, 3, 9, true);
	n = receive_from(fd);
	assert_int_equal(n.kind, NOTICE_ASK);
	assert_int_equal(n.questions, 3);
	assert_int_equal(n.serial, 9);
	assert_true(n.is_urgent);
	reader_forget(b->reader, NAME, NAME_OF_HOST);
	assert_int_equal(receive_from(fd).kind, NOTICE_FORGET);
	close(fd);
	run(b);
	assert_int_equal(b->went, 1);
}

static void answers_and_drains_are_told(void **state)
{
	struct bench *b = *state;
	int fd = connect_to(b);
	b->asks_on_reply = true;
	send_failure(b, fd, 7);
	assert_int_equal(b->replied, 1);
	assert_int_equal(b->serial, 7);
	const struct notice drained = {.kind = NOTICE_DRAINED, .serial = 11};
	send_to(b, fd, &drained);
	assert_int_equal(b->drained, 1);
	assert_int_equal(b->serial, 11);
	const struct notice says = {.kind = NOTICE_STATE, .state = {.asked = 5}};
	send_to(b, fd, &says);
	assert_true(reader_status(b->reader).has_state);
	assert_int_equal(reader_status(b->reader).state.asked, 5);
	close(fd);
}

static void a_log_goes_with_its_descriptor_and_stays_ours(void **state)
{
	struct bench *b = *state;
	int fd = connect_to(b), ends[2];
	uint8_t bytes[NOTICE_SIZE], byte = 0;
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(__alignof__(struct cmsghdr))));
	assert_int_equal(pipe(ends), 0);
	receive_from(fd);
	receive_from(fd);
	reader_give_log(b->reader, ends[1]);
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	assert_int_equal(recvmsg(fd, &m, 0), NOTICE_SIZE);
	int given;
	assert_non_null(CMSG_FIRSTHDR(&m));
	memcpy(&given, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(given));
	assert_int_equal(write(given, "x", 1), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(given);
	assert_int_not_equal(fcntl(ends[1], F_GETFD), -1);
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

static void one_that_takes_nothing_is_hung_up_on(void **state)
{
	struct bench *b = *state;
	int fd = connect_to(b);
	for (unsigned i = 0; i < 70000; i++)
		reader_ask(b->reader, NAME, NAME_OF_HOST, 1, 1, false);
	assert_int_equal(b->went, 0); /* nobody is called back from there */
	run(b);
	assert_int_equal(b->went, 1);
	assert_int_equal(reader_status(b->reader).hung_up, 1);
	close(fd);
}

/* It takes all and answers nothing. */
static void one_that_is_silent_for_its_time_is_hung_up_on(void **state)
{
	struct bench *b = *state;
	uint64_t began, now;
	int fd = connect_to(b);
	reader_ask(b->reader, NAME, NAME_OF_HOST, 1, 1, false);
	sd_event_now(b->event, CLOCK_MONOTONIC, &began);
	while (b->went == 0)
		assert_true(sd_event_run(b->event, 60 * (uint64_t)SECOND) > 0);
	sd_event_now(b->event, CLOCK_MONOTONIC, &now);
	assert_in_range(now - began, SILENCE - SECOND / 10, SILENCE + 10 * SECOND);
	close(fd);
}

/* The event loop has nothing to wake up for. */
static void one_that_has_answered_may_be_silent(void **state)
{
	struct bench *b = *state;
	int fd = connect_to(b);
	reader_ask(b->reader, NAME, NAME_OF_HOST, 3, 1, false);
	send_failure(b, fd, 1);
	send_failure(b, fd, 1);
	assert_int_equal(sd_event_run(b->event, SILENCE + SECOND), 0);
	assert_int_equal(b->went, 0);
	close(fd);
}

static void the_next_one_is_served_when_the_first_one_is_gone(void **state)
{
	struct bench *b = *state;
	uint8_t byte;
	int first = connect_to(b), second = connect_to(b);
	assert_int_equal(b->came, 1);
	assert_int_equal(recv(second, &byte, 1, 0), -1);
	close(first);
	run(b);
	assert_int_equal(b->came, 2);
	assert_int_equal(receive_from(second).kind, NOTICE_LIMITS);
	close(second);
}

/* With many names somebody asks all the time. */
static void who_asks_meanwhile_does_not_put_off_the_next_one(void **state)
{
	enum { TRIES = 200, EACH = 10 * 1000 };
	struct bench *b = *state;
	int liar = connect_to(b);
	assert_int_equal(send(liar, "x", 1, 0), 1);
	run(b);
	assert_int_equal(b->went, 1);
	int next = connect_to(b);
	for (unsigned i = 0; i < TRIES && b->came == 1; i++) {
		reader_ask(b->reader, NAME, NAME_OF_HOST, 1, 1, false);
		usleep(EACH);
		run(b);
	}
	assert_int_equal(b->came, 2);
	close(liar);
	close(next);
}

static void to_nobody_nothing_is_told(void **state)
{
	struct bench *b = *state;
	reader_follow(b->reader, NAME, NAME_OF_HOST);
	reader_ask(b->reader, NAME, NAME_OF_HOST, 1, 1, false);
	reader_give_log(b->reader, 0);
	reader_drain(b->reader, 1);
	run(b);
	int fd = connect_to(b);
	assert_int_equal(receive_from(fd).kind, NOTICE_LIMITS);
	assert_int_equal(receive_from(fd).kind, NOTICE_FOLLOW); /* from on_came() */
	uint8_t byte;
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	close(fd);
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(a_reader_is_told_the_limits_first),
		BENCH_TEST(answers_and_drains_are_told),
		BENCH_TEST(a_log_goes_with_its_descriptor_and_stays_ours),
		BENCH_TEST(one_that_takes_nothing_is_hung_up_on),
		BENCH_TEST(one_that_is_silent_for_its_time_is_hung_up_on),
		BENCH_TEST(one_that_has_answered_may_be_silent),
		BENCH_TEST(the_next_one_is_served_when_the_first_one_is_gone),
		BENCH_TEST(who_asks_meanwhile_does_not_put_off_the_next_one),
		BENCH_TEST(to_nobody_nothing_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
