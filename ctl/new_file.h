/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file that was not there before. */
#pragma once

#include <stddef.h>

/* Writes it whole or not at all, for its owner and the daemon's group only.  0, -EEXIST if there is
 * one by that name, or another negative errno. */
int new_file_write(const char *directory, const char *name, const char *bytes, size_t length);
