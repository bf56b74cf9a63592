/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force, written down: it is what boots. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

#include "daemon.h"
#include "log.h"
#include "state/store.h"

/* The directory itself is locked, so that it may be read-only, or its disk full. */
int saving_lock(struct service *s)
{
	const char *directory = s->options->state_dir;
	s->state_lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->state_lock < 0 || flock(s->state_lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return 0;
	log_line(SD_ERR,
		"another rolewalld keeps its state in %s; end it first; nothing was changed",
		directory);
	return -EBUSY;
}

void saving_confirmed(struct service *s)
{
	const char *directory = s->options->state_dir;
	char why[STATE_FAULT_SIZE];
	struct snapshot *saved = NULL;
	struct trial none;
	int r = store_load(directory, STORE_CONFIRMED, &saved, &none, why);
	bool same = r == 0 && snapshot_equal(saved, s->basis.snapshot, true);
	snapshot_free(saved);
	r = same ? 0 : store_save(directory, STORE_CONFIRMED, s->basis.snapshot, NULL);
	if (r < 0)
		trouble_set(s, TROUBLE_STATE,
			"cannot save the configuration in force in %s: %s; after a reboot an older "
			"one protects this host, or none",
			directory, strerror(-r));
	else
		trouble_clear(s, TROUBLE_STATE);
}

/* The service manager's word counts more: in a container the kernel may tell us that of the
 * host, once our /proc is another mount than the manager's. */
int saving_boot_id(const struct service *s, char ret[BOOT_ID_SIZE])
{
	sd_id128_t boot;
	int r = s->options->boot_id ? sd_id128_from_string(s->options->boot_id, &boot)
				    : sd_id128_get_boot(&boot);
	if (r >= 0)
		sd_id128_to_string(boot, ret);
	return r < 0 ? r : 0;
}

int saving_trial(struct service *s, const struct snapshot *snapshot, uint64_t until)
{
	struct trial t = {.until = until};
	int r = saving_boot_id(s, t.boot);
	if (r < 0)
		return r;
	return store_save(s->options->state_dir, STORE_TRIAL, snapshot, &t);
}
