/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration of anybody's making: the host file, and behind NULs a role file and a list of
 * addresses.  What is accepted is compiled and printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/policy.h"
#include "fuzz.h"
#include "compile/compile.h"
#include "ask/show_flows.h"
#include "ruleset/show_nft.h"

enum { HOST, ROLE, LIST, FILES };

struct input {
	struct {
		const char *bytes;
		size_t length;
	} files[FILES];
};

static const char role[] =
	"[role]\nname = gate\nplays = gate\npeers = user, server\nsession-flows = sessions\n"
	"[flow sessions]\nport = 4422\nprotocol = tcp\nsource = user\ntarget = gate\n"
	"[flow many]\nport = 80, 443, 8000-8100\nprotocol = tcp udp\nsource = user\ntarget = gate\n"
	"[flow out]\nport = 3389\nprotocol = tcp\nsource = gate\ntarget = server\n"
	"[flow spare]\nport = 9999\nprotocol = tcp\nsource = user\ntarget = gate\noptional = yes\n"
	"[size 450]\nsessions = 150\nmemory = 1 MB\ncores = 1\n";
static const char list[] = "10.1.0.1\n10.2.0.0/24 # two\nfd00::1\n";

static struct input split(const uint8_t *data, size_t size)
{
	struct input in = {.files = {{"", 0}, {role, strlen(role)}, {list, strlen(list)}}};
	const char *at = (const char *)data, *end = at + size;
	for (int i = 0; i < FILES && at <= end; i++) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));
		if (!stop)
			stop = end;
		in.files[i].bytes = at;
		in.files[i].length = (size_t)(stop - at);
		at = stop + 1;
	}
	return in;
}

/* The files. */

static int read_file(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const struct input *in = context;
	int i = strcmp(path, "/c/rolewall.conf") == 0 ? HOST
		: strcmp(path, "/r/gate.conf") == 0   ? ROLE
		: strncmp(path, "/c/", 3) == 0        ? LIST
						      : FILES;
	if (i == FILES) {
		diag_error(diags, at, "%s is missing", path);
		return -EINVAL;
	}
	size_t length = in->files[i].length;
	char *bytes = malloc(length ? length : 1);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, in->files[i].bytes, length);
	*ret = (struct file_bytes){bytes, length, 1, (ino_t)i + 1};
	return 0;
}

static int list_files(void *context, const char *directory, bool needed, struct diags *diags,
	char ***ret)
{
	(void)context;
	(void)needed;
	(void)diags;
	char **names = calloc(2, sizeof(*names));
	if (!names)
		return -ENOMEM;
	if (strcmp(directory, "/r") == 0 && !(names[0] = strdup("gate.conf"))) {
		free(names);
		return -ENOMEM;
	}
	*ret = names;
	return 0;
}

static bool same(void *context, const char *directory, const char *other)
{
	(void)context;
	return strcmp(directory, other) == 0;
}

/* What follows from them. */

static void print(const struct policy *p)
{
	struct text text = {0};
	struct ruleset *r;
	char *out;
	int compiled = compile(p, 1, &r);
	require(compiled == 0, "a policy that was accepted compiles");
	show_flows(p, NULL, &text);
	show_nft(r, &text);
	ruleset_free(r);
	require(text_finish(&text, &out) == 0, "it can be printed");
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = split(data, size);
	const struct file_access access = {read_file, read_file, list_files, same, &in};
	const struct config_dirs dirs = {"/c", "/r"};
	struct diags diags = {0};
	struct policy *p = NULL;
	int r = policy_load(&dirs, &access, NULL, &diags, &p);
	require(r == 0 || r == -EINVAL, "memory suffices");
	require((r == 0) == !diags_have_errors(&diags), "what is refused is said why");
	if (r == 0)
		print(p);
	policy_free(p);
	diags_done(&diags);
	return 0;
}
