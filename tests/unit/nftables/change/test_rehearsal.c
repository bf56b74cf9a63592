/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel shows in a transaction that it never commits. */
#include "nftables/change/rehearsal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>

#include "live/netns.h"

static void put_object(struct batch *b, uint32_t kind)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	assert_non_null(nlh);
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, REHEARSED_NAME);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, "x");
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(kind));
	mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, NFTA_OBJ_DATA));
	batch_add(b, (struct origin){.what = "object", .name = "x"});
}

static bool lacks_object(struct nfsock *s, uint32_t kind)
{
	struct batch b;
	bool lacks;
	rehearsal_start(s, &b);
	put_object(&b, kind);
	assert_int_equal(rehearsal_find(s, &b, &lacks), 0);
	return lacks;
}

TEST(what_a_kernel_has_is_told_from_what_it_has_not)
{
	need_netns();
	struct nfsock s = opened();
	assert_false(lacks_object(&s, NFT_OBJECT_COUNTER));
	assert_true(lacks_object(&s, 200));
	assert_false(lacks_object(&s, NFT_OBJECT_COUNTER));
	nfsock_close(&s);
	char *tables = nft_output("list tables");
	assert_string_equal(tables, "");
	free(tables);
}

TEST(a_batch_that_has_failed_is_not_sent)
{
	struct batch b;
	bool lacks;
	need_netns();
	struct nfsock s = opened();
	rehearsal_start(&s, &b);
	batch_fail(&b);
	assert_int_equal(rehearsal_find(&s, &b, &lacks), -ENOMEM);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_kernel_has_is_told_from_what_it_has_not),
		cmocka_unit_test(a_batch_that_has_failed_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
