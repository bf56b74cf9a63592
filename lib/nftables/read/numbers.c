/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of packets and packets that wait go to numbers that were free when the daemon began
 * (packet_log.h, packet_queue.h), and look-ups get out for the users that it knows of.  The rules
 * in force say all of them, also while no daemon runs.
 *
 *	asked         … log group NUMBER …
 *	own-look-ups  meta skuid USER …
 *	wait-outbound … queue num NUMBER
 */
#include "nftables/read/numbers.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "nftables/read/dump.h"

struct reading {
	struct numbers *to;
	bool is_user; /* what comes next is compared with the owner of a socket */
};

static void add_user(struct numbers *to, uint32_t user)
{
	for (size_t i = 0; i < to->n_look_up_users; i++)
		if (to->look_up_users[i] == user)
			return;
	if (to->n_look_up_users < NUMBERS_USERS)
		to->look_up_users[to->n_look_up_users++] = user;
}

static void read_compared(struct numbers *to, const struct nftnl_expr *e)
{
	uint32_t length = 0, user;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &length);
	if (!data || length != sizeof(user))
		return;
	memcpy(&user, data, sizeof(user));
	add_user(to, user);
}

static int read_expression(struct nftnl_expr *e, void *context)
{
	struct reading *x = context;
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	if (strcmp(name, "log") == 0 && nftnl_expr_is_set(e, NFTNL_EXPR_LOG_GROUP))
		x->to->log_group = nftnl_expr_get_u16(e, NFTNL_EXPR_LOG_GROUP);
	if (strcmp(name, "queue") == 0)
		x->to->queue = nftnl_expr_get_u16(e, NFTNL_EXPR_QUEUE_NUM);
	if (strcmp(name, "cmp") == 0 && x->is_user)
		read_compared(x->to, e);
	x->is_user = strcmp(name, "meta") == 0 &&
		     nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY) == NFT_META_SKUID;
	return 0;
}

static int read_rule(void *context, struct nftnl_rule *rule, bool is_whole)
{
	static const char *const chains[] = {"asked", "own-look-ups", "wait-outbound"};
	struct reading x = {context, false};
	(void)is_whole;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		if (strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), chains[i]) == 0)
			nftnl_expr_foreach(rule, read_expression, &x);
	return 0;
}

int numbers_read(struct nfsock *s, struct numbers *ret)
{
	struct numbers found = {0};
	int r = dump_rules(s, &dump_ours, read_rule, &found);
	if (r < 0)
		return r;
	*ret = found;
	return 0;
}
