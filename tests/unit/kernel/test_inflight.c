/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for packets on their way.  That none is left is the flood test's to show. */
#include "kernel/inflight.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing.h"

static bool kernel_can_tell(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) & MEMBARRIER_CMD_GLOBAL;
}

static void it_returns_where_the_kernel_can_tell(void **state)
{
	(void)state;
	if (!kernel_can_tell()) {
		print_message("SKIPPED: this kernel has no MEMBARRIER_CMD_GLOBAL\n");
		skip();
	}
	assert_int_equal(inflight_wait(), 0);
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

static void where_it_is_forbidden_it_says_so(void **state)
{
	int status;
	(void)state;
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
		cmocka_unit_test(it_returns_where_the_kernel_can_tell),
		cmocka_unit_test(where_it_is_forbidden_it_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
