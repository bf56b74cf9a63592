/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways in which programs on this host are told addresses that no copy of DNS shows:
 * systemd-resolved answers them over a local socket (nss-resolve), and asks its own servers over
 * TLS. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

enum over_tls {
	OVER_TLS_NO,
	OVER_TLS_OPPORTUNISTIC, /* by those servers that can */
	OVER_TLS_YES,
};

enum { UNSEEN_PLACE = 512 };

struct unseen {
	char by_nss[UNSEEN_PLACE]; /* "FILE:LINE" by which programs ask systemd-resolved so; "" */
	enum over_tls over_tls;    /* how that asks its own servers */
	char over_tls_by[UNSEEN_PLACE]; /* what says so: "FILE:LINE", or FILE */
};

/* Looks at the files below root ("" for those of this host).  Nothing is unseen while
 * systemd-resolved does not run.  0, or negative errno with what was found until then. */
int unseen_look(const char *root, struct unseen *ret);

/* What of it means that answers are not seen, as a sentence; false if all are.  asks_stub: names
 * are asked for at the stub of systemd-resolved. */
bool unseen_put(const struct unseen *u, bool asks_stub, struct text *to);

/* Reading.  The line (from 1) that has the C library ask systemd-resolved for names of hosts before
 * it asks by DNS, in a text in the form of nsswitch.conf(5); 0: there is none. */
unsigned unseen_nss_line(const char *text);
/* The line that sets DNSOverTLS= in a text in the form of resolved.conf(5), the last one that
 * does, and what to; 0: there is none. */
unsigned unseen_tls_line(const char *text, enum over_tls *ret);
/* The same in a file that systemd-networkd keeps of an interface: it has no sections. */
unsigned unseen_tls_line_of_link(const char *text, enum over_tls *ret);
