/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found by trying is what the kernel then does, and it is found in one transaction. */
#include "nftables/change/abilities.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live/netns.h"
#include "nftables/change/queues.h"
#include "nftables/change/timeouts.h"
#include "nftables/encode/emit.h"

/* In the place of the C library's: transactions, and nothing else, are sent with it. */
static unsigned transactions;

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	transactions++;
	return syscall(SYS_sendmsg, fd, message, flags);
}

/* What the kernel says to a table with the flags of an ownership, made in earnest. */
static bool is_known(enum ownership o)
{
	struct nfsock s = opened();
	struct refusals refusals = {0};
	struct batch b;
	uint32_t genid;
	assert_int_equal(nfsock_genid(&s, &genid), 0);
	batch_start(&b, s.seq, genid);
	emit_table(&b, ownership_flags(o));
	assert_int_equal(batch_finish(&b), 0);
	int r = nfsock_send(&s, &b, &refusals);
	batch_done(&b);
	free(refusals.items);
	nfsock_close(&s);
	char *said = nft_output("delete table inet rolewall");
	free(said);
	assert_true(r == 0 || r == -EREMOTEIO);
	return r == 0;
}

static struct abilities find(struct nfsock *s, enum ownership wanted, bool socket_is_kept,
	bool with_queues)
{
	struct abilities found = {(enum ownership)99, true, true};
	transactions = 0;
	assert_int_equal(abilities_find(s, wanted, socket_is_kept, with_queues, &found), 0);
	assert_int_equal(transactions, 1);
	return found;
}

TEST(the_best_ownership_that_the_kernel_knows_is_found)
{
	need_netns();
	enum ownership owner = is_known(OWNERSHIP_OWNER) ? OWNERSHIP_OWNER : OWNERSHIP_NONE;
	bool persists = is_known(OWNERSHIP_PERSIST);
	struct nfsock s = opened();
	assert_int_equal(find(&s, OWNERSHIP_PERSIST, true, false).ownership,
		persists ? OWNERSHIP_PERSIST : owner);
	assert_int_equal(find(&s, OWNERSHIP_PERSIST, false, true).ownership,
		persists ? OWNERSHIP_PERSIST : OWNERSHIP_NONE);
	assert_int_equal(find(&s, OWNERSHIP_OWNER, true, true).ownership, owner);
	assert_int_equal(find(&s, OWNERSHIP_NONE, true, false).ownership, OWNERSHIP_NONE);
	nfsock_close(&s);
}

TEST(all_of_it_is_found_at_once_as_it_is_one_by_one)
{
	need_netns();
	struct nfsock s = opened();
	bool lacks_timeouts, lacks_queues;
	assert_int_equal(timeouts_find(&s, &lacks_timeouts), 0);
	assert_int_equal(queues_find(&s, &lacks_queues), 0);
	for (enum ownership o = OWNERSHIP_NONE; o <= OWNERSHIP_PERSIST; o++) {
		struct abilities found = find(&s, o, true, true);
		assert_int_equal(found.lacks_timeouts, lacks_timeouts);
		assert_int_equal(found.lacks_queues, lacks_queues);
		found = find(&s, o, true, false);
		assert_int_equal(found.lacks_timeouts, lacks_timeouts);
		assert_false(found.lacks_queues);
	}
	nfsock_close(&s);
}

/* No table is left, and the ruleset is the one that it was. */
TEST(nothing_is_changed_by_it)
{
	need_netns();
	struct nfsock s = opened();
	uint32_t before, after;
	assert_int_equal(nfsock_genid(&s, &before), 0);
	find(&s, OWNERSHIP_PERSIST, true, true);
	char *tables = nft_output("list tables");
	assert_string_equal(tables, "");
	free(tables);
	assert_int_equal(nfsock_genid(&s, &after), 0);
	assert_int_equal(after, before);
	nfsock_close(&s);
}

static int find_without_privileges(void)
{
	struct nfsock s = opened();
	struct abilities found;
	if (setresuid(65534, 65534, 65534) < 0)
		return 0;
	int r = abilities_find(&s, OWNERSHIP_PERSIST, false, true, &found);
	nfsock_close(&s);
	return -r;
}

TEST(who_may_not_ask_is_told_so)
{
	need_netns();
	assert_int_equal(in_child(find_without_privileges), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_ownership_that_the_kernel_knows_is_found),
		cmocka_unit_test(all_of_it_is_found_at_once_as_it_is_one_by_one),
		cmocka_unit_test(nothing_is_changed_by_it),
		cmocka_unit_test(who_may_not_ask_is_told_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
