/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which live connections a ruleset would cut, and which of them is somebody's session. */
#pragma once

#include "net/connection.h"
#include "net/packet.h"
#include "net/session.h"

struct facts;
struct ruleset;

/* A packet of the connection, in its first one's direction, as our hooks meet it. */
struct packet connection_packet(const struct connection *c, const struct facts *f);

/* True if the ruleset would let no more packets of the connection through.  The ruleset must
 * be of the generation that would be in force. */
bool judge_refuses(const struct ruleset *r, const struct packet *p);

/* True if going from one ruleset to the other cuts the connection: it lives now. */
bool judge_cuts(const struct ruleset *now, const struct ruleset *next, const struct packet *p);

/* The mark that a connection will have when the ruleset is in force, after one of generation now
 * under the mask mask_now.  It is another one if the numbers begin again; and under another mask
 * nothing that connections carry counts. */
uint32_t judge_mark_then(const struct ruleset *then, uint32_t mark, uint32_t mask_now,
	uint16_t now);

/* True if a tracked connection is that session, also if addresses or ports were translated. */
bool connection_is_session(const struct connection *c, const struct session *s);
