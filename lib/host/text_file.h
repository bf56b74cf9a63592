/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small file of the system's, whole. */
#pragma once

enum { TEXT_FILE_MOST = 256 * 1024 }; /* bytes */

/* Its text, to be freed; "" if there is none.  0; -EINVAL if it is no regular file, -EFBIG if it
 * is larger, or another negative errno. */
int text_file_read(const char *path, char **ret);
