/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs ask by DNS is copied, at 127.0.0.53, too, and so is what systemd-resolved asks its
 * own servers.  Two settings take answers out of sight, each of them in part, and both together
 * all:
 *
 * - `resolve` in nsswitch.conf: the C library asks over a local socket.  What resolved has to ask
 * for is still seen on its way in; what it has in its cache is not.
 * - DNSOverTLS=: what resolved is told by its servers cannot be read.  What it tells programs at
 *   127.0.0.53 can.
 *
 * Names are asked for by rolewall itself in any case, so this is no failure.
 *
 * There is no bus to ask resolved by in this daemon's sandbox, so its files are read as it reads
 * them: resolved.conf, over that the drop-ins in the order of their names, those of /etc before
 * those of /run and /usr; and what systemd-networkd keeps of an interface.  What NetworkManager or
 * resolvectl tell resolved of an interface only resolved can read.  A file that has changed since
 * resolved has read it is a mistake that this makes.
 */
#include "host/unseen.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "host/text_file.h"

#define NSSWITCH "/etc/nsswitch.conf"
#define LISTENS  "/run/systemd/resolve/io.systemd.Resolve"

enum { FILES_MOST = 100 }; /* drop-ins, or interfaces, that are looked at */

static const char *const main_files[] = {
	"/etc/systemd/resolved.conf",
	"/run/systemd/resolved.conf",
	"/usr/local/lib/systemd/resolved.conf",
	"/usr/lib/systemd/resolved.conf",
};
static const char *const drop_ins[] = {
	"/etc/systemd/resolved.conf.d",
	"/run/systemd/resolved.conf.d",
	"/usr/local/lib/systemd/resolved.conf.d",
	"/usr/lib/systemd/resolved.conf.d",
};
static const char of_links[] = "/run/systemd/netif/links";
enum {
	MAIN_FILES = sizeof(main_files) / sizeof(main_files[0]),
	DROP_INS = sizeof(drop_ins) / sizeof(drop_ins[0]),
};

DEFINE_CLEANUP(close_directory, DIR, closedir)

/* Lines. */

enum { LINE_SIZE = 1024 };

/* The next line without blanks around it, of which the beginning is kept; false at the end. */
static bool next_line(const char **at, char line[LINE_SIZE])
{
	const char *begin = *at, *end = strchrnul(begin, '\n');
	if (!*begin)
		return false;
	*at = *end ? end + 1 : end;
	while (begin < end && isspace((unsigned char)*begin))
		begin++;
	while (end > begin && isspace((unsigned char)end[-1]))
		end--;
	snprintf(line, LINE_SIZE, "%.*s", (int)(end - begin), begin);
	return true;
}

unsigned unseen_nss_line(const char *text)
{
	char line[LINE_SIZE];
	unsigned number = 0, found = 0;
	while (next_line(&text, line)) {
		number++;
		line[strcspn(line, "#")] = '\0';
		if (strncmp(line, "hosts:", strlen("hosts:")) != 0)
			continue;
		found = 0;
		char *rest = NULL;
		for (char *word = strtok_r(line + strlen("hosts:"), " \t", &rest); word;
			word = strtok_r(NULL, " \t", &rest)) {
			if (strcmp(word, "resolve") == 0)
				found = number;
			if (found || strcmp(word, "dns") == 0)
				break;
		}
	}
	return found;
}

/* What a value says; false if it says nothing, as systemd sees it. */
static bool read_over_tls(const char *value, enum over_tls *ret)
{
	static const struct {
		const char *word;
		enum over_tls means;
	} words[] = {
		{"opportunistic", OVER_TLS_OPPORTUNISTIC}, {"yes", OVER_TLS_YES},
		{"y", OVER_TLS_YES}, {"true", OVER_TLS_YES}, {"t", OVER_TLS_YES},
		{"on", OVER_TLS_YES}, {"1", OVER_TLS_YES}, {"no", OVER_TLS_NO}, {"n", OVER_TLS_NO},
		{"false", OVER_TLS_NO}, {"f", OVER_TLS_NO}, {"off", OVER_TLS_NO},
		{"0", OVER_TLS_NO}, {"", OVER_TLS_NO}, /* the default */
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i].word) == 0) {
			*ret = words[i].means;
			return true;
		}
	return false;
}

/* The value behind "key =" with blanks anywhere; NULL if the line has another key. */
static const char *value_of(const char *line, const char *key)
{
	if (strncmp(line, key, strlen(key)) != 0)
		return NULL;
	line += strlen(key);
	line += strspn(line, " \t");
	if (*line++ != '=')
		return NULL;
	return line + strspn(line, " \t");
}

unsigned unseen_tls_line(const char *text, enum over_tls *ret)
{
	char line[LINE_SIZE];
	unsigned number = 0, found = 0;
	bool is_ours = false;
	while (next_line(&text, line)) {
		number++;
		if (line[0] == '[')
			is_ours = strcmp(line, "[Resolve]") == 0;
		const char *value = is_ours ? value_of(line, "DNSOverTLS") : NULL;
		if (value && read_over_tls(value, ret))
			found = number;
	}
	return found;
}

unsigned unseen_tls_line_of_link(const char *text, enum over_tls *ret)
{
	char line[LINE_SIZE];
	unsigned number = 0, found = 0;
	while (next_line(&text, line)) {
		number++;
		const char *value = value_of(line, "DNS_OVER_TLS");
		if (value && *value && read_over_tls(value, ret))
			found = number;
	}
	return found;
}

/* Files. */

struct looking {
	const char *root;
	struct unseen *unseen;
};

static int path_of(const struct looking *l, const char *directory, const char *name,
	char ret[PATH_MAX])
{
	const int n = snprintf(ret, PATH_MAX, "%s%s%s%s", l->root, directory, name ? "/" : "",
		name ? name : "");
	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* False if it cannot be connected to: nobody listens there. */
static bool is_running(const struct looking *l)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s" LISTENS, l->root) >=
		(int)sizeof(to.sun_path))
		return false;
	CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* EAGAIN: there is somebody, who has much to do */
	return fd >= 0 &&
	       (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 || errno == EAGAIN);
}

static void note_place(char ret[UNSEEN_PLACE], const char *file, unsigned line)
{
	snprintf(ret, UNSEEN_PLACE, "%s:%u", file, line);
}

/* One file of resolved's.  1 if it sets DNSOverTLS=, 0 if not, or negative errno. */
static int read_setting(const struct looking *l, const char *directory, const char *name)
{
	char path[PATH_MAX];
	CLEANUP(free_string) char *text = NULL;
	int r = path_of(l, directory, name, path);
	if (r == 0)
		r = text_file_read(path, &text);
	if (r == -EINVAL) /* /dev/null: an administrator has switched it off */
		return 0;
	if (r < 0)
		return r;
	const unsigned line = unseen_tls_line(text, &l->unseen->over_tls);
	if (line)
		note_place(l->unseen->over_tls_by, path + strlen(l->root), line);
	return line > 0;
}

static bool is_drop_in(const char *name)
{
	const size_t length = strlen(name);
	return name[0] != '.' && length > strlen(".conf") &&
	       strcmp(name + length - strlen(".conf"), ".conf") == 0;
}

/* The last name below `bound` ("": of all) in a directory, if it is behind the one in ret.  True if
 * it is there. */
static bool find_last(const struct looking *l, const char *directory, const char *bound,
	char ret[NAME_MAX + 1])
{
	char path[PATH_MAX];
	bool found = false;
	CLEANUP(close_directory)
	DIR *d = path_of(l, directory, NULL, path) == 0 ? opendir(path) : NULL;
	for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		if (!is_drop_in(e->d_name) || (bound[0] && strcmp(e->d_name, bound) >= 0) ||
			strcmp(e->d_name, ret) <= 0)
			continue;
		snprintf(ret, NAME_MAX + 1, "%s", e->d_name);
		found = true;
	}
	return found;
}

/* The last one that sets it counts; of several with one name only the first directory's is read. */
static int read_drop_ins(const struct looking *l)
{
	char bound[NAME_MAX + 1] = "";
	for (int i = 0; i < FILES_MOST; i++) {
		char name[NAME_MAX + 1] = "";
		const char *directory = NULL;
		for (size_t j = 0; j < DROP_INS; j++)
			if (find_last(l, drop_ins[j], bound, name))
				directory = drop_ins[j];
		if (!directory)
			return 0;
		int r = read_setting(l, directory, name);
		if (r != 0)
			return r;
		memcpy(bound, name, sizeof(bound));
	}
	return 0;
}

static int read_main_file(const struct looking *l)
{
	for (size_t i = 0; i < MAIN_FILES; i++) {
		char path[PATH_MAX];
		CLEANUP(free_string) char *text = NULL;
		int r = path_of(l, main_files[i], NULL, path);
		if (r == 0)
			r = text_file_read(path, &text);
		if (r < 0 && r != -EINVAL)
			return r;
		if (r == -EINVAL || *text)
			return r < 0 ? 0 : read_setting(l, main_files[i], NULL);
	}
	return 0;
}

/* An interface may have a setting of its own.  The strictest one is told. */
static int read_links(const struct looking *l, const char *directory)
{
	char path[PATH_MAX];
	int r = path_of(l, directory, NULL, path);
	CLEANUP(close_directory) DIR *d = r == 0 ? opendir(path) : NULL;
	const struct dirent *e;
	for (int i = 0; d && i < FILES_MOST && (e = readdir(d)); i++) {
		enum over_tls found = OVER_TLS_NO;
		CLEANUP(free_string) char *text = NULL;
		if (e->d_name[0] == '.')
			continue;
		r = path_of(l, directory, e->d_name, path);
		if (r == 0)
			r = text_file_read(path, &text);
		if (r < 0)
			return r;
		if (unseen_tls_line_of_link(text, &found) && found > l->unseen->over_tls) {
			l->unseen->over_tls = found;
			snprintf(l->unseen->over_tls_by, UNSEEN_PLACE, "%s",
				path + strlen(l->root));
		}
	}
	return r;
}

static int read_nsswitch(const struct looking *l)
{
	char path[PATH_MAX];
	CLEANUP(free_string) char *text = NULL;
	int r = path_of(l, NSSWITCH, NULL, path);
	if (r == 0)
		r = text_file_read(path, &text);
	const unsigned line = r == 0 ? unseen_nss_line(text) : 0;
	if (line)
		note_place(l->unseen->by_nss, NSSWITCH, line);
	return r;
}

int unseen_look(const char *root, struct unseen *ret)
{
	const struct looking l = {root, ret};
	*ret = (struct unseen){0};
	if (!is_running(&l))
		return 0;
	int r = read_nsswitch(&l);
	if (r < 0)
		return r;
	r = read_drop_ins(&l);
	if (r == 0 && !ret->over_tls_by[0])
		r = read_main_file(&l);
	if (r >= 0)
		r = read_links(&l, of_links);
	return r < 0 ? r : 0;
}

/* Words. */

static void put_over_tls(const struct unseen *u, struct text *to)
{
	text_printf(to, "systemd-resolved asks its name servers over TLS%s (%s)",
		u->over_tls == OVER_TLS_OPPORTUNISTIC ? " where they can" : "", u->over_tls_by);
}

bool unseen_put(const struct unseen *u, bool asks_stub, struct text *to)
{
	const bool is_over_tls = u->over_tls != OVER_TLS_NO;
	if (!u->by_nss[0] && !(is_over_tls && asks_stub))
		return false;
	if (!u->by_nss[0]) {
		put_over_tls(u, to);
		text_put(to, ": what they answer is not seen; what programs are told at 127.0.0.53 "
			     "is, and names are asked for as ever");
		return true;
	}
	text_printf(to, "programs ask systemd-resolved over a local socket (resolve in %s)",
		u->by_nss);
	if (!is_over_tls) {
		text_put(to, ": what it tells them from its cache is not seen; what it asks its "
			     "name servers is, and names are asked for as ever");
		return true;
	}
	text_put(to, ", and ");
	put_over_tls(u, to);
	text_put(to, ": no answer is seen, and the addresses of names are learned by asking only; "
		     "without resolve in that line programs ask by DNS, which is seen");
	return true;
}
