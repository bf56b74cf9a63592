/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches on their way, with the kernel: what it takes, what it refuses, and who comes between. */
#include "nftables/change/send.h"

#include <errno.h>

#include "nftables/encode/emit.h"
#include "nftables/change/inflight.h"
#include "live/netns.h"
#include "nftables/change/replace.h"
#include "ruleset/pair.h"

#define HOST(ports, addresses) \
	"[host]\n[flow f]\nport = " ports "\nprotocol = tcp\nsource = p\ntarget = this-host\n" \
	"[peer p]\naddress = " addresses "\n"

/* Instead of the library's: a script that is run while packets are waited for. */
static const char *meanwhile;
static unsigned waits;

int inflight_wait(void)
{
	waits++;
	if (meanwhile)
		nft(meanwhile);
	return 0;
}

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

TEST(what_the_kernel_refuses_is_told)
{
	need_netns();
	struct nfsock s = opened();
	struct diags diags = {0};
	struct batch b;
	uint32_t genid;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	batch_start(&b, s.seq, genid);
	emit_delete_set(&b, "nowhere");
	assert_int_equal(send_batch(&s, &b, batch_finish(&b), &diags), -EINVAL);
	assert_int_equal(diags.count, 1);
	diags_done(&diags);
	nfsock_close(&s);
}

TEST(a_batch_for_another_ruleset_is_not_taken)
{
	need_netns();
	struct nfsock s = opened();
	struct diags diags = {0};
	struct batch b;
	uint32_t genid;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	nft("add table inet other");
	batch_start(&b, s.seq, genid);
	emit_table(&b, 0);
	assert_int_equal(send_batch(&s, &b, batch_finish(&b), &diags), -ERESTART);
	assert_int_equal(diags.count, 0);
	nfsock_close(&s);
}

TEST(what_could_not_be_built_is_not_sent)
{
	struct nfsock s = {0};
	struct diags diags = {0};
	struct batch b;
	batch_start(&b, 1, 1);
	assert_int_equal(send_batch(&s, &b, -ENOMEM, &diags), -ENOMEM);
}

struct way {
	struct pair pair;
	struct stages stages;
	struct nfsock socket;
};

static struct way begin(const char *old, const char *next)
{
	need_netns();
	struct way w = {pair_of(old, next), {.count = 0}, opened()};
	waits = 0;
	meanwhile = NULL;
	put_whole(&w.socket, w.pair.old);
	assert_int_equal(stages_plan(&w.pair.d, w.pair.next, NULL, &w.stages), 0);
	return w;
}

static void done(struct way *w)
{
	stages_done(&w->stages);
	nfsock_close(&w->socket);
	pair_done(&w->pair);
}

static char *listed(void)
{
	return nft_output("list table inet rolewall | grep -v '\tsize ' | tr ' ' '\\n' | tr -d , "
			  "| sort");
}

TEST(stages_are_sent_to_the_end)
{
	struct way w = begin(HOST("80", "10.0.0.1, 10.1.0.0/16"),
		HOST("81 8000-9000", "10.0.0.2, 10.0.0.0/31, 10.1.0.0/16"));
	assert_int_equal(w.stages.count, 3);
	assert_int_equal(send_stages(&w.socket, &w.pair.d, &w.stages), 0);
	assert_int_equal(waits, 2);
	char *found = listed();
	nft("delete table inet rolewall");
	put_whole(&w.socket, w.pair.next);
	char *wanted = listed();
	assert_string_equal(found, wanted);
	free(found);
	free(wanted);
	done(&w);
}

TEST(commits_of_others_in_between_are_waited_out)
{
	struct way w = begin(HOST("80", "10.0.0.1"), HOST("81", "10.0.0.2"));
	meanwhile = "add table inet other; delete table inet other";
	assert_int_equal(send_stages(&w.socket, &w.pair.d, &w.stages), 0);
	done(&w);
}

TEST(who_takes_the_table_away_ends_it_half_way)
{
	struct way w = begin(HOST("80", "10.0.0.1"), HOST("81", "10.0.0.2"));
	meanwhile = "delete table inet rolewall";
	assert_int_equal(send_stages(&w.socket, &w.pair.d, &w.stages), -ESTALE);
	assert_int_equal(waits, 1);
	done(&w);
}

TEST(before_the_first_stage_nothing_is_half_done)
{
	struct way w = begin(HOST("80", "10.0.0.1"), HOST("81", "10.0.0.2"));
	nft("delete table inet rolewall");
	assert_int_equal(send_stages(&w.socket, &w.pair.d, &w.stages), -EINVAL);
	assert_int_equal(waits, 0);
	done(&w);
}

/* The hash in the kernel is as large as it was made: later changes must know. */
TEST(stages_keep_the_room_of_the_kernels_sets)
{
	struct way w = begin(HOST("80", "10.0.0.1, 10.0.0.3"), HOST("80", "10.0.0.1"));
	size_t room = ruleset_set(w.pair.old, "peer-p-hosts4")->room;
	assert_true(room > ruleset_set(w.pair.next, "peer-p-hosts4")->room);
	assert_int_equal(send_stages(&w.socket, &w.pair.d, &w.stages), 0);
	assert_int_equal(ruleset_set(w.pair.next, "peer-p-hosts4")->room, room);
	done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_refuses_is_told),
		cmocka_unit_test(a_batch_for_another_ruleset_is_not_taken),
		cmocka_unit_test(what_could_not_be_built_is_not_sent),
		cmocka_unit_test(stages_are_sent_to_the_end),
		cmocka_unit_test(commits_of_others_in_between_are_waited_out),
		cmocka_unit_test(who_takes_the_table_away_ends_it_half_way),
		cmocka_unit_test(before_the_first_stage_nothing_is_half_done),
		cmocka_unit_test(stages_keep_the_room_of_the_kernels_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
