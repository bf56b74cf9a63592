/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies from texts in the test, through the real parser: one role file at
 * roles/test.conf, the host file at etc/rolewall.conf, and list files beside it. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/policy.h"
#include "testing.h"

struct memory_file {
	const char *path;
	const char *text;
};

static const struct memory_file *memory_find(const struct memory_file *files, const char *path)
{
	for (; files->path; files++)
		if (strcmp(files->path, path) == 0)
			return files;
	return NULL;
}

static int memory_read(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const struct memory_file *f = memory_find(context, path);
	if (!f) {
		diag_error(diags, at, "%s: is not in memory", path);
		return -EINVAL;
	}
	ret->length = strlen(f->text);
	ret->bytes = malloc(ret->length + 1);
	if (!ret->bytes)
		return -ENOMEM;
	memcpy(ret->bytes, f->text, ret->length + 1);
	ret->device = 1;
	ret->inode = (ino_t)(f - (const struct memory_file *)context) + 1;
	return 0;
}

static int memory_list(void *context, const char *directory, bool needed, struct diags *diags,
	char ***ret)
{
	(void)needed;
	(void)diags;
	bool is_drop_in = strcmp(directory, "etc/rolewall.conf.d") == 0;
	bool has = is_drop_in ? memory_find(context, "etc/rolewall.conf.d/test.conf") != NULL
			      : strcmp(directory, "roles") == 0 &&
					memory_find(context, "roles/test.conf");
	char **names = calloc(2, sizeof(*names));
	if (names && has)
		names[0] = strdup("test.conf");
	if (!names || (has && !names[0])) {
		free(names);
		return -ENOMEM;
	}
	*ret = names;
	return 0;
}

static bool memory_same(void *context, const char *directory, const char *other)
{
	(void)context;
	return strcmp(directory, other) == 0;
}

/* The policy of a host file and what else there is (ended by a NULL path), with facts of the host
 * (NULL: nothing is known).  Faults of the configuration fail the test; warnings do not. */
static inline struct policy *memory_policy_of(struct memory_file *files, const struct facts *facts)
{
	const struct config_dirs dirs = {.config = "etc", .roles = "roles"};
	const struct file_access access = {
		memory_read, memory_read, memory_list, memory_same, files};
	struct diags diags = {0};
	struct policy *p = NULL;
	int r = policy_load(&dirs, &access, facts, &diags, &p);
	if (r < 0)
		diags_print(&diags, stderr);
	diags_done(&diags);
	assert_int_equal(r, 0);
	return p;
}

static inline struct policy *memory_policy_files(struct memory_file *files)
{
	return memory_policy_of(files, NULL);
}

/* The same of a host file, with facts. */
static inline struct policy *memory_policy_facts(const char *host, const struct facts *facts)
{
	struct memory_file files[] = {{"etc/rolewall.conf", host}, {NULL, NULL}};
	return memory_policy_of(files, facts);
}

/* The same of a role file (NULL: none) and a host file. */
static inline struct policy *memory_policy(const char *role, const char *host)
{
	struct memory_file files[] = {
		{"etc/rolewall.conf", host}, {role ? "roles/test.conf" : NULL, role}, {NULL, NULL}};
	return memory_policy_files(files);
}
