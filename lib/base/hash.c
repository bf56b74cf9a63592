/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a of 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
#include "base/hash.h"

#include <string.h>

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

/* Lowest byte first, so that it is the same number everywhere. */
uint64_t hash_number(uint64_t hash, uint32_t number)
{
	const uint8_t bytes[] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
		(uint8_t)(number >> 24)};
	return hash_bytes(hash, bytes, sizeof(bytes));
}

uint64_t hash_text(uint64_t hash, const char *text)
{
	return text ? hash_bytes(hash_number(hash, 1), text, strlen(text) + 1)
		    : hash_number(hash, 0);
}
