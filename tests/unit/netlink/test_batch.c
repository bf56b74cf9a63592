/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions: what stands around the messages, their numbers, and pages that fill up. */
#include "netlink/batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>

#include "live/decode.h"
#include "ruleset/failing_malloc.h"

static void put_bytes(struct batch *b, size_t length)
{
	static const char bytes[60000];
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put(nlh, 1, length, bytes);
	batch_add(b, (struct origin){.what = "bytes"});
}

TEST(a_transaction_begins_for_one_generation_and_ends)
{
	struct batch b;
	batch_start(&b, 100, 0x01020304);
	assert_int_equal(batch_finish(&b), 0);
	const struct decoded *d = decode(&b);
	assert_int_equal(d->count, 2);

	const struct nlmsghdr *begin = d->messages[0], *end = d->messages[1];
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(begin);
	assert_int_equal(begin->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	assert_int_equal(begin->nlmsg_flags, NLM_F_REQUEST);
	assert_int_equal(begin->nlmsg_seq, 100);
	assert_int_equal(ntohs(head->res_id), NFNL_SUBSYS_NFTABLES);
	const struct nlattr *genid = attribute(begin, NFNL_BATCH_GENID);
	assert_non_null(genid);
	assert_int_equal(mnl_attr_get_payload_len(genid), 4);
	assert_int_equal(ntohl(mnl_attr_get_u32(genid)), 0x01020304);

	assert_int_equal(end->nlmsg_type, NFNL_MSG_BATCH_END);
	assert_int_equal(end->nlmsg_seq, 101);
	assert_int_equal(ntohs(((const struct nfgenmsg *)mnl_nlmsg_get_payload(end))->res_id),
		NFNL_SUBSYS_NFTABLES);
	batch_done(&b);
}

TEST(a_rehearsal_begins_and_never_ends)
{
	struct batch b;
	batch_start(&b, 1, 1);
	put_bytes(&b, 3);
	assert_int_equal(batch_rehearse(&b), 0);
	const struct decoded *d = decode(&b);
	assert_int_equal(d->count, 2);
	assert_int_equal(d->messages[0]->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	assert_true(is_nft(d->messages[1], NFT_MSG_NEWRULE));
	batch_done(&b);
}

TEST(a_message_is_of_family_inet_and_is_counted)
{
	struct batch b;
	batch_start(&b, 0xfffffffe, 1); /* numbers wrap */
	struct nlmsghdr *nlh = batch_message(&b, NFT_MSG_NEWSET, NLM_F_CREATE);
	mnl_attr_put_u32(nlh, 7, 9);
	batch_add(&b, (struct origin){.what = "set", .name = "x"});
	put_bytes(&b, 3);
	assert_int_equal(batch_finish(&b), 0);
	const struct decoded *d = decode(&b);
	assert_int_equal(d->count, 4);
	assert_int_equal(d->messages[0]->nlmsg_seq, 0xfffffffe);
	assert_int_equal(d->messages[1]->nlmsg_seq, 0xffffffff);
	assert_int_equal(d->messages[2]->nlmsg_seq, 0);
	assert_int_equal(d->messages[3]->nlmsg_seq, 1);
	assert_true(is_nft(d->messages[1], NFT_MSG_NEWSET));
	assert_int_equal(d->messages[1]->nlmsg_flags & ~NLM_F_REQUEST, NLM_F_CREATE);
	assert_int_equal(
		((const struct nfgenmsg *)mnl_nlmsg_get_payload(d->messages[1]))->nfgen_family,
		NFPROTO_INET);
	assert_int_equal(b.count, 4);
	assert_string_equal(b.origins[1].name, "x");
	assert_string_equal(b.origins[2].what, "bytes");
	batch_done(&b);
}

TEST(no_member_asks_for_an_answer)
{
	struct batch b;
	batch_start(&b, 1, 1);
	put_bytes(&b, 3);
	assert_int_equal(batch_finish(&b), 0);
	const struct decoded *d = decode(&b);
	for (size_t i = 0; i < d->count; i++)
		assert_int_equal(d->messages[i]->nlmsg_flags & (NLM_F_ACK | NLM_F_ECHO), 0);
	batch_done(&b);
}

TEST(a_message_that_is_not_taken_in_is_not_there)
{
	struct batch b;
	batch_start(&b, 1, 1);
	batch_message(&b, NFT_MSG_NEWSET, 0);
	put_bytes(&b, 3);
	assert_int_equal(batch_finish(&b), 0);
	const struct decoded *d = decode(&b);
	assert_int_equal(d->count, 3);
	assert_true(is_nft(d->messages[1], NFT_MSG_NEWRULE));
	batch_done(&b);
}

/* Large messages do not fill pages evenly: the one that stands out must not be lost. */
TEST(messages_go_over_many_pages_whole_and_in_order)
{
	struct iovec *iov;
	struct batch b;
	size_t n, total = 0;
	batch_start(&b, 7, 1);
	for (size_t i = 0; i < 200; i++)
		put_bytes(&b, i % 3 ? 60000 - i : i);
	assert_int_equal(batch_finish(&b), 0);
	const struct decoded *d = decode(&b);
	assert_int_equal(d->count, 202);
	for (size_t i = 0; i < d->count; i++) {
		assert_int_equal(d->messages[i]->nlmsg_seq, 7 + i);
		total += MNL_ALIGN(d->messages[i]->nlmsg_len);
		if (i == 0 || i == 201)
			continue;
		const struct nlattr *a = attribute(d->messages[i], 1);
		assert_int_equal(mnl_attr_get_payload_len(a), (i - 1) % 3 ? 60001 - i : i - 1);
	}
	assert_int_equal(batch_iovec(&b, &iov, &n), 0);
	assert_true(n > 10);
	for (size_t i = 0; i < n; i++)
		total -= iov[i].iov_len;
	assert_int_equal(total, 0);
	free(iov);
	batch_done(&b);
}

static int stop_at_third(const struct nlmsghdr *nlh, void *context)
{
	size_t *calls = context;
	(void)nlh;
	return ++*calls == 3 ? 42 : 0;
}

TEST(walking_stops_when_told)
{
	struct batch b;
	size_t calls = 0;
	batch_start(&b, 1, 1);
	for (size_t i = 0; i < 5; i++)
		put_bytes(&b, 3);
	assert_int_equal(batch_finish(&b), 0);
	assert_int_equal(batch_each(&b, stop_at_third, &calls), 42);
	assert_int_equal(calls, 3);
	batch_done(&b);
}

TEST(after_a_failure_nothing_more_is_taken_and_finish_says_so)
{
	struct batch b;
	batch_start(&b, 1, 1);
	batch_fail(&b);
	assert_null(batch_message(&b, NFT_MSG_NEWSET, 0));
	batch_add(&b, (struct origin){.what = "x"});
	assert_int_equal(b.count, 1);
	assert_int_equal(batch_finish(&b), -ENOMEM);
	assert_int_equal(batch_rehearse(&b), -ENOMEM);
	assert_int_equal(b.count, 1);
	batch_done(&b);
	assert_null(b.pages);
	batch_done(&b); /* twice is fine */
}

static int fill(void *context)
{
	struct batch b;
	(void)context;
	batch_start(&b, 1, 1);
	for (size_t i = 0; i < 30; i++)
		put_bytes(&b, 50000);
	int r = batch_finish(&b);
	batch_done(&b);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	assert_survives_each_failure(fill, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_begins_for_one_generation_and_ends),
		cmocka_unit_test(a_rehearsal_begins_and_never_ends),
		cmocka_unit_test(a_message_is_of_family_inet_and_is_counted),
		cmocka_unit_test(no_member_asks_for_an_answer),
		cmocka_unit_test(a_message_that_is_not_taken_in_is_not_there),
		cmocka_unit_test(messages_go_over_many_pages_whole_and_in_order),
		cmocka_unit_test(walking_stops_when_told),
		cmocka_unit_test(after_a_failure_nothing_more_is_taken_and_finish_says_so),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
