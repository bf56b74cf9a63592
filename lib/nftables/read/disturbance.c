/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints only say which chains, sets and counters are not what they should be: their new
 * content is not decoded.  What is learned of names differs from what is
 * expected where who expects does not know it, and is passed over.
 */
#include "nftables/read/disturbance.h"

#include "base/cleanup.h"
#include "nftables/read/fingerprint.h"

struct noting {
	const struct ruleset *expected;
	struct difference_list *list;
};

static int note(void *context, const struct fingerprint *expected, const struct fingerprint *found)
{
	const struct noting *n = context;
	if (expected && found) {
		const struct set *s = found->kind == FINGERPRINT_SET
					      ? ruleset_set(n->expected, found->name)
					      : NULL;
		return s && s->is_unknown
			       ? 0
			       : difference_list_add(n->list, found->name, DIFFERENCE_CHANGED);
	}
	return expected ? difference_list_add(n->list, expected->name, DIFFERENCE_ADDED)
			: difference_list_add(n->list, found->name, DIFFERENCE_REMOVED);
}

static int gather(struct nfsock *s, const struct ruleset *expected, struct difference_list *to)
{
	struct noting noting = {expected, to};
	CLEANUP(fingerprints_done) struct fingerprints should = {0};
	CLEANUP(fingerprints_done) struct fingerprints is = {0};
	int r = fingerprints_of(expected, &should);
	if (r < 0)
		return r;
	r = fingerprints_read(s, &is);
	return r < 0 ? r : fingerprints_differences(&should, &is, note, &noting);
}

int disturbance_read(struct nfsock *s, const struct ruleset *expected, struct difference_list *ret)
{
	struct difference_list list;
	int r = difference_list_start(&list);
	if (r < 0)
		return r;
	r = gather(s, expected, &list);
	if (r < 0) {
		difference_list_done(&list);
		return r;
	}
	*ret = list;
	return 0;
}

int disturbance_none(struct nfsock *s, const struct ruleset *expected, struct text *to)
{
	CLEANUP(fingerprints_done) struct fingerprints should = {0};
	CLEANUP(fingerprints_done) struct fingerprints is = {0};
	int r = fingerprints_of(expected, &should);
	if (r < 0)
		return r;
	r = fingerprints_read(s, &is);
	if (r < 0)
		return r;
	return fingerprints_compare(&should, &is, to);
}
