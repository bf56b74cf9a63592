/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A batch as a list of words, one message each: "+chain input", "-set x", "-rules".  Sets of
 * numbers are without their hashes. */
#pragma once

#include "live/decode.h"
#include "ruleset/ruleset.h"

static inline void put_message(struct text *to, const struct nlmsghdr *nlh)
{
	static const struct {
		uint8_t type;
		const char *word;
		uint16_t name;
	} words[] = {
		{NFT_MSG_NEWTABLE, "+table", NFTA_TABLE_NAME},
		{NFT_MSG_DELTABLE, "-table", NFTA_TABLE_NAME},
		{NFT_MSG_NEWCHAIN, "+chain", NFTA_CHAIN_NAME},
		{NFT_MSG_DELCHAIN, "-chain", NFTA_CHAIN_NAME},
		{NFT_MSG_NEWSET, "+set", NFTA_SET_NAME},
		{NFT_MSG_DELSET, "-set", NFTA_SET_NAME},
		{NFT_MSG_NEWSETELEM, "+elements", NFTA_SET_ELEM_LIST_SET},
		{NFT_MSG_DELSETELEM, "-elements", NFTA_SET_ELEM_LIST_SET},
		{NFT_MSG_NEWOBJ, "+object", NFTA_OBJ_NAME},
		{NFT_MSG_DELOBJ, "-object", NFTA_OBJ_NAME},
		{NFT_MSG_NEWRULE, "+rule", NFTA_RULE_CHAIN},
		{NFT_MSG_DELRULE, "-rules", NFTA_RULE_CHAIN},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!is_nft(nlh, words[i].type))
			continue;
		const struct nlattr *name = attribute(nlh, words[i].name);
		const char *called = name ? mnl_attr_get_str(name) : "";
		text_printf(to, "%s%s%.*s\n", words[i].word, name ? " " : "",
			(int)numbers_name_length(called), called);
		return;
	}
	text_printf(to, "%s\n",
		nlh->nlmsg_type == NFNL_MSG_BATCH_BEGIN ? "begin"
		: nlh->nlmsg_type == NFNL_MSG_BATCH_END ? "end"
							: "?");
}

/* To be freed. */
static inline char *sequence(const struct batch *b)
{
	struct text text = {0};
	char *s = NULL;
	const struct decoded *d = decode(b);
	for (size_t i = 0; i < d->count; i++)
		put_message(&text, d->messages[i]);
	int r = text_finish(&text, &s);
	assert_int_equal(r, 0);
	return s;
}

static inline void assert_sequence(const struct batch *b, const char *wanted)
{
	char *found = sequence(b);
	assert_string_equal(found, wanted);
	free(found);
}
