/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chains of the kernel are read, and how much of them. */
#include "others/read.h"

#include "live/netns.h"
#include "others/foreign_text.h"
#include "ruleset/failing_malloc.h"

static struct foreign read_back(void)
{
	struct foreign f;
	assert_int_equal(foreign_read(NULL, &f), 0);
	return f;
}

static const struct foreign_chain *find(const struct foreign *f, const char *table)
{
	const struct foreign_chain *c = f->first;
	while (c && strcmp(c->table, table) != 0)
		c = c->next;
	return c;
}

TEST(without_tables_of_others_there_is_nothing)
{
	need_netns();
	nft("table inet rolewall { chain input { type filter hook input priority 0; policy drop; "
	    "}; "
	    "}\n");
	struct foreign f = read_back();
	assert_null(f.first);
	assert_null(f.gaps);
	foreign_done(&f);
}

TEST(chains_know_their_hook_and_whose_they_are)
{
	static const struct {
		const char *table;
		enum foreign_hook hook;
		int32_t priority;
		bool drops, is_nat, is_bridge;
		uint8_t families;
	} wanted[] = {
		{"inet a", FOREIGN_INPUT, -10, true, false, false, 3},
		{"ip a", FOREIGN_PREROUTING, -100, false, true, false, 1},
		{"ip6 a", FOREIGN_OUTPUT, 5, false, false, false, 2},
		{"bridge a", FOREIGN_FORWARD, 0, true, false, true, 3},
		{"inet b", FOREIGN_POSTROUTING, 0, false, false, false, 3},
		{"ip rolewall", FOREIGN_INPUT, 0, true, false, false, 1},
		{"inet c", FOREIGN_NO_HOOK, 0, false, false, false, 3},
	};
	need_netns();
	nft("table inet a { chain c { type filter hook input priority -10; policy drop; }; }\n"
	    "table ip a { chain c { type nat hook prerouting priority -100; }; }\n"
	    "table ip6 a { chain c { type filter hook output priority 5; }; }\n"
	    "table bridge a { chain c { type filter hook forward priority 0; policy drop; }; }\n"
	    "table inet b { chain c { type filter hook postrouting priority 0; }; }\n"
	    "table ip rolewall { chain c { type filter hook input priority 0; policy drop; }; }\n"
	    "table inet c { chain c { drop; }; }\n"
	    "table arp a { chain c { type filter hook input priority 0; policy drop; }; }\n");
	struct foreign f = read_back();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct foreign_chain *c = find(&f, wanted[i].table);
		assert_non_null(c);
		assert_string_equal(c->name, "c");
		assert_int_equal(c->hook, wanted[i].hook);
		assert_int_equal(c->priority, wanted[i].priority);
		assert_int_equal(c->drops, wanted[i].drops);
		assert_int_equal(c->is_nat, wanted[i].is_nat);
		assert_int_equal(c->is_bridge, wanted[i].is_bridge);
		assert_int_equal(c->families, wanted[i].families);
	}
	assert_null(find(&f, "arp a"));
	/* nothing of it is on our way */
	assert_null(find(&f, "inet c")->first);
	foreign_done(&f);
}

TEST(a_device_is_named_and_the_loopback_left_out)
{
	need_netns();
	assert_int_equal(system("ip link add eth0 type veth peer name eth1"), 0);
	nft("table netdev a { chain c { type filter hook ingress device eth0 priority 0; policy "
	    "drop; }; }\n"
	    "table netdev b { chain c { type filter hook ingress device lo priority 0; policy "
	    "drop; }; }\n");
	struct foreign f = read_back();
	assert_int_equal(find(&f, "netdev a")->hook, FOREIGN_INGRESS);
	assert_string_equal(find(&f, "netdev a")->device, "eth0");
	assert_true(find(&f, "netdev a")->drops);
	assert_int_equal(find(&f, "netdev b")->hook, FOREIGN_NO_HOOK);
	foreign_done(&f);
}

TEST(rules_keep_handle_and_order_and_find_their_chains)
{
	need_netns();
	nft("table ip a {\n chain sub {\n drop\n }\n"
	    "chain base {\n type filter hook input priority 0\n counter\n tcp dport 22 jump sub\n"
	    "accept\n }\n }\n");
	struct foreign f = read_back();
	const struct foreign_chain *sub = f.first, *base = sub->next;
	struct text text = {0};
	put_rules(&text, base);
	assert_text(&text, "jump(sub) tcp dport 22 ip4 | accept ip4", "base");
	assert_ptr_equal(base->first->target, sub);
	assert_true(base->first->handle < base->last->handle);
	assert_int_equal(sub->first->end, FOREIGN_DROP);
	foreign_done(&f);
}

/* head, then each with its number from 1 on, then tail; to be freed. */
static char *script(const char *head, const char *each, int count, const char *tail)
{
	struct text text = {0};
	char *whole;
	text_put(&text, head);
	for (int i = 1; i <= count; i++)
		text_printf(&text, "%s%d", each, i);
	text_put(&text, tail);
	assert_int_equal(text_finish(&text, &whole), 0);
	return whole;
}

TEST(a_million_rules_of_others_are_not_read)
{
	need_netns();
	char *text = script("table ip small { chain c { type filter hook input priority 0; policy "
			    "drop; }; }\ntable ip large {\nchain c {\ntype filter hook input "
			    "priority 0; policy drop;\n",
		"\ndrop comment r", FOREIGN_RULES_AT_MOST + 1, "\n}\n}\n");
	nft(text);
	free(text);
	struct foreign f = read_back();
	assert_non_null(f.gaps);
	assert_string_equal(f.gaps->what, "table ip large has too many rules or sets to be read");
	assert_null(f.gaps->next);
	assert_int_equal(find(&f, "ip large")->hook, FOREIGN_NO_HOOK);
	assert_int_equal(find(&f, "ip small")->hook, FOREIGN_INPUT);
	foreign_done(&f);
}

TEST(a_large_set_of_ports_is_not_read_and_one_of_addresses_not_missed)
{
	struct text said = {0};
	need_netns();
	char *text =
		script("table inet a {\nset hosts { type ipv4_addr; elements = { 10.0.0.1 } }\n"
		       "chain c {\ntype filter hook input priority 0\nip saddr @hosts drop\n"
		       "tcp dport @ports drop\ntcp dport 7 drop\n}\n"
		       "set ports { type inet_service; elements = { 60000",
			", ", FOREIGN_ELEMENTS_AT_MOST, "} }\n}\n");
	nft(text);
	free(text);
	struct foreign f = read_back();
	put_rules(&said, f.first);
	assert_text(&said, "drop saddr 10.0.0.1 ip4 | drop tcp some-by-port | drop tcp dport 7",
		"c");
	assert_string_equal(f.gaps->what,
		"table inet a: set ports has too many elements to be read");
	assert_null(f.gaps->next);
	foreign_done(&f);
}

static bool is_ours(void *context, const struct addr *a)
{
	(void)context;
	return a->bytes[3] == 7 || a->bytes[15] == 7;
}

/* Of a block list, only what somebody is interested in is kept: of a map and of a run, all. */
TEST(of_large_sets_of_addresses_only_those_of_interest_are_kept)
{
	static const struct foreign_interest interest = {is_ours, NULL};
	struct text said = {0};
	struct foreign f;
	need_netns();
	nft("table inet a {\nset four {\ntype ipv4_addr\nelements = { 10.0.0.1, 10.0.0.7 }\n}\n"
	    "set six {\ntype ipv6_addr\nelements = { fd00::1, fd00::2 }\n}\n"
	    "chain c {\ntype filter hook input priority 0\n"
	    "ip saddr @four drop\nip6 saddr @six drop\nip saddr != @four drop\n"
	    "ip daddr { 10.0.0.0/8, 11.0.0.1 } drop\nip daddr vmap { 10.0.0.1 : drop }\n}\n}\n");
	assert_int_equal(foreign_read(&interest, &f), 0);
	put_rules(&said, f.first);
	assert_text(&said,
		"drop saddr 10.0.0.7 ip4 or unknown ip4 some | drop unknown ip6 some | "
		"drop saddr 0.0.0.0-10.0.0.6 ip4 or saddr 10.0.0.8-255.255.255.255 ip4 | "
		"drop daddr 10.0.0.0/8 ip4 or daddr 11.0.0.1 ip4 | drop daddr 10.0.0.1 ip4",
		"c");
	assert_null(f.gaps);
	foreign_done(&f);
}

TEST(a_large_block_list_is_read_and_one_without_end_is_not)
{
	static const struct foreign_interest interest = {is_ours, NULL};
	struct foreign f;
	need_netns();
	for (int part = 0; part < 2; part++) {
		FILE *to = popen("nft -f -", "w");
		assert_non_null(to);
		fputs("table inet a {\nset b {\ntype ipv4_addr\nelements = { ", to);
		for (unsigned i = 0; i < FOREIGN_LEFT_OUT_AT_MOST / 2 + 1; i++)
			fprintf(to, "10.%u.%u.%u, ", part * 100 + i / 25600, i / 100 % 256,
				100 + i % 100);
		fputs("10.0.0.7 }\n}\nchain c {\ntype filter hook input priority 0\n", to);
		fputs(part ? "}\n}\n" : "ip saddr @b drop\n}\n}\n", to);
		assert_int_equal(pclose(to), 0);
		assert_int_equal(foreign_read(&interest, &f), 0);
		assert_int_equal(f.gaps != NULL, part == 1);
		assert_int_equal(f.first->first->n_boxes, part == 0 ? 2 : 1);
		foreign_done(&f);
	}
}

static int read_and_free(void *context)
{
	struct foreign f;
	(void)context;
	int r = foreign_read(NULL, &f);
	if (r == 0)
		foreign_done(&f);
	return r;
}

TEST(memory_may_run_out_anywhere)
{
	need_netns();
	nft("table inet a {\nset ports {\ntype inet_service\nelements = { 1, 2 }\n}\n"
	    "counter seen {\n}\nchain sub {\ndrop\n}\nchain c {\n"
	    "type filter hook input priority 0\ncounter name seen\n"
	    "tcp dport @ports ct state new drop\ntcp dport vmap { 22 : jump sub }\n"
	    "meta l4proto . th dport { tcp . 22 } reject\n}\n}\n");
	assert_survives_each_failure(read_and_free, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_tables_of_others_there_is_nothing),
		cmocka_unit_test(chains_know_their_hook_and_whose_they_are),
		cmocka_unit_test(a_device_is_named_and_the_loopback_left_out),
		cmocka_unit_test(rules_keep_handle_and_order_and_find_their_chains),
		cmocka_unit_test(memory_may_run_out_anywhere),
		cmocka_unit_test(a_million_rules_of_others_are_not_read),
		cmocka_unit_test(of_large_sets_of_addresses_only_those_of_interest_are_kept),
		cmocka_unit_test(a_large_block_list_is_read_and_one_without_end_is_not),
		cmocka_unit_test(a_large_set_of_ports_is_not_read_and_one_of_addresses_not_missed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
