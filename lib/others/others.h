/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of others in nf_tables: what docker, firewalld, iptables-nft or an admin have there,
 * and whether it drops, or leads elsewhere, what the policy allows.  An accept of ours does not end
 * their chains.  Nothing of theirs is ever changed.
 *
 * This is the room's only way in.  Behind it: read and read_… (the kernel → foreign.h: chains,
 * rules, and which packets each matches), allowed (the policy as services), sample (packets made
 * up of them), edges and cells (where others tell such packets apart), passage (the way of one
 * through a base chain), survey (all of them through all chains), hits and findings (what is lost,
 * in words).
 *
 * Seen: base chains of inet, ip, ip6, bridge and netdev on the way of our packets; their rules,
 * with sets, maps and DNAT; matches and targets of xtables that iptables-nft leaves as they are. A
 * match that is not understood makes a "may" of a drop, never a silence. Not seen: iptables-legacy,
 * ARP, tc, XDP, what ipsets hold, and what goes beyond the limits of read.h, which is told as a
 * gap.
 */
#pragma once

#include "others/asked.h"
#include "others/findings.h"
#include "others/survey.h"

/* Looks at what the kernel has now.  0 with *ret, for findings_done(); -EINTR if it changes all the
 * time; -ENOMEM; or another negative errno. */
int others_look(const struct policy *p, const struct survey_host *host, struct findings *ret);

/* The same of one connection; a loss is added to to. */
int others_ask(const struct packet *p, enum side side, struct findings *to,
	struct asked_others *ret);
