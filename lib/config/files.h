/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading configuration files whole, and only such as may be trusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"

/* Where the configuration is. */
struct config_dirs {
	const char *config; /* rolewall.conf, rolewall.conf.d/, roles/ */
	const char *roles;  /* the vendor's role files */
};

struct file_bytes {
	char *bytes; /* to be freed */
	size_t length;
	dev_t device; /* which file it was, whatever its name */
	ino_t inode;
};

/* How files are reached: the system's, or a test's. */
struct file_access {
	/* The whole of a file.  Faults (missing, a directory, not readable, writable by
	 * everyone, …) are noted at `at`, which is in the file itself where nobody named it, or
	 * where it was named.  0, -ENOMEM, or -EINVAL after a fault. */
	int (*read)(void *context, const char *path, struct place at, struct diags *diags,
		struct file_bytes *ret);
	/* The same for a list file of a peer, which may change without anybody asking for a
	 * reload. */
	int (*read_list)(void *context, const char *path, struct place at, struct diags *diags,
		struct file_bytes *ret);
	/* The names in a directory that end in .conf, sorted, ended by NULL, to be freed with
	 * file_names_free().  A directory that is not there has none, unless it is needed. */
	int (*list)(void *context, const char *directory, bool needed, struct diags *diags,
		char ***ret);
	/* True if both names lead to one directory. */
	bool (*same)(void *context, const char *directory, const char *other);
	void *context;
};

extern const struct file_access file_access_system;

void file_names_free(char **names);
