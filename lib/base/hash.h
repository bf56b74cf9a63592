/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a, 64 bits: any change shows; nobody is kept from making one that does not. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xcbf29ce484222325u

/* The hash of what gave hash so far and these bytes after it. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length);
