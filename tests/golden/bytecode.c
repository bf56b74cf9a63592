/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytecode CONFIG_DIR ROLES_DIR [WORD...]: the transaction that the daemon would send for this
 * configuration, decoded by libnftnl from the very bytes, in the form in which
 * `nft --debug=netlink` shows its own.  Words: `trial` for the configuration as it is on trial;
 * `no-timeouts` for a kernel without policies of timeouts; `group=NUMBER` with copies of DNS;
 * `user=NUMBER`, up to four times, with own look-ups; `queue=NUMBER` with a queue for first
 * packets; `text` for nft's text of it instead, which `rolewallctl show` has only of what is for
 * good.
 */
#include <stdio.h>

#include <ctype.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "compile/compile.h"
#include "nftables/change/replace.h"
#include "ruleset/show_nft.h"

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

struct printing {
	const struct nlmsghdr *nlh;
	unsigned n;
};

/* As nftnl_rule_snprintf() does, but for the names that libnftnl cannot read back. */
static int print_expression(struct nftnl_expr *e, void *context)
{
	struct printing *p = context;
	const char *kind = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	char name[256];
	if (strcmp(kind, "objref") == 0 &&
		string_in_expression(p->nlh, p->n, NFTA_OBJREF_IMM_NAME, name, sizeof(name)))
		snprintf(text, ROOM, "type %u name %s ",
			nftnl_expr_get_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE), name);
	else if (nftnl_expr_snprintf(text, ROOM, e, NFTNL_OUTPUT_DEFAULT, 0) < 0)
		return -1;
	printf("  [ %s %s]\n", kind, text);
	p->n++;
	return 0;
}

static void print_user_data(const struct nftnl_rule *r)
{
	uint32_t length = 0;
	const uint8_t *bytes = nftnl_rule_get_data(r, NFTNL_RULE_USERDATA, &length);
	printf("  userdata = { ");
	for (uint32_t i = 0; bytes && i < length; i++)
		printf(isprint(bytes[i]) ? "%c" : "\\x%.2x", bytes[i]);
	printf(" }\n");
}

static int print_rule(const struct nlmsghdr *nlh)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	struct printing printing = {nlh, 0};
	int result = r && nftnl_rule_nlmsg_parse(nlh, r) == 0 ? 0 : -1;
	if (result == 0) {
		printf("inet %s %s\n", nftnl_rule_get_str(r, NFTNL_RULE_TABLE),
			nftnl_rule_get_str(r, NFTNL_RULE_CHAIN));
		result = nftnl_expr_foreach(r, print_expression, &printing);
		print_user_data(r);
		printf("\n");
	}
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

static int print_text(const struct ruleset *r)
{
	struct text script = {0};
	char *out;
	show_nft(r, &script);
	int result = text_finish(&script, &out);
	if (result < 0)
		return result;
	fputs(out, stdout);
	free(out);
	return 0;
}

static bool argument_number(const char *word, const char *key, uint16_t *ret)
{
	const size_t length = strlen(key);
	if (strncmp(word, key, length) != 0)
		return false;
	*ret = (uint16_t)strtoul(word + length, NULL, 10);
	return true;
}

int main(int argc, char **argv)
{
	struct diags diags = {0};
	struct inventory nothing = {0};
	struct policy *p;
	struct ruleset *r;
	struct batch b;
	struct form form = {.generation = 1};
	uint32_t users[4];
	uint16_t user;
	bool as_text = false;
	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++) {
		form.on_trial |= strcmp(argv[i], "trial") == 0;
		form.lacks_timeouts |= strcmp(argv[i], "no-timeouts") == 0;
		(void)argument_number(argv[i], "group=", &form.log_group);
		(void)argument_number(argv[i], "queue=", &form.queue);
		if (argument_number(argv[i], "user=", &user) && form.n_look_up_users < 4)
			users[form.n_look_up_users++] = user;
		as_text |= strcmp(argv[i], "text") == 0;
	}
	form.look_up_users = users;
	const struct config_dirs dirs = {argv[1], argv[2]};
	int result = policy_load_here(&dirs, &diags, &p);
	diags_print(&diags, stderr);
	diags_done(&diags);
	if (result < 0)
		return 1;
	if (compile_form(p, &form, &r) < 0)
		return 1;
	if (as_text) {
		result = print_text(r);
	} else {
		result = replace_batch(r, &nothing, OWNERSHIP_NONE, 1, &b);
		if (result == 0)
			result = batch_each(&b, print_message, NULL);
		batch_done(&b);
	}
	ruleset_free(r);
	policy_free(p);
	return result < 0;
}
