/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An application that asks the C library gets what the hosts file says, so that counts before the
 * DNS.  The daemon is told of each name what the file says of it, once in the beginning and then
 * when it says something else; that may be nothing.
 *
 * New names come by the hundred when the daemon starts: the file is read once for all of them,
 * after the last one.
 *
 * A file that is absent gives no name an address.  One that cannot be read counts as unchanged.
 */
#include "hosts_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "names/hosts.h"
#include "say.h"

#define HOSTS_FILE "/etc/hosts"

enum { SIZE_MOST = 64 * 1024 * 1024 };

struct content {
	char *bytes;
	size_t length, allocated;
};

static void content_done(struct content *c)
{
	free(c->bytes);
}

/* A file may grow while it is read, or be none that has a size. */
static int read_all(int fd, struct content *ret)
{
	enum { PIECE = 65536 };
	for (;;) {
		if (ret->length > SIZE_MOST)
			return -EFBIG;
		int r = array_reserve(&ret->bytes, &ret->allocated, ret->length + PIECE);
		if (r < 0)
			return r;
		ssize_t n = read(fd, ret->bytes + ret->length, PIECE);
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		ret->length += (size_t)n;
	}
}

static int read_file(struct content *ret)
{
	struct stat st;
	CLEANUP(close_fd) int fd = open(HOSTS_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISCHR(st.st_mode) ? 0 : -EISDIR; /* a link to /dev/null is no file */
	return read_all(fd, ret);
}

static int note(struct followed_name *n, const struct addr *a)
{
	for (size_t i = 0; i < n->n_found; i++)
		if (addr_compare(&n->found[i], a) == 0)
			return 0;
	int r = array_reserve(&n->found, &n->allocated, n->n_found + 1);
	if (r < 0)
		return r;
	n->found[n->n_found++] = *a;
	return 0;
}

static int find(const struct followed *f, const struct content *c)
{
	struct hosts_walk walk = {.at = c->bytes, .end = c->bytes + c->length};
	char name[NAME_SIZE];
	struct addr a;
	for (size_t i = 0; i < f->count; i++)
		f->names[i]->n_found = 0;
	while (c->length > 0 && hosts_next(&walk, &a, name)) {
		struct followed_name *n = followed_find(f, name, NAME_OF_HOST);
		int r = n ? note(n, &a) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_told(const struct followed_name *n)
{
	if (!n->is_told || n->n_told != n->n_found)
		return false;
	for (size_t i = 0; i < n->n_told; i++)
		if (addr_compare(&n->told[i], &n->found[i]) != 0)
			return false;
	return true;
}

static int tell(struct hosts_file *h, struct followed_name *n)
{
	CLEANUP(reply_done) struct reply r;
	int result = 0;
	reply_init(&r, n->name, n->kind, ANSWERS_A, ANSWERS_FROM_HOSTS, ANSWERS_FINE, 0);
	for (size_t i = 0; i < n->n_found && result == 0; i++)
		result = reply_add_address(&r, &n->found[i], 0);
	if (result < 0)
		return result;
	h->replied(h->userdata, &r);
	free(n->told);
	n->told = TAKE(n->found);
	n->n_told = n->n_found;
	n->n_found = n->allocated = 0;
	n->is_told = true;
	return 0;
}

static int look(struct hosts_file *h)
{
	CLEANUP(content_done) struct content c = {0};
	int r = read_file(&c);
	if (r < 0)
		return r;
	r = find(h->followed, &c);
	if (r < 0)
		return r;
	for (size_t i = 0; i < h->followed->count; i++) {
		struct followed_name *n = h->followed->names[i];
		if (n->kind != NAME_OF_HOST || is_told(n))
			continue;
		r = tell(h, n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int on_look(sd_event_source *source, void *userdata)
{
	struct hosts_file *h = userdata;
	(void)source;
	if (h->followed->count == 0)
		return 0;
	int r = look(h);
	if (r < 0 && !h->is_unreadable)
		say(LOG_WARNING,
			"cannot read " HOSTS_FILE
			": %s; what it said of followed names stays until it can be read",
			strerror(-r));
	else if (r >= 0 && h->is_unreadable)
		say(LOG_NOTICE, "resolved: " HOSTS_FILE " can be read");
	h->is_unreadable = r < 0;
	return 0;
}

void hosts_file_look(struct hosts_file *h)
{
	sd_event_source_set_enabled(h->look, SD_EVENT_ONESHOT);
}

static void on_changed(void *userdata)
{
	hosts_file_look(userdata);
}

int hosts_file_init(struct hosts_file *h, sd_event *event, struct followed *followed,
	void (*replied)(void *userdata, const struct reply *r), void *userdata)
{
	*h = (struct hosts_file){.followed = followed, .replied = replied, .userdata = userdata};
	int r = sd_event_add_defer(event, &h->look, on_look, h);
	if (r >= 0)
		r = sd_event_source_set_priority(h->look, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->look, SD_EVENT_OFF);
	if (r < 0) {
		h->look = sd_event_source_unref(h->look);
		return r;
	}
	r = watch_init(&h->watch, event, HOSTS_FILE, WATCH_WHEN_WRITTEN, on_changed, h);
	h->is_watched = r == 0;
	if (r < 0)
		say(LOG_WARNING,
			"cannot follow " HOSTS_FILE
			": %s; changes of it are not seen until this program is restarted",
			strerror(-r));
	return 0;
}

void hosts_file_done(struct hosts_file *h)
{
	if (h->is_watched)
		watch_done(&h->watch);
	h->look = sd_event_source_disable_unref(h->look);
}
