/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

const char *store_name(enum store_slot slot)
{
	static const char *const names[STORE_SLOTS] = {
		[STORE_CONFIRMED] = "confirmed",
		[STORE_CONFIRMED_OLD] = "confirmed.old",
		[STORE_TRIAL] = "trial",
		[STORE_REJECTED] = "rejected",
		[STORE_NAMES] = "names",
	};
	return names[slot];
}

static int open_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Writing. */

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_file(int directory, const char *name, const struct text *content, bool syncs)
{
	int fd = openat(directory, name,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return -errno;
	int r = write_all(fd, content->data, content->length);
	if (r == 0 && syncs && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

/* The file as it is now under another name too. */
static int keep_old(int directory)
{
	const char *now = store_name(STORE_CONFIRMED), *old = store_name(STORE_CONFIRMED_OLD);
	if (unlinkat(directory, old, 0) < 0 && errno != ENOENT)
		return -errno;
	if (linkat(directory, now, directory, old, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

struct manner {
	bool keeps_old;
	bool syncs; /* nothing is lost with the power afterwards */
};

/* Written beside it, and then renamed to it. */
static int put_in_place(int directory, enum store_slot slot, struct manner how, const char *new,
	const struct text *content)
{
	int r = write_file(directory, new, content, how.syncs);
	if (r < 0)
		return r;
	r = how.keeps_old ? keep_old(directory) : 0;
	if (r < 0)
		return r;
	return renameat(directory, new, directory, store_name(slot)) < 0 ? -errno : 0;
}

static int replace_file(int directory, enum store_slot slot, struct manner how,
	const struct text *content)
{
	char new[64];
	snprintf(new, sizeof(new), "%s.new", store_name(slot));
	int r = put_in_place(directory, slot, how, new, content);
	if (r < 0) {
		unlinkat(directory, new, 0);
		return r;
	}
	return how.syncs && fsync(directory) < 0 ? -errno : 0;
}

static int save_text(const char *directory, enum store_slot slot, struct manner how,
	const struct text *content)
{
	CLEANUP(close_fd) int fd = open_directory(directory);
	if (fd < 0)
		return fd;
	return replace_file(fd, slot, how, content);
}

int store_save_text(const char *directory, enum store_slot slot, const struct text *text)
{
	return save_text(directory, slot, (struct manner){0}, text);
}

int store_sync(const char *directory, enum store_slot slot)
{
	CLEANUP(close_fd) int at = open_directory(directory);
	if (at < 0)
		return at;
	CLEANUP(close_fd) int fd = openat(at, store_name(slot), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 || fsync(at) < 0 ? -errno : 0;
}

int store_open_end(const char *directory, enum store_slot slot)
{
	CLEANUP(close_fd) int at = open_directory(directory);
	if (at < 0)
		return at;
	int fd = openat(at, store_name(slot), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int store_append(int fd, const struct text *text)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink == 0 ? -ENOENT : write_all(fd, text->data, text->length);
}

static int save(const char *directory, enum store_slot slot, bool keeps_old,
	const struct snapshot *s, const struct trial *t)
{
	CLEANUP(text_done) struct text content = {0};
	state_encode(s, t, &content);
	if (content.failed)
		return -ENOMEM;
	return save_text(directory, slot, (struct manner){.keeps_old = keeps_old, .syncs = true},
		&content);
}

int store_save(const char *directory, enum store_slot slot, const struct snapshot *s,
	const struct trial *t)
{
	return save(directory, slot, slot == STORE_CONFIRMED, s, t);
}

int store_save_over(const char *directory, enum store_slot slot, const struct snapshot *s,
	const struct trial *t)
{
	return save(directory, slot, false, s, t);
}

/* Reading. */

static int read_file(int fd, struct text *to)
{
	char buffer[65536];
	ssize_t n;
	while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
		if (n > 0)
			text_bytes(to, buffer, (size_t)n);
		else if (errno != EINTR)
			return -errno;
		if (to->failed)
			return -ENOMEM;
	}
	return 0;
}

static int open_file(const char *directory, enum store_slot slot)
{
	struct stat st;
	CLEANUP(close_fd) int at = open_directory(directory);
	if (at < 0)
		return at;
	int fd = openat(at, store_name(slot), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EBADMSG;
	}
	return fd;
}

int store_load_text(const char *directory, enum store_slot slot, struct text *text,
	char why[STATE_FAULT_SIZE])
{
	snprintf(why, STATE_FAULT_SIZE, "it is not a regular file");
	CLEANUP(close_fd) int fd = open_file(directory, slot);
	int r = fd < 0 ? fd : read_file(fd, text);
	if (r < 0 && r != -EBADMSG)
		snprintf(why, STATE_FAULT_SIZE, "it cannot be read: %s", strerror(-r));
	return r;
}

int store_load(const char *directory, enum store_slot slot, struct snapshot **ret,
	struct trial *ret_trial, char why[STATE_FAULT_SIZE])
{
	CLEANUP(text_done) struct text content = {0};
	int r = store_load_text(directory, slot, &content, why);
	if (r < 0)
		return r;
	return state_decode(content.data ? content.data : "", content.length, ret, ret_trial, why);
}

/* Names. */

int store_move(const char *directory, enum store_slot from, enum store_slot to)
{
	CLEANUP(close_fd) int fd = open_directory(directory);
	if (fd < 0)
		return fd;
	if (renameat(fd, store_name(from), fd, store_name(to)) < 0 && errno != ENOENT)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

int store_remove(const char *directory, enum store_slot slot)
{
	CLEANUP(close_fd) int fd = open_directory(directory);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (unlinkat(fd, store_name(slot), 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(fd) < 0 ? -errno : 0;
}
