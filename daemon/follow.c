/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hears of changes of what the policy in force was made from.
 *
 * Links, addresses and routes are heard of from the kernel (netlink/hostwatch.c), files by their
 * names (listen.c).
 */
#include "follow.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "host/resolvers.h"

static void forget_links(struct follow *f)
{
	f->links_source = sd_event_source_unref(f->links_source);
	hostwatch_close(&f->links);
}

void follow_init(struct follow *f, sd_event *event, void (*changed)(void *userdata),
	void (*lost)(void *userdata), void *userdata)
{
	*f = (struct follow){
		.event = event,
		.changed = changed,
		.userdata = userdata,
		.files = {.event = event, .changed = changed, .lost = lost, .userdata = userdata},
	};
}

void follow_done(struct follow *f)
{
	listen_done(&f->files);
	forget_links(f);
}

/* Files. */

static int follow_files(struct follow *f, const struct policy *p)
{
	struct listen_wish *wishes = calloc(p->host.n_lists + 2, sizeof(*wishes));
	size_t n = 0;
	if (!wishes)
		return -ENOMEM;
	if (p->host.follows & FOLLOWS_RESOLVERS) {
		wishes[n++] = (struct listen_wish){FOLLOWED_HOST, RESOLVERS_CONF};
		wishes[n++] = (struct listen_wish){FOLLOWED_HOST, RESOLVERS_UPLINKS};
	}
	for (size_t i = 0; i < p->host.n_lists; i++)
		wishes[n++] = (struct listen_wish){FOLLOWED_LISTS, p->host.lists[i]};
	int r = listen_set(&f->files, wishes, n);
	free(wishes);
	return r;
}

/* Links. */

static int on_links(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct follow *f = userdata;
	(void)source;
	(void)fd;
	(void)events;
	if (hostwatch_read(&f->links) != 0)
		f->changed(f->userdata);
	return 0;
}

static int follow_links(struct follow *f, const struct policy *p)
{
	unsigned host = p->host.follows & (FOLLOWS_LINKS | FOLLOWS_ROUTES);
	if (host == f->host)
		return 0;
	forget_links(f);
	f->host = 0;
	if (host == 0)
		return 0;
	int r = hostwatch_open(&f->links, host);
	if (r == 0)
		r = sd_event_add_io(f->event, &f->links_source, hostwatch_fd(&f->links), EPOLLIN,
			on_links, f);
	if (r < 0) {
		forget_links(f);
		return r;
	}
	f->host = host;
	return 1;
}

int follow_policy(struct follow *f, const struct policy *p)
{
	int links = follow_links(f, p), files = follow_files(f, p);
	if (links < 0 || files < 0)
		return links < 0 ? links : files;
	return links || files;
}
