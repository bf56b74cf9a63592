/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others have put into nf_tables, as plain data, as far as it can lose a packet of ours:
 * their base chains on the way of our packets, and the rules that decide something.
 *
 * A rule matches a list of boxes: it matches a packet that lies in any of them.  What of a
 * match was not understood makes its box narrower by an unknown amount, and that is remembered.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "net/addr.h"
#include "net/service.h"

/* Boxes. */

enum foreign_port {
	FOREIGN_DPORT,
	FOREIGN_SPORT,
	FOREIGN_DIALLED, /* dport of the connection's first packet, before any NAT */
	FOREIGN_PORTS
};

enum { FOREIGN_IPV4 = 1, FOREIGN_IPV6 = 2 };

/* ct state, as the kernel has its bits */
enum {
	FOREIGN_INVALID = 1,
	FOREIGN_ESTABLISHED = 2,
	FOREIGN_RELATED = 4,
	FOREIGN_NEW = 8,
};

/* the kinds of address that are met here, a bit for each RTN_… */
enum { FOREIGN_UNICAST = 1 << 1, FOREIGN_LOCAL = 1 << 2 };

enum { FOREIGN_AS_DIALLED = 1, FOREIGN_DNATED = 2 };

enum foreign_side { FOREIGN_SOURCE, FOREIGN_DESTINATION, FOREIGN_SIDES };
enum foreign_way { FOREIGN_IN, FOREIGN_OUT, FOREIGN_WAYS };

/* An interface that is asked for, or by inverted, any but that. */
struct foreign_link {
	char name[IF_NAMESIZE]; /* "": none is asked for */
	bool is_beginning;      /* of the names of several */
	bool inverted;
};

struct foreign_box {
	uint64_t protocols[4]; /* a bit for each */
	struct port_range ports[FOREIGN_PORTS];
	struct addr_range addresses[FOREIGN_SIDES]; /* family AF_UNSPEC: all */
	struct foreign_link links[FOREIGN_WAYS];
	uint16_t types[FOREIGN_SIDES]; /* a bit for each RTN_… */
	uint32_t states;
	uint8_t families;
	uint8_t dnat;
	bool of_unknown[FOREIGN_SIDES]; /* holds for nobody who was known when it was read */
	bool names_port;                /* ports were asked for */
	bool names_list;  /* addresses were asked for, in a list that cannot be looked at */
	bool is_narrower; /* and only some packets in it, we cannot say which */
};

struct foreign_boxes {
	struct foreign_box *items;
	size_t count, allocated;
};

/* All packets of these families. */
struct foreign_box foreign_all(uint8_t families);
void foreign_only_protocols(struct foreign_box *b, uint8_t first, uint8_t last);
bool foreign_has_protocol(const struct foreign_box *b, uint8_t protocol);

/* Adds a box.  0 or -ENOMEM. */
int foreign_add(struct foreign_boxes *list, const struct foreign_box *b);

/* Intersects list with the others.  If that gave too many boxes, list stays, with boxes that are
 * narrower by an unknown amount.  0 or -ENOMEM. */
int foreign_meet(struct foreign_boxes *list, const struct foreign_boxes *others);
void foreign_boxes_done(struct foreign_boxes *list);

/* Rules and chains. */

enum foreign_end {
	FOREIGN_ACCEPT, /* nothing more of this base chain sees the packet */
	FOREIGN_DROP,
	FOREIGN_REJECT,
	FOREIGN_UNKNOWN, /* gives it to somebody who may drop it */
	FOREIGN_JUMP,
	FOREIGN_GOTO,
	FOREIGN_RETURN,
};

/* Where DNAT leads a connection. */
struct foreign_target {
	bool is_known;
	struct addr address; /* family AF_UNSPEC: this host */
	uint16_t port;       /* 0: as it was dialled */
};

struct foreign_rule {
	uint64_t handle;
	enum foreign_end end;
	bool translates; /* accepts, and leads the connection elsewhere */
	struct foreign_target to;
	const char *target_name; /* of jump and goto */
	const struct foreign_chain *target;
	const struct foreign_box *boxes;
	size_t n_boxes;
	struct foreign_rule *next;
};

enum foreign_hook {
	FOREIGN_NO_HOOK,
	FOREIGN_INGRESS,
	FOREIGN_PREROUTING,
	FOREIGN_INPUT,
	FOREIGN_FORWARD,
	FOREIGN_OUTPUT,
	FOREIGN_POSTROUTING,
	FOREIGN_EGRESS,
};

struct foreign_chain {
	const char *table; /* family and name: "ip filter" */
	const char *name;
	enum foreign_hook hook; /* FOREIGN_NO_HOOK: called by others */
	int32_t priority;
	bool drops;         /* policy */
	bool is_nat;        /* sees only the first packet of a connection */
	bool is_bridge;     /* sees only what comes over a bridge */
	bool changes;       /* a rule of it changes the packet or the connection */
	const char *device; /* of ingress and egress; NULL: not said */
	uint8_t families;
	struct foreign_rule *first, *last;
	struct foreign_chain *next;
};

/* Something that was not looked at, and why. */
struct foreign_gap {
	const char *what;
	struct foreign_gap *next;
};

struct foreign {
	struct arena *arena;
	struct foreign_chain *first, *last;
	struct foreign_gap *gaps;
};

/* Lifetime.  0 or -ENOMEM. */
int foreign_init(struct foreign *f);
void foreign_done(struct foreign *f);

/* Adds a copy of a chain, or of a rule with its boxes (at least one) to a chain; names must live
 * as long.  0 or -ENOMEM. */
int foreign_add_chain(struct foreign *f, const struct foreign_chain *c, struct foreign_chain **ret);
int foreign_add_rule(struct foreign *f, struct foreign_chain *c, const struct foreign_rule *r);
int foreign_add_gap(struct foreign *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Lets each jump know its chain; once all are there.  0 or -ENOMEM. */
int foreign_link(struct foreign *f);

const char *foreign_hook_name(enum foreign_hook h);
