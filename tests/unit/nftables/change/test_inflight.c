/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for packets on their way: for some that take milliseconds, through a million rules. */
#include "nftables/change/inflight.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/object.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "live/slow.h"
#include "nftables/read/dump.h"

static bool kernel_can_tell(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) & MEMBARRIER_CMD_GLOBAL;
}

static void need_membarrier(void)
{
	if (kernel_can_tell())
		return;
	print_message("SKIPPED: this kernel has no MEMBARRIER_CMD_GLOBAL\n");
	skip();
}

TEST(it_returns_where_the_kernel_can_tell)
{
	need_membarrier();
	assert_int_equal(inflight_wait(), 0);
}

/* What leaves the host is counted, takes its time, and is counted again. */
static void make_slow_rules(void)
{
	struct text script = {0};
	text_put(&script, "table inet slow {\ncounter in { }\ncounter out { }\n");
	put_slow_chains(&script, 100);
	text_put(&script, "chain out {\ntype filter hook output priority 0;\n"
			  "counter name in; jump slow-a; counter name out;\n}\n}\n");
	nft_text(&script);
}

static pid_t start_sending(void)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child > 0)
		return child;
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int s = socket(AF_INET, SOCK_DGRAM, 0);;)
		sendto(s, "", 1, 0, (const struct sockaddr *)&to, sizeof(to));
}

struct counts {
	uint64_t in, out;
};

static int take_counter(void *context, struct nftnl_obj *o)
{
	struct counts *c = context;
	uint64_t packets = nftnl_obj_get_u64(o, NFTNL_OBJ_CTR_PKTS);
	if (strcmp(nftnl_obj_get_str(o, NFTNL_OBJ_NAME), "in") == 0)
		c->in = packets;
	else
		c->out = packets;
	return 0;
}

static struct counts counted(struct nfsock *s)
{
	struct counts c = {0, 0};
	assert_int_equal(dump_objects(s, NULL, take_counter, &c), 0);
	return c;
}

/* Counts that show a packet on its way; none in a long time on a machine of one processor. */
static bool seen_on_its_way(struct nfsock *s, struct counts *ret)
{
	enum { LOOKS = 100000 };
	for (int i = 0; i < LOOKS; i++) {
		*ret = counted(s);
		if (ret->in > ret->out)
			return true;
	}
	return false;
}

TEST(packets_have_left_when_it_returns)
{
	enum { ROUNDS = 20 };
	struct counts before;
	int rounds = 0, early = 0;
	need_membarrier();
	need_netns();
	assert_int_equal(system("ip link set lo up"), 0);
	make_slow_rules();
	struct nfsock s = opened();
	pid_t sender = start_sending();
	for (; rounds < ROUNDS && seen_on_its_way(&s, &before); rounds++) {
		inflight_wait();
		early += counted(&s).out < before.in;
	}
	assert_int_equal(kill(sender, SIGKILL), 0);
	assert_int_equal(waitpid(sender, NULL, 0), sender);
	nfsock_close(&s);
	if (rounds == 0) {
		print_message("SKIPPED: needs two processors\n");
		skip();
	}
	assert_int_equal(early, 0);
}

/* From now on membarrier(2) is answered with EPERM. */
static bool forbid_membarrier(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = 4, .filter = code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static int without_membarrier(void)
{
	return forbid_membarrier() ? -inflight_wait() : 255;
}

TEST(where_it_is_forbidden_it_says_so)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(without_membarrier());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_have_left_when_it_returns),
		cmocka_unit_test(it_returns_where_the_kernel_can_tell),
		cmocka_unit_test(where_it_is_forbidden_it_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
