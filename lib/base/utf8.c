/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of RFC 3629, section 4, as code. */
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Length of the sequence that starts at p, or 0 if it is not valid. */
static size_t sequence(const uint8_t *p, size_t left)
{
	uint8_t lowest = 0x80, highest = 0xbf;
	size_t tail;
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		tail = 1;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		tail = 2;
		lowest = p[0] == 0xe0 ? 0xa0 : 0x80;
		highest = p[0] == 0xed ? 0x9f : 0xbf;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		tail = 3;
		lowest = p[0] == 0xf0 ? 0x90 : 0x80;
		highest = p[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (left <= tail || p[1] < lowest || p[1] > highest)
		return 0;
	for (size_t i = 2; i <= tail; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return tail + 1;
}

size_t utf8_valid_length(const char *s, size_t length)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t i = 0;
	while (i < length) {
		size_t n = p[i] < 0x80 ? 1 : sequence(p + i, length - i);
		if (n == 0)
			return i;
		i += n;
	}
	return length;
}

int utf8_shown(const char *s, size_t length, size_t most)
{
	if (length <= most)
		return (int)length;
	while (most > 0 && ((uint8_t)s[most] & 0xc0) == 0x80)
		most--;
	return (int)most;
}

/* Of a valid sequence. */
static bool is_nobodys(const uint8_t *p, size_t n)
{
	if (n == 3 && p[0] == 0xef && p[1] == 0xb7)
		return p[2] >= 0x90 && p[2] <= 0xaf;
	return n >= 3 && p[n - 1] >= 0xbe && p[n - 2] == 0xbf &&
	       (n == 3 ? p[0] == 0xef : (p[1] & 0x0f) == 0x0f);
}

void utf8_mend(char *s)
{
	uint8_t *p = (uint8_t *)s;
	size_t left = strlen(s);
	while (left > 0) {
		size_t n = p[0] < 0x80 ? 1 : sequence(p, left);
		if (n == 0 || is_nobodys(p, n)) {
			n = n ? n : 1;
			memset(p, '?', n);
		}
		p += n;
		left -= n;
	}
}
