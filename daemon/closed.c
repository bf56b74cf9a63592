/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Closes a host that was protected once and has no good configuration left: only management is let
 * in, as far as [management] can be read.
 *
 * Where management is told by interfaces or gateways it moves with them: at a boot they come up
 * after us.  So the files are kept as they were read, and read again like those of a good
 * configuration when the host changes.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "candidate.h"
#include "daemon.h"
#include "journal.h"

enum { ADDRESSES_SHOWN = 8 };

static void put_addresses(const struct addrset *set, struct text *to)
{
	size_t n = 0, count = addrset_count(set);
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		for (size_t i = 0; i < set->count[part] && n < ADDRESSES_SHOWN; i++) {
			const struct addr_range range = addrset_get(set, part, i);
			text_put(to, n++ ? ", " : "");
			addr_range_print(&range, to);
		}
	if (count > n)
		text_printf(to, " and %zu more", count - n);
}

static void put_who(const struct host *h, struct text *to)
{
	if (h->management.any) {
		text_put(to, "only management is let in, from anywhere");
		return;
	}
	if (addrset_count(&h->management.addresses)) {
		text_put(to, "only management is let in, from ");
		put_addresses(&h->management.addresses, to);
		return;
	}
	text_put(to, "nobody is let in: ");
	text_put(to, h->management.dynamic ? "the interfaces and gateways of [management] have no "
					     "address yet; rolewalld waits for one"
					   : "no address of [management] can be read");
}

void closed_put(const struct service *s, struct text *to)
{
	text_put(to, "neither the configuration nor the saved last good one can be used; ");
	if (s->in_force.basis.is_closed)
		put_who(&s->in_force.policy->host, to);
	else
		text_put(to, "the rules of an earlier rolewalld stay in force");
}

/* 1: something protects already, and is left. */
static int put_closed(struct service *s)
{
	CLEANUP(diags_done) struct diags diags = {0};
	CLEANUP(candidate_done) struct candidate c = {0};
	CLEANUP(effect_done) struct effect effect = {0};
	int r = apply_protects(&s->socket);
	if (r != 0)
		return r;
	r = candidate_read(s, BASIS_CLOSED, &diags, &c);
	if (r < 0)
		return r;
	return candidate_apply(s, &c, &diags, &effect);
}

int closed_begin(struct service *s)
{
	int r = put_closed(s);
	if (r < 0)
		journal(JOURNAL_TROUBLE, LOG_ERR, "cannot close this host: %s", strerror(-r));
	return r;
}
