/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel shows in a transaction that it never commits. */
#include "nftables/change/rehearsal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>

#include "live/netns.h"

enum { UNKNOWN_KIND = 200, UNKNOWN_FLAG = 0x80000000 };

static void put_object(struct batch *b, const char *table, uint32_t kind)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	assert_non_null(nlh);
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, "x");
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(kind));
	mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, NFTA_OBJ_DATA));
	batch_add(b, (struct origin){.what = "object", .name = "x"});
}

/* Tries a table with these flags and, if kind is one, an object in it. */
static void try(struct rehearsal *r, uint32_t flags, uint32_t kind)
{
	const char *table = rehearsal_next(r, flags);
	if (kind)
		put_object(&r->batch, table, kind);
}

static bool lacks_object(struct nfsock *s, uint32_t kind)
{
	struct rehearsal r;
	bool lacks;
	rehearsal_start(s, &r);
	try(&r, 0, kind);
	assert_int_equal(rehearsal_find(s, &r, &lacks), 0);
	return lacks;
}

TEST(what_a_kernel_has_is_told_from_what_it_has_not)
{
	need_netns();
	struct nfsock s = opened();
	assert_false(lacks_object(&s, NFT_OBJECT_COUNTER));
	assert_true(lacks_object(&s, UNKNOWN_KIND));
	assert_false(lacks_object(&s, NFT_OBJECT_COUNTER));
	nfsock_close(&s);
	char *tables = nft_output("list tables");
	assert_string_equal(tables, "");
	free(tables);
}

/* Whichever of them are not known. */
TEST(each_of_several_things_is_told_from_the_others)
{
	need_netns();
	struct nfsock s = opened();
	for (unsigned unknown = 0; unknown < 1U << REHEARSED_MOST; unknown++) {
		bool lacks[REHEARSED_MOST];
		struct rehearsal r;
		rehearsal_start(&s, &r);
		for (unsigned i = 0; i < REHEARSED_MOST; i++) {
			const bool is_known = !(unknown & 1U << i);
			if (i % 2) /* a table that is refused takes its object with it */
				try(&r, is_known ? 0 : UNKNOWN_FLAG, NFT_OBJECT_COUNTER);
			else
				try(&r, 0, is_known ? NFT_OBJECT_COUNTER : UNKNOWN_KIND);
		}
		assert_int_equal(rehearsal_find(&s, &r, lacks), 0);
		for (unsigned i = 0; i < REHEARSED_MOST; i++)
			assert_int_equal(lacks[i], !!(unknown & 1U << i));
	}
	nfsock_close(&s);
}

TEST(a_batch_that_has_failed_is_not_sent)
{
	struct rehearsal r;
	bool lacks;
	need_netns();
	struct nfsock s = opened();
	rehearsal_start(&s, &r);
	batch_fail(&r.batch);
	assert_int_equal(rehearsal_find(&s, &r, &lacks), -ENOMEM);
	nfsock_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_kernel_has_is_told_from_what_it_has_not),
		cmocka_unit_test(each_of_several_things_is_told_from_the_others),
		cmocka_unit_test(a_batch_that_has_failed_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
