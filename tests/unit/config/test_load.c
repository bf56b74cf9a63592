/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files are read in which order, and that no file overrides itself. */
#include "fixture.h"
#include "memory_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"

static const struct config_dirs dirs = {"/c", "/r"};

static void load_with(struct fixture *f, const struct memory_file *files, int result)
{
	const struct file_access access = memory_access(files);
	char *host_file = NULL;
	assert_int_equal(load_document(&f->document, &dirs, &access, &f->diags, &host_file),
		result);
	if (result == 0)
		assert_string_equal(host_file, "/c/rolewall.conf");
}

static void load(struct fixture *f, const struct memory_file *files)
{
	load_with(f, files, 0);
}

static void later_layers_override_earlier_ones(void **state)
{
	static const struct memory_file files[] = {
		{"/r/a.conf", "[role]\nname = a\nplays = 1\npeers = 1\n"
			      "[flow x]\nport = 1\nsource = 1\ntarget = 1\npurpose = 1\n"},
		{"/c/roles/a.conf", "[role]\npeers = 2\n[flow x]\nsource = 2\ntarget = 2\n"
				    "purpose = 2\n"},
		{"/c/rolewall.conf", "[host]\nsize = 3\n[flow x]\ntarget = 3\npurpose = 3\n"},
		{"/c/rolewall.conf.d/20.conf", "[flow x]\npurpose = 5\n"},
		{"/c/rolewall.conf.d/10.conf", "[flow x]\npurpose = 4\n[host]\nsize = 4\n"},
		{NULL},
	};
	struct fixture *f = *state;
	load(f, files);
	assert_no_faults(&f->diags);
	static const struct {
		enum section_kind kind;
		const char *name;
		int key;
		const char *value, *file;
	} expected[] = {
		{SECTION_ROLE, "a", ROLE_PLAYS, "1", "/r/a.conf"},
		{SECTION_ROLE, "a", ROLE_PEERS, "2", "/c/roles/a.conf"},
		{SECTION_FLOW, "x", FLOW_PORT, "1", "/r/a.conf"},
		{SECTION_FLOW, "x", FLOW_SOURCE, "2", "/c/roles/a.conf"},
		{SECTION_FLOW, "x", FLOW_TARGET, "3", "/c/rolewall.conf"},
		{SECTION_FLOW, "x", FLOW_PURPOSE, "5", "/c/rolewall.conf.d/20.conf"},
		{SECTION_HOST, "", HOST_SIZE, "4", "/c/rolewall.conf.d/10.conf"},
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct entry *e =
			entry_of(f, expected[i].kind, expected[i].name, expected[i].key);
		assert_string_equal(e->value.text, expected[i].value);
		assert_string_equal(e->at.file, expected[i].file);
	}
	assert_int_equal(f->document.files, 5);
}

static void own_roles_and_drop_ins_may_be_missing(void **state)
{
	static const struct memory_file files[] = {
		{"/r/a.conf", "[role]\nname = a\n"}, {"/c/rolewall.conf", "[host]\n"}, {NULL}};
	struct fixture *f = *state;
	load(f, files);
	assert_no_faults(&f->diags);
	assert_int_equal(f->document.files, 2);
}

static void roles_and_host_file_may_not_be_missing(void **state)
{
	static const struct memory_file files[] = {{NULL}};
	struct fixture *f = *state;
	load_with(f, files, -EINVAL);
	assert_faults(&f->diags, "/r:1:1: error: /r is missing\n"
				 "/c/rolewall.conf:1:1: error: /c/rolewall.conf is missing\n");
}

static void a_file_that_is_wrong_does_not_hide_the_others(void **state)
{
	static const struct memory_file files[] = {{"/r/a.conf", "x\n"}, {"/c/roles/b.conf", "y\n"},
		{"/c/rolewall.conf", "z\n"}, {"/c/rolewall.conf.d/1.conf", "w\n"}, {NULL}};
	struct fixture *f = *state;
	load(f, files);
#define NEITHER ":1:1: error: neither a section, a key nor a comment; write key = value\n"
	assert_faults(&f->diags, "/r/a.conf" NEITHER "/c/roles/b.conf" NEITHER
				 "/c/rolewall.conf" NEITHER "/c/rolewall.conf.d/1.conf" NEITHER);
}

static void the_same_file_twice_is_a_loop(void **state)
{
	static const struct memory_file files[] = {
		{"/r/a.conf", "[role]\nname = a\n", 7},
		{"/r/b.conf", "[role]\nname = a\n", 7},
		{"/c/rolewall.conf", "[host]\n", 8},
		{"/c/rolewall.conf.d/1.conf", "[host]\n", 8},
		{NULL},
	};
	struct fixture *f = *state;
	load(f, files);
	assert_faults(&f->diags,
		"/r/b.conf:1:1: error: a loop of overrides: this is the same file as /r/a.conf; "
		"remove one of the two\n"
		"/c/rolewall.conf.d/1.conf:1:1: error: a loop of overrides: this is the same file "
		"as /c/rolewall.conf; remove one of the two\n");
	assert_int_equal(f->document.files, 2);
}

static void own_roles_are_read_once_where_they_are_the_vendors(void **state)
{
	static const struct memory_file files[] = {{"/c/roles/a.conf", "[role]\nname = a\n"},
		{"/c/rolewall.conf", "[host]\n"}, {NULL}};
	static const struct config_dirs both = {"/c", "/c/roles"};
	struct fixture *f = *state;
	const struct file_access access = memory_access(files);
	char *host_file = NULL;
	assert_int_equal(load_document(&f->document, &both, &access, &f->diags, &host_file), 0);
	assert_no_faults(&f->diags);
	assert_int_equal(f->document.files, 2);
}

static void a_failing_machine_is_passed_up(void **state)
{
	static const struct memory_file files[] = {
		{"/r/a.conf", "[role]\n"}, {"/c/rolewall.conf", "", 0, -ENOMEM}, {NULL}};
	static char untouched[] = "untouched";
	struct fixture *f = *state;
	const struct file_access access = memory_access(files);
	char *host_file = untouched;
	assert_int_equal(load_document(&f->document, &dirs, &access, &f->diags, &host_file),
		-ENOMEM);
	assert_ptr_equal(host_file, untouched);
}

/* The same through the system's files: a link is the file that it leads to. */
static void a_link_from_a_drop_in_to_the_host_file_is_a_loop(void **state)
{
	struct fixture *f = *state;
	char directory[] = "/tmp/rolewall-load-XXXXXX", *host_file = NULL;
	assert_non_null(mkdtemp(directory));
	char *conf = arena_printf(f->arena, "%s/rolewall.conf", directory);
	char *drop_ins = arena_printf(f->arena, "%s/rolewall.conf.d", directory);
	char *link = arena_printf(f->arena, "%s/10.conf", drop_ins);
	char *roles = arena_printf(f->arena, "%s/vendor", directory);
	char *expected = arena_printf(f->arena,
		"%s:1:1: error: a loop of overrides: this is the same file as %s; remove one of "
		"the two\n",
		link, conf);
	FILE *file = fopen(conf, "we");
	assert_non_null(file);
	fputs("[host]\n", file);
	fclose(file);
	assert_int_equal(mkdir(drop_ins, 0700) | mkdir(roles, 0700) | symlink(conf, link), 0);
	int r = load_document(&f->document, &(const struct config_dirs){directory, roles},
		&file_access_system, &f->diags, &host_file);
	assert_int_equal(unlink(link) | unlink(conf) | rmdir(drop_ins) | rmdir(roles), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(r, 0);
	assert_faults(&f->diags, expected);
	assert_string_equal(host_file, conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(later_layers_override_earlier_ones),
		FIXTURE_TEST(own_roles_and_drop_ins_may_be_missing),
		FIXTURE_TEST(roles_and_host_file_may_not_be_missing),
		FIXTURE_TEST(a_file_that_is_wrong_does_not_hide_the_others),
		FIXTURE_TEST(the_same_file_twice_is_a_loop),
		FIXTURE_TEST(own_roles_are_read_once_where_they_are_the_vendors),
		FIXTURE_TEST(a_failing_machine_is_passed_up),
		FIXTURE_TEST(a_link_from_a_drop_in_to_the_host_file_is_a_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
