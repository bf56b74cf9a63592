/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction for a table that is not there, or that somebody else has left: what goes,
 * what stays, and in which order. */
#include "nftables/change/replace.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>

#include "live/sequence.h"
#include "ruleset/build.h"
#include "ruleset/failing_malloc.h"

static const struct place built_in = {0};

/* nft's number for the type inet_proto */
enum { PROTOCOLS = 12 };

static struct ruleset *small_ruleset(void)
{
	static const struct element port = {22, 22, VERDICT_JUMP, "in-web"};
	struct ruleset *r = NULL;
	struct build b;
	build_start(&b, 1, 0xffff0000);
	counter(&b, built_in, "in-web");
	const char *ports = number_set(&b, built_in, "ports", TYPE_INET_SERVICE, true, &port, 1);
	dynamic_set(&b, built_in, "sessions-5", TYPE_INET_PROTO, 1, 0);
	chain(&b, built_in, "in-web", HOOK_NONE);
	rule(&b, built_in, "web");
	count(&b, "in-web");
	accept_packet(&b);
	chain(&b, built_in, "input", HOOK_INPUT);
	rule(&b, built_in, "ports");
	dispatch(&b, FIELD_TCP_DPORT, ports);
	rule(&b, built_in, "the end");
	drop_packet(&b);
	assert_int_equal(build_finish(&b, &r), 0);
	return r;
}

TEST(a_table_that_is_not_there_is_only_filled)
{
	const struct inventory nothing = {.genid = 77};
	struct ruleset *r = small_ruleset();
	struct batch b;
	assert_int_equal(replace_batch(r, &nothing, OWNERSHIP_NONE, 300, &b), 0);
	assert_sequence(&b, "begin\n"
			    "+table rolewall\n"
			    "+chain in-web\n"
			    "+chain input\n"
			    "+object in-web\n"
			    "+set ports\n"
			    "+set sessions-5\n"
			    "+elements ports\n"
			    "+rule in-web\n"
			    "+rule input\n"
			    "+rule input\n"
			    "end\n");
	const struct decoded *d = decode(&b);
	for (size_t i = 0; i < d->count; i++)
		assert_int_equal(d->messages[i]->nlmsg_seq, 300 + i);
	assert_int_equal(ntohl(mnl_attr_get_u32(attribute(d->messages[0], NFNL_BATCH_GENID))), 77);
	batch_done(&b);
	ruleset_free(r);
}

/* Lists are made by hand, last first, as the inventory makes them. */
#define ITEMS(...) chained((struct inventory_item[]){__VA_ARGS__, {0}})

static struct inventory_item *chained(struct inventory_item *items)
{
	for (struct inventory_item *i = items; i->name; i++)
		i->next = i[1].name ? i + 1 : NULL;
	return items;
}

TEST(what_is_left_over_goes_before_anything_comes)
{
	const struct inventory now = {
		.genid = 1,
		.chains = ITEMS({"old-chain", 0, NULL}, {"in-web", 0, NULL},
			{"input", 1 + NF_INET_LOCAL_IN, NULL}, {"early", INVENTORY_FOREIGN, NULL}),
		.sets = ITEMS({"ports", NFT_SET_MAP, NULL}, {"old-set", 0, NULL},
			{"sessions-5", NFT_SET_EVAL, NULL, PROTOCOLS, 1},
			{"sessions-9", NFT_SET_EVAL, NULL}),
		.objects = ITEMS({"in-web", NFT_OBJECT_COUNTER, NULL},
			{"old-counter", NFT_OBJECT_COUNTER, NULL},
			{"quota", NFT_OBJECT_QUOTA, NULL}),
	};
	struct ruleset *r = small_ruleset();
	struct batch b;
	assert_int_equal(replace_batch(r, &now, OWNERSHIP_NONE, 1, &b), 0);
	assert_sequence(&b, "begin\n"
			    "+table rolewall\n"
			    "-rules\n"
			    "-set ports\n"
			    "-set old-set\n"
			    "-set sessions-9\n"
			    "-chain old-chain\n"
			    "-chain early\n"
			    "-object old-counter\n"
			    "-object quota\n"
			    "+chain in-web\n"
			    "+chain input\n"
			    "+object in-web\n"
			    "+set ports\n"
			    "+elements ports\n"
			    "+rule in-web\n"
			    "+rule input\n"
			    "+rule input\n"
			    "end\n");
	batch_done(&b);
	ruleset_free(r);
}

/* A chain of our name that hangs elsewhere judges other packets, or none. */
TEST(a_chain_of_our_name_on_another_hook_is_made_anew)
{
	static const uint32_t kinds[] = {
		0, 1 + NF_INET_LOCAL_OUT, 1 + NF_INET_PRE_ROUTING, INVENTORY_FOREIGN};
	struct ruleset *r = small_ruleset();
	for (size_t i = 0; i < 4; i++) {
		const struct inventory now = {.chains = ITEMS({"input", kinds[i], NULL})};
		struct batch b;
		assert_int_equal(replace_batch(r, &now, OWNERSHIP_NONE, 1, &b), 0);
		char *found = sequence(&b);
		const char *gone = strstr(found, "-chain input\n");
		assert_non_null(gone);
		assert_non_null(strstr(gone, "+chain input\n"));
		free(found);
		batch_done(&b);
	}
	const struct inventory now = {.chains = ITEMS({"in-web", 1 + NF_INET_LOCAL_IN, NULL})};
	struct batch b;
	assert_int_equal(replace_batch(r, &now, OWNERSHIP_NONE, 1, &b), 0);
	char *found = sequence(&b);
	assert_non_null(strstr(found, "-chain in-web\n"));
	free(found);
	batch_done(&b);
	ruleset_free(r);
}

/* What is not unhooked yet drops everything. */
TEST(a_table_of_another_ownership_goes_base_chains_first)
{
	const struct inventory now = {
		.has_table = true,
		.chains = ITEMS({"in-web", 0, NULL}, {"input", 1 + NF_INET_LOCAL_IN, NULL}),
	};
	struct ruleset *r = small_ruleset();
	struct batch b;
	assert_int_equal(replace_batch(r, &now, OWNERSHIP_OWNER, 1, &b), 0);
	char *found = sequence(&b);
	const char *wanted = "begin\n-chain input\n-table rolewall\n+table rolewall\n";
	assert_ptr_equal(strstr(found, wanted), found);
	assert_null(strstr(found, "-chain in-web\n"));
	assert_non_null(strstr(found, "+chain input\n"));
	free(found);
	batch_done(&b);
	ruleset_free(r);
}

TEST(an_object_of_a_counters_name_and_another_kind_goes)
{
	const struct inventory now = {.objects = ITEMS({"in-web", NFT_OBJECT_QUOTA, NULL})};
	struct ruleset *r = small_ruleset();
	struct batch b;
	assert_int_equal(replace_batch(r, &now, OWNERSHIP_NONE, 1, &b), 0);
	const struct nlmsghdr *nlh = message(&b, NFT_MSG_DELOBJ, 0);
	assert_string_attribute(nlh, NFTA_OBJ_NAME, "in-web");
	assert_int_equal(ntohl(mnl_attr_get_u32(attribute(nlh, NFTA_OBJ_TYPE))), NFT_OBJECT_QUOTA);
	batch_done(&b);
	ruleset_free(r);
}

TEST(a_set_of_a_dynamic_ones_name_that_packets_do_not_fill_is_made_anew)
{
	const struct inventory now = {.sets = ITEMS({"sessions-5", NFT_SET_INTERVAL, NULL})};
	struct ruleset *r = small_ruleset();
	struct batch b;
	assert_int_equal(replace_batch(r, &now, OWNERSHIP_NONE, 1, &b), 0);
	char *found = sequence(&b);
	const char *gone = strstr(found, "-set sessions-5\n");
	assert_non_null(gone);
	assert_non_null(strstr(gone, "+set sessions-5\n"));
	free(found);
	batch_done(&b);
	ruleset_free(r);
}

static int replace_and_free(void *context)
{
	const struct inventory nothing = {0};
	struct batch b;
	int r = replace_batch(context, &nothing, OWNERSHIP_NONE, 1, &b);
	batch_done(&b);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct ruleset *r = small_ruleset();
	assert_survives_each_failure(replace_and_free, r);
	ruleset_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_that_is_not_there_is_only_filled),
		cmocka_unit_test(what_is_left_over_goes_before_anything_comes),
		cmocka_unit_test(a_chain_of_our_name_on_another_hook_is_made_anew),
		cmocka_unit_test(a_table_of_another_ownership_goes_base_chains_first),
		cmocka_unit_test(an_object_of_a_counters_name_and_another_kind_goes),
		cmocka_unit_test(
			a_set_of_a_dynamic_ones_name_that_packets_do_not_fill_is_made_anew),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
