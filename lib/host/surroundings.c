/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the files are on Debian, Ubuntu and RHEL.  Directives that name still other places
 * (chrony's include, confdir) are not followed; the usual places are all in the table.  What is
 * found is a proposal: a file that cannot be read costs no more than a line that an admin writes.
 */
#include "host/surroundings.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/text_file.h"
#include "host/time_servers.h"

void surroundings_done(struct surroundings *s)
{
	sites_done(&s->time);
	package_sources_done(&s->packages);
}

static int take_time(const char *text, struct surroundings *ret)
{
	return time_servers_read(text, &ret->time);
}

static int take_timesyncd(const char *text, struct surroundings *ret)
{
	return time_servers_read_timesyncd(text, &ret->time);
}

static int take_lines(const char *text, struct surroundings *ret)
{
	return package_sources_read_lines(text, &ret->packages);
}

static int take_stanzas(const char *text, struct surroundings *ret)
{
	return package_sources_read_stanzas(text, &ret->packages);
}

static int take_mirrors(const char *text, struct surroundings *ret)
{
	return package_sources_read_mirrors(text, &ret->packages);
}

typedef int take_fn(const char *text, struct surroundings *ret);

static const struct {
	const char *pattern;
	take_fn *take;
} places[] = {
	{"/etc/chrony.conf", take_time},
	{"/etc/chrony/chrony.conf", take_time},
	{"/etc/chrony.d/*.conf", take_time},
	{"/etc/chrony/conf.d/*.conf", take_time},
	{"/etc/chrony/sources.d/*.sources", take_time},
	{"/run/chrony-dhcp/*.sources", take_time},
	{"/etc/ntp.conf", take_time},
	{"/etc/ntpsec/ntp.conf", take_time},
	{"/etc/systemd/timesyncd.conf", take_timesyncd},
	{"/etc/systemd/timesyncd.conf.d/*.conf", take_timesyncd},
	{"/run/systemd/timesyncd.conf.d/*.conf", take_timesyncd},
	{"/usr/lib/systemd/timesyncd.conf.d/*.conf", take_timesyncd},
	{"/etc/apt/sources.list", take_lines},
	{"/etc/apt/sources.list.d/*.list", take_lines},
	{"/etc/apt/sources.list.d/*.sources", take_stanzas},
};

/* 0 or -ENOMEM. */
static int read_one(const char *path, take_fn *take, struct surroundings *ret)
{
	CLEANUP(free_string) char *text = NULL;
	int r = text_file_read(path, &text);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return take(text, ret);
}

/* False: it is too long to be there. */
static bool below(const char *root, const char *path, char ret[PATH_MAX])
{
	const int n = snprintf(ret, PATH_MAX, "%s%s", root, path);
	return n >= 0 && n < PATH_MAX;
}

static int read_all(const char *root, const char *pattern, take_fn *take, struct surroundings *ret)
{
	char path[PATH_MAX];
	glob_t found;
	if (!below(root, pattern, path))
		return 0;
	int r = glob(path, 0, NULL, &found);
	if (r != 0)
		return r == GLOB_NOSPACE ? -ENOMEM : 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = read_one(found.gl_pathv[i], take, ret);
	globfree(&found);
	return r;
}

int surroundings_gather(const char *root, struct surroundings *ret)
{
	char path[PATH_MAX];
	*ret = (struct surroundings){0};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int r = read_all(root, places[i].pattern, places[i].take, ret);
		if (r < 0)
			return r;
	}
	/* a list may not name lists: those it had are not looked at */
	const size_t n_lists = ret->packages.n_lists;
	for (size_t i = 0; i < n_lists; i++) {
		if (!below(root, ret->packages.lists[i], path))
			continue;
		int r = read_one(path, take_mirrors, ret);
		if (r < 0)
			return r;
	}
	ret->has_timesyncd =
		below(root, "/usr/lib/systemd/systemd-timesyncd", path) && access(path, F_OK) == 0;
	return 0;
}
