/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known is saved in two places.
 *
 * In the runtime directory before a set changes: a daemon that is killed goes on with all addresses
 * that the kernel has.  That directory is in memory, so that no packet waits for a disk.  Addresses
 * that come or change are appended to what is there, one write for each change, until that is as
 * much as the whole; the whole is written when it is not about addresses alone.  (The whole of very
 * many is written at most ten times a second.)
 *
 * In the state directory a few seconds after a set has changed, for a machine that loses its power;
 * along with anything else that is done, but at most once a minute, if only lives have become
 * longer; and at the end.  Then the other copy goes.  So one that is there is of a daemon that was
 * killed, and at least as new.
 *
 * Saving may fail, where the disk is full or can only be read: what is known stays in force, and is
 * saved as soon as that is possible.  A file that did not reach the disk is written anew: the
 * kernel tells that once, and would not tell it again.
 */
#include "known_names.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "journal.h"
#include "state/store.h"

enum {
	SECOND = 1000000,
	PAUSE = SECOND / 10, /* between two savings of */
	MUCH = 65536,        /* so many bytes */
	DISK_PAUSE = 5 * SECOND,
	RETRY = KNOWN_NAMES_RETRY_SECONDS * SECOND,
	LIVES_PAUSE = 60 * SECOND,
	WAIT = SECOND / 4,      /* while a packet waits */
	APPENDED_LEAST = 65536, /* bytes */
};

static const uint64_t NOTHING = UINT64_MAX; /* no version */

static int save_in(const char *directory, const struct answers *a, uint64_t now, size_t *ret_size)
{
	CLEANUP(text_done) struct text text = {0};
	answers_encode(a, now, &text);
	if (ret_size)
		*ret_size = text.length;
	return text.failed ? -ENOMEM : store_save_text(directory, STORE_NAMES, &text);
}

static void close_end(struct known_names *k)
{
	if (k->has_end)
		close(k->end);
	k->has_end = false;
}

/* False: the whole must be written. */
static bool append(struct known_names *k, const struct answers *a, uint64_t now)
{
	CLEANUP(text_done) struct text text = {0};
	const size_t most = k->size > APPENDED_LEAST ? k->size : APPENDED_LEAST;
	if (!k->has_end || k->appended > most ||
		!answers_encode_more(a, k->saved, now, now - k->whole_at, &text) ||
		store_append(k->end, &text) < 0)
		return false;
	k->appended += text.length;
	return true;
}

static int save_whole(struct known_names *k, const struct answers *a, uint64_t now)
{
	close_end(k);
	int r = save_in(k->runtime_dir, a, now, &k->size);
	if (r < 0)
		return r;
	k->end = store_open_end(k->runtime_dir, STORE_NAMES);
	k->has_end = k->end >= 0;
	k->appended = 0;
	k->whole_at = now;
	return 0;
}

void known_names_save_first(struct known_names *k, const struct answers *a, uint64_t now)
{
	const uint64_t version = answers_version(a);
	const uint64_t pause = k->size > MUCH ? PAUSE : 0;
	if (version == k->saved)
		return;
	if (k->disk_due == 0 || k->disk_due > now + DISK_PAUSE)
		k->disk_due = now + DISK_PAUSE;
	k->wakes = true;
	if (append(k, a, now)) {
		k->saved = version;
		return;
	}
	if (k->saved_at != 0 && now - k->saved_at < pause)
		return;
	k->saved_at = now;
	if (save_whole(k, a, now) == 0) {
		k->saved = version;
		return;
	}
	/* an older copy would be taken for the newer one */
	(void)store_remove(k->runtime_dir, STORE_NAMES);
	if (save_in(k->state_dir, a, now, NULL) == 0)
		k->saved = version;
}

static void save_on_disk(struct known_names *k, const struct answers *a, uint64_t now)
{
	k->error = save_in(k->state_dir, a, now, NULL);
	if (k->error == 0)
		k->error = store_sync(k->state_dir, STORE_NAMES);
	k->wakes = k->error < 0;
	k->disk_due = k->wakes ? now + RETRY : 0;
	k->on_disk = k->wakes ? NOTHING : answers_version(a);
}

void known_names_keep(struct known_names *k, const struct answers *a, uint64_t now,
	bool packets_wait)
{
	if (answers_version(a) == k->on_disk)
		return;
	if (k->disk_due == 0)
		k->disk_due = now + LIVES_PAUSE;
	if (k->disk_due > now)
		return;
	if (packets_wait)
		k->disk_due = now + WAIT;
	else
		save_on_disk(k, a, now);
}

uint64_t known_names_wake(const struct known_names *k)
{
	return k->wakes ? k->disk_due : UINT64_MAX;
}

void known_names_save_last(struct known_names *k, const struct answers *a, uint64_t now)
{
	if (answers_version(a) != k->on_disk)
		save_on_disk(k, a, now);
	close_end(k);
	if (answers_version(a) == k->on_disk)
		(void)store_remove(k->runtime_dir, STORE_NAMES);
}

static void say_damaged(const char *directory, const char *why, const char *so)
{
	const char *name = store_name(STORE_NAMES);
	struct fields f = {0};
	field(&f, "ROLEWALL_FILE", "%s/%s", directory, name);
	journal_with(&f, JOURNAL_STATE_DAMAGED, LOG_ERR, "%s/%s is damaged: %s; %s", directory,
		name, why, so);
}

/* 1 with *ret; 0: nothing is there, or it is damaged, which is said; or -ENOMEM. */
static int load_from(const char *directory, const char *so, uint64_t now, struct answers **ret)
{
	CLEANUP(text_done) struct text text = {0};
	char why[STATE_FAULT_SIZE], fault[ANSWERS_FAULT_SIZE];
	int r = store_load_text(directory, STORE_NAMES, &text, why);
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOENT ? 0 : r;
	if (r < 0) {
		say_damaged(directory, why, so);
		return 0;
	}
	r = answers_decode_all(text.data ? text.data : "", text.length, now, ret, fault);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		say_damaged(directory, fault, so);
	if (r > 0)
		say_damaged(directory, fault, "what stands before it is taken");
	return r >= 0;
}

int known_names_load(struct known_names *k, uint64_t now, struct answers **ret)
{
	int r = load_from(k->runtime_dir, "an older copy is taken", now, ret);
	if (r > 0) {
		k->saved = answers_version(*ret);
		k->on_disk = NOTHING; /* what is there is older */
		k->disk_due = now + DISK_PAUSE;
		k->wakes = true;
		return 0;
	}
	if (r == 0)
		r = load_from(k->state_dir,
			"peers by name have no addresses until their names are resolved again", now,
			ret);
	if (r > 0)
		k->saved = k->on_disk = answers_version(*ret);
	return r < 0 ? r : 0;
}
