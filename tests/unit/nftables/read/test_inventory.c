/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel has, read back; written there by nft, which knows nothing of us. */
#include "nftables/read/inventory.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "live/netns.h"

static struct inventory taken(void)
{
	struct nfsock s = opened();
	struct inventory i;
	assert_int_equal(inventory_read(&s, &i), 0);
	uint32_t genid;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	assert_int_equal(i.genid, genid);
	nfsock_close(&s);
	return i;
}

static size_t length(const struct inventory_item *list)
{
	size_t n = 0;
	for (; list; list = list->next)
		n++;
	return n;
}

static void assert_item(const struct inventory_item *list, const char *name, uint32_t kind)
{
	const struct inventory_item *i = inventory_find(list, name);
	if (!i)
		fail_msg("%s was not found", name);
	assert_int_equal(i->kind, kind);
}

TEST(an_item_is_found_by_its_whole_name)
{
	struct inventory_item second = {.name = "second"},
			      first = {.name = "first", .next = &second};
	assert_ptr_equal(inventory_find(&first, "first"), &first);
	assert_ptr_equal(inventory_find(&first, "second"), &second);
	assert_null(inventory_find(&first, "sec"));
	assert_null(inventory_find(NULL, "first"));
}

TEST(without_a_table_there_is_nothing)
{
	need_netns();
	struct inventory i = taken();
	assert_null(i.chains);
	assert_null(i.sets);
	assert_null(i.objects);
	assert_int_equal((uint16_t)(i.mark >> 16), 0);
	inventory_done(&i);
	assert_null(i.arena);
}

TEST(chains_are_told_apart_by_their_hooks)
{
	need_netns();
	nft("table inet rolewall {\n"
	    "chain plain { }\n"
	    "chain input { type filter hook input priority 0; policy drop; }\n"
	    "chain forward { type filter hook forward priority filter; }\n"
	    "chain output { type filter hook output priority 0; }\n"
	    "chain early { type filter hook input priority -1; }\n"
	    "chain late { type filter hook output priority 1; }\n"
	    "chain nat { type nat hook output priority 0; }\n"
	    "chain route { type route hook output priority 0; }\n"
	    "}\n");
	struct inventory i = taken();
	assert_int_equal(length(i.chains), 8);
	assert_item(i.chains, "plain", 0);
	assert_item(i.chains, "input", 1 + NF_INET_LOCAL_IN);
	assert_item(i.chains, "forward", 1 + NF_INET_FORWARD);
	assert_item(i.chains, "output", 1 + NF_INET_LOCAL_OUT);
	assert_item(i.chains, "early", INVENTORY_FOREIGN);
	assert_item(i.chains, "late", INVENTORY_FOREIGN);
	assert_item(i.chains, "nat", INVENTORY_FOREIGN);
	assert_item(i.chains, "route", INVENTORY_FOREIGN);
	inventory_done(&i);
}

TEST(named_sets_are_there_and_those_of_a_single_rule_are_not)
{
	need_netns();
	nft("table inet rolewall {\n"
	    "set hosts { type ipv4_addr; elements = { 10.0.0.1 } }\n"
	    "set runs { type ipv4_addr; flags interval; }\n"
	    "set filled { type inet_proto; size 1; flags dynamic; }\n"
	    "map verdicts { type inet_service : verdict; }\n"
	    "chain c { tcp dport { 1, 2, 3 } accept; }\n"
	    "}\n");
	struct inventory i = taken();
	assert_int_equal(length(i.sets), 4);
	assert_item(i.sets, "hosts", 0);
	assert_item(i.sets, "runs", NFT_SET_INTERVAL);
	assert_item(i.sets, "filled", NFT_SET_EVAL);
	assert_item(i.sets, "verdicts", NFT_SET_MAP);
	inventory_done(&i);
}

TEST(objects_have_their_kind)
{
	need_netns();
	nft("table inet rolewall {\n"
	    "counter c { }\n"
	    "quota q { 1 mbytes }\n"
	    "limit l { rate 1/second }\n"
	    "}\n");
	struct inventory i = taken();
	assert_int_equal(length(i.objects), 3);
	assert_item(i.objects, "c", NFT_OBJECT_COUNTER);
	assert_item(i.objects, "q", NFT_OBJECT_QUOTA);
	assert_item(i.objects, "l", NFT_OBJECT_LIMIT);
	inventory_done(&i);
}

TEST(other_tables_are_not_ours_whatever_they_are_called)
{
	need_netns();
	nft("table inet other { chain c { }; set s { type mark; }; counter o { }; }\n"
	    "table inet rolewall2 { chain c { }; }\n"
	    "table ip rolewall { chain c { }; set generation { type mark; elements = { "
	    "0x00070000 } }; counter o { }; }\n"
	    "table ip6 rolewall { chain c { }; }\n");
	struct inventory i = taken();
	assert_null(i.chains);
	assert_null(i.sets);
	assert_null(i.objects);
	assert_int_equal((uint16_t)(i.mark >> 16), 0);
	inventory_done(&i);
}

static uint16_t generation_of(const char *set)
{
	char script[256];
	snprintf(script, sizeof(script), "table inet rolewall {\nset generation { %s }\n}\n", set);
	need_netns();
	nft(script);
	struct inventory i = taken();
	uint16_t generation = (uint16_t)(i.mark >> 16);
	inventory_done(&i);
	return generation;
}

TEST(the_generation_is_the_upper_half_of_the_mark)
{
	assert_int_equal(generation_of("type mark; elements = { 0x00010000 }"), 1);
	assert_int_equal(generation_of("type mark; elements = { 0xffff0000 }"), 65535);
}

TEST(a_generation_that_does_not_tell_is_none)
{
	assert_int_equal(generation_of("type mark;"), 0);
	assert_int_equal(generation_of("type ipv6_addr; elements = { 2001:db8::1 }"), 0);
}

/* More than one datagram holds. */
TEST(many_chains_are_all_there)
{
	enum { MANY = 3000 };
	static char script[MANY * 64];
	size_t n = 0;
	need_netns();
	n += (size_t)snprintf(script, sizeof(script), "table inet rolewall {\n");
	for (int i = 0; i < MANY; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n, "chain chain-%d { }\n", i);
	snprintf(script + n, sizeof(script) - n, "}\n");
	nft(script);
	struct inventory i = taken();
	assert_int_equal(length(i.chains), MANY);
	assert_item(i.chains, "chain-0", 0);
	assert_item(i.chains, "chain-2999", 0);
	inventory_done(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_is_found_by_its_whole_name),
		cmocka_unit_test(without_a_table_there_is_nothing),
		cmocka_unit_test(chains_are_told_apart_by_their_hooks),
		cmocka_unit_test(named_sets_are_there_and_those_of_a_single_rule_are_not),
		cmocka_unit_test(objects_have_their_kind),
		cmocka_unit_test(other_tables_are_not_ours_whatever_they_are_called),
		cmocka_unit_test(the_generation_is_the_upper_half_of_the_mark),
		cmocka_unit_test(a_generation_that_does_not_tell_is_none),
		cmocka_unit_test(many_chains_are_all_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
