/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The login user of a process that asks the daemon: it is in the name of that process's socket, so
 * that no request needs to carry it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* The login uid of a process, as the kernel tells it.  False if it has none, or cannot be seen. */
bool login_of_process(pid_t pid, uint32_t *ret);

/* A name for the asker's socket, to be bound before connecting, with the login uid in it.  Its
 * length, or negative errno. */
int login_name(uint32_t login, struct sockaddr_un *ret);
/* The login uid in such a name.  False if it is another name, or none. */
bool login_parse(const struct sockaddr_un *name, socklen_t length, uint32_t *ret);
