/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload would do now, for `rolewallctl diff`: the files are read as a reload reads them,
 * and nothing is applied, saved or remembered.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "ask/diff_text.h"
#include "base/cleanup.h"
#include "candidate.h"
#include "daemon.h"

/* True if both names lead to one directory. */
static bool is_same_directory(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int take_preview(const struct service *s, const struct candidate *c, struct preview *ret)
{
	int r = effect_preview(s, c, ret);
	if (r < 0)
		return r;
	r = effect_find_cuts(ret, 0);
	if (r < 0)
		preview_done(ret);
	return r;
}

static int compare(struct service *s, const struct diff_request *q, struct diff_answer *ret)
{
	CLEANUP(candidate_done) struct candidate c = {0};
	CLEANUP(diags_done) struct diags diags = {0};
	struct preview v;
	int r = candidate_read(s, BASIS_ANEW, &diags, &c);
	diags_put(&diags, &ret->lines);
	if (r < 0)
		return r;
	r = take_preview(s, &c, &v);
	if (r < 0)
		return r;
	diff_put(&v, q->session, q->as_json, &ret->preview);
	ret->result = preview_has_change(&v) ? DIFF_DIFFERENT : DIFF_SAME;
	preview_done(&v);
	return 0;
}

bool diff_reads(const struct service *s, const char *config_dir, const char *roles_dir)
{
	return is_same_directory(config_dir, s->options->dirs.config) &&
	       is_same_directory(roles_dir, s->options->dirs.roles);
}

void diff(struct service *s, const struct diff_request *q, struct diff_answer *ret)
{
	ret->result = DIFF_ELSEWHERE;
	if (!diff_reads(s, q->config_dir, q->roles_dir))
		return;
	ret->result = DIFF_FAULTY;
	int r = compare(s, q, ret);
	if (r < 0 && r != -EINVAL)
		text_printf(&ret->lines, "cannot compare: %s\n", strerror(-r));
}
