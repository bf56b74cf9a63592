/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others do to one connection that somebody asks about. */
#pragma once

#include "net/packet.h"
#include "net/side.h"
#include "others/findings.h"
#include "others/foreign.h"

struct asked_others {
	bool is_lost;     /* surely */
	bool is_led_away; /* DNAT leads it elsewhere, or may */
	uint16_t port;    /* … to this port; 0: not known, or as it was dialled */
};

/* The first packet of a connection, through the base chains on its way.  A loss is a finding that
 * is added to to.  0 or -ENOMEM. */
int asked_judge(const struct foreign *f, const struct packet *p, enum side side,
	struct findings *to, struct asked_others *ret);
