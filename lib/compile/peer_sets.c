/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer's single hosts and its runs of addresses, of each family, stand in a set of their own, so
 * that no set needs a concatenation.
 *
 * What is learned of a peer's names stands in sets of its own: it comes and goes without a new
 * ruleset (nftables/change/lane.h).  They are there while nothing is known, too, and have room
 * for all that may be learned.  A service has several targets, of which each is a name; more than
 * are counted here are rare, and the set is made anew for them, the long way.
 *
 * The live set is looked up before the retired one, since an address moves from there to here, and
 * a packet may meet the one before a commit and the other after it.
 */
#include "compile/peer_sets.h"

static const struct peer_part parts[ADDRSET_PARTS] = {
	[ADDRSET_HOSTS4] = {"hosts4", FIELD_IP_SADDR, FIELD_IP_DADDR, FIELD_CT_SADDR,
		FIELD_CT_DADDR},
	[ADDRSET_RANGES4] = {"ranges4", FIELD_IP_SADDR, FIELD_IP_DADDR, FIELD_CT_SADDR,
		FIELD_CT_DADDR},
	[ADDRSET_HOSTS6] = {"hosts6", FIELD_IP6_SADDR, FIELD_IP6_DADDR, FIELD_CT_SADDR6,
		FIELD_CT_DADDR6},
	[ADDRSET_RANGES6] = {"ranges6", FIELD_IP6_SADDR, FIELD_IP6_DADDR, FIELD_CT_SADDR6,
		FIELD_CT_DADDR6},
};

/* In the order in which they are looked up. */
static const struct {
	sa_family_t family;
	enum addrset_part part;
	bool is_retired;
} learned_sets[] = {
	{AF_INET, ADDRSET_HOSTS4, false},
	{AF_INET6, ADDRSET_HOSTS6, false},
	{AF_INET, ADDRSET_HOSTS4, true},
	{AF_INET6, ADDRSET_HOSTS6, true},
};

enum {
	LEARNED_SETS = sizeof(learned_sets) / sizeof(learned_sets[0]),
	TARGETS_COUNTED = 10, /* of a service */
	RETIRED_TIMES = 4,    /* retired ones may be more than those that live */
};

const struct peer_part *peer_part(enum addrset_part part)
{
	return &parts[part];
}

static const char *address_set_name(struct build *b, const struct policy *p,
	const struct peer *peer, enum addrset_part part)
{
	if (peer == &p->host.management)
		return build_name(b, "management-%s", parts[part].suffix);
	return build_name(b, "peer-%s-%s", peer->name, parts[part].suffix);
}

static const char *learned_name(struct build *b, const struct policy *p, const struct peer *peer,
	size_t i)
{
	char name[LEARNED_SET_SIZE];
	learned_set_name(p, learned_number(p, peer), learned_sets[i].family,
		learned_sets[i].is_retired, name);
	return build_name(b, "%s", name);
}

size_t peer_sets_of(struct build *b, const struct policy *p, const struct peer *peer,
	struct peer_set ret[PEER_SETS_MOST])
{
	size_t n = 0;
	if (peer->any)
		return 0;
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++)
		if (peer->addresses.count[i])
			ret[n++] = (struct peer_set){
				.name = address_set_name(b, p, peer, i),
				.part = &parts[i],
				.family = i == ADDRSET_HOSTS4 || i == ADDRSET_RANGES4 ? AF_INET
										      : AF_INET6,
			};
	for (size_t i = 0; i < LEARNED_SETS && learned_is_followed(p, peer); i++)
		ret[n++] = (struct peer_set){
			.name = learned_name(b, p, peer, i),
			.part = &parts[learned_sets[i].part],
			.family = learned_sets[i].family,
			.is_retired = learned_sets[i].is_retired,
		};
	return n;
}

static size_t learned_room(const struct policy *p, const struct peer *peer, bool is_retired)
{
	size_t names = 0;
	for (size_t i = 0; i < peer->n_names; i++)
		names += peer->names[i].kind == NAME_OF_SERVICE ? TARGETS_COUNTED : 1;
	return names * p->host.name_rules.most * (is_retired ? RETIRED_TIMES : 1);
}

static const char *names_of(struct build *b, const struct peer *peer)
{
	struct text text = {0};
	for (size_t i = 0; i < peer->n_names; i++)
		text_printf(&text, "%s%s%s", i ? ", " : "",
			peer->names[i].kind == NAME_OF_SERVICE ? "service " : "",
			peer->names[i].text);
	return build_text(b, &text);
}

static void make_learned(struct build *b, const struct policy *p, const struct peer *peer,
	const struct form *form)
{
	static const struct addrset nobody = {0};
	const struct learned_peer *known = learned_of(form->learned, learned_number(p, peer));
	for (size_t i = 0; i < LEARNED_SETS; i++) {
		const bool is_retired = learned_sets[i].is_retired;
		struct learned_addresses a = {
			.known = &nobody,
			.part = learned_sets[i].part,
			.room = learned_room(p, peer, is_retired),
			.is_unknown = form->learns_elsewhere,
			.names = i == 0 ? names_of(b, peer) : NULL,
		};
		if (known)
			a.known = is_retired ? &known->retired : &known->live;
		learned_set(b, peer->at, learned_name(b, p, peer, i), &a);
	}
}

static void make_sets(struct build *b, const struct policy *p, const struct peer *peer,
	const struct form *form)
{
	if (peer->any)
		return;
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++)
		if (peer->addresses.count[i])
			address_set(b, peer->at, address_set_name(b, p, peer, i), &peer->addresses,
				i);
	if (learned_is_followed(p, peer))
		make_learned(b, p, peer, form);
}

void peer_sets(struct build *b, const struct policy *p, const struct form *form)
{
	if (p->host.has_management)
		make_sets(b, p, &p->host.management, form);
	for (size_t i = 0; i < p->host.n_peers; i++)
		if (p->host.peers[i].is_used)
			make_sets(b, p, &p->host.peers[i], form);
}
