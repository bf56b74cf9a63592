/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session is judged as the kernel would judge its next packet: by the compiled ruleset, with
 * what the connection tracker knows of it (its mark, and where DNAT has led it).  Where nobody
 * tracks it, it is judged by what sshd has said of its ends.
 */
#include "guard.h"

#include <errno.h>
#include <string.h>

#include "daemon.h"
#include "kernel/conntrack.h"
#include "kernel/live.h"
#include "ruleset/compile.h"
#include "ruleset/generation.h"
#include "ruleset/judge.h"

struct search {
	const struct session *session;
	struct connection *found;
};

static int compare(void *context, const struct connection *c)
{
	struct search *s = context;
	if (!connection_is_session(c, s->session))
		return 0;
	*s->found = *c;
	return 1;
}

/* What is tracked of the session, or, and false, what follows from its ends alone. */
static bool find_connection(const struct session *session, struct connection *ret)
{
	struct nfsock socket;
	struct search search = {session, ret};
	*ret = (struct connection){
		.protocol = IPPROTO_TCP,
		.source = session->source,
		.source_port = session->source_port,
		.destination = session->destination,
		.destination_port = session->destination_port,
	};
	/* not the socket that owns the table: an overrun there would be ours to clean up */
	if (nfsock_open(&socket) < 0)
		return false;
	int r = -EINTR;
	for (int i = 0; i < 10 && r == -EINTR; i++)
		r = conntrack_each(&socket, compare, &search);
	nfsock_close(&socket);
	return r > 0;
}

/* By which interface it comes, for flows that are held to some. */
static void find_interface(struct packet *p, const struct facts *facts, char name[IF_NAMESIZE])
{
	struct ways ways;
	if (p->hook == HOOK_FORWARD || ways_open(&ways, facts) < 0)
		return;
	struct interface_finder finder = ways_finder(&ways);
	if (finder.find(finder.context, p, name) == 0 && name[0])
		p->interface = name;
	ways_close(&ways);
}

static bool cuts(const struct service *s, const struct policy *p, const struct session *session)
{
	struct connection connection;
	char interface[IF_NAMESIZE];
	struct ruleset *next;
	uint16_t generation = s->now.ruleset ? s->now.ruleset->generation : 1;
	bool tracked = find_connection(session, &connection);
	struct packet packet = connection_packet(&connection, &s->basis.facts);
	if (!tracked)
		packet.hook = HOOK_INPUT;
	find_interface(&packet, &s->basis.facts, interface);
	if (!p->host.keeps_sessions)
		generation = generation_next(p->host.mark_mask, generation);
	if (compile(p, generation, &next) < 0)
		return false; /* applying will fail the same way, and say so */
	bool cut = s->now.ruleset ? judge_cuts(s->now.ruleset, next, &packet)
				  : judge_refuses(next, &packet);
	ruleset_free(next);
	return cut;
}

bool guard_refuses(const struct service *s, const struct policy *p, const char *session,
	struct text *lines)
{
	struct session parsed;
	if (!session[0] || session_parse(session, &parsed) < 0 || !cuts(s, p, &parsed))
		return false;
	text_printf(lines,
		"this would cut the SSH session from which you ask (%s); nothing was changed; let "
		"its address in by [management] from =, or use --confirm to try it, or --force\n",
		session);
	return true;
}
