/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the configuration in force demand, judged again whenever what is in force, the
 * host or what is known of names has changed. */
#pragma once

struct record;
struct service;

/* Judges them if anything has changed: one that fails is a trouble. */
void expecting_turn(struct service *s);
/* For status: those that wait for what is not known yet. */
void expecting_put(const struct service *s, struct record *to);
