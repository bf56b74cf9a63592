/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log is open for as long as the policy in force follows names, and is opened before the rules
 * that copy to it come.  The reader gets a copy of the descriptor; the log itself lives until all
 * copies are closed.  So a reader that is killed costs nothing of what nobody had read: the next
 * one gets it.  Nor does a daemon that is killed, where the service manager keeps the log: copies
 * gather in it until the next daemon hands it on.
 *
 * A group belongs to one socket.  After a daemon was killed its reader may still have the former
 * one: then the next free one is taken.
 *
 * Look-ups get out for the reader's user, for whoever has connected as a reader (it was let in: the
 * daemon's own user, where it is run by hand), and, if this host asks systemd-resolved, for its
 * user.
 */
#include "overhearing.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compile/observing.h"
#include "config/policy.h"
#include "journal.h"
#include "netlink/packet_log.h"
#include "reader_user.h"
#include "users.h"

enum {
	/* Other programs have the low ones. */
	FIRST_GROUP = 21750,
	LAST_GROUP = FIRST_GROUP + 31,
};

#define RESOLVED_USER "systemd-resolve"

static const char kept_name[] = "packet-log";

void overhearing_init(struct overhearing *o, struct kept *kept, bool is_kept)
{
	*o = (struct overhearing){.kept = kept, .is_kept = is_kept, .fd = -1};
}

void overhearing_done(struct overhearing *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	o->group = 0;
}

static void say_failure(struct overhearing *o, int error)
{
	if (!o->has_failed)
		journal(JOURNAL_SERVICE, LOG_WARNING,
			"cannot log what name servers tell this host: %s; the names of peers are "
			"learned by asking only",
			strerror(error));
	o->has_failed = true;
}

/* True if an earlier life has left one. */
static bool take_kept(struct overhearing *o)
{
	o->fd = kept_take(o->kept, kept_name, &o->group);
	return o->fd >= 0;
}

static int open_anew(struct overhearing *o)
{
	int r = packet_log_open(FIRST_GROUP, LAST_GROUP, &o->fd, &o->group);
	if (r == 0 && o->is_kept)
		(void)kept_put(kept_name, o->group, o->fd);
	return r;
}

bool overhearing_want(struct overhearing *o, const struct policy *p)
{
	if (o->fd >= 0 || !observing_is_wanted(p))
		return false;
	int r = take_kept(o) ? 0 : open_anew(o);
	if (r < 0) {
		say_failure(o, -r);
		return false;
	}
	o->has_failed = false;
	return true;
}

void overhearing_follow(struct overhearing *o, const struct policy *p)
{
	if (o->fd < 0 || observing_is_wanted(p))
		return;
	kept_remove(kept_name, o->group);
	overhearing_done(o);
}

/* Users. */

bool overhearing_hear_reader(struct overhearing *o, const struct policy *p, uid_t uid)
{
	uid_t known;
	const bool is_new = !o->has_reader || o->reader != uid;
	o->has_reader = true;
	o->reader = uid;
	return is_new && p && observing_is_wanted(p) &&
	       !(users_find(READER_USER, &known) && known == uid);
}

size_t overhearing_users(const struct overhearing *o, const struct policy *p,
	uint32_t ret[LOOK_UP_USERS])
{
	size_t n = 0;
	uid_t uid;
	const bool has_user = users_find(READER_USER, &uid);
	if (has_user)
		ret[n++] = uid;
	if (o->has_reader && !(has_user && o->reader == uid))
		ret[n++] = o->reader;
	if (observing_asks_systemd(p) && users_find(RESOLVED_USER, &uid))
		ret[n++] = uid;
	return n;
}
