/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#pragma once

#include <stddef.h>

/* The offset of the first byte that is not part of valid UTF-8, or length if all is. */
size_t utf8_valid_length(const char *s, size_t length);

/* The length of a text to show in a message: at most this many bytes, without cutting a letter in
 * two.  For printf's "%.*s". */
int utf8_shown(const char *s, size_t length, size_t most);

/* Puts a '?' over each byte that is not part of valid UTF-8, and over each byte of a letter that
 * Unicode keeps for nobody (U+FDD0 to U+FDEF, U+FFFE and U+FFFF of each plane): D-Bus takes
 * neither. */
void utf8_mend(char *s);
