/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force, written down: it is what boots. */
#include <errno.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "daemon.h"
#include "state/store.h"

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

int saving_trial(struct service *s, const struct snapshot *snapshot, uint64_t until)
{
	struct trial t = {.until = until};
	sd_id128_t boot;
	int r = sd_id128_get_boot(&boot);
	if (r < 0)
		return r;
	sd_id128_to_string(boot, t.boot);
	return store_save(s->options->state_dir, STORE_TRIAL, snapshot, &t);
}
