/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration to be saved. */
#pragma once

#include <string.h>

#include "config/snapshot.h"
#include "testing.h"

static inline struct snapshot *some_snapshot(const char *host_file)
{
	static const struct config_dirs dirs = {"/etc/rolewall", "/usr/share/rolewall/roles"};
	char names[] = "a.conf\0b.conf", list[] = "10.0.0.1\n\0 whatever \xff";
	const struct file_bytes directory = {names, sizeof(names), 0, 0},
				file = {(char *)host_file, strlen(host_file), 2049, 1 << 20},
				binary = {list, sizeof(list) - 1, 1, 2}, empty = {names, 0, 3, 4};
	struct snapshot *s = snapshot_new(&dirs);
	assert_non_null(s);
	assert_int_equal(snapshot_add(s, SNAPSHOT_DIRECTORY, dirs.roles, &directory), 0);
	assert_int_equal(snapshot_add(s, SNAPSHOT_FILE, "/etc/rolewall/rolewall.conf", &file), 0);
	assert_int_equal(snapshot_add(s, SNAPSHOT_LIST, "/srv/a b.list", &binary), 0);
	assert_int_equal(snapshot_add(s, SNAPSHOT_LIST, "/srv/empty.list", &empty), 0);
	return s;
}
