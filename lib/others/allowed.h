/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy lets in and out, as services: protocols and ports, whoever the peers are. */
#pragma once

#include "base/diag.h"
#include "net/side.h"
#include "others/foreign.h"

struct peer;
struct policy;

/* The ports from which Linux and Windows call. */
extern const struct port_range dialling_ports;

/* A flow on one side, management, or outbound = allow. */
struct allowed {
	const char *name;
	struct place at;
	enum side side;
	bool any_port; /* ports are an example */
	const struct port_range *ports;
	size_t n_ports; /* 0: the protocols have none */
	const uint8_t *protocols;
	size_t n_protocols;
	uint8_t families;          /* of the peers, FOREIGN_IPV4 and FOREIGN_IPV6 */
	const struct peer *peer;   /* the one, or */
	const struct peer **peers; /* several */
	size_t n_peers;            /* 0: everybody */
};

/* The policy's texts; items are to be freed. */
struct allowed_list {
	struct allowed *items;
	size_t count, allocated;
};

/* The i-th peer. */
const struct peer *allowed_peer(const struct allowed *a, size_t i);

/* 0 or -ENOMEM. */
int allowed_read(const struct policy *p, struct allowed_list *ret);
