/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksum is of everything below it.  What is read may be anything: a disk that failed, a
 * file of a later version.  So nothing in it is used before the checksum has been compared; and
 * since anybody can make a checksum, the content is checked afterwards, too.
 */
#include "base/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

enum { CHECKSUM_LINE = sizeof("checksum 0123456789abcdef\n") - 1 };

static void checksum_line(char to[CHECKSUM_LINE + 1], const char *bytes, size_t length)
{
	snprintf(to, CHECKSUM_LINE + 1, "checksum %016" PRIx64 "\n",
		hash_bytes(HASH_START, bytes, length));
}

void seal_put(struct text *to, const char *title, struct text *body)
{
	char line[CHECKSUM_LINE + 1];
	const char *bytes = body->data ? body->data : "";
	checksum_line(line, bytes, body->length);
	text_put(to, title);
	text_put(to, line);
	text_bytes(to, bytes, body->length);
	to->failed |= body->failed;
	text_done(body);
}

const char *seal_open(const char *bytes, size_t length, const char *title, const char **ret,
	size_t *ret_length)
{
	char line[CHECKSUM_LINE + 1];
	const size_t head = strlen(title);
	if (length < head || memcmp(bytes, title, head) != 0)
		return "it is not a state file of this version";
	if (length - head < CHECKSUM_LINE)
		return "it ends in the middle";
	const char *body = bytes + head + CHECKSUM_LINE;
	checksum_line(line, body, length - head - CHECKSUM_LINE);
	if (memcmp(line, bytes + head, CHECKSUM_LINE) != 0)
		return "its checksum is wrong";
	*ret = body;
	*ret_length = length - head - CHECKSUM_LINE;
	return NULL;
}
