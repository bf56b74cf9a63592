/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A batch read back from the very bytes that the kernel would get. */
#pragma once

#include <stdio.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "netlink/batch.h"
#include "testing.h"

/* The messages of a batch, in order; the batch owns the bytes. */
struct decoded {
	const struct nlmsghdr *messages[20000];
	size_t count;
};

static inline int decode_message(const struct nlmsghdr *nlh, void *context)
{
	struct decoded *d = context;
	assert_true(d->count < sizeof(d->messages) / sizeof(d->messages[0]));
	d->messages[d->count++] = nlh;
	return 0;
}

/* Valid until the next call. */
static inline const struct decoded *decode(const struct batch *b)
{
	static struct decoded d;
	d.count = 0;
	int r = batch_each(b, decode_message, &d);
	assert_int_equal(r, 0);
	return &d;
}

static inline bool is_nft(const struct nlmsghdr *nlh, unsigned type)
{
	return nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type);
}

/* The n-th message of a type, counted from 0; the test fails if there is none. */
static inline const struct nlmsghdr *message(const struct batch *b, unsigned type, size_t n)
{
	const struct decoded *d = decode(b);
	for (size_t i = 0; i < d->count; i++)
		if (is_nft(d->messages[i], type) && n-- == 0)
			return d->messages[i];
	fail_msg("no message of type %u", type);
	return NULL;
}

/* An attribute of the message itself, or NULL. */
static inline const struct nlattr *attribute(const struct nlmsghdr *nlh, uint16_t type)
{
	for (const struct nlattr *a = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
		mnl_attr_ok(a, (int)((char *)mnl_nlmsg_get_payload_tail(nlh) - (const char *)a));
		a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) == type)
			return a;
	return NULL;
}

static inline void assert_string_attribute(const struct nlmsghdr *nlh, uint16_t type,
	const char *wanted)
{
	const struct nlattr *a = attribute(nlh, type);
	assert_non_null(a);
	assert_int_equal(mnl_attr_get_payload_len(a), strlen(wanted) + 1);
	assert_string_equal(mnl_attr_get_str(a), wanted);
}

enum { HIGHEST_ATTRIBUTE = 63 };

/* Nested attributes as text, "1=7f000001 2={1=00}", by their numbers: the order in which
 * libnftnl writes them is its own affair. */
static inline void put_attributes(struct text *to, const void *start, size_t length)
{
	const char *blank = "";
	for (uint16_t type = 0; type <= HIGHEST_ATTRIBUTE; type++) {
		const struct nlattr *a = start;
		int left = (int)length;
		for (; mnl_attr_ok(a, left);
			left -= MNL_ALIGN(a->nla_len), a = mnl_attr_next(a)) {
			const uint8_t *bytes = mnl_attr_get_payload(a);
			assert_true(mnl_attr_get_type(a) <= HIGHEST_ATTRIBUTE);
			if (mnl_attr_get_type(a) != type)
				continue;
			text_printf(to, "%s%u=", blank, type);
			blank = " ";
			if (a->nla_type & NLA_F_NESTED) {
				text_put(to, "{");
				put_attributes(to, bytes, mnl_attr_get_payload_len(a));
				text_put(to, "}");
				continue;
			}
			for (size_t i = 0; i < mnl_attr_get_payload_len(a); i++)
				text_printf(to, "%02x", bytes[i]);
		}
		assert_true(left <= 0);
	}
}
