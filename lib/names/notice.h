/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices: what the daemon and the reader tell each other, one at a time, each of the same size.
 *
 * The reader reads what anybody sends, and an attacker may take it over one day.  So the daemon
 * checks a notice to its last byte before it believes any of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names/answers.h"
#include "names/name.h"
#include "net/addr.h"

/* The reader's end of the channel is RUNTIME_DIR/reader, a SOCK_SEQPACKET socket of the daemon's.
 */
#define NOTICE_SOCKET "reader"

enum {
	NOTICE_VERSION = 1, /* of the form; both programs are of one package */
	NOTICE_SIZE = 288,
	NOTICE_ADDRESSES_MOST = 10, /* in one notice */
	NOTICE_RESOLVERS_MOST = 8,
	NOTICE_ITEMS_MOST = 4096, /* of an answer */
};

enum notice_kind {
	/* The daemon's. */
	NOTICE_LIMITS = 1, /* the first one of a connection: most */
	NOTICE_FOLLOW,     /* name, name_kind: what is observed or in the hosts file is told */
	NOTICE_FORGET,     /* name, name_kind: no longer */
	NOTICE_ASK,        /* name, name_kind, questions, serial, is_urgent */
	NOTICE_LOG,        /* a descriptor comes with it: a packet log to be read */
	NOTICE_DRAIN,      /* serial: read what was logged until now */
	/* The reader's.  An answer is one ANSWER, and then as many ADDRESSES or TARGETs as have its
	 * items, with the same serial and nothing in between (names/reply). */
	NOTICE_ANSWER = 64, /* name, name_kind, question, source, error, count, serial */
	NOTICE_ADDRESSES,   /* addresses, serial */
	NOTICE_TARGET,      /* name, ttl, port, serial */
	NOTICE_DRAINED,     /* serial: what it tells was told before this */
	NOTICE_STATE,       /* state; the first one of a connection, and when it has changed */
};

struct notice_address {
	struct addr address;
	uint32_t ttl; /* seconds */
};

/* The state of the reader. */
struct notice_state {
	struct addr resolvers[NOTICE_RESOLVERS_MOST]; /* whom it asks */
	size_t n_resolvers;
	uint64_t asked;    /* questions, since it runs */
	uint64_t observed; /* messages of DNS that were copied to it */
	uint64_t overruns; /* times that copies were lost */
	uint64_t dropped;  /* answers that the daemon did not take in time */
};

/* A value.  The fields of each kind are listed above; the others are ignored. */
struct notice {
	enum notice_kind kind;
	uint32_t serial; /* ASK: the daemon's choice; ANSWER: of the question, or 0 */
	char name[NAME_SIZE];
	enum name_kind name_kind;
	unsigned questions;             /* a bit for each of enum answers_question */
	bool is_urgent;                 /* before all others that wait */
	enum answers_question question; /* of the hosts file: ANSWERS_A, and addresses of both */
	enum answers_source source;
	enum answers_error error;
	uint16_t count; /* of items that follow; of an error none */
	struct notice_address addresses[NOTICE_ADDRESSES_MOST];
	size_t n_addresses;
	uint32_t ttl;
	uint16_t port;
	uint16_t most; /* items of an answer that the daemon wants */
	struct notice_state state;
};

enum notice_sender { NOTICE_OF_DAEMON, NOTICE_OF_READER };

/* A notice whose fields are good. */
void notice_encode(const struct notice *n, uint8_t to[NOTICE_SIZE]);
/* 0; -EBADMSG if the sender may not send such a notice; -EPROTONOSUPPORT if it is of another
 * version. */
int notice_decode(const void *bytes, size_t length, enum notice_sender sender, struct notice *ret);
