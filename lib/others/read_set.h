/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements of a set that a foreign rule looks up, and which packets they match. */
#pragma once

#include "others/read_field.h"

struct nftnl_set_elem;

enum {
	FOREIGN_KEY_SIZE = 64,
	FOREIGN_LEFT_OUT_AT_MOST = 100000, /* of one set, to be counted: a tenth of a second */
};

/* Which single addresses may make a difference to us. */
struct foreign_interest {
	bool (*wants)(void *context, const struct addr *a);
	void *context;
};

struct foreign_element {
	uint8_t key[FOREIGN_KEY_SIZE];
	uint8_t key_end[FOREIGN_KEY_SIZE]; /* of a range in a concatenation */
	bool has_key_end;
	bool is_end;     /* of an interval: the first that does not belong to it */
	bool is_default; /* matches what no other does */
	uint32_t verdict;
	const char *chain; /* NULL: none */
};

struct foreign_set {
	const char *name;
	const char *table;
	uint32_t flags; /* NFT_SET_… */
	uint32_t key_length;
	struct foreign_element *items;
	size_t count, allocated;
	bool was_read;
	bool is_whole; /* all elements are there, but for those left out */

	/* of a hash of addresses: the others are counted only */
	const struct foreign_interest *interest; /* NULL: all are wanted */
	struct foreign_slot address;
	size_t n_left_out;
};

/* Adds an element of the kernel's; the name of its chain goes to arena.  0; -E2BIG if that
 * would be more than most, or too many are left out; or another negative errno. */
int foreign_set_take(struct foreign_set *s, size_t most, struct arena *arena,
	struct nftnl_set_elem *e);

/* Puts the elements into the order in which foreign_set_box() wants them. */
void foreign_set_sort(struct foreign_set *s);

/* The packets that the i-th element matches; slots are those of the key.  False: none. */
bool foreign_set_box(const struct foreign_set *s, size_t i, const struct foreign_slot *slots,
	struct foreign_box *ret);

/* How a verdict of the kernel's ends a rule.  False: it does not. */
bool foreign_verdict(uint32_t verdict, enum foreign_end *ret);

/* Narrows boxes to what the set matches, or does not.  0 or -ENOMEM. */
int foreign_set_match(const struct foreign_set *s, bool inverted, const struct foreign_slot *slots,
	struct foreign_boxes *boxes);
