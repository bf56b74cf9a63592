/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of which only the names are known: what becomes of them, step by step. */
#include "nftables/change/takeover.h"

#include <errno.h>

#include "live/netns.h"
#include "nftables/change/inflight.h"
#include "nftables/change/replace.h"
#include "nftables/change/send.h"
#include "ruleset/pair.h"

#define HOST(ports, addresses) \
	"[host]\n[management]\nfrom = 10.0.9.0/24\n[flow f]\nport = " ports "\nprotocol = tcp\n" \
	"source = p\ntarget = this-host\n[peer p]\naddress = " addresses "\n"

static const char old_host[] = HOST("80 8000-9000", "10.0.0.1, 10.1.0.0/16");
static const char next_host[] = HOST("80 81 8000-9000", "10.0.0.2, 10.1.0.0/16, 10.2.0.0/16");

/* Instead of the library's: what happens when packets are waited for. */
static struct {
	unsigned calls;
	void (*f)(unsigned call);
} waiting;

int inflight_wait(void)
{
	waiting.calls++;
	if (waiting.f)
		waiting.f(waiting.calls);
	return 0;
}

struct fixture {
	struct pair pair;
	struct nfsock socket;
};

static void put_whole(struct nfsock *s, const struct ruleset *r)
{
	struct inventory now;
	struct diags diags = {0};
	struct batch b;
	assert_int_equal(inventory_read(s, &now), 0);
	int result = replace_batch(r, &now, OWNERSHIP_NONE, s->seq, &b);
	assert_int_equal(send_batch(s, &b, result, &diags), 0);
	inventory_done(&now);
}

static struct fixture begin(void)
{
	need_netns();
	waiting.calls = 0;
	waiting.f = NULL;
	struct fixture f = {pair_of(old_host, next_host), opened()};
	put_whole(&f.socket, f.pair.old);
	return f;
}

static void done(struct fixture *f)
{
	nfsock_close(&f->socket);
	pair_done(&f->pair);
}

static int take_over(struct fixture *f)
{
	struct inventory now;
	assert_int_equal(inventory_read(&f->socket, &now), 0);
	int r = takeover(&f->socket, &now, OWNERSHIP_NONE, f->pair.next);
	inventory_done(&now);
	return r;
}

/* Without what may differ: the order in which a hash is listed. */
static char *listed(void)
{
	return nft_output("list table inet rolewall | tr ' ' '\\n' | tr -d , | sort");
}

/* Demands that the table is as if next had been put there into an empty one. */
static void assert_taken_over(struct fixture *f)
{
	char *found = listed();
	nft("delete table inet rolewall");
	put_whole(&f->socket, f->pair.next);
	char *wanted = listed();
	assert_string_equal(found, wanted);
	free(found);
	free(wanted);
}

TEST(a_table_becomes_another_one)
{
	struct fixture f = begin();
	assert_int_equal(take_over(&f), 1);
	assert_int_equal(waiting.calls, 4);
	assert_taken_over(&f);
	done(&f);
}

TEST(what_others_and_earlier_takeovers_left_goes)
{
	struct fixture f = begin();
	nft("table inet rolewall {\n"
	    "set peer-p-hosts4-1 { type ipv4_addr; elements = { 10.6.6.6 } }\n"
	    "map m { type inet_service : verdict; elements = { 1 : jump c } }\n"
	    "quota q { 1 mbytes }\n"
	    "chain c { ip saddr @peer-p-hosts4-1 accept; quota name \"q\"; }\n"
	    "chain early { type filter hook input priority -10; policy accept; jump c; }\n"
	    "chain input { tcp dport vmap @m; }\n"
	    "}\n"
	    "add chain inet rolewall input { policy accept; }\n"
	    "insert rule inet rolewall in-f accept\n");
	const char *ports = ruleset_numbers(f.pair.next, "inbound-tcp-ranges")->name;
	char script[256];
	snprintf(script, sizeof(script), "add element inet rolewall %s { 1-7 : accept }", ports);
	nft(script);
	assert_int_equal(take_over(&f), 1);
	assert_taken_over(&f);
	done(&f);
}

/* Both sets are there before rules go from one to the other, and back, and until after. */
static void see_the_stages(unsigned call)
{
	char *found = nft_output("list table inet rolewall");
	assert_non_null(strstr(found, "set peer-p-hosts4 {"));
	assert_non_null(strstr(found, "set peer-p-hosts4-1 {"));
	bool shadow = call == 2 || call == 3;
	assert_int_equal(strstr(found, "@peer-p-hosts4-1 ") != NULL, shadow);
	assert_int_equal(strstr(found, "@peer-p-hosts4 ") != NULL, !shadow);
	free(found);
}

TEST(nothing_goes_before_packets_have_left_it)
{
	struct fixture f = begin();
	waiting.f = see_the_stages;
	assert_int_equal(take_over(&f), 1);
	assert_int_equal(waiting.calls, 4);
	done(&f);
}

static void assert_untouched(struct fixture *f, int wanted)
{
	char *before = listed(), *after;
	assert_int_equal(take_over(f), wanted);
	after = listed();
	assert_string_equal(after, before);
	free(before);
	free(after);
}

TEST(a_table_that_does_not_protect_is_left_to_others)
{
	struct fixture f = begin();
	nft("flush chain inet rolewall output; delete chain inet rolewall output");
	assert_untouched(&f, 0);
	nft("delete table inet rolewall");
	assert_int_equal(take_over(&f), 0);
	done(&f);
}

TEST(what_stands_in_the_way_by_its_name_is_left_to_others)
{
	struct fixture f = begin();
	const char *ports = ruleset_numbers(f.pair.next, "inbound-tcp-ports")->name;
	char script[256];
	snprintf(script, sizeof(script), "add set inet rolewall %s { type ipv4_addr; }", ports);
	nft(script);
	assert_untouched(&f, 0);
	done(&f);
	f = begin();
	nft("flush chain inet rolewall accept-in-f;"
	    "flush chain inet rolewall reversed-in-f; delete counter inet rolewall in-f;"
	    "add quota inet rolewall in-f { 1 mbytes; }");
	assert_untouched(&f, 0);
	done(&f);
}

/* Sets are filled before rules lead to them. */
TEST(runs_that_overlap_are_refused_and_no_rule_is_changed)
{
	struct fixture f = begin();
	struct addr_range run;
	char why[ADDR_FAULT_SIZE];
	assert_int_equal(addr_range_parse("10.1.5.0/24", 11, &run, why), 0);
	/* no parsed list has any, so it is put there by hand */
	assert_int_equal(addrset_add(&f.pair.policies[1]->host.peers[0].addresses, &run), 0);
	char *before = nft_output("list chain inet rolewall in-f");
	assert_int_equal(take_over(&f), -ESTALE);
	char *after = nft_output("list chain inet rolewall in-f");
	assert_string_equal(after, before);
	free(before);
	free(after);
	done(&f);
}

static void add_another_table(unsigned call)
{
	if (call == 1)
		nft("add table inet other");
}

TEST(a_commit_of_others_ends_it)
{
	struct fixture f = begin();
	struct inventory now;
	assert_int_equal(inventory_read(&f.socket, &now), 0);
	nft("add table inet other");
	assert_int_equal(takeover(&f.socket, &now, OWNERSHIP_NONE, f.pair.next), -ERESTART);
	inventory_done(&now);
	nft("delete table inet other");
	waiting.f = add_another_table;
	assert_int_equal(take_over(&f), -ESTALE);
	/* and the next one ends it well */
	waiting.f = NULL;
	assert_int_equal(take_over(&f), 1);
	assert_taken_over(&f);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_becomes_another_one),
		cmocka_unit_test(what_others_and_earlier_takeovers_left_goes),
		cmocka_unit_test(nothing_goes_before_packets_have_left_it),
		cmocka_unit_test(a_table_that_does_not_protect_is_left_to_others),
		cmocka_unit_test(what_stands_in_the_way_by_its_name_is_left_to_others),
		cmocka_unit_test(runs_that_overlap_are_refused_and_no_rule_is_changed),
		cmocka_unit_test(a_commit_of_others_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
