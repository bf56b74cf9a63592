/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket, against answers that are made up (nfsock_kernel.h) and against the kernel. */
#include "live/netns.h"
#include "nfsock_kernel.h"

/* Questions with one answer. */

TEST(the_generation_is_read)
{
	struct nfsock s = faked();
	uint32_t genid = 0;
	datagram();
	say_object(0, QUESTION, 0x01020304);
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(genid, 0x01020304);
	assert_int_equal(s.seq, QUESTION + 1);
	const struct nlmsghdr *asked = (const struct nlmsghdr *)kernel.sent;
	assert_true(is_nft(asked, NFT_MSG_GETGEN));
	assert_int_equal(asked->nlmsg_seq, QUESTION);
	done(&s);
}

TEST(a_refusal_is_passed_on)
{
	struct nfsock s = faked();
	uint32_t genid = 7;
	datagram();
	say_error(QUESTION, EPERM);
	assert_int_equal(nfsock_genid(&s, &genid), -EPERM);
	assert_int_equal(genid, 7);
	done(&s);
}

TEST(an_answer_without_a_generation_is_bad)
{
	struct nfsock s = faked();
	uint32_t genid;
	datagram();
	struct nlmsghdr *nlh = say(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN, 0, QUESTION);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	mnl_attr_put_u16(nlh, NFTA_GEN_ID, 7); /* of the wrong size */
	said(nlh);
	assert_int_equal(nfsock_genid(&s, &genid), -EBADMSG);
	done(&s);
}

TEST(an_error_too_short_to_say_which_is_bad)
{
	struct nfsock s = faked();
	uint32_t genid;
	datagram();
	struct nlmsghdr *nlh = say(NLMSG_ERROR, 0, QUESTION);
	mnl_nlmsg_put_extra_header(nlh, 4);
	said(nlh);
	assert_int_equal(nfsock_genid(&s, &genid), -EBADMSG);
	done(&s);
}

TEST(an_answer_to_another_question_is_not_listened_to)
{
	struct nfsock s = faked();
	uint32_t genid = 0;
	datagram();
	say_error(QUESTION - 1, EPERM);
	say_object(0, QUESTION - 1, 1);
	datagram();
	say_object(0, QUESTION, 2);
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(genid, 2);
	done(&s);
}

TEST(only_the_kernel_is_believed)
{
	struct nfsock s = faked();
	uint32_t genid = 0;
	datagram()->from = 4711;
	say_object(0, QUESTION, 1);
	datagram();
	say_object(0, QUESTION, 2);
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(genid, 2);
	done(&s);
}

TEST(an_interruption_is_no_answer)
{
	struct nfsock s = faked();
	uint32_t genid = 0;
	datagram()->error = EINTR;
	datagram();
	say_object(0, QUESTION, 2);
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(genid, 2);
	done(&s);
}

TEST(an_answer_that_was_cut_is_a_failure)
{
	struct nfsock s = faked();
	uint32_t genid = 0;
	datagram()->truncated = true;
	say_object(0, QUESTION, 2);
	assert_int_equal(nfsock_genid(&s, &genid), -ENOSPC);
	done(&s);
}

TEST(a_question_that_cannot_be_sent_is_a_failure)
{
	struct nfsock s = faked();
	uint32_t genid = 0;
	kernel.error = ECONNREFUSED;
	assert_int_equal(nfsock_genid(&s, &genid), -ECONNREFUSED);
	done(&s);
}

/* Transactions. */

static struct batch small_batch(void)
{
	struct batch b;
	batch_start(&b, QUESTION, 1);
	for (int i = 0; i < 3; i++) {
		batch_message(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
		batch_add(&b, (struct origin){.what = "table"});
	}
	assert_int_equal(batch_finish(&b), 0);
	return b;
}

static int sent(struct nfsock *s, struct refusals *ret)
{
	struct batch b = small_batch();
	*ret = (struct refusals){0};
	int r = nfsock_send(s, &b, ret);
	/* the numbers of its messages are used up, whatever became of them */
	assert_int_equal(s->seq, QUESTION + 5);
	batch_done(&b);
	return r;
}

TEST(silence_means_that_it_was_committed)
{
	struct nfsock s = faked();
	struct refusals refusals;
	assert_int_equal(sent(&s, &refusals), 0);
	assert_null(refusals.items);
	const struct nlmsghdr *first = (const struct nlmsghdr *)kernel.sent;
	assert_int_equal(first->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	done(&s);
}

TEST(acknowledgements_alone_are_no_refusal)
{
	struct nfsock s = faked();
	struct refusals refusals;
	datagram();
	say_error(QUESTION, 0);
	say_error(QUESTION + 4, 0);
	assert_int_equal(sent(&s, &refusals), 0);
	done(&s);
}

TEST(a_refusal_behind_an_acknowledgement_is_heard)
{
	struct nfsock s = faked();
	struct refusals refusals;
	datagram();
	say_error(QUESTION, 0);
	datagram();
	say_error(QUESTION + 1, 0);
	say_error_at(QUESTION + 2, ENOENT, 52);
	datagram();
	say_error(QUESTION + 3, EINVAL);
	assert_int_equal(sent(&s, &refusals), -EREMOTEIO);
	assert_int_equal(refusals.count, 2);
	assert_int_equal(refusals.items[0].seq, QUESTION + 2);
	assert_int_equal(refusals.items[0].error, ENOENT);
	assert_int_equal(refusals.items[0].offset, 52);
	assert_int_equal(refusals.items[1].seq, QUESTION + 3);
	assert_int_equal(refusals.items[1].error, EINVAL);
	assert_int_equal(refusals.items[1].offset, 0);
	free(refusals.items);
	done(&s);
}

TEST(replies_that_were_lost_or_cut_are_a_failure)
{
	struct nfsock s = faked();
	struct refusals refusals;
	datagram();
	say_error(QUESTION + 1, EINVAL);
	datagram()->error = ENOBUFS;
	assert_int_equal(sent(&s, &refusals), -ESTALE);
	assert_null(refusals.items);
	done(&s);
	s = faked();
	datagram()->truncated = true;
	say_error(QUESTION + 1, EINVAL);
	assert_int_equal(sent(&s, &refusals), -ESTALE);
	done(&s);
	s = faked();
	datagram();
	said(say(NLMSG_OVERRUN, 0, 0));
	assert_int_equal(sent(&s, &refusals), -ESTALE);
	done(&s);
}

TEST(a_refusal_too_short_to_say_why_is_a_refusal)
{
	struct nfsock s = faked();
	struct refusals refusals;
	datagram();
	struct nlmsghdr *nlh = say(NLMSG_ERROR, 0, QUESTION + 1);
	mnl_nlmsg_put_extra_header(nlh, 4);
	said(nlh);
	assert_int_equal(sent(&s, &refusals), -EREMOTEIO);
	assert_int_equal(refusals.items[0].error, EBADMSG);
	free(refusals.items);
	done(&s);
}

TEST(a_batch_that_does_not_go_out_whole_is_a_failure)
{
	struct nfsock s = faked();
	struct refusals refusals;
	kernel.error = EMSGSIZE;
	assert_int_equal(sent(&s, &refusals), -EMSGSIZE);
	done(&s);
	s = faked();
	kernel.less = 4;
	assert_int_equal(sent(&s, &refusals), -EIO);
	done(&s);
}

/* The kernel itself. */

TEST(the_kernel_tells_its_generation)
{
	need_netns();
	struct nfsock s = opened();
	uint32_t before = 0, after = 0;
	assert_int_equal(nfsock_genid(&s, &before), 0);
	nft("add table inet other\n");
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(after, before + 1);
	nfsock_close(&s);
}

static void send_table(struct nfsock *s, uint32_t genid, struct refusals *refusals, int result)
{
	struct batch b;
	batch_start(&b, s->seq, genid);
	struct nlmsghdr *nlh = batch_message(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, TABLE_NAME);
	batch_add(&b, (struct origin){.what = "table"});
	assert_int_equal(batch_finish(&b), 0);
	assert_int_equal(nfsock_send(s, &b, refusals), result);
	batch_done(&b);
}

TEST(a_batch_for_an_old_generation_is_refused_and_one_for_this_is_taken)
{
	need_netns();
	struct nfsock s = opened();
	struct refusals refusals = {0};
	uint32_t genid = 0;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	nft("add table inet other\n");
	uint32_t first = s.seq;
	send_table(&s, genid, &refusals, -EREMOTEIO);
	assert_true(refusals.count >= 1);
	assert_int_equal(refusals.items[0].seq, first);
	assert_int_equal(refusals.items[0].error, ERESTART);
	free(refusals.items);
	refusals = (struct refusals){0};
	send_table(&s, genid + 1, &refusals, 0);
	char *tables = nft_output("list tables");
	assert_string_equal(tables, "table inet other\ntable inet rolewall\n");
	free(tables);
	nfsock_close(&s);
}

/* Others may commit at any time: what is likely is only taken as long as the kernel takes it. */
TEST(after_a_commit_of_ours_the_generation_is_not_asked_for_unless_it_was_refused)
{
	need_netns();
	struct nfsock s = opened();
	struct refusals refusals = {0};
	uint32_t genid = 0, likely = 0, seq;
	assert_int_equal(nfsock_genid_likely(&s, &genid), 0);
	send_table(&s, genid, &refusals, 0);
	seq = s.seq;
	assert_int_equal(nfsock_genid_likely(&s, &likely), 0);
	assert_int_equal(likely, genid + 1);
	assert_int_equal(s.seq, seq); /* nothing was asked */
	nft("add table inet other\n");
	send_table(&s, likely, &refusals, -EREMOTEIO);
	free(refusals.items);
	refusals = (struct refusals){0};
	assert_int_equal(nfsock_genid_likely(&s, &likely), 0);
	assert_int_equal(likely, genid + 2);
	send_table(&s, likely, &refusals, 0);
	nfsock_close(&s);
}

TEST(a_refusal_names_the_guilty_message)
{
	need_netns();
	struct nfsock s = opened();
	struct refusals refusals = {0};
	struct batch b;
	uint32_t genid = 0;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	batch_start(&b, s.seq, genid);
	for (int i = 0; i < 3; i++) {
		struct nlmsghdr *nlh =
			batch_message(&b, i == 1 ? NFT_MSG_DELTABLE : NFT_MSG_NEWTABLE, 0);
		nlh->nlmsg_flags |= i == 1 ? 0 : NLM_F_CREATE;
		mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, i == 1 ? "absent" : TABLE_NAME);
		batch_add(&b, (struct origin){.what = "table"});
	}
	assert_int_equal(batch_finish(&b), 0);
	uint32_t first = s.seq;
	assert_int_equal(nfsock_send(&s, &b, &refusals), -EREMOTEIO);
	assert_int_equal(refusals.count, 1);
	assert_int_equal(refusals.items[0].seq, first + 2);
	assert_int_equal(refusals.items[0].error, ENOENT);
	assert_int_equal(refusals.items[0].offset, 20); /* behind both heads: the name */
	free(refusals.items);
	batch_done(&b);
	nfsock_close(&s);
}

/* A child's result as an exit status. */
static int genid_without_privileges(void)
{
	struct nfsock s;
	uint32_t genid;
	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 255;
	int r = nfsock_open(&s);
	if (r < 0)
		return 254;
	r = nfsock_genid(&s, &genid);
	nfsock_close(&s);
	return -r;
}

TEST(without_privileges_the_kernel_says_eperm)
{
	need_netns();
	assert_int_equal(in_child(genid_without_privileges), EPERM);
}

static int open_where_sockets_fail(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
	struct nfsock s;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 255;
	int r = nfsock_open(&s);
	return s.socket ? 254 : -r;
}

TEST(a_kernel_without_netlink_for_it_is_told_at_opening)
{
	int r = in_child(open_where_sockets_fail);
	if (r == 255) {
		print_message("SKIPPED: needs seccomp\n");
		skip();
	}
	assert_int_equal(r, EPROTONOSUPPORT);
}

TEST(closing_twice_is_fine)
{
	struct nfsock s = opened();
	nfsock_close(&s);
	assert_null(s.socket);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generation_is_read),
		cmocka_unit_test(a_refusal_is_passed_on),
		cmocka_unit_test(an_answer_without_a_generation_is_bad),
		cmocka_unit_test(an_error_too_short_to_say_which_is_bad),
		cmocka_unit_test(an_answer_to_another_question_is_not_listened_to),
		cmocka_unit_test(only_the_kernel_is_believed),
		cmocka_unit_test(an_interruption_is_no_answer),
		cmocka_unit_test(an_answer_that_was_cut_is_a_failure),
		cmocka_unit_test(a_question_that_cannot_be_sent_is_a_failure),
		cmocka_unit_test(silence_means_that_it_was_committed),
		cmocka_unit_test(acknowledgements_alone_are_no_refusal),
		cmocka_unit_test(a_refusal_behind_an_acknowledgement_is_heard),
		cmocka_unit_test(replies_that_were_lost_or_cut_are_a_failure),
		cmocka_unit_test(a_refusal_too_short_to_say_why_is_a_refusal),
		cmocka_unit_test(a_batch_that_does_not_go_out_whole_is_a_failure),
		cmocka_unit_test(the_kernel_tells_its_generation),
		cmocka_unit_test(
			a_batch_for_an_old_generation_is_refused_and_one_for_this_is_taken),
		cmocka_unit_test(
			after_a_commit_of_ours_the_generation_is_not_asked_for_unless_it_was_refused),
		cmocka_unit_test(a_refusal_names_the_guilty_message),
		cmocka_unit_test(without_privileges_the_kernel_says_eperm),
		cmocka_unit_test(a_kernel_without_netlink_for_it_is_told_at_opening),
		cmocka_unit_test(closing_twice_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
