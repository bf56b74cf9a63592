/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refuses a reload, or a first start, that would cut those who administer this host.
 *
 * The session is judged as the kernel would judge its next packet: by the compiled ruleset, with
 * what the connection tracker knows of it (its mark, and where DNAT has led it). If it is not
 * tracked, it is judged by its ends, which sshd has told (SSH_CONNECTION).
 *
 * Nobody in particular asks for the first start, so all sessions with which somebody may
 * administer this host are looked at.  One session that stays is enough to correct the rest.
 */
#include "guard.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask/judge.h"
#include "ask/lockout.h"
#include "bus/message.h"
#include "candidate.h"
#include "compile/compile.h"
#include "daemon.h"
#include "host/sessions.h"
#include "journal.h"
#include "netlink/conntrack.h"
#include "netlink/live.h"

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

/* True with the tracked connection; false with one that is made from the two ends of the session.
 */
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
	int r = conntrack_each(&socket, NULL, compare, &search);
	nfsock_close(&socket);
	return r > 0;
}

static bool cuts(const struct service *s, const struct candidate *c, const struct session *session)
{
	struct connection connection;
	char interface[IF_NAMESIZE];
	struct ruleset *then;
	const struct proposal proposal = effect_proposal(s, c);
	const struct facts *facts = proposal.facts;
	bool tracked = find_connection(session, &connection);
	struct packet packet = connection_packet(&connection, facts);
	if (!tracked)
		packet.hook = HOOK_INPUT;
	/* some flows are held to some */
	packet.interface = ways_ask(facts, &packet, interface);
	if (proposal_then(&proposal, &then) < 0)
		return false; /* applying will fail the same way, and say so */
	bool cut = proposal.now ? judge_cuts(proposal.now, then, &packet)
				: judge_refuses(then, &packet);
	ruleset_free(then);
	return cut;
}

bool guard_refuses(const struct service *s, const struct candidate *c, const char *session,
	struct text *lines)
{
	struct session parsed;
	if (!session[0] || session_parse(session, &parsed) < 0 || !cuts(s, c, &parsed))
		return false;
	text_printf(lines,
		"nothing was changed: this would cut the SSH session from which you ask (%s); add "
		"its address to from = in [management], try it with --confirm, or use --force\n",
		session);
	return true;
}

/* The first start. */

enum { SESSIONS_SAID = 10 };

static bool refuses(const struct ruleset *r, const struct facts *facts, struct packet *p)
{
	char interface[IF_NAMESIZE];
	p->interface = ways_ask(facts, p, interface);
	return judge_refuses(r, p);
}

/* Flows ask for what was dialled, which the socket does not know if DNAT has led it here. */
static bool cuts_first(const struct ruleset *r, const struct facts *facts,
	const struct session *session)
{
	struct packet p = lockout_packet(session, facts);
	struct connection dialled;
	if (refuses(r, facts, &p))
		return true;
	if (!find_connection(session, &dialled) ||
		addr_compare(&dialled.source, &session->source) != 0 ||
		(dialled.destination_port == session->destination_port &&
			addr_compare(&dialled.destination, &session->destination) == 0))
		return false;
	dialled.mark = 0; /* of an earlier life */
	p = connection_packet(&dialled, facts);
	return refuses(r, facts, &p);
}

/* Those from elsewhere, and whether all of them would be cut. */
static bool cuts_all(const struct ruleset *r, const struct facts *facts, struct sessions *found)
{
	size_t n = 0;
	for (size_t i = 0; i < found->count; i++) {
		const struct session *session = &found->items[i];
		if (facts_is_local(facts, &session->source))
			continue;
		if (!cuts_first(r, facts, session))
			return false;
		found->items[n++] = *session;
	}
	found->count = n;
	return n > 0;
}

static void say_sessions(const struct policy *p, const struct sessions *found, struct text *lines)
{
	text_put(lines, "not started, and nothing was changed: this is the first start, and this "
			"configuration would cut every SSH session to this host:\n");
	for (size_t i = 0; i < found->count && i < SESSIONS_SAID; i++) {
		text_put(lines, "  from ");
		session_print(&found->items[i], lines);
		text_put(lines, ": ");
		lockout_advise(p, &found->items[i], lines);
		text_put(lines, "\n");
	}
	if (found->count > SESSIONS_SAID)
		text_printf(lines, "  and %zu more\n", found->count - SESSIONS_SAID);
	text_put(lines, "to start all the same: rolewallctl start --force\n");
}

/* The ports of management, and 22, where sshd may listen all the same. */
static int gather_sessions(const struct host *h, struct sessions *ret)
{
	size_t n = h->n_management_ports;
	struct port_range *ports = reallocarray(NULL, n + 1, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ports[i] = h->management_ports[i];
	ports[n] = (struct port_range){22, 22};
	int r = sessions_gather(ports, n + 1, ret);
	free(ports);
	return r;
}

bool guard_refuses_start(const struct policy *p, const struct facts *facts, struct text *lines)
{
	struct sessions found = {0};
	struct ruleset *next;
	int r = gather_sessions(&p->host, &found);
	if (r < 0) {
		journal(JOURNAL_SERVICE, LOG_WARNING,
			"cannot find out which SSH sessions this host serves: %s; the first start "
			"may cut them",
			strerror(-r));
		return false;
	}
	if (compile(p, 1, &next) < 0) {
		sessions_done(&found);
		return false; /* applying will fail the same way, and say so */
	}
	bool cut = cuts_all(next, facts, &found);
	if (cut)
		say_sessions(p, &found, lines);
	ruleset_free(next);
	sessions_done(&found);
	return cut;
}

bool guard_take_mark(const char *runtime_dir)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/" CONTROL_FORCE_MARK, runtime_dir);
	return n > 0 && (size_t)n < sizeof(path) && unlink(path) == 0;
}
