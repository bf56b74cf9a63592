/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force, made again as the host changes. */
#pragma once

struct service;

/* Follows what the policy in force depends on. */
void refresh_follow(struct service *s);
/* The host may have changed. */
void refresh(struct service *s);
