/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files that exist only in a table of a test. */
#pragma once

#include "testing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/policy.h"

/* A table of these ends with a NULL path. */
struct memory_file {
	const char *path;
	const char *text;
	ino_t inode; /* 0: a file of its own */
	int error;   /* not 0: what reading it returns, without a fault */
};

static inline int memory_read(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const struct memory_file *files = context;
	for (size_t i = 0; files[i].path; i++) {
		if (strcmp(files[i].path, path) != 0)
			continue;
		if (files[i].error)
			return files[i].error;
		size_t length = strlen(files[i].text);
		char *bytes = malloc(length ? length : 1);
		assert_non_null(bytes);
		memcpy(bytes, files[i].text, length);
		*ret = (struct file_bytes){
			bytes, length, 1, files[i].inode ? files[i].inode : 1000 + i};
		return 0;
	}
	diag_error(diags, at, "%s is missing", path);
	return -EINVAL;
}

/* The name of path if it lies in directory itself. */
static inline const char *memory_name(const char *path, const char *directory)
{
	size_t n = strlen(directory);
	if (strncmp(path, directory, n) != 0 || path[n] != '/' || strchr(path + n + 1, '/'))
		return NULL;
	return path + n + 1;
}

static inline int memory_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline int memory_list(void *context, const char *directory, bool needed,
	struct diags *diags, char ***ret)
{
	const struct memory_file *files = context;
	size_t count = 0;
	char **names = calloc(100, sizeof(*names));
	assert_non_null(names);
	for (size_t i = 0; files[i].path; i++) {
		const char *name = memory_name(files[i].path, directory);
		if (!name || !strstr(name, ".conf"))
			continue;
		assert_true(count < 99);
		names[count++] = strdup(name);
	}
	if (count == 0 && needed) {
		free(names);
		diag_error(diags, (struct place){directory, 1, 1}, "%s is missing", directory);
		return -EINVAL;
	}
	qsort(names, count, sizeof(*names), memory_order);
	*ret = names;
	return 0;
}

static inline bool memory_same(void *context, const char *directory, const char *other)
{
	(void)context;
	return strcmp(directory, other) == 0;
}

static inline struct file_access memory_access(const struct memory_file *files)
{
	return (struct file_access){
		memory_read, memory_read, memory_list, memory_same, (void *)files};
}

/* Loads a policy with the roles in /r and the host file /c/rolewall.conf. */
static inline int memory_policy(const struct memory_file *files, const struct facts *facts,
	struct diags *diags, struct policy **ret)
{
	const struct file_access access = memory_access(files);
	return policy_load(&(const struct config_dirs){"/c", "/r"}, &access, facts, diags, ret);
}
