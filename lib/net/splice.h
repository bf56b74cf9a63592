/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single addresses into and out of a set that is in order already, without sorting it again.  part
 * is ADDRSET_HOSTS4 or ADDRSET_HOSTS6. */
#pragma once

#include "net/addrset.h"

enum addrset_part splice_part(const struct addr *a);

/* Questions. */
bool splice_has(const struct addrset *s, const struct addr *a);

/* One address, which may be there already, or not be there.  0 or -ENOMEM. */
int splice_add(struct addrset *s, const struct addr *a);
void splice_remove(struct addrset *s, const struct addr *a);

/* Room for so many more, so that splice_in() can do without memory.  0 or -ENOMEM. */
int splice_reserve(struct addrset *s, enum addrset_part part, size_t more);
/* Adds to s, which has nothing of this part yet, what another set has of it, with room for so many
 * more.  0 or -ENOMEM. */
int splice_copy(struct addrset *s, enum addrset_part part, const struct addrset *from, size_t more);

/* Many at a time, in one pass.  There is room for all of coming. */
void splice_in(struct addrset *s, enum addrset_part part, const struct addrset *coming);
void splice_out(struct addrset *s, enum addrset_part part, const struct addrset *going);
/* Leaves in s only those that other has, or only those that it has not. */
void splice_keep(struct addrset *s, enum addrset_part part, const struct addrset *other,
	bool if_other_has);
