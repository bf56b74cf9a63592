/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that a path leads over, in a file system that is a table, and in the system's. */
#include "host/trail.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

struct file {
	const char *path;
	const char *target; /* NULL: no link */
};

static int look(void *context, const char *path, char **ret_target)
{
	for (const struct file *f = context; f->path; f++) {
		if (strcmp(f->path, path) != 0)
			continue;
		if (!f->target)
			return 0;
		*ret_target = strdup(f->target);
		assert_non_null(*ret_target);
		return (int)strlen(f->target);
	}
	return -ENOENT;
}

/* The trail as "DIRECTORY:NAME …", and "!" if it ends before the file. */
static void expect(const struct file *files, const char *path, const char *wanted)
{
	struct trail t;
	char found[1024] = "";
	assert_int_equal(trail_find(path, look, (void *)files, &t), 0);
	for (size_t i = 0; i < t.count; i++) {
		const struct trail_step *s = &t.steps[i];
		size_t n = strlen(found);
		snprintf(found + n, sizeof(found) - n, "%s%s:%s", i ? " " : "", s->directory,
			s->name);
	}
	if (!t.is_whole)
		strcat(found, "!");
	assert_string_equal(found, wanted);
	trail_done(&t);
}

static const struct file tree[] = {
	{"/etc", NULL},
	{"/etc/a.list", NULL},
	{"/etc/current", "v2"},
	{"/etc/v2", NULL},
	{"/etc/v2/a.list", NULL},
	{"/etc/up.list", "../srv/../etc/a.list"},
	{"/etc/far.list", "/srv/x/a.list"},
	{"/etc/gone.list", "nowhere"},
	{"/etc/loop", "pool"},
	{"/etc/pool", "loop"},
	{"/etc/self", "."},
	{"/srv", NULL},
	{"/srv/x", "/etc"},
	/* a configmap */
	{"/map", NULL},
	{"/map/a.list", "..data/a.list"},
	{"/map/..data", "..2026_11_24"},
	{"/map/..2026_11_24", NULL},
	{"/map/..2026_11_24/a.list", NULL},
	{NULL, NULL},
};

TEST(each_name_on_the_way_is_a_step)
{
	expect(tree, "/etc/a.list", "/:etc /etc:a.list");
	expect(tree, "//etc/./a.list", "/:etc /etc:a.list");
	expect(tree, "/etc/v2/../a.list", "/:etc /etc:v2 /etc:a.list");
	expect(tree, "/../etc/a.list", "/:etc /etc:a.list");
	expect(tree, "/", "!");
}

TEST(links_are_steps_and_so_is_where_they_lead)
{
	expect(tree, "/etc/current/a.list", "/:etc /etc:current /etc:v2 /etc/v2:a.list");
	expect(tree, "/etc/up.list", "/:etc /etc:up.list /:srv /:etc /etc:a.list");
	expect(tree, "/etc/far.list", "/:etc /etc:far.list /:srv /srv:x /:etc /etc:a.list");
	expect(tree, "/etc/self/a.list", "/:etc /etc:self /etc:a.list");
	expect(tree, "/map/a.list",
		"/:map /map:a.list /map:..data /map:..2026_11_24 /map/..2026_11_24:a.list");
}

TEST(a_trail_ends_where_there_is_nothing)
{
	expect(tree, "/opt/lists/a.list", "/:opt!");
	expect(tree, "/etc/v3/a.list", "/:etc /etc:v3!");
	expect(tree, "/etc/gone.list", "/:etc /etc:gone.list /etc:nowhere!");
	/* a file in the place of a directory */
	expect(tree, "/etc/a.list/b", "/:etc /etc:a.list /etc/a.list:b!");
}

TEST(a_loop_of_links_ends)
{
	struct trail t;
	assert_int_equal(trail_find("/etc/loop/a.list", look, (void *)tree, &t), 0);
	assert_false(t.is_whole);
	assert_in_range(t.count, 40, 50);
	trail_done(&t);
}

TEST(trails_differ_in_any_name)
{
	struct trail a, b;
	struct file changed[sizeof(tree) / sizeof(tree[0])];
	memcpy(changed, tree, sizeof(tree));
	assert_int_equal(trail_find("/etc/current/a.list", look, (void *)tree, &a), 0);
	assert_int_equal(trail_find("/etc/current/a.list", look, changed, &b), 0);
	assert_true(trail_equal(&a, &b));
	trail_done(&b);
	changed[2].target = "v3";
	assert_int_equal(trail_find("/etc/current/a.list", look, changed, &b), 0);
	assert_false(trail_equal(&a, &b));
	trail_done(&a);
	trail_done(&b);
}

TEST(the_system_is_looked_at_with_its_links)
{
	char directory[] = "/tmp/rolewall-trail-XXXXXX", link[64], path[64];
	struct trail t;
	assert_non_null(mkdtemp(directory));
	snprintf(link, sizeof(link), "%s/link", directory);
	snprintf(path, sizeof(path), "%s/link/a", directory);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(trail_find(link, trail_look_at_system, NULL, &t), 0);
	assert_false(t.is_whole);
	assert_string_equal(t.steps[t.count - 1].name, "file");
	trail_done(&t);
	assert_int_equal(unlink(link), 0);
	FILE *f = fopen(link, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(trail_find(link, trail_look_at_system, NULL, &t), 0);
	assert_true(t.is_whole);
	trail_done(&t);
	assert_int_equal(trail_find(path, trail_look_at_system, NULL, &t), 0);
	assert_false(t.is_whole); /* ENOTDIR */
	trail_done(&t);
	unlink(link);
	rmdir(directory);
}

TEST(a_path_is_taken_from_the_working_directory_on)
{
	char cwd[PATH_MAX], expected[PATH_MAX + 8];
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(expected, sizeof(expected), "%s/a/b", cwd);
	char *relative = trail_absolute("a/b"), *absolute = trail_absolute("/a/b");
	assert_string_equal(relative, expected);
	assert_string_equal(absolute, "/a/b");
	free(relative);
	free(absolute);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_on_the_way_is_a_step),
		cmocka_unit_test(links_are_steps_and_so_is_where_they_lead),
		cmocka_unit_test(a_trail_ends_where_there_is_nothing),
		cmocka_unit_test(a_loop_of_links_ends),
		cmocka_unit_test(trails_differ_in_any_name),
		cmocka_unit_test(the_system_is_looked_at_with_its_links),
		cmocka_unit_test(a_path_is_taken_from_the_working_directory_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
