/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found out of systemd-resolved's files, and said of it. */
#include "host/unseen.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "testing.h"

/* ---- texts ---- */

TEST(nss_resolve_counts_where_it_comes_before_dns)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {
		{"", 0},
		{"hosts: files dns\n", 0},
		{"passwd: files\nhosts: files resolve [!UNAVAIL=return] dns\n", 2},
		{"hosts:\tfiles mymachines resolve", 1},
		{"  hosts: resolve dns", 1},
		{"hosts: files dns resolve\n", 0},
		{"hosts: files dns # resolve\n", 0},
		{"# hosts: resolve\nhosts: files dns\n", 0},
		{"hosts: files resolved\n", 0},
		{"hosts_: resolve\n", 0},
		{"hosts: resolve\nhosts: dns\n", 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (unseen_nss_line(cases[i].text) != cases[i].line)
			fail_msg("%s", cases[i].text);
}

static void expect_tls(const char *text, unsigned line, enum over_tls wanted)
{
	enum over_tls found = OVER_TLS_NO;
	if (unseen_tls_line(text, &found) != line || found != wanted)
		fail_msg("%s: line %u, %d", text, unseen_tls_line(text, &found), found);
}

TEST(the_last_line_that_sets_dns_over_tls_counts)
{
	expect_tls("", 0, OVER_TLS_NO);
	expect_tls("[Resolve]\n#DNSOverTLS=yes\n", 0, OVER_TLS_NO);
	expect_tls("[Resolve]\nDNSOverTLS=yes\n", 2, OVER_TLS_YES);
	expect_tls("[Resolve]\r\n  DNSOverTLS = opportunistic  \r\n", 2, OVER_TLS_OPPORTUNISTIC);
	expect_tls("[Resolve]\nDNSOverTLS=yes\nDNSOverTLS=no\n", 3, OVER_TLS_NO);
	expect_tls("[Resolve]\nDNSOverTLS=On\nDNSOverTLS=perhaps\n", 2, OVER_TLS_YES);
	expect_tls("[Resolve]\nDNSOverTLS=1\nDNSOverTLS=\n", 3, OVER_TLS_NO);
	expect_tls("DNSOverTLS=yes\n[Network]\nDNSOverTLS=yes\n", 0, OVER_TLS_NO);
	expect_tls("[Resolve]\nDNSOverTLSX=yes\nDNSSEC=yes\n", 0, OVER_TLS_NO);
}

/* ---- files ---- */

struct root {
	char path[64];
	int listener;
};

static void file(const struct root *r, const char *path, const char *text)
{
	char command[PATH_MAX + 64], full[PATH_MAX];
	snprintf(full, sizeof(full), "%s%s", r->path, path);
	snprintf(command, sizeof(command), "mkdir -p $(dirname %s)", full);
	assert_int_equal(system(command), 0);
	FILE *f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* A host where systemd-resolved listens. */
static struct root new_root(void)
{
	struct root r = {.path = "/tmp/test-unseen-XXXXXX"};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	assert_non_null(mkdtemp(r.path));
	file(&r, "/run/systemd/resolve/resolv.conf", "nameserver 10.0.0.53\n");
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/run/systemd/resolve/io.systemd.Resolve",
		r.path);
	r.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(r.listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(r.listener, 5), 0);
	return r;
}

static void drop_root(struct root *r)
{
	char command[128];
	if (r->listener >= 0)
		close(r->listener);
	snprintf(command, sizeof(command), "rm -r %s", r->path);
	assert_int_equal(system(command), 0);
}

static void expect(const struct root *r, const char *by_nss, enum over_tls over_tls, const char *by)
{
	struct unseen u;
	assert_int_equal(unseen_look(r->path, &u), 0);
	assert_string_equal(u.by_nss, by_nss);
	assert_int_equal(u.over_tls, over_tls);
	assert_string_equal(u.over_tls_by, by);
}

TEST(both_are_found_with_their_lines)
{
	struct root r = new_root();
	expect(&r, "", OVER_TLS_NO, "");
	file(&r, "/etc/nsswitch.conf", "passwd: files\nhosts: files resolve dns\n");
	file(&r, "/etc/systemd/resolved.conf", "[Resolve]\nDNSOverTLS=yes\n");
	expect(&r, "/etc/nsswitch.conf:2", OVER_TLS_YES, "/etc/systemd/resolved.conf:2");
	drop_root(&r);
}

TEST(nothing_is_unseen_while_resolved_does_not_run)
{
	struct root r = new_root();
	file(&r, "/etc/nsswitch.conf", "hosts: resolve\n");
	close(r.listener); /* its socket is still there */
	r.listener = -1;
	expect(&r, "", OVER_TLS_NO, "");
	drop_root(&r);
}

TEST(the_last_drop_in_counts_and_of_one_name_that_of_etc)
{
	struct root r = new_root();
	file(&r, "/etc/systemd/resolved.conf", "[Resolve]\nDNSOverTLS=yes\n");
	file(&r, "/usr/lib/systemd/resolved.conf.d/20-a.conf", "[Resolve]\nDNSOverTLS=no\n");
	expect(&r, "", OVER_TLS_NO, "/usr/lib/systemd/resolved.conf.d/20-a.conf:2");
	file(&r, "/etc/systemd/resolved.conf.d/10-b.conf", "[Resolve]\nDNSOverTLS=yes\n");
	file(&r, "/run/systemd/resolved.conf.d/30-c.txt", "[Resolve]\nDNSOverTLS=yes\n");
	expect(&r, "", OVER_TLS_NO, "/usr/lib/systemd/resolved.conf.d/20-a.conf:2");
	file(&r, "/etc/systemd/resolved.conf.d/20-a.conf", "[Resolve]\nDNSSEC=no\n");
	expect(&r, "", OVER_TLS_YES, "/etc/systemd/resolved.conf.d/10-b.conf:2");
	file(&r, "/run/systemd/resolved.conf.d/30-c.conf",
		"[Resolve]\n\nDNSOverTLS=opportunistic\n");
	expect(&r, "", OVER_TLS_OPPORTUNISTIC, "/run/systemd/resolved.conf.d/30-c.conf:3");
	drop_root(&r);
}

TEST(a_drop_in_that_is_switched_off_is_not_read)
{
	struct root r = new_root();
	char link[128];
	file(&r, "/usr/lib/systemd/resolved.conf.d/20-a.conf", "[Resolve]\nDNSOverTLS=yes\n");
	file(&r, "/etc/systemd/resolved.conf.d/x", "");
	snprintf(link, sizeof(link), "%s/etc/systemd/resolved.conf.d/20-a.conf", r.path);
	assert_int_equal(symlink("/dev/null", link), 0);
	expect(&r, "", OVER_TLS_NO, "");
	drop_root(&r);
}

TEST(an_interface_may_have_a_setting_of_its_own)
{
	struct root r = new_root();
	file(&r, "/run/systemd/netif/links/2",
		"ADMIN_STATE=configured\nDNS_OVER_TLS=opportunistic\n");
	expect(&r, "", OVER_TLS_OPPORTUNISTIC, "/run/systemd/netif/links/2");
	file(&r, "/run/systemd/netif/links/3", "ADMIN_STATE=configured\nDNS_OVER_TLS=yes\n");
	expect(&r, "", OVER_TLS_YES, "/run/systemd/netif/links/3");
	drop_root(&r);
}

/* ---- words ---- */

static void expect_words(const struct unseen *u, bool asks_stub, const char *wanted)
{
	struct text to = {0};
	assert_int_equal(unseen_put(u, asks_stub, &to), *wanted != '\0');
	assert_string_equal(to.data ? to.data : "", wanted);
	text_done(&to);
}

TEST(a_sentence_says_what_is_not_seen)
{
	const struct unseen nothing = {0}, nss = {.by_nss = "/n:7"},
			    tls = {.over_tls = OVER_TLS_YES, .over_tls_by = "/r:2"},
			    some = {.over_tls = OVER_TLS_OPPORTUNISTIC, .over_tls_by = "/r:2"},
			    both = {"/n:7", OVER_TLS_YES, "/r:2"};
	expect_words(&nothing, true, "");
	expect_words(&tls, false, ""); /* nobody asks it */
	expect_words(&nss, true,
		"programs ask systemd-resolved over a local socket (resolve in /n:7): what it "
		"tells "
		"them from its cache is not seen; what it asks its name servers is, and names are "
		"asked for as ever");
	expect_words(&tls, true,
		"systemd-resolved asks its name servers over TLS (/r:2): what they answer is not "
		"seen; what programs are told at 127.0.0.53 is, and names are asked for as ever");
	expect_words(&some, true,
		"systemd-resolved asks its name servers over TLS where they can (/r:2): what they "
		"answer is not seen; what programs are told at 127.0.0.53 is, and names are asked "
		"for as ever");
	expect_words(&both, false,
		"programs ask systemd-resolved over a local socket (resolve in /n:7), and "
		"systemd-resolved asks its name servers over TLS (/r:2): no answer is seen, and "
		"the "
		"addresses of names are learned by asking only; without resolve in that line "
		"programs ask by DNS, which is seen");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nss_resolve_counts_where_it_comes_before_dns),
		cmocka_unit_test(the_last_line_that_sets_dns_over_tls_counts),
		cmocka_unit_test(both_are_found_with_their_lines),
		cmocka_unit_test(nothing_is_unseen_while_resolved_does_not_run),
		cmocka_unit_test(the_last_drop_in_counts_and_of_one_name_that_of_etc),
		cmocka_unit_test(a_drop_in_that_is_switched_off_is_not_read),
		cmocka_unit_test(an_interface_may_have_a_setting_of_its_own),
		cmocka_unit_test(a_sentence_says_what_is_not_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
