/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Learning the names of peers: copies of what this host asks its resolvers and is told, and own
 * look-ups that get out. */
#pragma once

#include "compile/compile.h"
#include "net/side.h"
#include "ruleset/build.h"

enum {
	DNS_PORT = 53,
	DNS_OVER_TLS_PORT = 853,
	OBSERVED_BYTES = 15 * 1024, /* as many as netlink/packet_log.h reads */
};

/* True if somebody is followed, and there are resolvers to be asked. */
bool observing_is_wanted(const struct policy *p);
/* True if conversations with resolvers are copied. */
bool observing_copies(const struct policy *p, const struct form *form);

/* True if systemd-resolved is one of those resolvers. */
bool observing_asks_systemd(const struct policy *p);

/* Sets and chains, before the rules. */
void observing_chains(struct build *b, const struct policy *p, const struct form *form);

/* Into the base chain at hand, behind the fast path and before the loopback: copies. */
void observing_rules(struct build *b, const struct policy *p, const struct form *form,
	enum side side);
/* Into the base chain at hand, before connections are judged: look-ups of our own. */
void own_look_ups(struct build *b, const struct policy *p, const struct form *form, enum side side);

/* At the beginning of a chain that stamps, counts and accepts connections that this host has
 * opened: those with a resolver are counted and accepted.  protocol: IPPROTO_UDP, IPPROTO_TCP. */
void observing_unstamped(struct build *b, const struct policy *p, const struct form *form,
	struct place at, const char *what, uint8_t protocol, const char *counter_name);

/* The flow's ports have that of DNS, in this protocol. */
bool observing_has_port(const struct flow *f, uint8_t protocol);
