/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of time services and of apt below a root. */
#include "host/surroundings.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sites_text.h"
#include "testing.h"

static char root[] = "/tmp/surroundings-XXXXXX";

static void put(const char *path, const char *text)
{
	char whole[256];
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *c = whole + strlen(root) + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		mkdir(whole, 0700);
		*c = '/';
	}
	FILE *f = fopen(whole, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int begin(void **state __attribute__((unused)))
{
	strcpy(root + strlen(root) - 6, "XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state __attribute__((unused)))
{
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void expect(const char *time, const char *packages, bool has_timesyncd)
{
	struct surroundings s;
	char found[SITES_TEXT_SIZE];
	assert_int_equal(surroundings_gather(root, &s), 0);
	sites_text(&s.time, found);
	assert_string_equal(found, time);
	sites_text(&s.packages.mirrors, found);
	assert_string_equal(found, packages);
	assert_int_equal(s.has_timesyncd, has_timesyncd);
	surroundings_done(&s);
}

TEST(a_host_without_such_files_has_none)
{
	expect("", "", false);
}

TEST(the_files_of_all_services_count)
{
	put("/etc/chrony/chrony.conf", "pool 2.debian.pool.ntp.org iburst\n");
	put("/etc/chrony/conf.d/10.conf", "server a.example\n");
	put("/etc/chrony/conf.d/10.bak", "server no.example\n");
	put("/etc/chrony/sources.d/site.sources", "server b.example\n");
	put("/etc/systemd/timesyncd.conf", "[Time]\nNTP=c.example\n");
	put("/usr/lib/systemd/systemd-timesyncd", "");
	put("/etc/apt/sources.list", "deb http://d.example/ x main\n");
	put("/etc/apt/sources.list.d/e.sources", "URIs: http://e.example/\n");
	put("/etc/apt/sources.list.d/f.list", "deb http://f.example/ x main\n");
	put("/etc/apt/sources.list.d/g.list.save", "deb http://no.example/ x main\n");
	expect("2.debian.pool.ntp.org a.example b.example c.example",
		"d.example f.example e.example", true);
}

TEST(a_list_of_mirrors_is_read_below_the_root_and_once)
{
	put("/etc/apt/sources.list.d/debian.sources",
		"URIs: mirror+file:///etc/apt/mirrors/debian.list\n");
	put("/etc/apt/mirrors/debian.list",
		"https://deb.debian.org/debian\nmirror+file:/etc/apt/mirrors/debian.list\n");
	expect("", "deb.debian.org", false);
}

TEST(what_is_no_file_says_nothing)
{
	put("/etc/apt/sources.list/x", "");
	put("/etc/chrony.conf", "server a.example\n");
	expect("a.example", "", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_host_without_such_files_has_none, begin, end),
		cmocka_unit_test_setup_teardown(the_files_of_all_services_count, begin, end),
		cmocka_unit_test_setup_teardown(
			a_list_of_mirrors_is_read_below_the_root_and_once, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_file_says_nothing, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
