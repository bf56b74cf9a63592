/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages in libnftnl's pages.
 *
 * Sequence numbers count messages, so a reply's number minus the first one is the index of
 * the origin.  The origins cost 64 bytes for each message; elements of large sets go by the
 * thousand in one, so that is no matter.
 */
#include "netlink/batch.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* A page takes messages until it is full; the last one may stand out by its own size. */
enum { PAGE_SIZE = 256 * 1024, PAGE_OVERRUN = 2 * BATCH_MESSAGE_SIZE };

void batch_fail(struct batch *b)
{
	b->failed = true;
}

static uint32_t next_seq(const struct batch *b)
{
	return b->first_seq + (uint32_t)b->count;
}

void batch_start(struct batch *b, uint32_t first_seq, uint32_t genid)
{
	*b = (struct batch){.genid = genid, .first_seq = first_seq};
	b->pages = nftnl_batch_alloc(PAGE_SIZE, PAGE_OVERRUN);
	if (!b->pages) {
		b->failed = true;
		return;
	}
	struct nlmsghdr *nlh = nftnl_batch_begin(nftnl_batch_buffer(b->pages), next_seq(b));
	mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(genid));
	batch_add(b, (struct origin){.what = "transaction"});
}

void batch_done(struct batch *b)
{
	if (b->pages)
		nftnl_batch_free(b->pages);
	free(b->origins);
	*b = (struct batch){0};
}

struct nlmsghdr *batch_message(struct batch *b, uint16_t type, uint16_t flags)
{
	if (b->failed)
		return NULL;
	return nftnl_nlmsg_build_hdr(nftnl_batch_buffer(b->pages), type, NFPROTO_INET, flags,
		next_seq(b));
}

void batch_add(struct batch *b, struct origin origin)
{
	if (b->failed)
		return;
	if (array_reserve(&b->origins, &b->allocated, b->count + 1) < 0 ||
		nftnl_batch_update(b->pages) < 0) {
		b->failed = true;
		return;
	}
	b->origins[b->count++] = origin;
}

int batch_finish(struct batch *b)
{
	if (!b->failed) {
		nftnl_batch_end(nftnl_batch_buffer(b->pages), next_seq(b));
		batch_add(b, (struct origin){.what = "transaction"});
	}
	return b->failed ? -ENOMEM : 0;
}

int batch_rehearse(struct batch *b)
{
	return b->failed ? -ENOMEM : 0; /* without BATCH_END, the kernel undoes what it did */
}

int batch_iovec(const struct batch *b, struct iovec **ret, size_t *ret_count)
{
	int n = nftnl_batch_iovec_len(b->pages);
	assert(n > 0);
	if (n > IOV_MAX)
		return -E2BIG;
	struct iovec *iov = calloc((size_t)n, sizeof(*iov));
	if (!iov)
		return -ENOMEM;
	nftnl_batch_iovec(b->pages, iov, (uint32_t)n);
	*ret = iov;
	*ret_count = (size_t)n;
	return 0;
}

DEFINE_CLEANUP(free_iov, struct iovec, free)

int batch_each(const struct batch *b, int (*f)(const struct nlmsghdr *nlh, void *context),
	void *context)
{
	CLEANUP(free_iov) struct iovec *iov = NULL;
	size_t n;
	int r = batch_iovec(b, &iov, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const struct nlmsghdr *nlh = iov[i].iov_base;
		int left = (int)iov[i].iov_len;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			r = f(nlh, context);
			if (r != 0)
				return r;
		}
	}
	return 0;
}
