/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known is saved before a set changes: a daemon that is killed goes on with all addresses
 * that the kernel has.  (Only what is known of very many is saved at most ten times a second.) That
 * lives have become longer is saved along, and once a minute; no timer runs for it.
 *
 * Saving may fail, where the disk is full or can only be read: what is known stays in force, and is
 * saved as soon as that is possible.  A file that did not reach the disk is written anew: the
 * kernel tells that once, and would not tell it again.
 */
#include "known_names.h"

#include <errno.h>

#include "base/cleanup.h"
#include "daemon.h"
#include "journal.h"
#include "state/store.h"

enum {
	SECOND = 1000000,
	PAUSE = SECOND / 10, /* between two savings of */
	MUCH = 65536,        /* so many bytes */
	LIVES_PAUSE = 60 * SECOND,
	RETRY = KNOWN_NAMES_RETRY_SECONDS * SECOND,
};

static void save(struct known_names *k, const struct answers *a, uint64_t pause)
{
	CLEANUP(text_done) struct text text = {0};
	const uint64_t now = service_now(), version = answers_version(a);
	if (k->error == 0 && version == k->saved)
		return;
	if (k->tried_at != 0 && now - k->tried_at < pause)
		return;
	answers_encode(a, now, &text);
	k->tried_at = now;
	k->size = text.length;
	k->error = text.failed ? -ENOMEM : store_save_text(k->directory, STORE_NAMES, &text);
	if (k->error < 0)
		return;
	k->saved = version;
	k->must_sync = true;
}

static void sync_saved(struct known_names *k)
{
	if (k->must_sync)
		k->error = store_sync(k->directory, STORE_NAMES);
	k->must_sync = false;
}

void known_names_save_first(struct known_names *k, const struct answers *a)
{
	save(k, a, k->size > MUCH ? PAUSE : 0);
}

void known_names_keep(struct known_names *k, const struct answers *a)
{
	save(k, a, k->error < 0 ? RETRY : LIVES_PAUSE);
	sync_saved(k);
}

uint64_t known_names_wake(const struct known_names *k)
{
	return k->error < 0 ? k->tried_at + RETRY : UINT64_MAX;
}

void known_names_save_last(struct known_names *k, const struct answers *a)
{
	save(k, a, 0);
	sync_saved(k);
}

static void say_damaged(const struct known_names *k, const char *why)
{
	const char *name = store_name(STORE_NAMES);
	struct fields f = {0};
	field(&f, "ROLEWALL_FILE", "%s/%s", k->directory, name);
	journal_with(&f, JOURNAL_STATE_DAMAGED, LOG_ERR,
		"%s/%s is damaged: %s; peers by name have no addresses until their names are "
		"resolved again",
		k->directory, name, why);
}

int known_names_load(struct known_names *k, struct answers **ret)
{
	CLEANUP(text_done) struct text text = {0};
	char why[STATE_FAULT_SIZE], fault[ANSWERS_FAULT_SIZE];
	int r = store_load_text(k->directory, STORE_NAMES, &text, why);
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOENT ? 0 : r;
	if (r < 0) {
		say_damaged(k, why);
		return 0;
	}
	r = answers_decode(text.data ? text.data : "", text.length, service_now(), ret, fault);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		say_damaged(k, fault);
	else
		k->saved = answers_version(*ret);
	return 0;
}
