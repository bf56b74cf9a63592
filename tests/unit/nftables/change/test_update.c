/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction for a table that we know: only what differs, in an order that the kernel
 * takes; and with the kernel, many small changes that must add up. */
#include "nftables/change/update.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>

#include "live/netns.h"
#include "nftables/change/replace.h"
#include "live/sequence.h"
#include "ruleset/failing_malloc.h"
#include "ruleset/pair.h"

#define PEER(addresses) "[peer p]\naddress = " addresses "\n"
#define FLOW(name, port) \
	"[flow " name "]\nport = " port "\nprotocol = tcp\nsource = p\ntarget = this-host\n"

static void assert_update(const char *old, const char *next, const char *wanted)
{
	struct pair p = pair_of(old, next);
	struct batch b;
	assert_int_equal(update_batch(&p.d, 10, 77, &b), 0);
	assert_sequence(&b, wanted);
	batch_done(&b);
	pair_done(&p);
}

TEST(nothing_is_sent_for_no_difference)
{
	const char *same = "[host]\n" PEER("10.0.0.1") FLOW("a", "80");
	assert_update(same, same, "begin\nend\n");
}

TEST(an_address_is_one_element)
{
	assert_update("[host]\n" PEER("10.0.0.1") FLOW("a", "80"),
		"[host]\n" PEER("10.0.0.1 10.0.0.2") FLOW("a", "80"),
		"begin\n+elements peer-p-hosts4\nend\n");
	assert_update("[host]\n" PEER("10.0.0.1 10.0.0.2") FLOW("a", "80"),
		"[host]\n" PEER("10.0.0.3 10.0.0.2") FLOW("a", "80"),
		"begin\n-elements peer-p-hosts4\n+elements peer-p-hosts4\nend\n");
}

TEST(a_flow_more_is_its_own_objects_and_another_map)
{
	assert_update("[host]\n" PEER("10.0.0.1") FLOW("a", "80"),
		"[host]\n" PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		"begin\n"
		"-rules inbound-tcp\n"
		"-rules reversed-inbound-tcp\n"
		"-set inbound-tcp-ports\n"
		"-set reversed-inbound-tcp-ports\n"
		"+chain accept-in-b\n"
		"+chain in-b\n"
		"+chain reversed-in-b\n"
		"+object in-b\n"
		"+set inbound-tcp-ports\n"
		"+elements inbound-tcp-ports\n"
		"+set reversed-inbound-tcp-ports\n"
		"+elements reversed-inbound-tcp-ports\n"
		"+rule accept-in-b\n"
		"+rule in-b\n"
		"+rule inbound-tcp\n"
		"+rule reversed-in-b\n"
		"+rule reversed-inbound-tcp\n"
		"end\n");
}

TEST(a_flow_less_goes_rules_first_then_maps_then_chains)
{
	assert_update("[host]\n" PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		"[host]\n" PEER("10.0.0.1") FLOW("a", "80"),
		"begin\n"
		"-rules inbound-tcp\n"
		"-rules reversed-inbound-tcp\n"
		"-rules accept-in-b\n"
		"-rules in-b\n"
		"-rules reversed-in-b\n"
		"-set inbound-tcp-ports\n"
		"-set reversed-inbound-tcp-ports\n"
		"+set inbound-tcp-ports\n"
		"+elements inbound-tcp-ports\n"
		"+set reversed-inbound-tcp-ports\n"
		"+elements reversed-inbound-tcp-ports\n"
		"-chain accept-in-b\n"
		"-chain in-b\n"
		"-chain reversed-in-b\n"
		"-object in-b\n"
		"+rule inbound-tcp\n"
		"+rule reversed-inbound-tcp\n"
		"end\n");
}

/* The set cannot go while rules look it up, and they must look up the new one. */
TEST(a_set_that_outgrows_its_room_takes_its_rules_with_it)
{
	assert_update("[host]\n" PEER("10.0.0.1") FLOW("a", "80"),
		"[host]\n" PEER("10.0.0.1 10.0.0.3 10.0.0.5 10.0.0.7 10.0.0.9 10.0.0.11 10.0.0.13 "
				"10.0.0.15 10.0.0.17 10.0.0.19") FLOW("a", "80"),
		"begin\n"
		"-rules echo-v4\n"
		"-rules refused-inbound\n"
		"-rules in-a\n"
		"-rules reversed-in-a\n"
		"-set peer-p-hosts4\n"
		"+set peer-p-hosts4\n"
		"+elements peer-p-hosts4\n"
		"+rule echo-v4\n"
		"+rule echo-v4\n"
		"+rule refused-inbound\n"
		"+rule refused-inbound\n"
		"+rule refused-inbound\n"
		"+rule refused-inbound\n"
		"+rule in-a\n"
		"+rule reversed-in-a\n"
		"end\n");
}

TEST(the_batch_is_for_one_generation_of_the_kernels_ruleset)
{
	struct pair p = pair_of("[host]\n", "[host]\n[management]\nfrom = 10.0.9.1\n");
	struct batch b;
	assert_int_equal(update_batch(&p.d, 10, 77, &b), 0);
	const struct decoded *d = decode(&b);
	assert_int_equal(d->messages[0]->nlmsg_seq, 10);
	assert_int_equal(ntohl(mnl_attr_get_u32(attribute(d->messages[0], NFNL_BATCH_GENID))), 77);
	batch_done(&b);
	pair_done(&p);
}

TEST(a_chain_that_changes_its_hook_needs_a_replacement)
{
	struct chain here = {.name = "x", .hook = HOOK_INPUT}, there = {.name = "x"};
	const struct ruleset old = {.chains = &here}, next = {.chains = &there};
	struct differences d;
	struct batch b;
	assert_int_equal(differences_find(&old, &next, NULL, &d), 0);
	assert_int_equal(update_batch(&d, 1, 1, &b), -EOPNOTSUPP);
	batch_done(&b);
	differences_done(&d);
}

static int update_and_free(void *context)
{
	struct batch b;
	int r = update_batch(context, 1, 1, &b);
	batch_done(&b);
	return r;
}

TEST(each_failing_allocation_is_reported_and_nothing_is_kept)
{
	struct pair p = pair_of("[host]\n" PEER("10.0.0.1") FLOW("a", "80") FLOW("b", "81"),
		"[host]\n" PEER("10.0.0.2") FLOW("a", "80") FLOW("c", "82"));
	assert_survives_each_failure(update_and_free, &p.d);
	pair_done(&p);
}

/* With the kernel. */

static void commit(struct nfsock *s, struct batch *b)
{
	struct refusals refusals = {0};
	int r = nfsock_send(s, b, &refusals);
	if (r < 0)
		fail_msg("refused: message %u of %zu: %s",
			refusals.count ? refusals.items[0].seq - b->first_seq : 0, b->count,
			strerror(refusals.count ? refusals.items[0].error : -r));
	batch_done(b);
}

static void put_whole(struct nfsock *s, const struct ruleset *r)
{
	struct inventory now;
	struct batch b;
	assert_int_equal(inventory_read(s, &now), 0);
	assert_int_equal(replace_batch(r, &now, OWNERSHIP_NONE, s->seq, &b), 0);
	commit(s, &b);
	inventory_done(&now);
}

static void put_difference(struct nfsock *s, const struct ruleset *old, struct ruleset *next)
{
	struct differences d;
	struct batch b;
	uint32_t genid;
	assert_int_equal(nfsock_genid(s, &genid), 0);
	assert_int_equal(differences_find(old, next, NULL, &d), 0);
	assert_int_equal(update_batch(&d, s->seq, genid, &b), 0);
	commit(s, &b);
	changes_keep_room(next, &d);
	differences_done(&d);
}

/* The table as nft lists it, without what may differ: the size of a hash, and the order in
 * which it is listed. */
static char *listed(void)
{
	char *text = nft_output("list table inet rolewall | grep -v '\tsize ' | tr ' ' '\\n' | "
				"tr -d , | sort");
	assert_non_null(strstr(text, "inet"));
	return text;
}

/* A policy of some of eight runs and eight hosts, and of ports in some of a few shapes. */
static struct policy *random_policy(void)
{
	static const char *const runs[] = {"0.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16",
		"10.2.0.0-10.2.0.9", "10.2.0.10-10.3.255.255", "192.0.2.0/24", "224.0.0.0/4",
		"240.0.0.0/4"};
	static const char *const ports[] = {"80", "1000-2000", "1500-2500", "2001-3000", "1-65535",
		"80 443 1500", "60000-65535", "1000-1010"};
	struct text text = {0};
	text_put(&text, "[host]\n[peer p]\naddress = 172.16.0.1");
	for (int i = 0; i < 8; i++)
		if (rand() % 2)
			text_printf(&text, ", %s", runs[i]);
	for (int i = 0, n = rand() % 40; i < n; i++)
		text_printf(&text, ", 172.16.%d.7", rand() % 40);
	text_put(&text, "\n");
	for (int i = 0; i < 8; i++)
		if (rand() % 3 == 0)
			text_printf(&text,
				"[flow f%d]\nport = %s\nprotocol = %s\nsource = p\n"
				"target = this-host\ninitiator = %s\n",
				i, ports[rand() % 8], rand() % 2 ? "tcp" : "tcp udp",
				rand() % 2 ? "either" : "source");
	text_put(&text,
		"[flow always]\nport = 7\nprotocol = tcp\nsource = p\ntarget = this-host\n");
	char *host = finished(&text);
	struct policy *p = memory_policy(NULL, host);
	free(host);
	return p;
}

/* A namespace and a socket in it. */
struct place_of_work {
	int namespace;
	struct nfsock socket;
};

static struct place_of_work new_place(void)
{
	struct place_of_work w;
	need_netns();
	w.namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(w.namespace >= 0);
	w.socket = opened();
	return w;
}

static char *listed_there(const struct place_of_work *w)
{
	assert_int_equal(setns(w->namespace, CLONE_NEWNET), 0);
	return listed();
}

static void leave(struct place_of_work *w)
{
	nfsock_close(&w->socket);
	close(w->namespace);
}

/* Here step by step by differences, there each time put there whole. */
TEST(many_differences_add_up_to_the_whole)
{
	enum { STEPS = 60 };
	struct place_of_work here = new_place(), there = new_place();
	srand(4422); /* the same steps each time */
	struct policy *old_policy = random_policy();
	struct ruleset *old = compiled(old_policy, 1);
	put_whole(&here.socket, old);
	for (int i = 0; i < STEPS; i++) {
		struct policy *policy = random_policy();
		struct ruleset *next = compiled(policy, (uint16_t)(1 + i / 7));
		put_difference(&here.socket, old, next);
		put_whole(&there.socket, next);
		char *found = listed_there(&here), *wanted = listed_there(&there);
		if (strcmp(found, wanted) != 0)
			fail_msg("step %d differs", i);
		free(found);
		free(wanted);
		ruleset_free(old);
		policy_free(old_policy);
		old = next;
		old_policy = policy;
	}
	ruleset_free(old);
	policy_free(old_policy);
	leave(&here);
	leave(&there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_sent_for_no_difference),
		cmocka_unit_test(an_address_is_one_element),
		cmocka_unit_test(a_flow_more_is_its_own_objects_and_another_map),
		cmocka_unit_test(a_flow_less_goes_rules_first_then_maps_then_chains),
		cmocka_unit_test(a_set_that_outgrows_its_room_takes_its_rules_with_it),
		cmocka_unit_test(the_batch_is_for_one_generation_of_the_kernels_ruleset),
		cmocka_unit_test(a_chain_that_changes_its_hook_needs_a_replacement),
		cmocka_unit_test(each_failing_allocation_is_reported_and_nothing_is_kept),
		cmocka_unit_test(many_differences_add_up_to_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
