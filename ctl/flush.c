/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl flush: the way to no firewall at all, for those who say that they want it. */
#include <stdio.h>

#include "bus/message.h"
#include "client.h"

enum { WORD };

static const struct cli_option options[] = {
	[WORD] = {&CONTROL_FLUSH_WORD[2], NULL, NULL, true},
	{0},
};

static int put(sd_bus_message *m, const void *word)
{
	return message_put_flush(m, word);
}

static int flush(const struct invocation *v)
{
	if (!v->values[WORD]) {
		fputs("rolewallctl: flush removes all rules of rolewall. Then everybody can reach "
		      "everything that\nlistens here, and this host can connect to anybody. If "
		      "that is what you want:\n\n    rolewallctl flush " CONTROL_FLUSH_WORD "\n",
			stderr);
		return EXIT_USAGE;
	}
	const struct question q = {
		.method = "Flush",
		.connect_within = 60,
		.answer_within = 60,
		.put = put,
		.request = CONTROL_FLUSH_WORD,
		.take = client_take_verdict,
	};
	int status = client_ask(v, &q);
	if (status == EXIT_ABSENT)
		fputs("Without it, this does the same:  nft delete table inet rolewall\n", stderr);
	return status;
}

const struct verb verb_flush = {
	.name = "flush",
	.run = flush,
	.what = "removes all rules: no firewall any more",
	.options = options,
};
