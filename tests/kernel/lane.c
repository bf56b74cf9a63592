/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lane CONFIG-DIR ROLES-DIR: puts a configuration into force like the daemon, and edits what is in
 *force by the short lane, while a test sends packets.  Orders are lines on stdin, each answered by
 *a line:
 *
 *	load                    the files, by the long way: "replaced 7", what came of it and the
 *generation edit SET +A -A … / SET …  by the lane: "edited 7 MICROSECONDS", or why not verify
 *"same", or "repaired: " and what was different
 *
 * The table is nobody's own, so that the test may damage it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compile/compile.h"
#include "config/policy.h"
#include "nftables/change/lane.h"
#include "tool.h"

static struct {
	struct config_dirs dirs;
	struct nfsock socket;
	struct applied now;
	struct policy *policy;
} here;

static const char *const outcomes[] = {
	[APPLY_UNCHANGED] = "unchanged",
	[APPLY_EXTENDED] = "extended",
	[APPLY_RESTRICTED] = "restricted",
	[APPLY_REPLACED] = "replaced",
};

static void fail_if(int r, const char *what, const struct diags *diags)
{
	if (r >= 0)
		return;
	if (diags)
		diags_print(diags, stderr);
	errno = -r;
	die_errno("%s", what);
}

static void load(void)
{
	struct diags diags = {0};
	struct policy *p;
	struct ruleset *next;
	enum apply_outcome outcome;
	fail_if(policy_load(&here.dirs, &file_access_system, NULL, &diags, &p), "load", &diags);
	fail_if(apply_prepare(&here.socket, &here.now, false), "prepare", NULL);
	const struct form form = {.generation = 1, .lacks_timeouts = here.now.lacks_timeouts};
	fail_if(compile_form(p, &form, &next), "compile", NULL);
	fail_if(apply(&here.socket, &here.now, next, &diags, &outcome), "apply", &diags);
	policy_free(here.policy);
	here.policy = p;
	diags_done(&diags);
	printf("%s %u\n", outcomes[outcome], here.now.ruleset->generation);
}

static void put_word(struct edits *e, const char *set, const char *word)
{
	struct addr a;
	if ((word[0] != '+' && word[0] != '-') || addr_parse(word + 1, strlen(word + 1), &a) < 0)
		die("'%s' is no +ADDRESS or -ADDRESS", word);
	fail_if(edits_put(e, set, &a, word[0] == '+'), "edit", NULL);
}

static struct edits edits_read(char *words)
{
	struct edits e = {0};
	const char *set = NULL;
	for (char *word; (word = strsep(&words, " "));) {
		if (strcmp(word, "/") == 0)
			set = NULL;
		else if (!set)
			set = word;
		else
			put_word(&e, set, word);
	}
	return e;
}

static long long microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void edit(char *words)
{
	struct edits e = edits_read(words);
	const long long begin = microseconds();
	int r = lane_send(&here.socket, &here.now, &e);
	const long long end = microseconds();
	edits_done(&e);
	if (r < 0)
		printf("%s\n", strerror(-r));
	else
		printf("edited %u %lld\n", here.now.ruleset->generation, end - begin);
}

static void verify(void)
{
	struct diags diags = {0};
	struct text difference = {0};
	int r = apply_verify(&here.socket, &here.now, &diags, &difference);
	fail_if(r, "verify", &diags);
	printf("%s%s\n", r ? "repaired: " : "same", r ? difference.data : "");
	text_done(&difference);
	diags_done(&diags);
}

static void obey(char *line)
{
	char *words = line;
	const char *order = strsep(&words, " ");
	if (strcmp(order, "load") == 0)
		load();
	else if (strcmp(order, "edit") == 0 && words)
		edit(words);
	else if (strcmp(order, "verify") == 0)
		verify();
	else
		die("'%s' is no order", order);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[64 * 1024];
	if (argc != 3)
		die("usage: lane CONFIG-DIR ROLES-DIR");
	here.dirs = (struct config_dirs){.config = argv[1], .roles = argv[2]};
	here.now.ownership = OWNERSHIP_NONE;
	fail_if(nfsock_open(&here.socket), "nfnetlink", NULL);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		obey(line);
	}
	applied_done(&here.now);
	policy_free(here.policy);
	nfsock_close(&here.socket);
	return 0;
}
