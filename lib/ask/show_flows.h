/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flows of this host as a table: what an operator holds beside the vendor's page. */
#pragma once

#include "base/text.h"
#include "config/policy.h"

struct learned;
struct learned_peer;

/* learned: what is known of names (compile/learned.h); NULL: nobody here knows. */
void show_flows(const struct policy *p, const struct learned *learned, struct text *to);

/* Pieces that other reports need: "389 636", "tcp udp", "10.0.0.0/8, 10.1.2.3, … 7 more". */
void put_ports(const struct flow *f, struct text *to);
void put_protocols(const struct flow *f, struct text *to);
/* known: what was learned for the peer; NULL: nobody here knows. */
void put_addresses(const struct peer *p, const struct learned_peer *known, size_t most,
	struct text *to);
/* "tcp 22 from 10.0.9.0/24 (/etc/rolewall/rolewall.conf:7)", or "none". */
void put_management(const struct policy *p, const struct learned *learned, struct text *to);
