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

/* The hooks that packets of that side's first direction meet; answers meet the others. */
static bool is_met(const struct foreign_chain *c, enum side side)
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

/* The same connection's answers. */
static struct sample turned(const struct sample *s)
{
	struct sample a = *s;
	a.ports[FOREIGN_SPORT] = s->ports[FOREIGN_DPORT];
	a.ports[FOREIGN_DPORT] = s->ports[FOREIGN_SPORT];
	a.ends[FOREIGN_SOURCE] = s->ends[FOREIGN_DESTINATION];
	a.ends[FOREIGN_DESTINATION] = s->ends[FOREIGN_SOURCE];
	a.types[FOREIGN_SOURCE] = s->types[FOREIGN_DESTINATION];
	a.types[FOREIGN_DESTINATION] = s->types[FOREIGN_SOURCE];
	a.links[FOREIGN_IN] = s->links[FOREIGN_OUT];
	a.links[FOREIGN_OUT] = s->links[FOREIGN_IN];
	return a;
}

struct asking {
	const struct foreign *foreign;
	const struct packet *packet;
	enum side side;
	struct passage passed;
	struct findings *to;
	struct asked_others *ret;
};

static void say(struct asking *x, const struct drop *d, bool is_answer)
{
	const struct packet *p = x->packet;
	struct hit h = {.base = x->passed.base,
		.chain = d->chain,
		.rule = d->rule,
		.side = x->side,
		.is_answer = is_answer,
		.certain = true,
		.defeats = true,
		.n_services = 1};
	char protocol[8];
	protocol_print(p->protocol, protocol);
	text_put(&h.services, protocol);
	if (protocol_has_ports(p->protocol))
		text_printf(&h.services, " %u", p->destination_port);
	findings_say_hit(x->to, &h);
	text_done(&h.services);
}

/* Through the chains that one direction meets, up to the first that loses it. */
static void send_through(struct asking *x, struct sample *s, enum side met, bool is_answer)
{
	for (const struct foreign_chain *c = x->foreign->first; c && !x->ret->is_lost;
		c = c->next) {
		/* what DNAT leads away does not come to the input hook */
		if (!is_met(c, met) || !(c->families & s->family) || (is_answer && c->is_nat) ||
			(x->ret->is_led_away && c->hook == FOREIGN_INPUT))
			continue;
		s->state = is_answer ? FOREIGN_ESTABLISHED : FOREIGN_NEW;
		if (is_before_tracking(c))
			s->state = FOREIGN_INVALID;
		passage_send(&x->passed, c, s, true);
		const struct drop *d = passage_decided(&x->passed);
		if (!d || x->passed.gave_up)
			continue;
		x->ret->is_lost = true;
		say(x, d, is_answer);
	}
}

int asked_judge(const struct foreign *f, const struct packet *p, enum side side,
	struct findings *to, struct asked_others *ret)
{
	struct asking x = {.foreign = f,
		.packet = p,
		.side = side,
		.passed = {.steps_left = STEPS_AT_MOST},
		.to = to,
		.ret = ret};
	struct sample s = sample_of(p, side), answer = turned(&s);
	s.state = FOREIGN_NEW;
	for (const struct foreign_chain *c = f->first; c; c = c->next)
		if (c->is_nat && c->hook == FOREIGN_PREROUTING && side == SIDE_IN &&
			(c->families & s.family))
			passage_send(&x.passed, c, &s, true);
	const struct dnat *led = &x.passed.dnat;
	*ret = (struct asked_others){.is_led_away = led->where != DNAT_NOWHERE,
		.port = led->where == DNAT_CERTAINLY ? led->to.port : 0};
	send_through(&x, &s, side, false);
	/* the answers of another host are forwarded */
	if (!ret->is_led_away)
		send_through(&x, &answer, side == SIDE_IN ? SIDE_OUT : SIDE_IN, true);
	return to->failed ? -ENOMEM : 0;
}
