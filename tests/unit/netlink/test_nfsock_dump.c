/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket: dumps. */
#include "nfsock_kernel.h"

/* Dumps. */

static int collect(const struct nlmsghdr *nlh, void *context)
{
	struct text *to = context;
	text_printf(to, "%u ", ntohl(mnl_attr_get_u32(attribute(nlh, NFTA_GEN_ID))));
	return 0;
}

static int refuse_second(const struct nlmsghdr *nlh, void *context)
{
	int *calls = context;
	(void)nlh;
	return ++*calls == 2 ? -ENOMEM : 0;
}

static const struct dump_filter everything = {0};

static void assert_dumped(struct nfsock *s, int result, const char *wanted)
{
	struct text text = {0};
	char *found = NULL;
	assert_int_equal(nfsock_dump(s, NFT_MSG_GETSET, &everything, collect, &text), result);
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

TEST(a_dump_goes_on_over_datagrams_until_it_is_done)
{
	struct nfsock s = faked();
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 1);
	say_object(NLM_F_MULTI, QUESTION, 2);
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 3);
	datagram();
	say_done(QUESTION, 0);
	assert_dumped(&s, 0, "1 2 3 ");
	assert_int_equal(kernel.next, 3);
	done(&s);
}

TEST(the_question_names_table_and_object)
{
	static const struct dump_filter filter = {NFPROTO_INET, NFTA_SET_ELEM_LIST_TABLE,
		"rolewall", NFTA_SET_ELEM_LIST_SET, "generation"};
	struct nfsock s = faked();
	datagram();
	say_done(QUESTION, 0);
	assert_int_equal(nfsock_dump(&s, NFT_MSG_GETSETELEM, &filter, collect, NULL), 0);
	const struct nlmsghdr *asked = (const struct nlmsghdr *)kernel.sent;
	assert_true(is_nft(asked, NFT_MSG_GETSETELEM));
	assert_int_equal(asked->nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
	assert_int_equal(((const struct nfgenmsg *)mnl_nlmsg_get_payload(asked))->nfgen_family,
		NFPROTO_INET);
	assert_string_attribute(asked, NFTA_SET_ELEM_LIST_TABLE, "rolewall");
	assert_string_attribute(asked, NFTA_SET_ELEM_LIST_SET, "generation");
	done(&s);
}

TEST(a_dump_that_was_overtaken_is_read_to_its_end_and_asked_again)
{
	struct nfsock s = faked();
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 1);
	datagram();
	say_object(NLM_F_MULTI | NLM_F_DUMP_INTR, QUESTION, 2);
	datagram();
	say_done(QUESTION, 0);
	assert_dumped(&s, -EINTR, "1 ");
	assert_int_equal(kernel.next, 3);
	done(&s);
}

/* The kernel says so in the last message when a dump fails on its way: what has come is not
 * all there is. */
TEST(a_dump_that_fails_on_its_way_is_a_failure)
{
	struct nfsock s = faked();
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 1);
	datagram();
	say_done(QUESTION, ENOMEM);
	assert_dumped(&s, -ENOMEM, "1 ");
	done(&s);
}

TEST(a_dump_given_up_leaves_nothing_for_the_next_question)
{
	struct nfsock s = faked();
	int calls = 0;
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 1);
	say_object(NLM_F_MULTI, QUESTION, 2);
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 3);
	datagram();
	say_done(QUESTION, 0);
	assert_int_equal(nfsock_dump(&s, NFT_MSG_GETSET, &everything, refuse_second, &calls),
		-ENOMEM);
	assert_int_equal(calls, 2);
	assert_int_equal(kernel.next, 3);
	done(&s);
}

/* What it does not want to know may go on for a million messages. */
TEST(a_socket_for_once_does_not_read_on)
{
	struct nfsock s = faked();
	int calls = 0;
	s.is_for_once = true;
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 1);
	say_object(NLM_F_MULTI, QUESTION, 2);
	datagram();
	say_object(NLM_F_MULTI, QUESTION, 3);
	assert_int_equal(nfsock_dump(&s, NFT_MSG_GETSET, &everything, refuse_second, &calls),
		-ENOMEM);
	assert_int_equal(kernel.next, 1);
	done(&s);
}

TEST(a_dump_that_overran_is_a_failure)
{
	struct nfsock s = faked();
	datagram();
	said(say(NLMSG_OVERRUN, 0, QUESTION));
	assert_dumped(&s, -ENOBUFS, "");
	done(&s);
	s = faked();
	datagram()->error = ENOBUFS;
	assert_dumped(&s, -ENOBUFS, "");
	done(&s);
}

TEST(what_is_not_there_is_said_so)
{
	struct nfsock s = faked();
	datagram();
	say_error(QUESTION, ENOENT);
	assert_dumped(&s, -ENOENT, "");
	done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_goes_on_over_datagrams_until_it_is_done),
		cmocka_unit_test(the_question_names_table_and_object),
		cmocka_unit_test(a_dump_that_was_overtaken_is_read_to_its_end_and_asked_again),
		cmocka_unit_test(a_dump_that_fails_on_its_way_is_a_failure),
		cmocka_unit_test(a_dump_given_up_leaves_nothing_for_the_next_question),
		cmocka_unit_test(a_socket_for_once_does_not_read_on),
		cmocka_unit_test(a_dump_that_overran_is_a_failure),
		cmocka_unit_test(what_is_not_there_is_said_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
