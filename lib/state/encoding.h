/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A saved configuration as bytes, and back. */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "config/snapshot.h"

enum { BOOT_ID_SIZE = 33 };

/* A configuration that is in force until it is confirmed or its time is up. */
struct trial {
	uint64_t until;          /* microseconds of CLOCK_BOOTTIME; 0: no trial */
	char boot[BOOT_ID_SIZE]; /* id of the boot whose clock that is */
};

enum { STATE_FAULT_SIZE = 160 };

/* Writes both; to->failed if memory ran out. */
void state_encode(const struct snapshot *s, const struct trial *t, struct text *to);

/* 0 with *ret and *ret_trial; -EBADMSG with a message in why if the bytes are not what
 * state_encode() has written; or -ENOMEM. */
int state_decode(const char *bytes, size_t length, struct snapshot **ret, struct trial *ret_trial,
	char why[STATE_FAULT_SIZE]);
