/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of hosts and services in the DNS, as an admin writes them and as we keep them: absolute,
 * in small letters, without the dot at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	NAME_SIZE = 256, /* 253 characters, and room for the escapes of somebody else's names */
	NAME_LENGTH_MOST = 253,
	NAME_LABEL_MOST = 63,
	NAME_FAULT_SIZE = 320,
};

enum name_kind {
	NAME_OF_HOST,    /* asked for A and AAAA */
	NAME_OF_SERVICE, /* asked for SRV: may have labels like _ldap and _tcp */
};

/* 0 with the name in small letters, or -EINVAL with a message in why ("what; what would be
 * right"). */
int name_parse(const char *s, size_t length, enum name_kind kind, char ret[NAME_SIZE],
	char why[NAME_FAULT_SIZE]);

/* True if s is a name in the form that name_parse() gives: what a program that may lie has sent, or
 * the DNS, where a host, too, may have a label like _dc1. */
bool name_is_canonical(const char *s);

/* A to Z become small letters, in place; no locale and no byte above 127 is touched. */
void name_lower(char *s);
