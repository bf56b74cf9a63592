/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of what was read, by path.  There are some dozens of entries at most. */
#include "config/snapshot.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct snapshot *snapshot_new(const struct config_dirs *dirs)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->config = strdup(dirs->config);
	s->roles = strdup(dirs->roles);
	if (s->config && s->roles)
		return s;
	snapshot_free(s);
	return NULL;
}

static void free_entry(struct snapshot_entry *e)
{
	free(e->path);
	free(e->content.bytes);
	free(e);
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	for (struct snapshot_entry *e = s->first, *next; e; e = next) {
		next = e->next;
		free_entry(e);
	}
	free(s->config);
	free(s->roles);
	free(s);
}

struct config_dirs snapshot_dirs(const struct snapshot *s)
{
	return (struct config_dirs){.config = s->config, .roles = s->roles};
}

/* Never empty, so that NULL is want of memory. */
static char *copy_bytes(const char *bytes, size_t length)
{
	char *copy = malloc(length + 1);
	if (copy && length)
		memcpy(copy, bytes, length);
	return copy;
}

int snapshot_add(struct snapshot *s, enum snapshot_kind kind, const char *path,
	const struct file_bytes *content)
{
	struct snapshot_entry *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->kind = kind;
	e->path = strdup(path);
	e->content = *content;
	e->content.bytes = copy_bytes(content->bytes, content->length);
	if (!e->path || !e->content.bytes) {
		free_entry(e);
		return -ENOMEM;
	}
	*(s->last ? &s->last->next : &s->first) = e;
	s->last = e;
	return 0;
}

const struct snapshot_entry *snapshot_find(const struct snapshot *s, enum snapshot_kind kind,
	const char *path)
{
	for (const struct snapshot_entry *e = s->first; e; e = e->next)
		if (e->kind == kind && strcmp(e->path, path) == 0)
			return e;
	return NULL;
}

DEFINE_CLEANUP(drop_snapshot, struct snapshot, snapshot_free)

struct snapshot *snapshot_with_lists(const struct snapshot *s, const struct snapshot *newer)
{
	const struct config_dirs dirs = snapshot_dirs(s);
	CLEANUP(drop_snapshot) struct snapshot *copy = snapshot_new(&dirs);
	if (!copy)
		return NULL;
	for (const struct snapshot_entry *e = s->first; e; e = e->next) {
		const struct snapshot_entry *other =
			newer && e->kind == SNAPSHOT_LIST
				? snapshot_find(newer, SNAPSHOT_LIST, e->path)
				: NULL;
		if (snapshot_add(copy, e->kind, e->path, &(other ? other : e)->content) < 0)
			return NULL;
	}
	copy->roles_are_config = s->roles_are_config;
	return TAKE(copy);
}

/* Files. */

static int read_kept(const struct snapshot *kept, enum snapshot_kind kind, const char *path,
	struct place at, struct diags *diags, struct file_bytes *ret)
{
	const struct snapshot_entry *e = snapshot_find(kept, kind, path);
	if (!e) {
		diag_error(diags, at, "%s is not in the configuration that was saved", path);
		return -EINVAL;
	}
	*ret = e->content;
	ret->bytes = copy_bytes(e->content.bytes, e->content.length);
	return ret->bytes ? 0 : -ENOMEM;
}

/* A list that two peers name is read twice and kept once. */
static int note(const struct snapshot_reading *reading, enum snapshot_kind kind, const char *path,
	struct file_bytes *content)
{
	if (snapshot_find(reading->taken, kind, path))
		return 0;
	int r = snapshot_add(reading->taken, kind, path, content);
	if (r < 0)
		free(content->bytes);
	return r;
}

static int read_file(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const struct snapshot_reading *reading = context;
	int r = reading->kept
			? read_kept(reading->kept, SNAPSHOT_FILE, path, at, diags, ret)
			: reading->system->read(reading->system->context, path, at, diags, ret);
	return r < 0 ? r : note(reading, SNAPSHOT_FILE, path, ret);
}

static int read_list(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const struct snapshot_reading *reading = context;
	const struct file_access *system = reading->system;
	const struct snapshot_entry *kept =
		reading->kept ? snapshot_find(reading->kept, SNAPSHOT_LIST, path) : NULL;
	bool anew = !reading->kept || (reading->lists_anew && kept && kept->is_stale);
	int r = anew ? system->read_list(system->context, path, at, diags, ret)
		     : read_kept(reading->kept, SNAPSHOT_LIST, path, at, diags, ret);
	return r < 0 ? r : note(reading, SNAPSHOT_LIST, path, ret);
}

/* Directories. */

/* Names one after the other, each with its NUL. */
static int pack(char *const *names, struct file_bytes *ret)
{
	size_t length = 0;
	for (char *const *n = names; *n; n++)
		length += strlen(*n) + 1;
	char *bytes = malloc(length + 1), *to = bytes;
	if (!bytes)
		return -ENOMEM;
	for (char *const *n = names; *n; n++)
		to = stpcpy(to, *n) + 1;
	*ret = (struct file_bytes){.bytes = bytes, .length = length};
	return 0;
}

static int unpack(const struct file_bytes *content, char ***ret)
{
	const char *bytes = content->bytes, *end = bytes + content->length;
	size_t count = 0, n = 0;
	for (const char *s = bytes; s < end; s += strlen(s) + 1)
		count++;
	char **names = calloc(count + 1, sizeof(*names));
	for (const char *s = bytes; names && s < end; s += strlen(s) + 1)
		if (!(names[n++] = strdup(s))) {
			file_names_free(names);
			return -ENOMEM;
		}
	*ret = names;
	return names ? 0 : -ENOMEM;
}

static int list_kept(const struct snapshot *kept, const char *directory, bool needed,
	struct diags *diags, char ***ret)
{
	const struct snapshot_entry *e = snapshot_find(kept, SNAPSHOT_DIRECTORY, directory);
	if (e)
		return unpack(&e->content, ret);
	if (needed) {
		diag_error(diags, (struct place){directory, 1, 1},
			"this directory is not in the configuration that was saved");
		return -EINVAL;
	}
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static int note_directory(const struct snapshot_reading *reading, const char *directory,
	char *const *names)
{
	struct file_bytes packed;
	int r = pack(names, &packed);
	if (r < 0)
		return r;
	r = snapshot_add(reading->taken, SNAPSHOT_DIRECTORY, directory, &packed);
	free(packed.bytes);
	return r;
}

static int list(void *context, const char *directory, bool needed, struct diags *diags, char ***ret)
{
	const struct snapshot_reading *reading = context;
	const struct file_access *system = reading->system;
	char **names = NULL;
	int r = reading->kept ? list_kept(reading->kept, directory, needed, diags, &names)
			      : system->list(system->context, directory, needed, diags, &names);
	if (r < 0)
		return r;
	r = note_directory(reading, directory, names);
	if (r < 0)
		file_names_free(names);
	else
		*ret = names;
	return r;
}

/* Only one pair is ever asked about. */
static bool same(void *context, const char *directory, const char *other)
{
	const struct snapshot_reading *reading = context;
	reading->taken->roles_are_config =
		reading->kept ? reading->kept->roles_are_config
			      : reading->system->same(reading->system->context, directory, other);
	return reading->taken->roles_are_config;
}

struct file_access snapshot_access(struct snapshot_reading *r)
{
	return (struct file_access){
		.read = read_file,
		.read_list = read_list,
		.list = list,
		.same = same,
		.context = r,
	};
}

bool snapshot_list_is_same(const struct snapshot_entry *e, const struct file_access *system,
	bool *ret_is_whole)
{
	struct file_bytes now;
	struct diags ignored = {0};
	*ret_is_whole = true;
	int r = system->read_list(system->context, e->path, (struct place){e->path, 1, 1}, &ignored,
		&now);
	diags_done(&ignored);
	if (r < 0)
		return false;
	bool same = now.length == e->content.length &&
		    memcmp(now.bytes, e->content.bytes, now.length) == 0;
	*ret_is_whole = now.length && now.bytes[now.length - 1] == '\n';
	free(now.bytes);
	return same;
}

static const struct snapshot_entry *skip_lists(const struct snapshot_entry *e, bool with_lists)
{
	while (e && !with_lists && e->kind == SNAPSHOT_LIST)
		e = e->next;
	return e;
}

bool snapshot_equal(const struct snapshot *a, const struct snapshot *b, bool with_lists)
{
	const struct snapshot_entry *x = skip_lists(a->first, with_lists),
				    *y = skip_lists(b->first, with_lists);
	while (x && y && x->kind == y->kind && strcmp(x->path, y->path) == 0 &&
		x->content.length == y->content.length &&
		memcmp(x->content.bytes, y->content.bytes, x->content.length) == 0) {
		x = skip_lists(x->next, with_lists);
		y = skip_lists(y->next, with_lists);
	}
	return !x && !y && strcmp(a->config, b->config) == 0 && strcmp(a->roles, b->roles) == 0 &&
	       a->roles_are_config == b->roles_are_config;
}
