/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echo is how people find out whether a host lives, so requests are answered, whoever asks; but
 * only so many a second, so that nobody can have all the host's time and all of its line.
 *
 * Were there one limit for all, anybody's flood would make the host look dead to those who
 * look after it.  So management, peers and everybody else have a share each, in either family
 * of addresses, and none can take another's.  What is beyond a share is not refused here: it is
 * judged as any other packet is, and a flow may allow it.
 */
#include "compile/echo.h"

#include "compile/peer_sets.h"

static const struct place built_in = {0};

/* Requests a second, and the burst above it. */
enum { KNOWN_RATE = 200, KNOWN_BURST = 400, OTHERS_RATE = 50, OTHERS_BURST = 100 };

static const struct family {
	const char *name;
	sa_family_t number;
	enum addrset_part hosts, ranges;
} families[] = {
	{"v4", AF_INET, ADDRSET_HOSTS4, ADDRSET_RANGES4},
	{"v6", AF_INET6, ADDRSET_HOSTS6, ADDRSET_RANGES6},
};

/* One with names may come to be. */
static bool is_in_family(const struct peer *peer, const struct family *f)
{
	return peer_is_named(peer) || peer->addresses.count[f->hosts] ||
	       peer->addresses.count[f->ranges];
}

/* Peers that are anybody are everybody else here. */
static bool is_known(const struct peer *peer, const struct family *f)
{
	return peer->is_used && !peer->any && is_in_family(peer, f);
}

static bool knows_anybody(const struct policy *p, const struct family *f)
{
	for (size_t i = 0; i < p->host.n_peers; i++)
		if (is_known(&p->host.peers[i], f))
			return true;
	return false;
}

static bool is_managed(const struct policy *p, const struct family *f)
{
	const struct peer *from = &p->host.management;
	return p->host.has_management && (from->any || is_in_family(from, f));
}

/* limit rate RATE/second burst BURST packets accept */
static void write_share(struct build *b, const char *whose, uint32_t rate, uint32_t burst)
{
	rule(b, built_in, build_name(b, "echo from %s, up to %u a second", whose, rate));
	limit(b, rate, burst);
	accept_packet(b);
}

static const char *write_known_share(struct build *b, const struct family *f, const char *name,
	const char *whose)
{
	const char *to = build_name(b, "echo-%s-%s", name, f->name);
	chain(b, built_in, to, HOOK_NONE);
	write_share(b, whose, KNOWN_RATE, KNOWN_BURST);
	return to;
}

/* ip saddr @peer-NAME-hosts4 goto echo-peers-v4 */
static void write_way(struct build *b, const struct policy *p, const struct peer *peer,
	const struct family *f, const char *to)
{
	struct peer_set sets[PEER_SETS_MOST];
	if (peer->any) {
		rule(b, peer->at, NULL);
		goto_chain(b, to);
		return;
	}
	const size_t n = peer_sets_of(b, p, peer, sets);
	for (size_t i = 0; i < n; i++) {
		if (sets[i].family != f->number || sets[i].is_retired)
			continue;
		rule(b, peer->at, NULL);
		lookup(b, sets[i].part->source, sets[i].name);
		goto_chain(b, to);
	}
}

static void write_family(struct build *b, const struct policy *p, const struct family *f)
{
	const char *management = NULL, *peers = NULL;
	if (is_managed(p, f))
		management = write_known_share(b, f, "management", "management");
	if (knows_anybody(p, f))
		peers = write_known_share(b, f, "peers", "peers of this host");
	chain(b, built_in, build_name(b, "echo-%s", f->name), HOOK_NONE);
	if (management)
		write_way(b, p, &p->host.management, f, management);
	for (size_t i = 0; i < p->host.n_peers; i++)
		if (is_known(&p->host.peers[i], f))
			write_way(b, p, &p->host.peers[i], f, peers);
	write_share(b, "everybody else", OTHERS_RATE, OTHERS_BURST);
}

void echo_chains(struct build *b, const struct policy *p)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		write_family(b, p, &families[i]);
}
