/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force, made again as the host changes. */
#pragma once

#include <stdbool.h>

struct service;

/* Follows what the policy in force depends on. */
void refresh_follow(struct service *s);
/* The host may have changed. */
void refresh(struct service *s);
/* List files have come into force. */
void refresh_note_lists(struct service *s);
