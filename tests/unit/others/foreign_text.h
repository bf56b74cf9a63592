/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was understood of others' rules, as text: "drop tcp dport 22 | drop …". */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "others/foreign.h"
#include "testing.h"

static inline void put_range(struct text *t, const char *name, const struct port_range *r)
{
	if (r->first == 0 && r->last == UINT16_MAX)
		return;
	if (r->first == r->last)
		text_printf(t, " %s %u", name, r->first);
	else
		text_printf(t, " %s %u-%u", name, r->first, r->last);
}

static inline void put_box(struct text *t, const struct foreign_box *b)
{
	unsigned protocols = 0;
	uint8_t last = 0;
	for (unsigned p = 0; p < 256; p++)
		if (foreign_has_protocol(b, (uint8_t)p)) {
			protocols++;
			last = (uint8_t)p;
		}
	char name[8];
	protocol_print(last, name);
	if (protocols == 1)
		text_printf(t, " %s", name);
	else if (protocols < 256)
		text_printf(t, " %u-protocols", protocols);
	put_range(t, "dport", &b->ports[FOREIGN_DPORT]);
	put_range(t, "sport", &b->ports[FOREIGN_SPORT]);
	put_range(t, "dialled", &b->ports[FOREIGN_DIALLED]);
	for (int i = 0; i < FOREIGN_SIDES; i++) {
		if (b->addresses[i].first.family != AF_UNSPEC) {
			text_put(t, i == FOREIGN_SOURCE ? " saddr " : " daddr ");
			addr_range_print(&b->addresses[i], t);
		}
		if (b->of_unknown[i])
			text_put(t, " unknown");
		if (b->types[i] != UINT16_MAX)
			text_printf(t, " %s %x", i == FOREIGN_SOURCE ? "stype" : "dtype",
				b->types[i]);
	}
	for (int i = 0; i < FOREIGN_WAYS; i++)
		if (b->links[i].name[0])
			text_printf(t, " %s %s%s%s", i == FOREIGN_IN ? "iif" : "oif",
				b->links[i].inverted ? "not " : "", b->links[i].name,
				b->links[i].is_beginning ? "*" : "");
	if (b->dnat == FOREIGN_DNATED)
		text_put(t, " dnated");
	if (b->dnat == FOREIGN_AS_DIALLED)
		text_put(t, " as-dialled");
	if (b->names_list)
		text_put(t, " by-list");
	if (b->states != UINT32_MAX)
		text_printf(t, " state %x", b->states);
	if (b->families == FOREIGN_IPV4)
		text_put(t, " ip4");
	if (b->families == FOREIGN_IPV6)
		text_put(t, " ip6");
	if (b->is_narrower)
		text_put(t, b->names_port ? " some-by-port" : " some");
}

static inline void put_boxes(struct text *t, const struct foreign_box *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text_put(t, " or");
		put_box(t, &items[i]);
	}
}

static inline void put_target(struct text *t, const struct foreign_target *to)
{
	char address[INET6_ADDRSTRLEN] = "here";
	if (to->address.family != AF_UNSPEC)
		addr_print(&to->address, address);
	if (to->is_known)
		text_printf(t, "(to %s:%u)", address, to->port);
	else
		text_put(t, "(to ?)");
}

static inline void put_rules(struct text *t, const struct foreign_chain *c)
{
	static const char *const ends[] = {
		"accept", "drop", "reject", "unknown", "jump", "goto", "return"};
	for (const struct foreign_rule *r = c->first; r; r = r->next) {
		text_printf(t, "%s%s", r == c->first ? "" : " | ", ends[r->end]);
		if (r->target_name)
			text_printf(t, "(%s)", r->target_name);
		if (r->translates)
			put_target(t, &r->to);
		put_boxes(t, r->boxes, r->n_boxes);
	}
}

/* Ends the text, demands it, and frees it. */
static inline void assert_text(struct text *t, const char *wanted, const char *about)
{
	char *found;
	assert_int_equal(text_finish(t, &found), 0);
	if (strcmp(found, wanted) != 0)
		fail_msg("%s\n  is:     %s\n  wanted: %s", about, found, wanted);
	free(found);
}
