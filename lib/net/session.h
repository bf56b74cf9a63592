/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP session, named by its two ends as sshd does in SSH_CONNECTION. */
#pragma once

#include "net/addr.h"

/* Who dialled, and what was dialled. */
struct session {
	struct addr source;
	struct addr destination;
	uint16_t source_port;
	uint16_t destination_port;
};

/* "ADDRESS PORT ADDRESS PORT": who dialled first.  The zone of a link-local address is left out,
 * and an IPv4 address mapped into IPv6 is an IPv4 address.  0, or -EINVAL. */
int session_parse(const char *s, struct session *ret);

/* "10.0.9.5 port 40122 to 10.20.0.1 port 22" */
void session_print(const struct session *s, struct text *to);

/* The address, or the IPv4 address that is mapped into it. */
struct addr session_address(const struct addr *a);

/* The value of SSH_CONNECTION in a process's environment (NAME=VALUE, each ended by NUL, as
 * /proc/PID/environ has them) if it names a session.  To be freed; NULL if there is none, or no
 * memory. */
char *session_in_environment(const char *bytes, size_t length);
