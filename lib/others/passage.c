/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a rule matches some packets of a sample, both ways are followed: that of the packets that
 * match, and that of the rest.  The whole sample is lost if no way leads out.  Then the last drop
 * decides, since all packets that were not dropped before came to it.
 */
#include "others/passage.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_AT_MOST = 16 }; /* the kernel's own limit of jumps */

bool passage_step(struct passage *p)
{
	if (p->steps_left == 0) {
		p->gave_up = true;
		return false;
	}
	p->steps_left--;
	return true;
}

/* If there are too many, the last one is kept: it may be the one that decides. */
static void add_drop(struct passage *p, const struct foreign_chain *c, const struct foreign_rule *r,
	const struct path *path)
{
	size_t i = p->n_drops < DROPS_AT_MOST ? p->n_drops++ : DROPS_AT_MOST - 1;
	p->drops[i] = (struct drop){c, r, *path};
}

/* The first packet of a connection has come to a rule that accepts it. */
static void note_dnat(struct passage *p, const struct foreign_rule *r, bool certain)
{
	if (!r->translates || p->base->hook != FOREIGN_PREROUTING ||
		p->dnat.where == DNAT_CERTAINLY)
		return;
	certain &= p->dnat.where == DNAT_NOWHERE && !p->some_passed;
	p->dnat.where = certain ? DNAT_CERTAINLY : DNAT_PERHAPS;
	p->dnat.to = r->to;
}

static bool walk(struct passage *p, const struct foreign_chain *c, struct path path,
	unsigned depth);

/* What the rule does with those that it matches.  True if they go no further. */
static bool end(struct passage *p, const struct foreign_chain *c, const struct foreign_rule *r,
	const struct path *path, unsigned depth)
{
	switch (r->end) {
	case FOREIGN_ACCEPT:
		note_dnat(p, r, path->certain);
		p->some_passed = true;
		return true;
	case FOREIGN_UNKNOWN:
		add_drop(p, c, r, path);
		p->some_passed = true;
		return false;
	case FOREIGN_DROP:
	case FOREIGN_REJECT:
		add_drop(p, c, r, path);
		return true;
	case FOREIGN_JUMP:
	case FOREIGN_GOTO:
		return r->target && walk(p, r->target, *path, depth + 1);
	case FOREIGN_RETURN:
		return false;
	}
	abort();
}

/* True if nothing goes on behind the chain. */
static bool walk(struct passage *p, const struct foreign_chain *c, struct path path, unsigned depth)
{
	bool some_return = false;
	for (const struct foreign_rule *r = c->first; r; r = r->next) {
		struct path here = path;
		struct sample_hints hints = {0};
		if (depth > DEPTH_AT_MOST || !passage_step(p))
			return true;
		enum sample_match m = sample_match(p->sample, r, &hints);
		if (m == SAMPLE_NONE)
			continue;
		here.certain &= m == SAMPLE_ALL;
		here.narrowed |= m == SAMPLE_SOME;
		here.named |= hints.named;
		here.single |= hints.single;
		bool ended = end(p, c, r, &here, depth);
		bool leaves = r->end == FOREIGN_RETURN || (r->end == FOREIGN_GOTO && !ended);
		if (m == SAMPLE_ALL && leaves)
			return false;
		if (m == SAMPLE_ALL && ended)
			return !some_return;
		if (leaves) {
			some_return = true;
			path.certain = false;
		}
	}
	return false;
}

void passage_send(struct passage *p, const struct foreign_chain *base, const struct sample *s,
	bool certain)
{
	const char *link = s->links[FOREIGN_IN];
	bool elsewhere = base->hook == FOREIGN_INGRESS && base->device && link &&
			 strcmp(link, base->device) != 0;
	bool all = certain && !base->is_bridge && !elsewhere;
	struct path path = {.certain = all, .narrowed = elsewhere};
	p->base = base;
	p->sample = s;
	p->some_passed = !all;
	p->n_drops = 0;
	if (walk(p, base, path, 0))
		return;
	if (base->drops)
		add_drop(p, base, NULL, &path);
	else
		p->some_passed = true;
}

const struct drop *passage_decided(const struct passage *p)
{
	const struct drop *last = p->n_drops ? &p->drops[p->n_drops - 1] : NULL;
	return last && last->path.certain && !p->some_passed ? last : NULL;
}
