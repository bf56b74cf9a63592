/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about a host with a flow of each kind, and their answers word by word. */
#pragma once

#include "ask/explain.h"

#include <netinet/in.h>

#include "compile/compile.h"
#include "compile/learned.h"
#include "ruleset/memory_policy.h"
#include "testing.h"

static const char roles[] = "[role]\n"
			    "name = box\n"
			    "plays = box\n"
			    "peers = client, server\n"
			    "session-flows = in\n"
			    "[flow in]\n"
			    "port = 4422\n"
			    "protocol = tcp\n"
			    "source = client\n"
			    "target = box\n"
			    "purpose = Something in\n"
			    "[flow out]\n"
			    "port = 636\n"
			    "protocol = tcp\n"
			    "source = box\n"
			    "target = server\n"
			    "[flow extra]\n"
			    "port = 6523\n"
			    "protocol = tcp\n"
			    "source = client\n"
			    "target = box\n"
			    "optional = yes\n"
			    "[flow off]\n"
			    "port = 70\n"
			    "protocol = tcp\n"
			    "source = client\n"
			    "target = box\n"
			    "[flow theirs]\n"
			    "port = 99\n"
			    "protocol = udp\n"
			    "source = client\n"
			    "target = server\n"
			    "[size 450]\n"
			    "sessions = 150\n";

static const char host[] = "[host]\n"
			   "roles = box\n"
			   "size = 450\n"
			   "disable = off\n"
			   "[management]\n"
			   "from = 10.9.0.1\n"
			   "[peer client]\n"
			   "address = 10.0.0.0/24\n"
			   "[peer server]\n"
			   "address = 10.1.0.1\n";

enum local { SOURCE, DESTINATION, NEITHER };

/* Asks, and demands the answer. */
static inline void expect(const char *host_file, uint8_t protocol, const char *from, const char *to,
	uint16_t port, enum local local, bool allowed, const char *answer)
{
	struct question q = {
		.protocol = protocol,
		.source_port = 50000,
		.destination_port = port,
		.source_is_local = local == SOURCE,
		.destination_is_local = local == DESTINATION,
	};
	struct policy *p = memory_policy(roles, host_file);
	struct ruleset *r;
	struct text text = {0};
	char *out;
	assert_int_equal(addr_parse(from, strlen(from), &q.source), 0);
	assert_int_equal(addr_parse(to, strlen(to), &q.destination), 0);
	assert_int_equal(compile(p, 1, &r), 0);
	assert_int_equal(explain(p, r, NULL, &q, &text), allowed);
	assert_int_equal(text_finish(&text, &out), 0);
	assert_string_equal(out, answer);
	free(out);
	ruleset_free(r);
	policy_free(p);
}
