/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl flush: the way to no firewall at all, for those who say that they want it. */
#include <stdio.h>
#include <string.h>

#include "bus/message.h"
#include "client.h"

int verb_flush(const struct invocation *v)
{
	if (v->argc > 2 || (v->argc == 2 && strcmp(v->argv[1], CONTROL_FLUSH_WORD) != 0))
		return bad_use("flush takes no '%s'", v->argv[v->argc - 1]);
	if (v->argc < 2) {
		fputs("rolewallctl: flush removes all rules of rolewall: everything that listens "
		      "here can be\nreached by everybody then, and this host may dial "
		      "anybody. If that is what you want:\n"
		      "\n    rolewallctl flush " CONTROL_FLUSH_WORD "\n",
			stderr);
		return EXIT_USAGE;
	}
	int status = client_flush(v, v->argv[1]);
	if (status == EXIT_ABSENT)
		fputs("Without it, this does the same:  nft delete table inet rolewall\n", stderr);
	return status;
}
