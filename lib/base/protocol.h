/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the control socket that rolewalld and rolewallctl must agree on. */
#pragma once

#define CONTROL_SOCKET    "control" /* in the runtime directory */
#define CONTROL_OBJECT    "/rolewall"
#define CONTROL_INTERFACE "rolewall.Control1"

/* In the runtime directory: the first start is to be made whatever sessions it cuts. */
#define CONTROL_FORCE_MARK "force-start"

/* What must be said to have the table removed. */
#define CONTROL_FLUSH_WORD "--yes-open-this-host"

/* What came of asking for a preview. */
enum diff_result {
	DIFF_SAME,
	DIFF_DIFFERENT,
	DIFF_FAULTY,    /* the configuration is, or the comparison failed */
	DIFF_ELSEWHERE, /* the daemon reads other directories than who asks */
};

/* Seconds that a change may wait for being confirmed. */
enum { CONTROL_CONFIRM_MOST = 86400 };
