/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewallctl diff: what a reload would change, and which live connections it would cut. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff_print.h"
#include "host/gather.h"
#include "session.h"
#include "verbs.h"

static int explain_failure(int r)
{
	if (r == -EPERM)
		fputs("rolewallctl: diff needs CAP_NET_ADMIN, to read the rules and the "
		      "connections "
		      "of the kernel; try it as root\n",
			stderr);
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		fputs("rolewallctl: this kernel has no nf_tables, or does not tell its connections "
		      "(nf_conntrack_netlink)\n",
			stderr);
	else if (r == -EINTR)
		fputs("rolewallctl: the rules of the kernel change all the time; try again\n",
			stderr);
	else
		return failed("cannot compare", r);
	return EXIT_BAD;
}

static int print(const struct diff_view *v, bool as_json)
{
	struct text text = {0};
	char *out = NULL;
	(as_json ? diff_put_json : diff_put_text)(v, &text);
	int r = text_finish(&text, &out);
	if (r < 0)
		return failed("cannot compare", r);
	fputs(out, stdout);
	free(out);
	return EXIT_GOOD;
}

static int look(const struct policy *p, struct preview *ret)
{
	struct nfsock socket;
	struct facts facts = {0};
	int r = facts_gather(NULL, &facts);
	if (r == 0)
		r = facts_error(&facts, FOLLOWS_LINKS);
	if (r == 0)
		r = nfsock_open(&socket);
	if (r == 0) {
		r = preview(&socket, p, &facts, ret);
		nfsock_close(&socket);
	}
	facts_done(&facts);
	return r < 0 ? explain_failure(r) : EXIT_GOOD;
}

static int compare(const struct policy *p, bool as_json)
{
	struct preview preview;
	struct session session;
	int status = look(p, &preview);
	if (status != EXIT_GOOD)
		return status;
	char *ssh = session_find();
	bool has_session = ssh && session_parse(ssh, &session) == 0;
	const struct diff_view view = {p, &preview, has_session ? &session : NULL};
	status = print(&view, as_json);
	if (status == EXIT_GOOD &&
		(!preview.has_table || preview.differences.first || preview.n_cuts))
		status = EXIT_DIFFERENT;
	free(ssh);
	preview_done(&preview);
	return status;
}

int verb_diff(const struct invocation *v)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{0},
	};
	bool as_json = false;
	struct policy *p;
	optind = 0;
	for (int o; (o = getopt_long(v->argc, v->argv, "", options, NULL)) >= 0;) {
		if (o != 'j')
			return EXIT_USAGE;
		as_json = true;
	}
	if (optind < v->argc)
		return bad_use("diff takes no '%s'", v->argv[optind]);
	int status = load_policy(v, &p);
	if (status != EXIT_GOOD)
		return status;
	status = compare(p, as_json);
	policy_free(p);
	return status;
}
