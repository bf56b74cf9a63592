/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may be rolewall-reader. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define READER_USER "rolewall-reader"

/* SOCKET_FILE_NOBODY: there is no such user. */
uid_t reader_user(void);
/* True if who has connected at this socket may be the reader. *ret is who that is. */
bool reader_user_connected(int fd, uid_t *ret);
