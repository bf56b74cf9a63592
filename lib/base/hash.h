/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number that stands for bytes, the same on every machine.  It shows changes by accident, but
 * not those by an attacker. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xcbf29ce484222325u

/* The number of all that was folded so far and of these bytes. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length);
uint64_t hash_number(uint64_t hash, uint32_t number);
/* The end of a string belongs to it: "a" "bc" is not "ab" "c".  NULL is not "". */
uint64_t hash_text(uint64_t hash, const char *text);
