/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SSH_CONNECTION, by which sshd tells its children about their session.  An environment may hold
 * anything, so only a complete session is taken.
 */
#include "net/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The next word, behind exactly one blank unless it is the first. */
static const char *word(const char **at, size_t *ret_length)
{
	const char *s = *at;
	*ret_length = strcspn(s, " ");
	*at = s + *ret_length + (s[*ret_length] == ' ');
	return s;
}

struct addr session_address(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct addr four = {.family = AF_INET};
	if (a->family != AF_INET6 || memcmp(a->bytes, mapped, sizeof(mapped)) != 0)
		return *a;
	memcpy(four.bytes, a->bytes + sizeof(mapped), 4);
	return four;
}

static int parse_address(const char *s, size_t length, struct addr *ret)
{
	const char *zone = memchr(s, '%', length);
	struct addr a;
	if (addr_parse(s, zone ? (size_t)(zone - s) : length, &a) < 0)
		return -EINVAL;
	*ret = session_address(&a);
	return 0;
}

static int parse_port(const char *s, size_t length, uint16_t *ret)
{
	unsigned port = 0;
	if (length == 0 || length > 5)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		port = port * 10 + (unsigned)(s[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

int session_parse(const char *s, struct session *ret)
{
	struct session x = {0};
	const char *words[4];
	size_t lengths[4];
	for (size_t i = 0; i < 4; i++)
		words[i] = word(&s, &lengths[i]);
	if (words[3][lengths[3]] != '\0' || parse_address(words[0], lengths[0], &x.source) < 0 ||
		parse_port(words[1], lengths[1], &x.source_port) < 0 ||
		parse_address(words[2], lengths[2], &x.destination) < 0 ||
		parse_port(words[3], lengths[3], &x.destination_port) < 0)
		return -EINVAL;
	*ret = x;
	return 0;
}

void session_print(const struct session *s, struct text *to)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	addr_print(&s->source, source);
	addr_print(&s->destination, destination);
	text_printf(to, "%s port %u to %s port %u", source, s->source_port, destination,
		s->destination_port);
}

char *session_in_environment(const char *bytes, size_t length)
{
	static const char name[] = "SSH_CONNECTION=";
	const char *end = bytes + length;
	while (bytes < end) {
		size_t n = strnlen(bytes, (size_t)(end - bytes));
		if (n >= sizeof(name) - 1 && memcmp(bytes, name, sizeof(name) - 1) == 0) {
			struct session ignored;
			char *value = strndup(bytes + sizeof(name) - 1, n - (sizeof(name) - 1));
			if (value && session_parse(value, &ignored) == 0)
				return value;
			free(value);
			return NULL;
		}
		bytes += n + 1 <= (size_t)(end - bytes) ? n + 1 : n;
	}
	return NULL;
}
