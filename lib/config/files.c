/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the configuration: regular files that not everyone may write.
 *
 * Whoever can write here decides who gets into the machine, so a file (or a directory that
 * is searched for files) that everybody may write is refused, not warned about.
 * Opening does not block: a FIFO in the place of a file is a fault and not a daemon that
 * hangs.
 */
#include "config/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

static int fault(struct diags *diags, struct place at, const char *path, const char *what)
{
	if (at.file && strcmp(at.file, path) != 0)
		diag_error(diags, at, "%s: %s", path, what);
	else
		diag_error(diags, at, "%s", what);
	return -EINVAL;
}

static int fault_errno(struct diags *diags, struct place at, const char *path, int error)
{
	char what[160];
	const char *right = "check the path and its permissions";
	if (error == ENOENT)
		right = "create it or correct the path";
	else if (error == ELOOP)
		right = "break the loop of symbolic links";
	snprintf(what, sizeof(what), "cannot be read: %s; %s", strerror(error), right);
	return fault(diags, at, path, what);
}

/* A million addresses of IPv6, one a line, are 40 MB.  Who writes more, or a hole, by mistake is
 * not to have the daemon ended for want of memory, at each start anew. */
enum { LARGEST = 64 * 1024 * 1024 };

static int check(int fd, struct stat *st, const char *path, struct place at, struct diags *diags)
{
	if (fstat(fd, st) < 0)
		return fault_errno(diags, at, path, errno);
	if (S_ISDIR(st->st_mode))
		return fault(diags, at, path, "is a directory; a file belongs here");
	if (!S_ISREG(st->st_mode))
		return fault(diags, at, path, "is not a regular file; a text file belongs here");
	if (st->st_mode & S_IWOTH)
		return fault(diags, at, path,
			"may be written by everyone; take that away with chmod o-w");
	if (st->st_size > LARGEST)
		return fault(diags, at, path,
			"is larger than 64 MiB; name networks in the place of addresses");
	return 0;
}

/* Reads to the end, since a file may be longer than fstat() said. */
static int read_all(int fd, size_t expected, struct file_bytes *ret)
{
	CLEANUP(free_string) char *bytes = NULL;
	size_t length = 0, allocated = 0;
	int r = array_reserve(&bytes, &allocated, expected + 1);
	if (r < 0)
		return r;
	for (;;) {
		if (length > LARGEST)
			return -EFBIG;
		r = array_reserve(&bytes, &allocated, length + 1);
		if (r < 0)
			return r;
		ssize_t n = read(fd, bytes + length, allocated - length);
		if (n == 0)
			break;
		if (n > 0)
			length += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	ret->bytes = TAKE(bytes);
	ret->length = length;
	return 0;
}

static int system_read(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	struct stat st;
	(void)context;
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fault_errno(diags, at, path, errno);
	int r = check(fd, &st, path, at, diags);
	if (r < 0)
		return r;
	r = read_all(fd, (size_t)st.st_size, ret);
	if (r < 0)
		return r == -ENOMEM ? r : fault_errno(diags, at, path, -r);
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	return 0;
}

void file_names_free(char **names)
{
	for (char **n = names; n && *n; n++)
		free(*n);
	free(names);
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_conf(const char *name)
{
	size_t n = strlen(name);
	return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".conf") == 0;
}

/* Backup files of editors, package managers and administrators, and list files. */
static bool is_left_over(const char *name)
{
	static const char *const ends[] = {"~", ".list", ".txt", ".bak", ".old", ".orig", ".save",
		".saved", ".rej", ".tmp", ".new", ".swp", ".disabled", ".off", ".dpkg-old",
		".dpkg-new", ".dpkg-dist", ".dpkg-bak", ".dpkg-tmp", ".ucf-old", ".ucf-new",
		".ucf-dist", ".rpmsave", ".rpmorig", ".rpmnew"};
	size_t n = strlen(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t length = strlen(ends[i]);
		if (n >= length && strcmp(name + n - length, ends[i]) == 0)
			return true;
	}
	return name[0] == '.' || name[0] == '#' || strncmp(name, "README", 6) == 0;
}

/* Of a directory from which only NAME.conf is read. */
static void warn_of_other(const struct dirent *e, const char *directory, struct diags *diags)
{
	char path[PATH_MAX];
	if ((e->d_type != DT_REG && e->d_type != DT_LNK && e->d_type != DT_UNKNOWN) ||
		is_left_over(e->d_name))
		return;
	snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
	diag_warning(diags, (struct place){path, 1, 1},
		"this file is not read, since its name does not end in .conf; rename or remove it");
}

/* Names that end in NULL, whenever that is looked at. */
struct names_found {
	char **items;
	size_t count, allocated;
};

static void names_found_done(struct names_found *n)
{
	file_names_free(n->items);
}

static int add_name(struct names_found *n, const char *name)
{
	int r = array_reserve(&n->items, &n->allocated, n->count + 2);
	if (r < 0)
		return r;
	n->items[n->count] = strdup(name);
	if (!n->items[n->count])
		return -ENOMEM;
	n->items[++n->count] = NULL;
	return 0;
}

static int collect(DIR *dir, const char *directory, struct diags *diags, char ***ret)
{
	CLEANUP(names_found_done) struct names_found names = {0};
	int r = array_reserve(&names.items, &names.allocated, 1);
	if (r < 0)
		return r;
	names.items[0] = NULL;
	for (;;) {
		errno = 0;
		const struct dirent *e = readdir(dir);
		if (!e && errno)
			return -errno;
		if (!e)
			break;
		if (!is_conf(e->d_name)) {
			warn_of_other(e, directory, diags);
			continue;
		}
		r = add_name(&names, e->d_name);
		if (r < 0)
			return r;
	}
	qsort(names.items, names.count, sizeof(*names.items), order);
	*ret = TAKE(names.items);
	return 0;
}

static int system_list(void *context, const char *directory, bool needed, struct diags *diags,
	char ***ret)
{
	struct place at = {directory, 1, 1};
	struct stat st;
	(void)context;
	DIR *dir = opendir(directory);
	if (!dir && errno == ENOENT && !needed) {
		*ret = calloc(1, sizeof(**ret));
		return *ret ? 0 : -ENOMEM;
	}
	if (!dir)
		return errno == ENOMEM ? -ENOMEM : fault_errno(diags, at, directory, errno);
	int r = 0;
	if (fstat(dirfd(dir), &st) < 0)
		r = fault_errno(diags, at, directory, errno);
	else if (st.st_mode & S_IWOTH)
		r = fault(diags, at, directory,
			"may be written by everyone; take that away with chmod o-w");
	else
		r = collect(dir, directory, diags, ret);
	if (r < 0 && r != -ENOMEM && r != -EINVAL)
		r = fault_errno(diags, at, directory, -r);
	closedir(dir);
	return r;
}

static bool system_same(void *context, const char *directory, const char *other)
{
	struct stat a, b;
	(void)context;
	return stat(directory, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

const struct file_access file_access_system = {
	.read = system_read,
	.read_list = system_read,
	.list = system_list,
	.same = system_same,
};
