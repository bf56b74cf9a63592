/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits keeps its order, whatever came and went before, and loses no descriptor. */
#include "testing.h"

#include <fcntl.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_go_in_the_order_in_which_they_came),
		cmocka_unit_test(descriptors_are_closed_when_they_are_sent_or_never_will_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
