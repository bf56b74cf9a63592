/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits keeps its order, whatever came and went before, and loses no descriptor. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "names/outbox.h"

static void put(struct outbox *o, uint32_t serial, int fd)
{
	const struct notice n = {.kind = NOTICE_DRAIN, .serial = serial};
	assert_int_equal(outbox_put(o, &n, fd), 0);
}

static uint32_t first(const struct outbox *o)
{
	struct notice n;
	const struct outbox_entry *e = outbox_first(o);
	assert_non_null(e);
	assert_int_equal(notice_decode(e->bytes, NOTICE_SIZE, NOTICE_OF_DAEMON, &n), 0);
	return n.serial;
}

TEST(notices_go_in_the_order_in_which_they_came)
{
	struct outbox o = {0};
	uint32_t in = 0, out = 0;
	assert_null(outbox_first(&o));
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 7; i++)
			put(&o, in++, -1);
		for (int i = 0; i < 5; i++) {
			assert_int_equal(first(&o), out++);
			outbox_drop_first(&o);
		}
	}
	while (out < in) {
		assert_int_equal(first(&o), out++);
		outbox_drop_first(&o);
	}
	assert_null(outbox_first(&o));
	assert_null(o.entries); /* nothing is held by what is empty */
}

TEST(descriptors_are_closed_when_they_are_sent_or_never_will_be)
{
	struct outbox o = {0};
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	put(&o, 1, fds[0]);
	put(&o, 2, fds[1]);
	assert_int_equal(outbox_first(&o)->fd, fds[0]);
	outbox_drop_first(&o);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	assert_int_not_equal(fcntl(fds[1], F_GETFD), -1);
	outbox_done(&o);
	assert_int_equal(fcntl(fds[1], F_GETFD), -1);
	assert_null(outbox_first(&o));
}

static uint32_t receive(int socket)
{
	uint8_t bytes[NOTICE_SIZE];
	struct notice n;
	assert_int_equal(recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT), NOTICE_SIZE);
	assert_int_equal(notice_decode(bytes, NOTICE_SIZE, NOTICE_OF_DAEMON, &n), 0);
	return n.serial;
}

TEST(what_the_other_end_does_not_take_is_sent_when_it_does)
{
	struct outbox o = {0};
	int fds[2];
	const uint32_t all = 1000;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	for (uint32_t i = 0; i < all; i++)
		put(&o, i, -1);
	assert_int_equal(outbox_send(&o, fds[0]), 0);
	assert_in_range(o.count, 1, all - 1);
	for (uint32_t i = 0; i < all; i++) {
		assert_int_equal(receive(fds[1]), i);
		assert_int_equal(outbox_send(&o, fds[0]), 0);
	}
	assert_int_equal(o.count, 0);
	close(fds[1]);
	put(&o, all, -1);
	assert_int_equal(outbox_send(&o, fds[0]), -EPIPE);
	assert_int_equal(o.count, 1);
	outbox_done(&o);
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_go_in_the_order_in_which_they_came),
		cmocka_unit_test(descriptors_are_closed_when_they_are_sent_or_never_will_be),
		cmocka_unit_test(what_the_other_end_does_not_take_is_sent_when_it_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
