/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that asks the daemon for something. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct caller {
	uid_t uid;
	pid_t pid; /* 0: nobody has asked, or it is not known who */
	/* The user who logged in, which sudo and su do not change (loginuid). */
	bool has_login;
	uint32_t login;
};

/* At the other end of a socket, as the kernel tells it. */
struct caller caller_of_socket(int fd);
/* The sender of a signal. */
struct caller caller_of_signal(uid_t uid, pid_t pid);
