/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of others, made by hand: each rule goes to the end of the chain made last. */
#pragma once

#include <netinet/in.h>
#include <string.h>

#include "others/survey.h"
#include "testing.h"

struct fixture {
	struct foreign foreign;
	struct foreign_chain *chain;
	uint64_t handle;
	struct survey_host host;
};

enum { BOTH_FAMILIES = FOREIGN_IPV4 | FOREIGN_IPV6 };

static inline struct fixture fixture(void)
{
	struct fixture x = {.handle = 0};
	assert_int_equal(foreign_init(&x.foreign), 0);
	return x;
}

static inline struct foreign_chain *add_chain(struct fixture *x, enum foreign_hook hook,
	const char *name)
{
	const struct foreign_chain c = {
		.table = "inet other", .name = name, .hook = hook, .families = BOTH_FAMILIES};
	assert_int_equal(foreign_add_chain(&x->foreign, &c, &x->chain), 0);
	return x->chain;
}

static inline void add_rule(struct fixture *x, enum foreign_end end, struct foreign_box box,
	const char *target)
{
	const struct foreign_rule r = {.handle = ++x->handle,
		.end = end,
		.target_name = target,
		.boxes = &box,
		.n_boxes = 1};
	assert_int_equal(foreign_add_rule(&x->foreign, x->chain, &r), 0);
}

static inline struct addr_range addresses(const char *run)
{
	char why[ADDR_FAULT_SIZE];
	struct addr_range r;
	assert_int_equal(addr_range_parse(run, strlen(run), &r, why), 0);
	return r;
}

static inline struct addr address(const char *a)
{
	return addresses(a).first;
}

static inline struct foreign_box all(void)
{
	return foreign_all(BOTH_FAMILIES);
}

static inline struct foreign_box some(void)
{
	struct foreign_box b = all();
	b.is_narrower = true;
	return b;
}

static inline struct foreign_box tcp_ports(enum foreign_port which, uint16_t first, uint16_t last)
{
	struct foreign_box b = all();
	foreign_only_protocols(&b, IPPROTO_TCP, IPPROTO_TCP);
	b.ports[which] = (struct port_range){first, last};
	b.names_port = true;
	return b;
}

static inline struct foreign_box tcp_dport(uint16_t port)
{
	return tcp_ports(FOREIGN_DPORT, port, port);
}

static inline struct foreign_box in_state(uint32_t states)
{
	struct foreign_box b = all();
	b.states = states;
	return b;
}
