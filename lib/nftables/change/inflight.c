/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel walks its rules in RCU read-side critical sections (nf_hook(), in
 * include/linux/netfilter.h, takes rcu_read_lock()), and MEMBARRIER_CMD_GLOBAL is a
 * synchronize_rcu(): it returns when each such section that had begun has ended
 * (kernel/sched/membarrier.c; membarrier(2)).
 *
 * It fails on a kernel with full dynticks CPUs (EINVAL) and under a filter of system calls. Then
 * a change goes on without: a packet among a hundred thousand may be lost.
 */
#include "nftables/change/inflight.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

int inflight_wait(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0 ? -errno : 0;
}
