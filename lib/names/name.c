/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that a configuration may have.
 *
 * A name is absolute: no search domain is ever appended, so "dc1" is the name dc1 and not
 * dc1.corp.example.  A dot at its end says the same and is dropped.  Letters are compared without
 * case (RFC 4343), so all are kept small.
 *
 * The DNS could carry more than is accepted here: any byte may be in a label.  A name of a host
 * has letters, digits and hyphens (RFC 1123), and "_" as well, since Windows lets a host have it.
 * Labels that begin with "_" are those of services (RFC 2782); an admin who writes one as a host
 * has taken the wrong key.  Anything else that an admin writes would never resolve.  Mostly it is
 * an address, a URL or a wildcard: each has a message of its own.
 */
#include "names/name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "net/addr.h"

static int fault(char why[NAME_FAULT_SIZE], const char *s, size_t length, const char *rest)
{
	snprintf(why, NAME_FAULT_SIZE, "'%.*s%s' %s", utf8_shown(s, length, 60), s,
		length > 60 ? "…" : "", rest);
	return -EINVAL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What is wrong with a name that has this character, or NULL. */
static const char *fault_of_character(char c)
{
	if (is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.')
		return NULL;
	if (c == '*')
		return "is a wildcard, and a wildcard cannot be resolved; write each name";
	if (c == '/' || c == ':')
		return "is not a host name; write the name alone, like login.example.com, without "
		       "scheme, port or path";
	if ((unsigned char)c > 127)
		return "has letters outside ASCII; write the form that begins with xn--";
	return "has a character that a name cannot have; write letters, digits, hyphens, '_' and "
	       "dots, like login.example.com";
}

static const char *fault_of_label(const char *label, size_t length)
{
	if (length == 0)
		return "has an empty label; write one dot between two labels";
	if (length > NAME_LABEL_MOST)
		return "has a label of more than 63 characters; write a shorter one";
	if (label[0] == '-' || label[length - 1] == '-')
		return "has a label that begins or ends with '-'; write letters or digits there";
	return NULL;
}

/* The part behind the last dot is all digits: no such domain exists, and addresses look so. */
static bool ends_in_number(const char *s, size_t length)
{
	size_t i = length;
	while (i > 0 && is_digit(s[i - 1]))
		i--;
	return i < length && (i == 0 || s[i - 1] == '.');
}

static bool is_address(const char *s, size_t length)
{
	struct addr_range range;
	char why[ADDR_FAULT_SIZE];
	return addr_range_parse(s, length, &range, why) == 0;
}

static const char *fault_of_name(const char *s, size_t length)
{
	if (length == 0)
		return "is not a name; write one like login.example.com";
	for (size_t i = 0; i < length; i++) {
		const char *what = fault_of_character(s[i]);
		if (what && is_address(s, length))
			return "is an address and not a name; write addresses with address =";
		if (what)
			return what;
	}
	if (length > NAME_LENGTH_MOST)
		return "is longer than 253 characters; write a shorter name";
	for (size_t start = 0, i = 0; i <= length; i++) {
		if (i < length && s[i] != '.')
			continue;
		const char *what = fault_of_label(s + start, i - start);
		if (what)
			return what;
		start = i + 1;
	}
	if (ends_in_number(s, length))
		return "ends in a number, as an address does; write addresses with address =";
	return NULL;
}

static bool has_label_of_service(const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (s[i] == '_' && (i == 0 || s[i - 1] == '.'))
			return true;
	return false;
}

void name_lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

int name_parse(const char *s, size_t length, enum name_kind kind, char ret[NAME_SIZE],
	char why[NAME_FAULT_SIZE])
{
	const size_t without_dot = length > 1 && s[length - 1] == '.' ? length - 1 : length;
	const char *what = fault_of_name(s, without_dot);
	if (!what && kind == NAME_OF_HOST && has_label_of_service(s, without_dot))
		what = "has a label that begins with '_', as a service has; write a service, like "
		       "_ldap._tcp.example.com, with srv =";
	if (what)
		return fault(why, s, length, what);
	memcpy(ret, s, without_dot);
	ret[without_dot] = '\0';
	name_lower(ret);
	return 0;
}

bool name_is_canonical(const char *s)
{
	const size_t length = strnlen(s, NAME_SIZE);
	for (size_t i = 0; i < length; i++)
		if (s[i] >= 'A' && s[i] <= 'Z')
			return false;
	return !fault_of_name(s, length);
}
