/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewallctl init: a first rolewall.conf, from what this host is now.
 *
 * A file that is there is left alone, whatever is in it: it is somebody's work.  What is written
 * can be used as it is, or lacks what only an admin knows; then it says what, by file and line.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ask/draft.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "config/load.h"
#include "defaults.h"
#include "host/gather.h"
#include "new_file.h"
#include "session.h"
#include "verbs.h"

DEFINE_CLEANUP(drop_arena, struct arena, arena_free)

static const char file_name[] = "rolewall.conf";

/* The role that every host has. */
static const char common[] = "common";

enum { ROLE };

static const struct cli_option options[] = {
	[ROLE] = {.name = "role",
		.argument = "=ROLE",
		.what = "of this host, one at least",
		.repeats = true},
	{0},
};

/* The role files without the host file, which there is none of yet. */

static int read_role(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const char *host_file = context;
	if (strcmp(path, host_file) != 0)
		return file_access_system.read(file_access_system.context, path, at, diags, ret);
	*ret = (struct file_bytes){.bytes = strdup("")};
	return ret->bytes ? 0 : -ENOMEM;
}

/* 0; -EINVAL after faults; or -ENOMEM. */
static int read_roles(const struct invocation *v, char *path, struct document *d, struct matrix *m,
	struct diags *diags)
{
	struct file_access access = file_access_system;
	char *host_file;
	access.read = read_role;
	access.context = path;
	int r = load_document(d, &v->dirs, &access, diags, &host_file);
	if (r == 0)
		r = matrix_read(d, d->arena, diags, m);
	if (r == 0 && diags_have_errors(diags))
		r = -EINVAL;
	return r;
}

/* Which roles. */

/* "; there are app-server, proxy" */
static int lack_role(const struct matrix *m, const char *wrong)
{
	CLEANUP(text_done) struct text known = {0};
	struct suggestion near;
	suggest_init(&near, wrong ? wrong : "");
	for (size_t i = 0; i < m->n_roles; i++) {
		if (strcmp(m->roles[i].name, common) == 0)
			continue;
		suggest_offer(&near, m->roles[i].name);
		text_printf(&known, "%s%s", known.length > 0 ? ", " : "", m->roles[i].name);
	}
	const char *list = known.data && !known.failed ? known.data : "none";
	if (!wrong)
		return bad_use("init takes --role=ROLE; the roles are %s", list);
	if (strcmp(wrong, common) == 0)
		return bad_use("every host has the role '%s'; name another: %s", common, list);
	if (near.best)
		return bad_use("unknown role '%s'; did you mean '%s'? The roles are %s", wrong,
			near.best, list);
	return bad_use("unknown role '%s'; the roles are %s", wrong, list);
}

/* EXIT_GOOD, or what lack_role() gives. */
static int choose_roles(const struct invocation *v, const struct matrix *m,
	const struct role *ret[OPTIONS_MOST], size_t *ret_count)
{
	size_t n = 0;
	for (size_t i = ROLE; i < OPTIONS_MOST && v->values[i]; i++) {
		const struct role *r = matrix_role(m, v->values[i]);
		if (!r || strcmp(r->name, common) == 0)
			return lack_role(m, v->values[i]);
		for (size_t j = 0; j < n; j++)
			if (ret[j] == r)
				return bad_use("the role '%s' is named twice", r->name);
		ret[n++] = r;
	}
	*ret_count = n;
	return n > 0 ? EXIT_GOOD : lack_role(m, NULL);
}

/* Writing. */

/* Why the file was not written, and what to do. */
static int refuse(const struct invocation *v, const char *path, int error)
{
	if (error == -EEXIST)
		fprintf(stderr,
			"rolewallctl: %s is there already and was left as it is; init only writes "
			"a first one. Move it away, or write to another directory with "
			"--config-dir=DIR\n",
			path);
	else if (error == -ENOENT || error == -ENOTDIR)
		fprintf(stderr, "rolewallctl: there is no directory %s; make it first\n",
			v->dirs.config);
	else if (error == -EACCES || error == -EPERM)
		fprintf(stderr, "rolewallctl: %s may not be written (%s); run this as root\n", path,
			strerror(-error));
	else
		return failed("cannot write the configuration", error);
	return EXIT_BAD;
}

/* What comes next. */
static int advise(const struct invocation *v, const char *path, const char *missing)
{
	struct policy *p = NULL;
	printf("%s is written.\n", path);
	if (missing[0]) {
		printf("What this host cannot know is to be filled in there:\n%s"
		       "Then rolewallctl check says whether it is good.\n",
			missing);
		return EXIT_GOOD;
	}
	const int status = load_policy(v, &p);
	policy_free(p);
	if (status == EXIT_GOOD)
		puts("Read it. `rolewallctl start` or the next boot puts it in force.");
	return status;
}

static int write_draft(const struct invocation *v, const struct draft *d)
{
	CLEANUP(text_done) struct text file = {0};
	CLEANUP(text_done) struct text missing = {0};
	CLEANUP(free_string) char *what = NULL;
	draft_write(d, &file, &missing);
	if (file.failed)
		return failed("cannot make the configuration", -ENOMEM);
	int r = text_finish(&missing, &what);
	if (r < 0)
		return failed("cannot make the configuration", r);
	r = new_file_write(v->dirs.config, file_name, file.data, file.length);
	return r < 0 ? refuse(v, d->path, r) : advise(v, d->path, what);
}

/* The session of who asks, if it comes from elsewhere. */
static bool find_session(const struct facts *f, struct session *ret)
{
	CLEANUP(free_string) char *said = session_find();
	return said && session_parse(said, ret) == 0 && !facts_is_local(f, &ret->source);
}

/* The draft has its roles. */
static int look_and_write(const struct invocation *v, struct draft *d)
{
	CLEANUP(facts_done) struct facts facts = {0};
	CLEANUP(surroundings_done) struct surroundings around = {0};
	struct session session;
	int r = facts_gather(NULL, &facts);
	if (r == 0)
		r = surroundings_gather("", &around);
	if (r < 0)
		return failed("cannot look at this host", r);
	d->facts = &facts;
	d->around = &around;
	d->session = find_session(&facts, &session) ? &session : NULL;
	return write_draft(v, d);
}

static int init(const struct invocation *v)
{
	CLEANUP(diags_done) struct diags diags = {0};
	CLEANUP(drop_arena) struct arena *arena = arena_new();
	const struct role *roles[OPTIONS_MOST];
	struct document document;
	struct matrix matrix;
	struct stat st;
	char *path = arena ? arena_printf(arena, "%s/%s", v->dirs.config, file_name) : NULL;
	if (!path)
		return failed("cannot write the configuration", -ENOMEM);
	document_init(&document, arena);
	int r = read_roles(v, path, &document, &matrix, &diags);
	diags_print(&diags, stderr);
	if (r < 0)
		return r == -EINVAL ? EXIT_BAD : failed("cannot read the roles", r);
	struct draft d = {.path = path, .document = &document, .matrix = &matrix, .roles = roles};
	const int status = choose_roles(v, &matrix, roles, &d.n_roles);
	if (status != EXIT_GOOD)
		return status;
	if (lstat(path, &st) == 0)
		return refuse(v, path, -EEXIST);
	return look_and_write(v, &d);
}

const struct verb verb_init = {
	.name = "init",
	.run = init,
	.what = "writes a first rolewall.conf from what this host is",
	.options = options,
};
