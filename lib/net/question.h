/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first packet of a connection, as somebody asks about it: "tcp 10.0.0.7 this-host:4422". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/addr.h"

enum { QUESTION_CLIENT_PORT = 49152 }; /* is made up for a source without a port */

struct question {
	uint8_t protocol;
	struct addr source;
	struct addr destination; /* same family */
	uint16_t source_port;    /* ports of protocols that have them */
	bool has_source_port;    /* it was asked about; otherwise it is made up */
	uint16_t destination_port;
	/* Which end is this host.  Neither is known to be: it is asked both ways. */
	bool source_is_local;
	bool destination_is_local;
};

/* Not ended by a NUL. */
struct question_word {
	const char *text;
	size_t length;
};

/* PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]; an end is an address, this-host, or [ADDRESS]. */
enum { QUESTION_PROTOCOL, QUESTION_SOURCE, QUESTION_DESTINATION, QUESTION_WORDS };

enum { QUESTION_FAULT_SIZE = 200 };

/* 0; or -EINVAL with what is wrong, and the number of the word that is, in *ret_word.  The address
 * of an end that is this host is one of its family without bits. */
int question_parse(const struct question_word words[QUESTION_WORDS], struct question *ret,
	size_t *ret_word, char why[QUESTION_FAULT_SIZE]);
