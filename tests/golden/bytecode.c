/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytecode CONFIG_DIR ROLES_DIR: the transaction that the daemon would send for this
 * configuration, decoded by libnftnl from the very bytes, in the form in which
 * `nft --debug=netlink` shows its own.
 */
#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/replace.h"
#include "ruleset/compile.h"

enum { ROOM = 4 * 1024 * 1024 };

static char text[ROOM];

/* The string of an attribute inside the n-th expression of a rule message, NUL added: libnftnl
 * sends some names without one and then reads on into the next attribute. */
static bool string_in_expression(const struct nlmsghdr *nlh, unsigned n, uint16_t type, char *to,
	size_t size)
{
	const struct nlattr *rule, *element, *part, *attr;
	unsigned i = 0;
	mnl_attr_for_each(rule, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(rule) != NFTA_RULE_EXPRESSIONS)
			continue;
		mnl_attr_for_each_nested(element, rule)
		{
			if (i++ != n)
				continue;
			mnl_attr_for_each_nested(part,
				element) if (mnl_attr_get_type(part) ==
					     NFTA_EXPR_DATA) mnl_attr_for_each_nested(attr,
				part) if (mnl_attr_get_type(attr) == type) return snprintf(to, size,
				"%.*s", mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr)) > 0;
		}
	}
	return false;
}

struct mending {
	const struct nlmsghdr *nlh;
	unsigned n;
};

static int mend_name(struct nftnl_expr *e, void *context)
{
	struct mending *m = context;
	char name[256];
	if (nftnl_expr_is_set(e, NFTNL_EXPR_OBJREF_IMM_NAME) &&
		strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "objref") == 0 &&
		string_in_expression(m->nlh, m->n, NFTA_OBJREF_IMM_NAME, name, sizeof(name)))
		nftnl_expr_set_str(e, NFTNL_EXPR_OBJREF_IMM_NAME, name);
	m->n++;
	return 0;
}

static int print_rule(const struct nlmsghdr *nlh)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	struct mending mending = {nlh, 0};
	int result = !r || nftnl_rule_nlmsg_parse(nlh, r) < 0 ||
				     nftnl_expr_foreach(r, mend_name, &mending) < 0 ||
				     nftnl_rule_snprintf(text, ROOM, r, NFTNL_OUTPUT_DEFAULT, 0) < 0
			     ? -1
			     : 0;
	if (result == 0)
		printf("%s\n\n", text);
	if (r)
		nftnl_rule_free(r);
	return result;
}

static int print_set(const struct nlmsghdr *nlh,
	int (*parse)(const struct nlmsghdr *nlh, struct nftnl_set *s))
{
	struct nftnl_set *s = nftnl_set_alloc();
	int result = !s || parse(nlh, s) < 0 ||
				     nftnl_set_snprintf(text, ROOM, s, NFTNL_OUTPUT_DEFAULT, 0) < 0
			     ? -1
			     : 0;
	if (result == 0)
		printf("%s\n", text);
	if (s)
		nftnl_set_free(s);
	return result;
}

static int print_message(const struct nlmsghdr *nlh, void *context)
{
	(void)context;
	switch (nlh->nlmsg_type & 0xff) {
	case NFT_MSG_NEWRULE:
		return print_rule(nlh);
	case NFT_MSG_NEWSET:
		return print_set(nlh, nftnl_set_nlmsg_parse);
	case NFT_MSG_NEWSETELEM:
		return print_set(nlh, nftnl_set_elems_nlmsg_parse);
	default:
		return 0;
	}
}

int main(int argc, char **argv)
{
	struct diags diags = {0};
	struct inventory nothing = {0};
	struct policy *p;
	struct ruleset *r;
	struct batch b;
	if (argc != 3)
		return 2;
	const struct config_dirs dirs = {argv[1], argv[2]};
	int result = policy_load(&dirs, &file_access_system, NULL, &diags, &p);
	diags_print(&diags, stderr);
	diags_done(&diags);
	if (result < 0)
		return 1;
	if (compile(p, 1, &r) < 0)
		return 1;
	result = replace_batch(r, &nothing, OWNERSHIP_NONE, 1, &b);
	if (result == 0)
		result = batch_each(&b, print_message, NULL);
	batch_done(&b);
	ruleset_free(r);
	policy_free(p);
	return result < 0;
}
