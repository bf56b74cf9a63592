/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statements of the rule that was begun last, in their order (ruleset/build.h). */
#pragma once

#include <stdint.h>

#include "ruleset/field.h"

struct build;

/* Matches. */
void match(struct build *b, enum field f, uint32_t value);
void match_not(struct build *b, enum field f, uint32_t value);
void match_masked(struct build *b, enum field f, uint32_t mask, uint32_t value);
void match_any_bit(struct build *b, enum field f, uint32_t bits);
void match_name(struct build *b, enum field f, const char *name);
void match_link_local(struct build *b, enum field f);
void lookup(struct build *b, enum field f, const char *set);
void limit(struct build *b, uint32_t rate, uint32_t burst);
void limit_over(struct build *b, uint32_t rate, uint32_t burst);
/* Counts the connection in the set's element for the field; holds above the number. */
void count_over(struct build *b, enum field f, const char *set, uint32_t connections);

/* The packets for each of the set's elements, a second; holds above the rate. */
void rate_over(struct build *b, enum field f, const char *set, uint32_t rate, uint32_t burst);

/* Effects. */
void dispatch(struct build *b, enum field f, const char *map);
void stamp(struct build *b);
void count(struct build *b, const char *name);
/* For the connection that the packet opens. */
void set_timeouts(struct build *b, const char *name);
void log_packet(struct build *b, const char *prefix);
/* The first length bytes of the packet, from its IP header on, at once to who has bound the group
 * (netlink/packet_log.h); to nobody if nobody has. */
void copy_packet(struct build *b, uint16_t group, uint32_t length);

/* The end of a rule. */
void accept_packet(struct build *b);
void drop_packet(struct build *b);
void reject_tcp(struct build *b);
void reject_any(struct build *b);
/* To who has bound the queue (netlink/packet_queue.h), and says what becomes of the packet.  It is
 * dropped if nobody has, or the queue is full. */
void queue_packet(struct build *b, uint16_t queue);
void jump_to(struct build *b, const char *to);
void goto_chain(struct build *b, const char *to);
