/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting sessions.
 *
 * A session is counted at its first packet, since a later one cannot be counted: newer kernels do
 * not count what the tracker has confirmed.  So whoever sends SYNs and nothing else takes places,
 * under whatever addresses the flows let in.  Against that:
 *
 *  - A connection that is half open lives five seconds and not the tracker's 60 to 120 (by a policy
 *    of timeouts, where the kernel has them).
 *  - SYNs of one client have a rate.  All that he can fill with half-open ones in these five
 *    seconds, his burst and what the rate lets follow, is two thirds of the cap.  What is above
 *    the rate is dropped and not answered: an honest client tries again by itself.
 *  - sessions-per-client bounds one client, if it is wanted.
 *
 * Counts and rates stand in elements of sets.  There they outlive the rules, which a reload makes
 * anew: a count in a rule would begin at zero, and let in as many sessions again as there are.
 * The limits are part of the sets' names, because an element keeps the limit with which it was
 * made.
 *
 * A live connection is never refused for its number, however late the tracker meets it: only the
 * first packet of one is, which for TCP is a SYN.  It is counted all the same.
 *
 * Sets of clients are bounded.  A client that finds them full is not held to the rate or to
 * sessions-per-client, but it is held to the cap.
 */
#include "compile/sessions.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "compile/refusing.h"

static const struct place built_in = {0};

enum {
	PROTOCOLS = 256,
	CLIENTS_MOST = 65535, /* in the sets of clients: some 10 MB */
	RATE_SECONDS = 10,    /* for which a client is remembered: longer than a burst refills */
	/* parts of the cap that one client may fill: at once, and in a second */
	BURST_PART = 3,
	RATE_PART = 15, /* in the five seconds of a half-open connection another third */
	BURST_LEAST = 10,
};

static const struct {
	const char *name;
	enum data_type type;
	enum field client; /* of the connection's first packet, whichever is in hand */
} families[] = {
	{"ip4", TYPE_IPV4_ADDR, FIELD_CT_SADDR},
	{"ip6", TYPE_IPV6_ADDR, FIELD_CT_SADDR6},
};

enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

bool sessions_are_counted(const struct policy *p)
{
	return p->size || p->host.sessions_per_client;
}

static uint32_t at_least(uint32_t n, uint32_t least)
{
	return n > least ? n : least;
}

static void match_new(struct build *b)
{
	match_any_bit(b, FIELD_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW));
}

static void match_syn(struct build *b)
{
	match_masked(b, FIELD_TCP_FLAGS, TH_FIN | TH_SYN | TH_RST | TH_ACK, TH_SYN);
}

/* A chain that refuses what opens a session, and lets pass what belongs to one already. */
static void write_full(struct build *b, struct place at, const char *full, const char *refusing,
	const char *prefix)
{
	refusing_chain(b, at, refusing, prefix);
	rule(b, at, NULL);
	goto_chain(b, "rejection");
	chain(b, at, full, HOOK_NONE);
	rule(b, at, NULL);
	match_syn(b);
	goto_chain(b, refusing);
	rule(b, at, NULL);
	match_not(b, FIELD_L4PROTO, IPPROTO_TCP);
	goto_chain(b, refusing);
}

/* update @session-rate-150-ip4 { ct original ip saddr limit rate over 10/second burst 50 packets }
 * goto refused-sessions-too-fast */
static void write_rate(struct build *b, const struct size *size)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		const char *set =
			build_name(b, "session-rate-%u-%s", size->sessions, families[i].name);
		dynamic_set(b, size->at, set, families[i].type, CLIENTS_MOST, RATE_SECONDS);
		rule(b, size->at, NULL);
		rate_over(b, families[i].client, set, at_least(size->sessions / RATE_PART, 1),
			at_least(size->sessions / BURST_PART, BURST_LEAST));
		goto_chain(b, "refused-sessions-too-fast");
	}
}

/* What a SYN meets before it is counted. */
static void write_syn(struct build *b, const struct policy *p, const struct form *form)
{
	if (p->size) {
		refusing_chain(b, p->size->at, "refused-sessions-too-fast",
			"rolewall: too many SYNs for sessions: ");
		rule(b, p->size->at, NULL);
		drop_packet(b);
	}
	if (!form->lacks_timeouts)
		half_open_timeouts(b, built_in, "session-half-open");
	chain(b, built_in, "session-syn", HOOK_NONE);
	if (p->size)
		write_rate(b, p->size);
	if (!form->lacks_timeouts) {
		rule(b, built_in, "a half-open session has five seconds");
		set_timeouts(b, "session-half-open");
	}
}

/* ct state new add @session-clients-3-ip4 { ct original ip saddr ct count over 3 }
 * jump session-client-full */
static void write_client_count(struct build *b, const struct host *h)
{
	struct place at = h->sessions_per_client_at;
	for (size_t i = 0; i < FAMILIES; i++) {
		const char *set = build_name(b, "session-clients-%u-%s", h->sessions_per_client,
			families[i].name);
		dynamic_set(b, at, set, families[i].type, CLIENTS_MOST, 0);
		rule(b, at, NULL);
		match_new(b);
		count_over(b, families[i].client, set, h->sessions_per_client);
		jump_to(b, "session-client-full");
	}
}

/* ct state new add @sessions-150 { meta l4proto ct count over 150 } jump session-full
 *
 * All flows together share one count, which is that of TCP: session flows of other protocols
 * have theirs. */
static void write_count(struct build *b, const struct size *size)
{
	const char *set = build_name(b, "sessions-%u", size->sessions);
	dynamic_set(b, size->at, set, TYPE_INET_PROTO, PROTOCOLS, 0);
	rule(b, size->at, NULL);
	match_new(b);
	count_over(b, FIELD_L4PROTO, set, size->sessions);
	jump_to(b, "session-full");
}

void session_chains(struct build *b, const struct policy *p, const struct form *form)
{
	const struct host *h = &p->host;
	if (!sessions_are_counted(p))
		return;
	if (p->size)
		write_full(b, p->size->at, "session-full", "refused-sessions",
			"rolewall: session cap is reached: ");
	if (h->sessions_per_client)
		write_full(b, h->sessions_per_client_at, "session-client-full",
			"refused-sessions-of-client", "rolewall: sessions-per-client is reached: ");
	write_syn(b, p, form);

	chain(b, built_in, SESSION_CHAIN, HOOK_NONE);
	rule(b, built_in, "opens a session");
	match_new(b);
	match_syn(b);
	jump_to(b, "session-syn");
	if (h->sessions_per_client)
		write_client_count(b, h);
	if (p->size)
		write_count(b, p->size);
}
