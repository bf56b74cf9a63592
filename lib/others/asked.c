/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As a survey sends samples (survey.c), but of one connection: all its ends and ports are known, so
 * nearly each match holds or does not.  What is not certain is left out: who asks why something is
 * refused wants the cause, not all that may be.
 */
#include "others/asked.h"

#include <errno.h>

#include "others/passage.h"

enum { STEPS_AT_MOST = 1000 * 1000, CONNTRACK_PRIORITY = -200 };

static bool is_on_its_way(const struct foreign_chain *c, enum side side)
{
	switch (c->hook) {
	case FOREIGN_NO_HOOK:
	case FOREIGN_FORWARD:
		return false;
	case FOREIGN_INGRESS:
	case FOREIGN_PREROUTING:
	case FOREIGN_INPUT:
		return side == SIDE_IN;
	case FOREIGN_OUTPUT:
	case FOREIGN_POSTROUTING:
	case FOREIGN_EGRESS:
		return side == SIDE_OUT;
	}
	return false;
}

static bool is_before_tracking(const struct foreign_chain *c)
{
	return c->hook == FOREIGN_INGRESS ||
	       ((c->hook == FOREIGN_PREROUTING || c->hook == FOREIGN_OUTPUT) &&
		       c->priority <= CONNTRACK_PRIORITY);
}

static struct sample sample_of(const struct packet *p, enum side side)
{
	const struct port_range from = {p->source_port, p->source_port},
				to = {p->destination_port, p->destination_port};
	struct sample s = {.protocol = p->protocol,
		.family = p->source.family == AF_INET6 ? FOREIGN_IPV6 : FOREIGN_IPV4,
		.dnat = FOREIGN_AS_DIALLED};
	s.ports[FOREIGN_SPORT] = from;
	s.ports[FOREIGN_DPORT] = s.ports[FOREIGN_DIALLED] = to;
	s.ends[FOREIGN_SOURCE] =
		(struct sample_end){.place = SAMPLE_KNOWN, .run = {p->source, p->source}};
	s.ends[FOREIGN_DESTINATION] =
		(struct sample_end){.place = SAMPLE_KNOWN, .run = {p->destination, p->destination}};
	s.types[FOREIGN_SOURCE] = side == SIDE_IN ? FOREIGN_UNICAST : FOREIGN_LOCAL;
	s.types[FOREIGN_DESTINATION] = side == SIDE_IN ? FOREIGN_LOCAL : FOREIGN_UNICAST;
	s.links[side == SIDE_IN ? FOREIGN_IN : FOREIGN_OUT] = p->interface;
	return s;
}

static void say(const struct passage *passed, const struct drop *d, const struct packet *p,
	enum side side, struct findings *to)
{
	struct hit h = {.base = passed->base,
		.chain = d->chain,
		.rule = d->rule,
		.side = side,
		.certain = true,
		.defeats = true,
		.n_services = 1};
	char protocol[8];
	protocol_print(p->protocol, protocol);
	text_put(&h.services, protocol);
	if (protocol_has_ports(p->protocol))
		text_printf(&h.services, " %u", p->destination_port);
	findings_say_hit(to, &h);
	text_done(&h.services);
}

int asked_judge(const struct foreign *f, const struct packet *p, enum side side,
	struct findings *to, struct asked_others *ret)
{
	struct passage passed = {.steps_left = STEPS_AT_MOST};
	struct sample s = sample_of(p, side);
	/* DNAT first: what it leads away does not come to the input hook */
	for (const struct foreign_chain *c = f->first; c; c = c->next) {
		s.state = FOREIGN_NEW;
		if (c->is_nat && c->hook == FOREIGN_PREROUTING && side == SIDE_IN &&
			(c->families & s.family))
			passage_send(&passed, c, &s, true);
	}
	*ret = (struct asked_others){.is_led_away = passed.dnat.where != DNAT_NOWHERE,
		.port = passed.dnat.where == DNAT_CERTAINLY ? passed.dnat.to.port : 0};
	for (const struct foreign_chain *c = f->first; c && !ret->is_lost; c = c->next) {
		if (!is_on_its_way(c, side) || !(c->families & s.family) ||
			(ret->is_led_away && c->hook == FOREIGN_INPUT))
			continue;
		s.state = is_before_tracking(c) ? FOREIGN_INVALID : FOREIGN_NEW;
		passage_send(&passed, c, &s, true);
		const struct drop *d = passage_decided(&passed);
		if (!d || passed.gave_up)
			continue;
		ret->is_lost = true;
		say(&passed, d, p, side, to);
	}
	return to->failed ? -ENOMEM : 0;
}
