/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking the connection tracker before the numbers of generations begin again.
 *
 * Mostly the next number was never used, and there is nothing to do.  At the end of the count (254
 * or 65,534 restricting changes), each connection that carries another generation than the one in
 * force gets the mark of no generation (ruleset/generation.c). Packets go on meanwhile, and can
 * only stamp the generation in force; if one is stamped between our look and our change, it is
 * judged once more.  So a walk that finds nothing to change is the last one.
 *
 * When there is no generation yet, connections may carry those of a table that was removed: so the
 * count begins above all of them.
 *
 * A socket of its own is used: the one that owns the table is not to be overrun by an answer
 * as long as the tracker's table.
 */
#include "netlink/marks.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "netlink/conntrack.h"
#include "ruleset/generation.h"
#include "ruleset/ruleset.h"

enum {
	WALKS = 50,
	AT_ONCE = 200000,          /* connections that are remembered in one walk */
	TUPLE_AND_ZONE_MOST = 256, /* bytes */
};

/* A connection that is to get another mark, as the kernel has described it. */
struct stale {
	uint8_t family;
	uint8_t length;
	uint32_t mark;
	uint8_t description[TUPLE_AND_ZONE_MOST - 8]; /* attributes: its first tuple and its zone */
};

struct walking {
	struct nfsock *socket;
	uint32_t mask;
	uint16_t now;
	uint16_t highest; /* generation that anything carries */
	bool collects;
	struct stale *stale;
	size_t count, allocated;
};

/* Looking. */

static bool describe(struct stale *s, const struct nlattr *attr)
{
	size_t n = MNL_ALIGN(attr->nla_len);
	if (n > sizeof(s->description) - s->length)
		return false;
	memcpy(s->description + s->length, attr, n);
	s->length = (uint8_t)(s->length + n);
	return true;
}

static int take(const struct nlmsghdr *nlh, void *context)
{
	struct walking *w = context;
	struct stale s = {0};
	const struct nlattr *attr;
	uint32_t mark = 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return -EBADMSG;
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);
	s.family = head->nfgen_family;
	mnl_attr_for_each(attr, nlh, sizeof(*head))
	{
		uint16_t type = mnl_attr_get_type(attr);
		if (type == CTA_MARK && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			mark = ntohl(mnl_attr_get_u32(attr));
		else if ((type == CTA_TUPLE_ORIG || type == CTA_ZONE) && !describe(&s, attr))
			return -EBADMSG;
	}
	uint16_t carried = mark_generation(w->mask, mark);
	if (carried > w->highest && carried != generation_old(w->mask))
		w->highest = carried;
	s.mark = generation_forget(w->mask, mark, w->now);
	if (!w->collects || s.mark == mark || w->count == AT_ONCE)
		return 0;
	int r = array_reserve(&w->stale, &w->allocated, w->count + 1);
	if (r < 0)
		return r;
	w->stale[w->count++] = s;
	return 0;
}

static void begin(void *context)
{
	struct walking *w = context;
	w->count = 0;
	w->highest = 0;
}

static int look(struct walking *w)
{
	return conntrack_dump(w->socket, begin, take, w);
}

/* Changing. */

static int nothing(const struct nlmsghdr *nlh, void *context)
{
	(void)nlh;
	(void)context;
	return 0;
}

static int change(struct walking *w, const struct stale *s)
{
	char buffer[CONNTRACK_QUESTION_SIZE + TUPLE_AND_ZONE_MOST];
	struct nlmsghdr *nlh =
		conntrack_question(w->socket, buffer, IPCTNL_MSG_CT_NEW, NLM_F_ACK, s->family);
	memcpy(mnl_nlmsg_get_payload_tail(nlh), s->description, s->length);
	nlh->nlmsg_len += s->length;
	mnl_attr_put_u32(nlh, CTA_MARK, htonl(s->mark & w->mask));
	mnl_attr_put_u32(nlh, CTA_MARK_MASK, htonl(w->mask));
	int r = nfsock_ask(w->socket, nlh, nothing, NULL);
	return r == -ENOENT ? 0 : r; /* it has ended */
}

/* Until a walk finds nothing more. */
static int forget(struct walking *w)
{
	w->collects = true;
	for (int i = 0; i < WALKS; i++) {
		int r = look(w);
		if (r < 0 || w->count == 0)
			return r;
		for (size_t j = 0; j < w->count; j++) {
			r = change(w, &w->stale[j]);
			if (r < 0)
				return r;
		}
	}
	return -EAGAIN;
}

static int forget_and_begin(struct walking *w, uint16_t *ret)
{
	int r = forget(w);
	if (r < 0)
		return r;
	*ret = generation_next(w->mask, w->now);
	return 0;
}

/* Above all that anything carries. */
static int count_anew(struct walking *w, uint16_t *ret)
{
	int r = look(w);
	if (r < 0)
		return r;
	uint16_t above = w->highest > w->now ? w->highest : w->now;
	if (generation_begins_again(w->mask, above))
		return forget_and_begin(w, ret);
	*ret = generation_next(w->mask, above);
	return 0;
}

static int with_socket(struct walking *w, int (*f)(struct walking *w, uint16_t *ret), uint16_t *ret)
{
	struct nfsock socket;
	int r = nfsock_open(&socket);
	if (r < 0)
		return r;
	w->socket = &socket;
	r = f(w, ret);
	free(w->stale);
	nfsock_close(&socket);
	return r;
}

static bool is_unsupported(int r)
{
	return r == -EINVAL || r == -EOPNOTSUPP || r == -EPROTONOSUPPORT;
}

int marks_next_generation(uint32_t mask, uint16_t now, uint16_t *ret)
{
	struct walking w = {.mask = mask, .now = now};
	int r = -EOPNOTSUPP;
	if (generation_begins_again(mask, now))
		r = with_socket(&w, forget_and_begin, ret);
	if (is_unsupported(r)) {
		*ret = generation_next(mask, now);
		r = 0;
	}
	return r;
}

/* Where connections cannot be read: a random generation, so that it is hardly one of an earlier
 * table. */
static uint16_t chance(uint32_t mask)
{
	uint16_t n = 0;
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = 0;
	return (uint16_t)(n % generation_last(mask) + 1);
}

int marks_new_count(uint32_t mask, uint16_t now, uint16_t *ret)
{
	struct walking w = {.mask = mask, .now = now};
	int r = with_socket(&w, count_anew, ret);
	if (is_unsupported(r)) {
		*ret = now == 0 ? chance(mask) : generation_next(mask, now);
		r = 0;
	}
	return r;
}
