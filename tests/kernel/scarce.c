/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded before a program (LD_PRELOAD): some of its allocations fail, when a test says so.
 *
 * The file that SCARCE names is shared with the test: how many allocations there were, and the
 * numbers of the first and the last one that fail, 0 for none.  The test sets them back while the
 * program waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct memory {
	uint64_t count, first, last;
};

static struct memory nobodys;
static struct memory *shared = &nobodys;

/* in the place of glibc's, for everybody */
#define EVERYBODYS __attribute__((visibility("default")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

__attribute__((constructor)) static void find(void)
{
	const char *path = getenv("SCARCE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd >= 0 ? mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			  : MAP_FAILED;
	if (fd >= 0)
		close(fd);
	if (p != MAP_FAILED)
		shared = p;
}

static int is_there(void)
{
	const uint64_t number = __atomic_add_fetch(&shared->count, 1, __ATOMIC_RELAXED);
	if (number < shared->first || number > shared->last)
		return 1;
	errno = ENOMEM;
	return 0;
}

EVERYBODYS void *malloc(size_t size)
{
	return is_there() ? __libc_malloc(size) : NULL;
}

EVERYBODYS void *calloc(size_t count, size_t size)
{
	return is_there() ? __libc_calloc(count, size) : NULL;
}

EVERYBODYS void *realloc(void *p, size_t size)
{
	return is_there() ? __libc_realloc(p, size) : NULL;
}
