/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a sequence number and a byte offset to a line of a file and an expression.
 *
 * The number minus the batch's first is the index of the message and of its origin.  The
 * offset is that of the guilty attribute in the message: we walk our own copy to see in
 * which expression of the rule it lies.
 */
#include "nftables/change/refused.h"

#include <stdio.h>

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ruleset/show_nft.h"

struct search {
	const struct refusal *refusal;
	char name[32]; /* of the expression, "" if the offset is in none */
	unsigned index;
};

static bool covers(const struct nlmsghdr *nlh, const struct nlattr *attr, uint32_t offset)
{
	size_t start = (size_t)((const char *)attr - (const char *)nlh);
	return start <= offset && offset < start + mnl_attr_get_len(attr);
}

static void name_expression(struct search *s, const struct nlattr *element)
{
	const struct nlattr *attr;
	mnl_attr_for_each_nested(attr, element) if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME)
		snprintf(s->name, sizeof(s->name), "%s", mnl_attr_get_str(attr));
}

static int search_message(const struct nlmsghdr *nlh, void *context)
{
	struct search *s = context;
	const struct nlattr *attr, *element;
	if (nlh->nlmsg_seq != s->refusal->seq)
		return 0;
	if ((nlh->nlmsg_type & 0xff) != NFT_MSG_NEWRULE || s->refusal->offset == 0)
		return 1;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) != NFTA_RULE_EXPRESSIONS)
			continue;
		unsigned index = 0;
		mnl_attr_for_each_nested(element, attr)
		{
			index++;
			if (!covers(nlh, element, s->refusal->offset))
				continue;
			s->index = index;
			name_expression(s, element);
		}
	}
	return 1;
}

/* "the rule `tcp dport … accept` of chain input" or "set peer-x-hosts4" */
static void put_what(const struct origin *o, struct text *to)
{
	text_printf(to, "the %s", o->what);
	if (o->name)
		text_printf(to, " %s", o->name);
	if (o->rule) {
		text_put(to, " `");
		show_nft_rule(o->rule, to);
		text_put(to, "`");
	}
}

static int report(const struct batch *b, const struct refusal *refusal, struct diags *diags)
{
	static const struct origin unknown = {.what = "transaction"};
	uint32_t index = refusal->seq - b->first_seq;
	const struct origin *o = index < b->count ? &b->origins[index] : &unknown;
	struct search s = {.refusal = refusal};
	struct text text = {0};
	char *message = NULL;
	int r = batch_each(b, search_message, &s);
	if (r < 0)
		return r;
	text_put(&text, "the kernel refused ");
	put_what(o, &text);
	if (s.name[0])
		text_printf(&text, ": expression %u, %s", s.index, s.name);
	text_printf(&text, ": %s (%s); nothing was changed", strerror(refusal->error),
		strerrorname_np(refusal->error) ? strerrorname_np(refusal->error) : "?");
	r = text_finish(&text, &message);
	if (r < 0)
		return r;
	struct place at = o->at.file ? o->at : (struct place){"built-in", 1, 1};
	diag_error(diags, at, "%s", message);
	free(message);
	return 0;
}

int refused_report(const struct batch *b, const struct refusals *refusals, struct diags *diags)
{
	for (size_t i = 0; i < refusals->count; i++)
		if (refusals->items[i].error == ERESTART || refusals->items[i].error == EPERM)
			return -refusals->items[i].error;
	for (size_t i = 0; i < refusals->count; i++) {
		int r = report(b, &refusals->items[i], diags);
		if (r < 0)
			return r;
	}
	return -EINVAL;
}
