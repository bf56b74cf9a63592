/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints say which chains, sets and counters are not what they should be, and no more: what
 * somebody has written into them is not decoded.
 */
#include "nftables/read/disturbance.h"

#include "nftables/read/fingerprint.h"

static int note(void *context, const struct fingerprint *expected, const struct fingerprint *found)
{
	if (expected && found)
		return difference_list_add(context, found->name, DIFFERENCE_CHANGED);
	return expected ? difference_list_add(context, expected->name, DIFFERENCE_ADDED)
			: difference_list_add(context, found->name, DIFFERENCE_REMOVED);
}

int disturbance_read(struct nfsock *s, const struct ruleset *expected, struct difference_list *ret)
{
	struct difference_list list;
	struct fingerprints should = {0}, is = {0};
	int r = difference_list_start(&list);
	if (r < 0)
		return r;
	r = fingerprints_of(expected, &should);
	if (r == 0)
		r = fingerprints_read(s, &is);
	if (r == 0)
		r = fingerprints_differences(&should, &is, note, &list);
	fingerprints_done(&should);
	fingerprints_done(&is);
	if (r < 0)
		difference_list_done(&list);
	else
		*ret = list;
	return r;
}
