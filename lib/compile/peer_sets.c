/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer's single hosts and its runs of addresses, of each family, stand in a set of their own, so
 * that no set needs a concatenation.
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

const struct peer_part *peer_part(enum addrset_part part)
{
	return &parts[part];
}

const char *peer_set_name(struct build *b, const struct policy *p, const struct peer *peer,
	enum addrset_part part)
{
	if (peer == &p->host.management)
		return build_name(b, "management-%s", parts[part].suffix);
	return build_name(b, "peer-%s-%s", peer->name, parts[part].suffix);
}

void peer_sets(struct build *b, const struct policy *p, const struct peer *peer)
{
	if (peer->any)
		return;
	for (enum addrset_part i = 0; i < ADDRSET_PARTS; i++)
		if (peer->addresses.count[i])
			address_set(b, peer->at, peer_set_name(b, p, peer, i), &peer->addresses, i);
}
