/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order, each overriding what came before:
 *
 *   1. ROLES_DIR/NAME.conf              the vendor's role files
 *   2. CONFIG_DIR/roles/NAME.conf       an admin's own, or overriding ones
 *   3. CONFIG_DIR/rolewall.conf         the host file
 *   4. CONFIG_DIR/rolewall.conf.d/NAME.conf   drop-ins, by name
 *
 * A file that is met twice (a link from a drop-in to the host file, from a role file to
 * another) would override itself, which means nothing: it is a fault.
 */
#include "config/load.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/index.h"

struct loading {
	struct document *document;
	const struct file_access *access;
	struct diags *diags;
	struct index seen; /* paths, by the numbers of their file */
};

static int note_seen(struct loading *l, const struct file_bytes *f, const char *path,
	bool *ret_again)
{
	struct arena *arena = l->document->arena;
	const char *file =
		arena_printf(arena, "%ju:%ju", (uintmax_t)f->device, (uintmax_t)f->inode);
	if (!file)
		return -ENOMEM;
	const char *first = index_get(&l->seen, file);
	*ret_again = first != NULL;
	if (!first)
		return index_put(&l->seen, arena, file, (void *)path);
	diag_error(l->diags, (struct place){path, 1, 1},
		"a loop of overrides: this is the same file as %s; remove one of the two", first);
	return 0;
}

/* path and name are in the arena.  0, -EINVAL if it cannot be read, or -ENOMEM. */
static int load_file(struct loading *l, const char *path, const char *name, enum file_kind kind,
	bool overrides)
{
	struct file_bytes file;
	bool again;
	int r = l->access->read(l->access->context, path, (struct place){path, 1, 1}, l->diags,
		&file);
	if (r < 0)
		return r;
	CLEANUP(free_string) char *bytes = file.bytes;
	r = note_seen(l, &file, path, &again);
	if (r < 0 || again)
		return r;
	const char *stem = arena_strndup(l->document->arena, name, strlen(name) - strlen(".conf"));
	if (!stem)
		return -ENOMEM;
	const struct source s = {path, stem, kind, overrides, bytes, file.length};
	return document_add(l->document, &s, l->diags);
}

static int load_directory(struct loading *l, const char *directory, enum file_kind kind,
	bool overrides)
{
	char **names = NULL;
	int r = l->access->list(l->access->context, directory, !overrides, l->diags, &names);
	if (r == -EINVAL)
		return 0;
	for (char **n = names; r == 0 && *n; n++) {
		char *path = arena_printf(l->document->arena, "%s/%s", directory, *n);
		r = path ? load_file(l, path, *n, kind, overrides) : -ENOMEM;
		if (r == -EINVAL)
			r = 0; /* go on: the others have faults of their own */
	}
	file_names_free(names);
	return r;
}

int load_document(struct document *d, const struct config_dirs *dirs,
	const struct file_access *access, struct diags *diags, char **ret_host_file)
{
	struct loading l = {.document = d, .access = access, .diags = diags};
	char *own_roles = arena_printf(d->arena, "%s/roles", dirs->config);
	char *host_file = arena_printf(d->arena, "%s/rolewall.conf", dirs->config);
	char *drop_ins = arena_printf(d->arena, "%s/rolewall.conf.d", dirs->config);
	if (!own_roles || !host_file || !drop_ins)
		return -ENOMEM;
	int r = load_directory(&l, dirs->roles, FILE_ROLE, false);
	if (r < 0)
		return r;
	/* they are the same in a source tree, where the shipped roles lie beside the host file */
	if (!access->same(access->context, dirs->roles, own_roles)) {
		r = load_directory(&l, own_roles, FILE_ROLE, true);
		if (r < 0)
			return r;
	}
	r = load_file(&l, host_file, "rolewall.conf", FILE_HOST, true);
	if (r < 0)
		return r;
	r = load_directory(&l, drop_ins, FILE_HOST, true);
	if (r < 0)
		return r;
	*ret_host_file = host_file;
	return 0;
}
