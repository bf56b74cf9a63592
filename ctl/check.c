/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl check: all faults of the configuration, or none.
 *
 * It warns if the configuration would cut the SSH session in which it runs, and if the disk has
 * no room for the recordings of a day.
 *
 * For root it also names the files that the daemon's user could not read, but only in the
 * directory that the daemon reads: elsewhere a configuration is only being written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask/expect.h"
#include "ask/lockout.h"
#include "ask/recordings.h"
#include "base/cleanup.h"
#include "compile/compile.h"
#include "defaults.h"
#include "host/gather.h"
#include "netlink/live.h"
#include "service_user.h"
#include "session.h"
#include "verbs.h"

DEFINE_CLEANUP(drop_policy, struct policy, policy_free)
DEFINE_CLEANUP(drop_ruleset, struct ruleset, ruleset_free)
DEFINE_CLEANUP(drop_snapshot, struct snapshot, snapshot_free)

/* Warns if the session in which somebody checks would be cut.  0 or -ENOMEM. */
static int ask_session(const struct policy *p, const struct facts *facts, struct diags *diags)
{
	struct session session;
	CLEANUP(drop_ruleset) struct ruleset *next = NULL;
	CLEANUP(text_done) struct text what = {0};
	char interface[IF_NAMESIZE];
	CLEANUP(free_string) char *said = session_find();
	if (!said || session_parse(said, &session) != 0 || facts_is_local(facts, &session.source))
		return 0;
	int r = compile(p, 1, &next);
	if (r < 0)
		return r;
	struct packet packet = lockout_packet(&session, facts);
	packet.interface = ways_ask(facts, &packet, interface);
	if (!judge_refuses(next, &packet))
		return 0;
	text_put(&what, "this would cut your SSH session, from ");
	session_print(&session, &what);
	text_put(&what, "; ");
	lockout_advise(p, &session, &what);
	struct place at = p->host.has_management ? p->host.management.at : p->host.at;
	diag_warning(diags, at, "%s", what.failed ? "out of memory" : what.data);
	return 0;
}

/* 0 or -ENOMEM. */
static int ask_tests(const struct policy *p, const struct facts *facts, struct diags *diags)
{
	CLEANUP(drop_ruleset) struct ruleset *next = NULL;
	if (p->n_expected == 0)
		return 0;
	int r = compile(p, 1, &next);
	return r < 0 ? r : expect_judge_all(p, next, NULL, facts, diags);
}

/* 0 or -ENOMEM. */
static int ask_disk(const struct policy *p, struct diags *diags)
{
	const struct recordings recordings = recordings_of(p);
	CLEANUP(text_done) struct text what = {0};
	if (!recordings.directory)
		return 0;
	const struct space space = recordings_look(recordings.directory);
	if (recordings_lack(&recordings, &space, &what))
		diag_warning(diags, p->host.recordings_at, "%s", what.data ? what.data : "");
	return what.failed ? -ENOMEM : 0;
}

/* Loads it for its faults.  What was read is in taken, also after a failure. */
static int read_all(const struct invocation *v, struct snapshot *taken, struct diags *diags)
{
	struct snapshot_reading reading = {.system = &file_access_system, .taken = taken};
	struct file_access access = snapshot_access(&reading);
	CLEANUP(facts_done) struct facts facts = {0};
	CLEANUP(drop_policy) struct policy *p = NULL;
	int r = facts_gather(NULL, &facts);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	r = policy_load(&v->dirs, &access, &facts, diags, &p);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	r = ask_tests(p, &facts, diags);
	if (r < 0)
		return r;
	r = ask_disk(p, diags);
	return r < 0 ? r : ask_session(p, &facts, diags);
}

static int check(const struct invocation *v)
{
	CLEANUP(diags_done) struct diags diags = {0};
	CLEANUP(drop_snapshot) struct snapshot *taken = snapshot_new(&v->dirs);
	int r = taken ? read_all(v, taken, &diags) : -ENOMEM;
	int asked = 0;
	if (r == 0 && strcmp(v->dirs.config, DEFAULT_CONFIG_DIR) == 0)
		asked = service_user_check(taken, &diags);
	diags_print(&diags, stderr);
	if (r < 0)
		return failed("cannot read the configuration", r);
	if (asked < 0)
		return failed("cannot find out what the daemon's user can read", asked);
	return diags_have_errors(&diags) ? EXIT_BAD : EXIT_GOOD;
}

const struct verb verb_check = {
	.name = "check",
	.run = check,
	.what = "is the configuration good? all faults, file:line:column",
};
