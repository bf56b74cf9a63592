/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host with one address, a ruleset in force on it, and connections through it. */
#pragma once

#include "ask/preview.h"
#include "compile/compile.h"
#include "ruleset/memory_policy.h"

enum { WORLD_GENERATION = 7, WORLD_MARK = WORLD_GENERATION << 16 };

#define WORLD_HOST(keys, managers, clients) \
	"[host]\n" keys "[management]\nfrom = " managers "\n[peer client]\naddress = " clients "\n" \
	"[flow web]\nport = 443\nprotocol = tcp\nsource = client\ntarget = this-host\n" \
	"[flow out]\nport = 9000\nprotocol = tcp\nsource = this-host\ntarget = client\n"

struct world {
	struct policy *now_policy, *next_policy;
	struct ruleset *now;
	struct link_address address;
	struct facts facts;
	struct proposal proposal;
};

static inline struct addr world_address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

/* now NULL: nothing is in force.  Fills *w, which must stay where it is. */
static inline void world_begin(struct world *w, const char *now, const char *next)
{
	*w = (struct world){.next_policy = memory_policy(NULL, next)};
	if (now) {
		w->now_policy = memory_policy(NULL, now);
		assert_int_equal(compile(w->now_policy, WORLD_GENERATION, &w->now), 0);
	}
	w->address = (struct link_address){.link = "eth0", .address = world_address("10.20.0.1")};
	w->address.network = (struct addr_range){w->address.address, w->address.address};
	w->facts.addresses = &w->address;
	w->facts.n_addresses = 1;
	w->proposal = (struct proposal){
		.now = w->now,
		.has_table = now != NULL,
		.generation = now ? WORLD_GENERATION : 0,
		.policy = w->next_policy,
		.facts = &w->facts,
	};
}

static inline void world_end(struct world *w)
{
	ruleset_free(w->now);
	policy_free(w->now_policy);
	policy_free(w->next_policy);
}

static inline struct connection world_connection(const char *from, const char *to, uint16_t port,
	uint32_t mark)
{
	return (struct connection){
		.protocol = IPPROTO_TCP,
		.source = world_address(from),
		.source_port = 40000,
		.destination = world_address(to),
		.destination_port = port,
		.reached = world_address(to),
		.reached_port = port,
		.mark = mark,
	};
}

/* Every connection comes by the interface that context names. */
static inline int world_interface(void *context, const struct packet *p, char name[IF_NAMESIZE])
{
	(void)p;
	snprintf(name, IF_NAMESIZE, "%s", (const char *)context);
	return 0;
}

static inline void world_add(struct preview *v, struct connection c)
{
	char link[] = "eth0";
	const struct interface_finder finder = {world_interface, link};
	assert_int_equal(preview_add(v, &c, &finder), 0);
}
