/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tracker that changes its table while it is read: it is asked again, and what it told before is
 * forgotten. */
#include "netlink/conntrack.h"

#include "nfsock_kernel.h"

enum { TRIES = 10 };

struct heard {
	unsigned begun;
	struct text numbers;
};

static void begin(void *context)
{
	struct heard *h = context;
	h->begun++;
	text_done(&h->numbers);
}

static int hear(const struct nlmsghdr *nlh, void *context)
{
	struct heard *h = context;
	text_printf(&h->numbers, "%u ", ntohl(mnl_attr_get_u32(attribute(nlh, NFTA_GEN_ID))));
	return 0;
}

static int hear_connection(void *context, const struct connection *c)
{
	(void)context;
	(void)c;
	fail();
	return 0;
}

static int refuse(const struct nlmsghdr *nlh, void *context)
{
	(void)nlh;
	(void)context;
	return -ENOMEM;
}

/* How many connections there are is not told; then comes the dump, of two. */
static void answer(unsigned try, bool is_interrupted)
{
	const uint32_t seq = QUESTION + 2 * try;
	datagram();
	say_error(seq, 0);
	datagram();
	say_object(NLM_F_MULTI, seq + 1, 10 * try + 1);
	say_object(NLM_F_MULTI | (is_interrupted ? NLM_F_DUMP_INTR : 0), seq + 1, 10 * try + 2);
	say_done(seq + 1, 0);
}

static void assert_heard(struct heard *h, unsigned begun, const char *numbers)
{
	char *found = NULL;
	assert_int_equal(h->begun, begun);
	assert_int_equal(text_finish(&h->numbers, &found), 0);
	assert_string_equal(found, numbers);
	free(found);
	assert_int_equal(kernel.next, kernel.count);
}

TEST(a_table_that_changed_is_read_again_from_its_beginning)
{
	struct nfsock s = faked();
	struct heard h = {0};
	answer(0, true);
	answer(1, true);
	answer(2, false);
	assert_int_equal(conntrack_dump(&s, begin, hear, &h), 0);
	assert_heard(&h, 3, "21 22 ");
	done(&s);
}

TEST(a_table_that_never_stands_still_is_given_up)
{
	struct nfsock s = faked();
	struct heard h = {0};
	for (unsigned i = 0; i < TRIES; i++)
		answer(i, true);
	assert_int_equal(conntrack_dump(&s, begin, hear, &h), -EINTR);
	assert_int_equal(h.begun, TRIES);
	text_done(&h.numbers);
	done(&s);
}

TEST(what_fails_otherwise_is_not_tried_again)
{
	struct nfsock s = faked();
	answer(0, false);
	assert_int_equal(conntrack_dump(&s, NULL, refuse, NULL), -ENOMEM);
	assert_int_equal(s.seq, QUESTION + 2);
	done(&s);
}

TEST(who_wants_connections_forgets_them_too)
{
	struct nfsock s = faked();
	struct heard h = {0};
	answer(0, true); /* of no family that we know */
	answer(1, false);
	assert_int_equal(conntrack_each(&s, begin, hear_connection, &h), 0);
	assert_heard(&h, 2, "");
	done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_that_changed_is_read_again_from_its_beginning),
		cmocka_unit_test(a_table_that_never_stands_still_is_given_up),
		cmocka_unit_test(what_fails_otherwise_is_not_tried_again),
		cmocka_unit_test(who_wants_connections_forgets_them_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
