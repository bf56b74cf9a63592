/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two rich configurations in real files, and a faulty one: role files that are overridden, a
 * host file with drop-ins, lists of addresses.  From the first to the second something of every
 * kind comes, goes, and moves from a hash into an interval set. */
#pragma once

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/policy.h"
#include "compile/compile.h"
#include "testing.h"

enum sample { SAMPLE_OLD, SAMPLE_NEXT, SAMPLE_FAULTY, SAMPLES };

static const char *const sample_names[SAMPLES] = {"old", "next", "faulty"};

/* Under a directory of the test's own. */
static const struct {
	const char *path, *text;
} sample_files[] = {
	{"roles/gate.conf",
		"[role]\nname = gate\nplays = gate\npeers = user, server, prober\n"
		"session-flows = sessions\n\n"
		"[flow sessions]\nport = 4422\nprotocol = tcp\nsource = user\ntarget = gate\n"
		"purpose = \"Sessions\"\n\n"
		"[flow many]\nport = 80, 443, 8000-8100\nprotocol = tcp udp\nsource = user\n"
		"target = gate\n\n"
		"[flow out]\nport = 3389\nprotocol = tcp\nsource = gate\ntarget = server\n\n"
		"[flow probe]\nprotocol = icmp 47\nsource = prober\ntarget = gate\n\n"
		"[flow spare]\nport = 9999\nprotocol = tcp\nsource = user\ntarget = gate\n"
		"optional = yes\n\n"
		"[size 450]\nsessions = 150\nmemory = 1 MB\ncores = 1\n"},
	{"roles/store.conf",
		"[role]\nname = store\nplays = store\npeers = gate\n\n"
		"[flow storing]\nport = 5432\nprotocol = tcp\nsource = gate\ntarget = store\n"},
	{"old/roles/gate.conf", "[flow many]\nport = 80, 8000-8100\n"},
	{"old/rolewall.conf",
		"[host]\nroles = gate\nsize = 450\ndisable = out\n\n"
		"[management]\nfrom = 10.0.9.0/24, 10.0.8.1, fd00:9::1\nport = 22, 2222-2223\n\n"
		"[peer user]\nfile = users.list\n\n[peer server]\naddress = 10.3.0.0/16\n\n"
		"[peer prober]\naddress = any\n\n[peer store]\naddress = 10.4.0.1\n"},
	{"old/rolewall.conf.d/10-size.conf", "[size 450]\nsessions = 10\n"},
	{"old/rolewall.conf.d/20-site.conf",
		"[flow time]\nport = 123\nprotocol = udp\nsource = this-host\n"
		"target = clock\ninitiator = either\n\n[peer clock]\naddress = 10.5.0.1\n"
		"resolver = yes\ngateway = yes\n"},
	{"old/users.list", "10.1.0.1\n10.1.0.2 # one\n10.2.0.0/24\nfd00:1::1\nfd00:2::/64\n"},
	{"next/rolewall.conf",
		"[host]\nroles = gate\nenable = spare\ninterface = lo, eth0\nnames-most = 10\n\n"
		"[management]\nfrom = 10.0.9.0/24, 10.0.8.1\nname = ops.example\n\n"
		"[peer user]\naddress = 10.1.0.0/24,\n\t10.6.0.1-10.6.0.9\nfile = users.list\n\n"
		"[peer server]\naddress = 10.3.0.1\n\n[peer prober]\naddress = 10.7.0.1\n"
		"interface = lo\n\n"
		"[peer store]\nname = a.example, b.example\nsrv = _s._tcp.example\n"},
	{"next/rolewall.conf.d/10-port.conf", "[flow sessions]\nport = 4423\n"},
	{"next/users.list", "10.1.0.9\n10.2.0.0/25\nfd00:1::2\n"},
	{"faulty/roles/gate.conf", "[flow many]\nport = 80, 70000\nprotocol = tpc\n"},
	{"faulty/rolewall.conf",
		"[host]\nroles = gaet\nsize = 500\noutbound = alow\nenable = spear\n\n"
		"[management\nfrom = 10.0.9.0/24\n\n[managment]\nfrom = 10.0.9.0/24\n\n"
		"[peer user]\naddres = 10.1.0.1/24\nfile = users.list, gone.list\n\n"
		"[peer usre]\naddress = none 10.0.0.1\n\n[flow x]\nport = 1\n no key\n"},
	{"faulty/rolewall.conf.d/10-more.conf", "stray = 1\n[host]\nmark = 7\n"},
	{"faulty/users.list", "10.1.0.1\n10.1.0.256\nfd00::/200\n\x01\n"},
};

struct sample_tree {
	char root[PATH_MAX / 2];
	char config[SAMPLES][PATH_MAX];
	char roles[PATH_MAX];
};

static inline void sample_write(const struct sample_tree *t, const char *path, const char *text)
{
	char full[PATH_MAX];
	assert_true(snprintf(full, sizeof(full), "%s/%s", t->root, path) < (int)sizeof(full));
	for (char *slash = full + strlen(t->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(full, 0700); /* it may be there */
		*slash = '/';
	}
	FILE *f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void sample_make(struct sample_tree *t)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(t->root, sizeof(t->root), "%s/rolewall-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(t->root));
	for (size_t i = 0; i < sizeof(sample_files) / sizeof(sample_files[0]); i++)
		sample_write(t, sample_files[i].path, sample_files[i].text);
	for (enum sample s = 0; s < SAMPLES; s++)
		snprintf(t->config[s], PATH_MAX, "%s/%s", t->root, sample_names[s]);
	snprintf(t->roles, sizeof(t->roles), "%s/roles", t->root);
}

static inline struct config_dirs sample_dirs(const struct sample_tree *t, enum sample s)
{
	return (struct config_dirs){.config = t->config[s], .roles = t->roles};
}

static inline int sample_remove_one(const char *path, const struct stat *st, int type,
	struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void sample_remove(const struct sample_tree *t)
{
	(void)nftw(t->root, sample_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Loaded and compiled, without faults. */
static inline struct policy *sample_policy(const struct sample_tree *t, enum sample s)
{
	const struct config_dirs dirs = sample_dirs(t, s);
	struct diags diags = {0};
	struct policy *p = NULL;
	int r = policy_load_here(&dirs, &diags, &p);
	if (r < 0)
		diags_print(&diags, stderr);
	diags_done(&diags);
	assert_int_equal(r, 0);
	return p;
}

static inline struct ruleset *sample_ruleset(const struct policy *p, uint16_t generation)
{
	struct ruleset *r = NULL;
	assert_int_equal(compile(p, generation, &r), 0);
	return r;
}
