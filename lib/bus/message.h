/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over the control socket: requests and answers are plain records, and only here are they
 * D-Bus messages.  rolewalld and rolewallctl both use this, so that they cannot disagree.
 *
 * Each function returns 0 or negative errno.  What is read borrows from the message, but for
 * records, which the reader ends.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "base/record.h"

/* Words. */
#define CONTROL_SOCKET    "control" /* in the runtime directory */
#define CONTROL_OBJECT    "/rolewall"
#define CONTROL_INTERFACE "rolewall.Control1"

/* A file in the runtime directory: the first start may cut any session. */
#define CONTROL_FORCE_MARK "force-start"

/* The word that must be given to remove the table. */
#define CONTROL_FLUSH_WORD "--yes-open-this-host"

/* Seconds that a change may wait for being confirmed. */
enum { CONTROL_CONFIRM_MOST = 86400 };

/* A reload. */
#define RELOAD_REQUEST "bus"
struct reload_request {
	bool force;          /* even if it cuts the session from which it is asked */
	uint32_t confirm;    /* seconds until it is undone unless confirmed; 0: for good */
	const char *session; /* SSH_CONNECTION of who asks: "ADDRESS PORT ADDRESS PORT"; or "" */
};
int message_put_reload(sd_bus_message *m, const struct reload_request *q);
int message_get_reload(sd_bus_message *m, struct reload_request *ret);

/* The answer to what was to be done. */
#define VERDICT_ANSWER "bs"
struct verdict_answer {
	bool good;         /* it was done */
	const char *lines; /* why, or why not: each ended by a newline */
};
int message_put_verdict(sd_bus_message *m, const struct verdict_answer *a);
int message_get_verdict(sd_bus_message *m, struct verdict_answer *ret);

/* A flush: the word. */
#define FLUSH_REQUEST "s"
int message_put_flush(sd_bus_message *m, const char *word);
int message_get_flush(sd_bus_message *m, const char **ret);

/* The preview of a reload. */
#define DIFF_REQUEST "sssb"
struct diff_request {
	const char *config_dir, *roles_dir; /* of who asks, absolute */
	const char *session;                /* as above */
	bool as_json;
};
int message_put_diff(sd_bus_message *m, const struct diff_request *q);
int message_get_diff(sd_bus_message *m, struct diff_request *ret);

enum diff_result {
	DIFF_SAME,
	DIFF_DIFFERENT,
	DIFF_FAULTY,    /* the configuration is, or the comparison failed */
	DIFF_ELSEWHERE, /* the daemon reads other directories than who asks */
};

#define PREVIEW_ANSWER "uss"
struct preview_answer {
	enum diff_result result;
	const char *preview; /* for DIFF_SAME, DIFF_DIFFERENT */
	const char *lines;   /* faults and warnings of the configuration, or what went wrong */
};
int message_put_preview(sd_bus_message *m, const struct preview_answer *a);
/* -EBADMSG for an unknown result. */
int message_get_preview(sd_bus_message *m, struct preview_answer *ret);

/* What is known of names. */
#define NAMES_REQUEST "bbas"
enum { NAMES_ASKED_MOST = 100 };
struct names_request {
	bool refresh; /* has them asked for */
	bool as_json;
	const char *names[NAMES_ASKED_MOST]; /* as typed */
	size_t n_names;                      /* 0: all */
};
int message_put_names(sd_bus_message *m, const struct names_request *q);
/* -E2BIG for more names than that. */
int message_get_names(sd_bus_message *m, struct names_request *ret);

/* Why a connection is let through or not. */
#define EXPLAIN_REQUEST "ssyssqqbbbsub"
struct explain_request {
	const char *config_dir, *roles_dir; /* of who asks, absolute */
	uint8_t protocol;
	const char *source, *destination;       /* addresses */
	uint16_t source_port, destination_port; /* source_port 0: any */
	bool source_is_local, destination_is_local;
	bool disk_allows; /* the files of who asks would, by this line ("": by none) */
	const char *disk_file;
	uint32_t disk_line;
	bool as_json;
};
int message_put_explain(sd_bus_message *m, const struct explain_request *q);
int message_get_explain(sd_bus_message *m, struct explain_request *ret);

enum explain_result {
	EXPLAIN_ALLOWED,
	EXPLAIN_REFUSED,
	EXPLAIN_FLUSHED,   /* there is no ruleset to judge by: somebody has removed it */
	EXPLAIN_NOTHING,   /* nothing of this daemon's is in force yet */
	EXPLAIN_ELSEWHERE, /* the daemon reads other directories than who asks */
};

#define EXPLAIN_ANSWER "us"
struct explain_answer {
	enum explain_result result;
	const char *lines; /* of EXPLAIN_ALLOWED, EXPLAIN_REFUSED */
};
int message_put_explanation(sd_bus_message *m, const struct explain_answer *a);
/* -EBADMSG for an unknown result. */
int message_get_explanation(sd_bus_message *m, struct explain_answer *ret);

/* A record: the state. */
#define RECORD_ANSWER "a(sv)"
int message_put_record(sd_bus_message *m, const struct record *r);
/* Adds to *ret.  -EBADMSG for a value of a kind that records do not have. */
int message_get_record(sd_bus_message *m, struct record *ret);
