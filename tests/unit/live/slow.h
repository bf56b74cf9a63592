/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that take milliseconds to pass the rules, so that nothing can be done to these unseen. */
#pragma once

#include "base/text.h"
#include "live/netns.h"

/* Chains of a table; a packet that is sent to slow-a evaluates ten thousand rules, each some
 * nanoseconds, so many times. */
static inline void put_slow_chains(struct text *to, int times)
{
	enum { EACH = 100 };
	text_put(to, "chain slow-c {\n");
	for (int i = 0; i < EACH; i++)
		text_put(to, "meta mark 1 drop\n");
	text_put(to, "}\nchain slow-b {\n");
	for (int i = 0; i < EACH; i++)
		text_put(to, "jump slow-c\n");
	text_put(to, "}\nchain slow-a {\n");
	for (int i = 0; i < times; i++)
		text_put(to, "jump slow-b\n");
	text_put(to, "}\n");
}

static inline void nft_text(struct text *script)
{
	char *text;
	assert_int_equal(text_finish(script, &text), 0);
	nft(text);
	free(text);
}
