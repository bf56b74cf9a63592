/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies put into a kernel: as root, in a network namespace of the test's own. */
#include "nftables/change/apply.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "live/slow.h"
#include "live/small.h"

TEST(what_is_applied_is_in_the_kernel)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	uint16_t generation = applied(&s, &now, small, APPLY_REPLACED);
	struct inventory i;
	assert_int_equal(inventory_read(&s, &i), 0);
	assert_int_equal((uint16_t)(i.mark >> 16), generation);
	assert_non_null(inventory_find(i.chains, "in-a"));
	assert_non_null(inventory_find(i.sets, "peer-p-hosts4"));
	assert_non_null(inventory_find(i.objects, "in-a"));
	/* all that was compiled, and nothing else */
	for (const struct chain *c = now.ruleset->chains; c; c = c->next)
		assert_non_null(inventory_find(i.chains, c->name));
	for (const struct inventory_item *x = i.chains; x; x = x->next)
		assert_non_null(ruleset_chain(now.ruleset, x->name));
	for (const struct set *x = now.ruleset->sets; x; x = x->next)
		assert_non_null(inventory_find(i.sets, x->name));
	for (const struct inventory_item *x = i.sets; x; x = x->next)
		assert_non_null(ruleset_set(now.ruleset, x->name));
	inventory_done(&i);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_reload_sends_what_it_must_and_says_what_it_was)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	uint32_t before, after;
	uint16_t first = applied(&s, &now, small, APPLY_REPLACED);
	assert_int_equal(nfsock_genid(&s, &before), 0);
	assert_int_equal(applied(&s, &now, small, APPLY_UNCHANGED), first);
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(after, before); /* nothing was sent */

	const char *more = "[host]\n[management]\nfrom = 10.0.9.0/24\n" PEER("10.0.0.1 10.0.0.2")
		FLOW("a", "80") FLOW("b", "81");
	assert_int_equal(applied(&s, &now, more, APPLY_EXTENDED), first);
	assert_int_equal(generation_in_kernel(&s), first);
	uint16_t second = applied(&s, &now, small, APPLY_RESTRICTED);
	assert_int_equal(second, first == 65535 ? 1 : first + 1);
	assert_int_equal(generation_in_kernel(&s), second);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(tables_of_others_are_left_as_they_are)
{
	need_netns();
	nft("table inet other {\n"
	    "counter c { packets 5 bytes 7 }\n"
	    "set rolewall { type ipv4_addr; elements = { 10.0.0.1 } }\n"
	    "chain input { type filter hook input priority 0; policy accept; tcp dport 1 drop; }\n"
	    "}\n"
	    "table ip rolewall {\n"
	    "chain input { type filter hook input priority 0; policy accept; }\n"
	    "}\n");
	char *before = nft_output("-a list table inet other; nft -a list table ip rolewall");
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	applied(&s, &now, "[host]\n", APPLY_RESTRICTED);
	restart(&now);
	applied(&s, &now, small, APPLY_REPLACED);
	char *after = nft_output("-a list table inet other; nft -a list table ip rolewall");
	assert_string_equal(after, before);
	free(before);
	free(after);
	applied_done(&now);
	nfsock_close(&s);
}

/* A host file whose peer has so many addresses. */
static char *large(unsigned n, const char *flows)
{
	struct text t = {0};
	char *text;
	text_put(&t, "[host]\n[management]\nfrom = 10.0.9.0/24\n[peer p]\naddress =");
	for (unsigned i = 0; i < n; i++)
		text_printf(&t, " 10.%u.%u.%u", 16 + i / 32768, i / 128 % 256, i % 128 * 2);
	text_printf(&t, "\n%s", flows);
	assert_int_equal(text_finish(&t, &text), 0);
	return text;
}

/* Each is a commit, of some 4,000 addresses at most. */
TEST(a_large_change_goes_in_parts)
{
	static const struct {
		unsigned addresses;
		const char *flows;
		enum apply_outcome outcome;
		unsigned commits; /* at least */
	} cases[] = {
		{30000, FLOW("a", "80"), APPLY_REPLACED, 4},
		{12000, FLOW("a", "80"), APPLY_RESTRICTED, 3},
		{30000, FLOW("a", "80"), APPLY_EXTENDED, 3},
		{60000, FLOW("a", "80"), APPLY_EXTENDED, 8}, /* outgrows its room */
		{30000, FLOW("a", "80 81"), APPLY_RESTRICTED, 4},
	};
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *host = large(cases[i].addresses, cases[i].flows);
		struct text difference = {0};
		struct diags diags = {0};
		uint32_t before, after;
		assert_int_equal(nfsock_genid(&s, &before), 0);
		applied(&s, &now, host, cases[i].outcome);
		assert_int_equal(nfsock_genid(&s, &after), 0);
		assert_true(after - before >= cases[i].commits);
		assert_int_equal(apply_verify(&s, &now, &diags, &difference), 0);
		text_done(&difference);
		free(host);
	}
	/* and so does a repair */
	struct text difference = {0};
	struct diags diags = {0};
	nft("delete table inet rolewall");
	assert_int_equal(apply_verify(&s, &now, &diags, &difference), 1);
	text_done(&difference);
	assert_int_equal(apply_verify(&s, &now, &diags, &difference), 0);
	text_done(&difference);
	applied_done(&now);
	nfsock_close(&s);
}

/* n peers of so many addresses, and a flow for each. */
static char *many_peers(unsigned n, unsigned addresses)
{
	struct text t = {0};
	char *text;
	text_put(&t, "[host]\n[management]\nfrom = 10.0.9.0/24\n");
	for (unsigned i = 0; i < n; i++) {
		text_printf(&t, "[peer p%u]\naddress =", i);
		for (unsigned j = 0; j < addresses; j++)
			text_printf(&t, " 10.%u.%u.%u", 16 + i / 256, i % 256, 2 * j);
		text_printf(&t,
			"\n[flow f%u]\nport = %u\nprotocol = tcp\nsource = p%u\n"
			"target = this-host\n",
			i, 1000 + i, i);
	}
	assert_int_equal(text_finish(&t, &text), 0);
	return text;
}

/* The kernel goes through all chains of all tables at each commit.  Ten thousand peers took ten
 * thousand commits, and half a minute. */
TEST(many_small_sets_are_filled_together)
{
	static const unsigned peers[] = {400, 300, 400};
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		char *host = many_peers(peers[i], 30);
		struct text difference = {0};
		struct diags diags = {0};
		uint32_t before, after;
		assert_int_equal(nfsock_genid(&s, &before), 0);
		applied(&s, &now, host, APPLY_REPLACED); /* a takeover, the second time */
		assert_int_equal(nfsock_genid(&s, &after), 0);
		assert_in_range(after - before, 1, 15);
		assert_int_equal(apply_verify(&s, &now, &diags, &difference), 0);
		text_done(&difference);
		free(host);
		restart(&now);
	}
	nfsock_close(&s);
}

TEST(counts_outlive_a_reload_and_a_restart)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	nft("table inet rolewall { counter in-a { packets 5 bytes 7\n}\n}\n");
	applied(&s, &now, small, APPLY_REPLACED);
	applied(&s, &now, "[host]\n" PEER("10.0.0.1") FLOW("a", "80"), APPLY_RESTRICTED);
	char *found = nft_output("list counter inet rolewall in-a");
	assert_non_null(strstr(found, "packets 5 bytes 7"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

/* Demands that the table is found to differ, and why, and that it is repaired. */
static void verified(struct nfsock *s, struct applied *now, int result, const char *wanted)
{
	struct text text = {0};
	struct diags diags = {0};
	char *found = NULL;
	assert_int_equal(apply_verify(s, now, &diags, &text), result);
	assert_int_equal(diags.count, 0);
	diags_done(&diags);
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

TEST(a_table_that_is_as_we_left_it_is_left_alone)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	uint32_t before, after;
	uint16_t generation = applied(&s, &now, small, APPLY_REPLACED);
	assert_int_equal(nfsock_genid(&s, &before), 0);
	verified(&s, &now, 0, "");
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(after, before);
	assert_int_equal(now.ruleset->generation, generation);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_table_that_somebody_removed_is_brought_back)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	struct text text = {0};
	struct diags diags = {0};
	uint16_t generation = applied(&s, &now, small, APPLY_REPLACED);
	nft("delete table inet rolewall\n");
	assert_int_equal(apply_verify(&s, &now, &diags, &text), 1);
	text_done(&text);
	char *found = table();
	assert_non_null(strstr(found, "chain in-a"));
	free(found);
	/* what was let in meanwhile has no stamp of the generation to come */
	assert_int_equal(now.ruleset->generation, generation == 65535 ? 1 : generation + 1);
	verified(&s, &now, 0, "");
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_rule_that_somebody_put_in_is_told_and_taken_out)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	nft("insert rule inet rolewall input tcp dport 23 accept\n");
	verified(&s, &now, 1, "chain input changed");
	char *found = table();
	assert_null(strstr(found, "dport 23"));
	free(found);
	nft("add element inet rolewall peer-p-hosts4 { 10.6.6.6 }\n");
	verified(&s, &now, 1, "set peer-p-hosts4 changed");
	found = table();
	assert_null(strstr(found, "10.6.6.6"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

TEST(a_difference_that_does_not_fit_is_followed_by_the_whole)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	applied(&s, &now, small, APPLY_REPLACED);
	nft("delete table inet rolewall\n");
	applied(&s, &now, "[host]\n" PEER("10.0.0.1 10.0.0.2") FLOW("a", "81"), APPLY_REPLACED);
	char *found = table();
	assert_non_null(strstr(found, "10.0.0.2"));
	assert_non_null(strstr(found, "chain input"));
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

/* Runs that overlap: no parsed list has any, so they are put there by hand. */
TEST(what_the_kernel_refuses_is_told_by_file_and_line_and_changes_nothing)
{
	need_netns();
	struct nfsock s = opened();
	struct applied now = anybodys();
	struct diags diags = {0};
	enum apply_outcome outcome;
	applied(&s, &now, small, APPLY_REPLACED);
	struct applied kept = now;
	char *before = table();

	struct policy *p = memory_policy(NULL, "[host]\n" PEER("10.0.0.1") FLOW("a", "80"));
	struct addrset *a = &p->host.peers[0].addresses;
	struct addr_range run;
	char why[ADDR_FAULT_SIZE];
	assert_int_equal(addr_range_parse("10.1.0.0/16", 11, &run, why), 0);
	assert_int_equal(addrset_add(a, &run), 0);
	assert_int_equal(addr_range_parse("10.1.5.0/24", 11, &run, why), 0);
	assert_int_equal(addrset_add(a, &run), 0);
	assert_int_equal(apply_policy(&s, &now, p, &diags, &outcome), -EINVAL);
	assert_true(diags.count >= 1);
	assert_string_equal(diags.items[0].at.file, "etc/rolewall.conf");
	assert_int_equal(diags.items[0].at.line, 2);
	assert_int_equal(diags.items[0].at.column, 1);
	assert_non_null(strstr(diags.items[0].message,
		"the kernel refused the elements of set peer-p-ranges4: "));
	assert_non_null(strstr(diags.items[0].message, "; nothing was changed"));
	diags_done(&diags);
	policy_free(p);

	char *after = table();
	assert_string_equal(after, before);
	free(before);
	free(after);
	assert_ptr_equal(now.ruleset, kept.ruleset);
	applied_done(&now);
	nfsock_close(&s);
}

/* A table that another process owns is no lack of privileges. */
TEST(a_table_owned_by_another_is_told_as_such)
{
	need_netns();
	struct nfsock owner = opened(), s = opened();
	struct refusals refusals = {0};
	struct batch b;
	uint32_t genid;
	assert_int_equal(nfsock_genid(&owner, &genid), 0);
	batch_start(&b, owner.seq, genid);
	struct nlmsghdr *nlh = batch_message(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, TABLE_NAME);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_OWNER));
	batch_add(&b, (struct origin){.what = "table"});
	assert_int_equal(batch_finish(&b), 0);
	assert_int_equal(nfsock_send(&owner, &b, &refusals), 0);
	batch_done(&b);

	struct applied now = anybodys();
	struct diags diags = {0};
	enum apply_outcome outcome;
	struct policy *p = memory_policy(NULL, small);
	assert_int_equal(apply_policy(&s, &now, p, &diags, &outcome), -EBUSY);
	assert_null(now.ruleset);
	diags_done(&diags);
	policy_free(p);
	nfsock_close(&owner);
	nfsock_close(&s);
}

/* Slow packets. */

#define OUT(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = udp\nsource = this-host\ntarget = p\n"
#define OUTSIDE(addresses) "[host]\n[peer p]\naddress = " addresses "\n"

/* Sends to 10.9.0.2:9, where nobody answers, so that each packet is judged, until it is told to
 * end; how many the firewall did not let out is its exit status. */
static volatile sig_atomic_t is_told;

static void on_told(int signal)
{
	(void)signal;
	is_told = 1;
}

static pid_t start_sending(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x0a090002)};
	signal(SIGUSR1, on_told);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child > 0)
		return child;
	unsigned lost = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int s = socket(AF_INET, SOCK_DGRAM, 0); !is_told;)
		lost += sendto(s, "", 1, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 &&
			errno == EPERM;
	_exit(lost > 255 ? 255 : (int)lost);
}

static void make_outside(void)
{
	assert_int_equal(system("ip link add veth0 type veth peer name veth1 && "
				"ip link set veth0 up && ip link set veth1 up && "
				"ip address add 10.9.0.1/24 dev veth0 && "
				"ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev veth0"),
		0);
}

/* A host whose packets to 10.9.0.2 meet slow-a first, in a chain of ours. */
static void make_slow(const char *chain, int times)
{
	struct text script = {0};
	text_put(&script, "table inet rolewall {\n");
	put_slow_chains(&script, times);
	text_put(&script, "}\n");
	text_printf(&script, "insert rule inet rolewall %s jump slow-a\n", chain);
	nft_text(&script);
}

static void change_to(struct nfsock *s, struct applied *now, const char *host)
{
	struct diags diags = {0};
	enum apply_outcome outcome;
	assert_int_equal(apply_policy(s, now, memory_policy(NULL, host), &diags, &outcome), 0);
	assert_true(outcome == APPLY_EXTENDED || outcome == APPLY_RESTRICTED);
	diags_done(&diags);
}

static void assert_nothing_lost(pid_t sender)
{
	int status;
	assert_int_equal(kill(sender, SIGUSR1), 0);
	assert_int_equal(waitpid(sender, &status, 0), sender);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A flow beside it comes and goes, and its own has another name, another port beside its own,
 * another kind of set: a packet on its way finds all that it needs. */
TEST(no_change_of_rules_loses_a_packet_on_its_way)
{
	static const char *const changes[] = {
		OUTSIDE("10.9.0.2") OUT("f", "9"),
		OUTSIDE("10.9.0.2") OUT("f", "9") OUT("g", "10"),
		OUTSIDE("10.9.0.2") OUT("h", "9"),
		OUTSIDE("10.9.0.2") OUT("h", "9 11"),
		OUTSIDE("10.9.0.0/30") OUT("h", "9"),
		OUTSIDE("10.9.0.0/30") OUT("h", "1-100"),
		OUTSIDE("10.9.0.2, 10.9.0.4/30") OUT("h", "1-100"),
		OUTSIDE("10.9.0.0-10.9.0.6") OUT("h", "1-100"),
	};
	enum { ROUNDS = 3, CHANGES = sizeof(changes) / sizeof(changes[0]) };
	struct applied now = anybodys();
	need_netns();
	make_outside();
	struct nfsock s = opened();
	applied(&s, &now, changes[0], APPLY_REPLACED);
	make_slow("outbound", 100);
	pid_t sender = start_sending();
	for (int i = 1; i <= ROUNDS * CHANGES; i++)
		change_to(&s, &now, changes[i % CHANGES]);
	assert_nothing_lost(sender);
	char *found = table();
	assert_non_null(strstr(found, "jump slow-a")); /* they have been slow to the end */
	free(found);
	applied_done(&now);
	nfsock_close(&s);
}

/* The packet is in the very chain that is written anew, in front of the map that goes. */
TEST(a_map_goes_after_the_packets_whose_rules_name_it)
{
	enum { ROUNDS = 20 };
	struct applied now = anybodys();
	need_netns();
	make_outside();
	struct nfsock s = opened();
	applied(&s, &now, OUTSIDE("10.9.0.2") OUT("f", "9"), APPLY_REPLACED);
	pid_t sender = start_sending();
	for (int i = 1; i <= ROUNDS; i++) {
		make_slow("outbound-udp", 15);
		change_to(&s, &now,
			i % 2 ? OUTSIDE("10.9.0.2") OUT("f", "9 10")
			      : OUTSIDE("10.9.0.2") OUT("f", "9"));
		nft("flush chain inet rolewall slow-a; flush chain inet rolewall slow-b;"
		    "flush chain inet rolewall slow-c");
	}
	assert_nothing_lost(sender);
	applied_done(&now);
	nfsock_close(&s);
}

static int apply_without_privileges(void)
{
	struct nfsock s;
	struct applied now = anybodys();
	struct diags diags = {0};
	enum apply_outcome outcome;
	if (setgid(65534) < 0 || setuid(65534) < 0 || nfsock_open(&s) < 0)
		return 255;
	int r = apply_policy(&s, &now, memory_policy(NULL, small), &diags, &outcome);
	return diags.count || now.ruleset ? 254 : -r;
}

TEST(without_privileges_nothing_is_changed_and_eperm_says_so)
{
	need_netns();
	assert_int_equal(in_child(apply_without_privileges), EPERM);
	char *tables = nft_output("list tables");
	assert_string_equal(tables, "");
	free(tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_applied_is_in_the_kernel),
		cmocka_unit_test(a_reload_sends_what_it_must_and_says_what_it_was),
		cmocka_unit_test(tables_of_others_are_left_as_they_are),
		cmocka_unit_test(a_large_change_goes_in_parts),
		cmocka_unit_test(many_small_sets_are_filled_together),
		cmocka_unit_test(counts_outlive_a_reload_and_a_restart),
		cmocka_unit_test(a_table_that_is_as_we_left_it_is_left_alone),
		cmocka_unit_test(a_table_that_somebody_removed_is_brought_back),
		cmocka_unit_test(a_rule_that_somebody_put_in_is_told_and_taken_out),
		cmocka_unit_test(a_difference_that_does_not_fit_is_followed_by_the_whole),
		cmocka_unit_test(
			what_the_kernel_refuses_is_told_by_file_and_line_and_changes_nothing),
		cmocka_unit_test(a_table_owned_by_another_is_told_as_such),
		cmocka_unit_test(no_change_of_rules_loses_a_packet_on_its_way),
		cmocka_unit_test(a_map_goes_after_the_packets_whose_rules_name_it),
		cmocka_unit_test(without_privileges_nothing_is_changed_and_eperm_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
