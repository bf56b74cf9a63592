/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state directory: reading it at a start, and changing it as the machine says.
 *
 * Errors are kept, so that they can be reported; the host is protected all the same.
 */
#include "slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "journal.h"
#include "state/store.h"

void slots_init(struct slots *s, const char *directory, const char *boot_id)
{
	*s = (struct slots){.directory = directory, .boot_id = boot_id, .lock = -EBADF};
}

void slots_done(struct slots *s)
{
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -EBADF;
}

/* The directory itself is locked, so that it may be read-only, or its disk full. */
int slots_lock(struct slots *s)
{
	const char *directory = s->directory;
	s->lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return 0;
	journal(JOURNAL_NOT_STARTED, LOG_ERR,
		"another rolewalld uses the state directory %s; nothing was changed; stop that one "
		"first",
		directory);
	return -EBUSY;
}

/* The service manager's word counts more: in a container the kernel may tell us that of the
 * host, once our /proc is another mount than the manager's. */
static int get_boot_id(const struct slots *s, char ret[BOOT_ID_SIZE])
{
	sd_id128_t boot;
	int r = s->boot_id ? sd_id128_from_string(s->boot_id, &boot) : sd_id128_get_boot(&boot);
	if (r < 0)
		return r;
	sd_id128_to_string(boot, ret);
	return 0;
}

/* Reading. */

static struct life_config load(const struct slots *s, enum store_slot slot, struct library *library,
	struct trial *ret)
{
	const char *directory = s->directory;
	struct snapshot *snapshot = NULL;
	char why[STATE_FAULT_SIZE];
	*ret = (struct trial){0};
	int r = store_load(directory, slot, &snapshot, ret, why);
	if (r == -ENOENT)
		return (struct life_config){LIFE_NONE, 0};
	if (r < 0) {
		struct fields f = {0};
		field(&f, "ROLEWALL_FILE", "%s/%s", directory, store_name(slot));
		journal_with(&f, JOURNAL_STATE_DAMAGED, LOG_ERR, "%s/%s is damaged: %s", directory,
			store_name(slot), why);
		return (struct life_config){LIFE_UNKNOWN, 0};
	}
	struct life_config number = library_number(library, snapshot);
	library_take(library, snapshot, number);
	return number;
}

void slots_load(const struct slots *s, struct library *library, struct life_slots *ret)
{
	char boot[BOOT_ID_SIZE];
	struct trial trial, none;
	*ret = (struct life_slots){
		.trial = load(s, STORE_TRIAL, library, &trial),
		.confirmed = load(s, STORE_CONFIRMED, library, &none),
		.rejected = load(s, STORE_REJECTED, library, &none),
	};
	ret->trial_until = trial.until;
	ret->trial_is_of_this_boot = get_boot_id(s, boot) == 0 && strcmp(boot, trial.boot) == 0;
	if (ret->confirmed.files != LIFE_UNKNOWN)
		return;
	ret->older = load(s, STORE_CONFIRMED_OLD, library, &none);
	if (ret->older.files == LIFE_UNKNOWN)
		ret->older.files = LIFE_NONE;
	if (ret->older.files != LIFE_NONE)
		journal(JOURNAL_STATE_DAMAGED, LOG_WARNING,
			"the configuration that was confirmed before it is used instead");
}

/* Changing. */

static const enum store_slot stores[LIFE_SLOTS] = {
	[LIFE_CONFIRMED] = STORE_CONFIRMED,
	[LIFE_TRIAL] = STORE_TRIAL,
	[LIFE_REJECTED] = STORE_REJECTED,
};

static int save(const struct slots *s, const struct life_action *a, const struct snapshot *snapshot)
{
	const bool on_trial = a->slot == LIFE_TRIAL;
	struct trial t = {.until = a->until};
	int r = on_trial ? get_boot_id(s, t.boot) : 0;
	if (r < 0)
		return r;
	return (a->is_over_damaged ? store_save_over : store_save)(s->directory, stores[a->slot],
		snapshot, on_trial ? &t : NULL);
}

int slots_save(struct slots *s, const struct life_action *a, const struct snapshot *snapshot)
{
	int r = save(s, a, snapshot);
	if (r < 0)
		s->errors[a->slot] = r;
	return r;
}

int slots_move_trial(struct slots *s)
{
	int r = store_move(s->directory, STORE_TRIAL, STORE_REJECTED);
	if (r < 0)
		s->errors[LIFE_TRIAL] = r;
	return r;
}

int slots_remove(struct slots *s, enum life_slot slot)
{
	int r = store_remove(s->directory, stores[slot]);
	if (r < 0)
		s->errors[slot] = r;
	return r;
}

void slots_put_failure(const struct slots *s, unsigned failed, struct text *to)
{
	const char *directory = s->directory;
	if (failed & 1u << LIFE_CONFIRMED)
		text_printf(to,
			"cannot save the configuration in force in %s: %s; until that succeeds a "
			"reboot brings back an older one, or none; rolewalld tries again",
			directory, strerror(-s->errors[LIFE_CONFIRMED]));
	else if (failed & 1u << LIFE_TRIAL)
		text_printf(to,
			"cannot save the state of the trial in %s: %s; rolewalld tries again",
			directory, strerror(-s->errors[LIFE_TRIAL]));
	else
		text_printf(to,
			"cannot save the rejected configuration in %s: %s; rolewalld tries again",
			directory, strerror(-s->errors[LIFE_REJECTED]));
}
