/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables, chains, counters and sets, read back by libnftnl from the bytes; and removals. */
#include "nftables/encode/emit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>

#include "live/decode.h"

static const struct place somewhere = {"etc/rolewall.conf", 17, 3};
static char longest_name[256];

static void finish(struct batch *b)
{
	assert_int_equal(batch_finish(b), 0);
}

TEST(the_table_is_named_and_has_no_flags)
{
	struct batch b;
	batch_start(&b, 1, 1);
	emit_table(&b, 0);
	finish(&b);
	const struct nlmsghdr *nlh = message(&b, NFT_MSG_NEWTABLE, 0);
	assert_int_equal(nlh->nlmsg_flags & NLM_F_EXCL, 0);
	assert_string_attribute(nlh, NFTA_TABLE_NAME, "rolewall");
	assert_int_equal(mnl_attr_get_u32(attribute(nlh, NFTA_TABLE_FLAGS)), 0);
	assert_string_equal(b.origins[1].what, "table");
	batch_done(&b);
}

static struct nftnl_chain *emitted_chain(const struct chain *c)
{
	struct nftnl_chain *n = nftnl_chain_alloc();
	struct batch b;
	batch_start(&b, 1, 1);
	emit_chain(&b, c);
	finish(&b);
	const struct nlmsghdr *nlh = message(&b, NFT_MSG_NEWCHAIN, 0);
	assert_int_equal(nlh->nlmsg_flags & NLM_F_EXCL, 0);
	assert_int_equal(nftnl_chain_nlmsg_parse(nlh, n), 0);
	assert_string_equal(b.origins[1].what, "chain");
	assert_string_equal(b.origins[1].name, c->name);
	assert_int_equal(b.origins[1].at.line, c->at.line);
	batch_done(&b);
	assert_string_equal(nftnl_chain_get_str(n, NFTNL_CHAIN_TABLE), "rolewall");
	assert_string_equal(nftnl_chain_get_str(n, NFTNL_CHAIN_NAME), c->name);
	return n;
}

TEST(a_plain_chain_hangs_on_no_hook)
{
	const struct chain c = {.name = "in-web", .at = somewhere};
	struct nftnl_chain *n = emitted_chain(&c);
	assert_false(nftnl_chain_is_set(n, NFTNL_CHAIN_HOOKNUM));
	assert_false(nftnl_chain_is_set(n, NFTNL_CHAIN_TYPE));
	nftnl_chain_free(n);
}

TEST(a_base_chain_hangs_on_its_hook_and_drops)
{
	static const struct {
		enum hook hook;
		uint32_t number;
	} hooks[] = {
		{HOOK_INPUT, NF_INET_LOCAL_IN},
		{HOOK_FORWARD, NF_INET_FORWARD},
		{HOOK_OUTPUT, NF_INET_LOCAL_OUT},
	};
	for (size_t i = 0; i < 3; i++) {
		const struct chain c = {.name = hook_name(hooks[i].hook), .hook = hooks[i].hook};
		struct nftnl_chain *n = emitted_chain(&c);
		assert_int_equal(nftnl_chain_get_u32(n, NFTNL_CHAIN_HOOKNUM), hooks[i].number);
		assert_int_equal(nftnl_chain_get_s32(n, NFTNL_CHAIN_PRIO), 0);
		assert_int_equal(nftnl_chain_get_u32(n, NFTNL_CHAIN_POLICY), NF_DROP);
		assert_string_equal(nftnl_chain_get_str(n, NFTNL_CHAIN_TYPE), "filter");
		nftnl_chain_free(n);
	}
}

TEST(names_at_their_longest_are_not_cut)
{
	memset(longest_name, 'x', 200);
	const struct chain c = {.name = longest_name};
	nftnl_chain_free(emitted_chain(&c));
}

TEST(a_counter_is_an_object_without_a_value)
{
	const struct object c = {.name = "in-web", .at = somewhere};
	struct nftnl_obj *o = nftnl_obj_alloc();
	struct batch b;
	batch_start(&b, 1, 1);
	emit_object(&b, &c);
	finish(&b);
	const struct nlmsghdr *nlh = message(&b, NFT_MSG_NEWOBJ, 0);
	/* of one that is there already, the kernel keeps the count */
	assert_int_equal(nlh->nlmsg_flags & (NLM_F_EXCL | NLM_F_REPLACE), 0);
	assert_int_equal(nftnl_obj_nlmsg_parse(nlh, o), 0);
	assert_string_equal(nftnl_obj_get_str(o, NFTNL_OBJ_TABLE), "rolewall");
	assert_string_equal(nftnl_obj_get_str(o, NFTNL_OBJ_NAME), "in-web");
	assert_int_equal(nftnl_obj_get_u32(o, NFTNL_OBJ_TYPE), NFT_OBJECT_COUNTER);
	assert_false(nftnl_obj_is_set(o, NFTNL_OBJ_CTR_PKTS));
	assert_int_equal(b.origins[1].at.line, 17);
	nftnl_obj_free(o);
	batch_done(&b);
}

static struct nftnl_set *emitted_set(const struct set *s)
{
	struct nftnl_set *n = nftnl_set_alloc();
	struct batch b;
	batch_start(&b, 1, 1);
	emit_set(&b, s, 3);
	finish(&b);
	assert_int_equal(nftnl_set_nlmsg_parse(message(&b, NFT_MSG_NEWSET, 0), n), 0);
	assert_string_equal(b.origins[1].what, "set");
	assert_string_equal(b.origins[1].name, s->name);
	batch_done(&b);
	assert_string_equal(nftnl_set_get_str(n, NFTNL_SET_TABLE), "rolewall");
	assert_string_equal(nftnl_set_get_str(n, NFTNL_SET_NAME), s->name);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_ID), 3);
	return n;
}

TEST(a_hash_has_its_size_and_an_interval_set_none)
{
	struct set s = {.name = "x", .comment = "c", .type = TYPE_IPV4_ADDR, .room = 1234};
	struct nftnl_set *n = emitted_set(&s);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_FLAGS), 0);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_KEY_LEN), 4);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_KEY_TYPE), 7);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_DESC_SIZE), 1234);
	nftnl_set_free(n);
	s.interval = true;
	n = emitted_set(&s);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_FLAGS), NFT_SET_INTERVAL);
	assert_false(nftnl_set_is_set(n, NFTNL_SET_DESC_SIZE));
	nftnl_set_free(n);
}

TEST(a_map_leads_to_verdicts)
{
	struct element e = {0};
	const struct set s = {.name = "m",
		.comment = "c",
		.type = TYPE_INET_SERVICE,
		.is_map = true,
		.elements = &e,
		.n_elements = 1};
	struct nftnl_set *n = emitted_set(&s);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_FLAGS), NFT_SET_MAP);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_DATA_TYPE), NFT_DATA_VERDICT);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_KEY_LEN), 2);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_KEY_TYPE), 13);
	nftnl_set_free(n);
}

TEST(a_set_that_packets_fill_says_so_and_has_room)
{
	const struct set s = {
		.name = "d", .comment = "c", .type = TYPE_INET_PROTO, .dynamic = true, .room = 7};
	struct nftnl_set *n = emitted_set(&s);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_FLAGS), NFT_SET_EVAL);
	assert_int_equal(nftnl_set_get_u32(n, NFTNL_SET_DESC_SIZE), 7);
	nftnl_set_free(n);
}

struct user_data {
	char comment[COMMENT_SIZE];
	uint32_t key_order, data_order;
};

static int take_user_data(const struct nftnl_udata *a, void *context)
{
	struct user_data *u = context;
	const void *value = nftnl_udata_get(a);
	if (nftnl_udata_type(a) == NFTNL_UDATA_SET_COMMENT)
		snprintf(u->comment, sizeof(u->comment), "%s", (const char *)value);
	else if (nftnl_udata_type(a) == NFTNL_UDATA_SET_KEYBYTEORDER)
		memcpy(&u->key_order, value, 4);
	else if (nftnl_udata_type(a) == NFTNL_UDATA_SET_DATABYTEORDER)
		memcpy(&u->data_order, value, 4);
	return 0;
}

static struct user_data user_data_of(const struct set *s)
{
	struct user_data u = {.key_order = 99, .data_order = 99};
	struct nftnl_set *n = emitted_set(s);
	uint32_t length = 0;
	const void *bytes = nftnl_set_get_data(n, NFTNL_SET_USERDATA, &length);
	assert_non_null(bytes);
	assert_true(nftnl_udata_parse(bytes, length, take_user_data, &u) >= 0);
	nftnl_set_free(n);
	return u;
}

TEST(user_data_tells_nft_comment_and_byte_order)
{
	struct element e = {0};
	struct set s = {.name = "x",
		.comment = "etc/rolewall.conf:17",
		.type = TYPE_MARK,
		.elements = &e,
		.n_elements = 1};
	struct user_data u = user_data_of(&s);
	assert_string_equal(u.comment, "etc/rolewall.conf:17");
	assert_int_equal(u.key_order, 1); /* the host's */
	assert_int_equal(u.data_order, 99);
	s.type = TYPE_INET_SERVICE;
	s.is_map = true;
	u = user_data_of(&s);
	assert_int_equal(u.key_order, 2); /* the network's */
	assert_int_equal(u.data_order, 0);
}

TEST(a_comment_at_its_longest_is_not_cut)
{
	char comment[COMMENT_SIZE];
	struct element e = {0};
	memset(comment, 'c', sizeof(comment) - 1);
	comment[sizeof(comment) - 1] = '\0';
	const struct set s = {.name = "x",
		.comment = comment,
		.type = TYPE_MARK,
		.is_map = true,
		.elements = &e,
		.n_elements = 1};
	assert_string_equal(user_data_of(&s).comment, comment);
}

TEST(removals_name_what_goes)
{
	struct batch b;
	batch_start(&b, 1, 1);
	emit_flush_rules(&b);
	emit_flush_chain(&b, "f");
	emit_delete_chain(&b, "c");
	emit_delete_set(&b, "s");
	emit_delete_object(&b, "o", NFT_OBJECT_QUOTA);
	finish(&b);
	const struct nlmsghdr *nlh = message(&b, NFT_MSG_DELRULE, 0);
	assert_string_attribute(nlh, NFTA_RULE_TABLE, "rolewall");
	assert_null(attribute(nlh, NFTA_RULE_CHAIN)); /* the rules of all chains */
	nlh = message(&b, NFT_MSG_DELRULE, 1);
	assert_string_attribute(nlh, NFTA_RULE_TABLE, "rolewall");
	assert_string_attribute(nlh, NFTA_RULE_CHAIN, "f");
	nlh = message(&b, NFT_MSG_DELCHAIN, 0);
	assert_string_attribute(nlh, NFTA_CHAIN_TABLE, "rolewall");
	assert_string_attribute(nlh, NFTA_CHAIN_NAME, "c");
	nlh = message(&b, NFT_MSG_DELSET, 0);
	assert_string_attribute(nlh, NFTA_SET_TABLE, "rolewall");
	assert_string_attribute(nlh, NFTA_SET_NAME, "s");
	nlh = message(&b, NFT_MSG_DELOBJ, 0);
	assert_string_attribute(nlh, NFTA_OBJ_TABLE, "rolewall");
	assert_string_attribute(nlh, NFTA_OBJ_NAME, "o");
	assert_int_equal(
		ntohl(mnl_attr_get_u32(attribute(nlh, NFTA_OBJ_TYPE))), NFT_OBJECT_QUOTA);
	batch_done(&b);
}

TEST(into_a_batch_that_failed_nothing_is_written)
{
	const struct chain c = {.name = "c"};
	const struct object o = {.name = "o"};
	const struct set s = {.name = "s", .comment = "c", .type = TYPE_MARK};
	struct batch b;
	batch_start(&b, 1, 1);
	batch_fail(&b);
	emit_table(&b, 0);
	emit_chain(&b, &c);
	emit_object(&b, &o);
	emit_set(&b, &s, 1);
	emit_elements(&b, &s);
	emit_rules(&b, &c);
	emit_flush_rules(&b);
	emit_delete_chain(&b, "c");
	emit_delete_set(&b, "s");
	emit_delete_object(&b, "o", NFT_OBJECT_COUNTER);
	assert_int_equal(b.count, 1);
	assert_int_equal(batch_finish(&b), -ENOMEM);
	batch_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_named_and_has_no_flags),
		cmocka_unit_test(a_plain_chain_hangs_on_no_hook),
		cmocka_unit_test(a_base_chain_hangs_on_its_hook_and_drops),
		cmocka_unit_test(names_at_their_longest_are_not_cut),
		cmocka_unit_test(a_counter_is_an_object_without_a_value),
		cmocka_unit_test(a_hash_has_its_size_and_an_interval_set_none),
		cmocka_unit_test(a_map_leads_to_verdicts),
		cmocka_unit_test(a_set_that_packets_fill_says_so_and_has_room),
		cmocka_unit_test(user_data_tells_nft_comment_and_byte_order),
		cmocka_unit_test(a_comment_at_its_longest_is_not_cut),
		cmocka_unit_test(removals_name_what_goes),
		cmocka_unit_test(into_a_batch_that_failed_nothing_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
