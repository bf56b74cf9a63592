/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session is judged as the kernel will judge it: by the compiled ruleset.
 */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "ruleset/compile.h"
#include "ruleset/evaluate.h"

static bool parse(const char *session, struct packet *ret)
{
	char client[64], server[64];
	unsigned client_port, server_port;
	if (sscanf(session, "%63s %u %63s %u", client, &client_port, server, &server_port) != 4 ||
		client_port > UINT16_MAX || server_port > UINT16_MAX)
		return false;
	client[strcspn(client, "%")] = server[strcspn(server, "%")] = '\0';
	*ret = (struct packet){
		.hook = HOOK_INPUT,
		.protocol = IPPROTO_TCP,
		.source_port = (uint16_t)client_port,
		.destination_port = (uint16_t)server_port,
	};
	return addr_parse(client, strlen(client), &ret->source) == 0 &&
	       addr_parse(server, strlen(server), &ret->destination) == 0;
}

bool guard_refuses(const struct service *s, const struct policy *p, const char *session,
	struct text *lines)
{
	struct packet packet;
	struct ruleset *r;
	(void)s;
	if (!session[0] || p->host.keeps_sessions || !parse(session, &packet))
		return false;
	if (compile(p, 1, &r) < 0)
		return false; /* applying will fail the same way, and say so */
	bool cut = evaluate(r, &packet).ending != ENDING_ACCEPT;
	ruleset_free(r);
	if (cut)
		text_printf(lines,
			"this would cut the SSH session from which you ask (%s); nothing was "
			"changed; let its address in by [management] from =, or use --confirm to "
			"try it, or --force\n",
			session);
	return cut;
}
