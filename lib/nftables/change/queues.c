/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule with a queue, as we send them, in a rehearsal. */
#include "nftables/change/queues.h"

#include <stdio.h> /* libnftnl/expr.h wants it */

#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>

#include "nftables/encode/emit.h"

static const struct rule queueing = {
	.comment = "built-in: rehearsed",
	.statements = {{.kind = STATEMENT_QUEUE}},
	.n_statements = 1,
};
static const struct chain chain = {.name = "rehearsed"};

static void put_chain(struct batch *b, const char *table)
{
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	if (!nlh)
		return;
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, chain.name);
	batch_add(b, (struct origin){.what = "chain", .name = chain.name});
}

static void put_rule(struct batch *b, const char *table)
{
	struct nftnl_rule *rule = emit_make_rule(&chain, &queueing);
	struct nlmsghdr *nlh = batch_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	if (rule && nlh && nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, table) == 0) {
		nftnl_rule_nlmsg_build_payload(nlh, rule);
		batch_add(b, (struct origin){.what = "rule of chain", .name = chain.name});
	} else {
		batch_fail(b);
	}
	if (rule)
		nftnl_rule_free(rule);
}

void queues_rehearse(struct rehearsal *r)
{
	const char *table = rehearsal_next(r, 0);
	put_chain(&r->batch, table);
	put_rule(&r->batch, table);
}

int queues_find(struct nfsock *s, bool *ret_lacks)
{
	struct rehearsal r;
	rehearsal_start(s, &r);
	queues_rehearse(&r);
	return rehearsal_find(s, &r, ret_lacks);
}
