/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A function gives back what it holds on each way out, so that it may return at once after a
 * failure.  CLEANUP(f) before a variable calls f(&variable) at the end of its scope: any
 * x_done(struct x *) is such an f, and DEFINE_CLEANUP makes one of an x_free(struct x *).
 *
 * The variable must have a value, all zero or NULL, before anything can return.  TAKE(pointer)
 * hands a value on and leaves NULL behind.
 */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(f) __attribute__((cleanup(f)))

/* A pointer's value; the pointer is NULL afterwards. */
#define TAKE(pointer) \
	({ \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL; \
		taken_; \
	})

/* name(type **p) frees *p by f, if there is one: not every library's f takes NULL. */
#define DEFINE_CLEANUP(name, type, f) \
	static inline void name(__typeof__(type) **p) \
	{ \
		if (*p) \
			f(*p); \
	}

/* CLEANUP(free_string) char *s = NULL; */
static inline void free_string(char **s)
{
	free(*s);
}

/* CLEANUP(close_fd) int fd = open(…); negative: it is none.  errno stays. */
static inline void close_fd(const int *fd)
{
	const int error = errno;
	if (*fd >= 0)
		close(*fd);
	errno = error;
}
