/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First configurations of the shipped roles: each is good once its blanks are filled in. */
#include "ask/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/policy.h"
#include "testing.h"

static const struct config_dirs dirs = {"/nowhere", SOURCE_DIR "/conf/roles"};

static char host_file[] = "/nowhere/rolewall.conf";

/* The host file is text, the role files are the shipped ones. */
static int read_file(void *context, const char *path, struct place at, struct diags *diags,
	struct file_bytes *ret)
{
	const char *text = context;
	if (strcmp(path, host_file) != 0)
		return file_access_system.read(NULL, path, at, diags, ret);
	*ret = (struct file_bytes){.bytes = strdup(text), .length = strlen(text), .inode = 0};
	return 0;
}

static struct file_access access_to(const char *text)
{
	struct file_access access = file_access_system;
	access.read = read_file;
	access.context = (void *)text;
	return access;
}

struct fixture {
	struct arena *arena;
	struct document document;
	struct matrix matrix;
	const struct role *roles[4];
	struct session session;
	struct facts facts;
	struct surroundings around;
	struct draft draft;
	char *file, *missing;
};

static void begin(struct fixture *f)
{
	struct diags diags = {0};
	char *path;
	*f = (struct fixture){.arena = arena_new()};
	const struct file_access access = access_to("");
	document_init(&f->document, f->arena);
	assert_int_equal(load_document(&f->document, &dirs, &access, &diags, &path), 0);
	assert_int_equal(matrix_read(&f->document, f->arena, &diags, &f->matrix), 0);
	assert_int_equal(diags.count, 0);
	diags_done(&diags);
	assert_int_equal(session_parse("10.0.9.5 40000 10.0.0.1 22", &f->session), 0);
	f->draft = (struct draft){
		.path = host_file,
		.document = &f->document,
		.matrix = &f->matrix,
		.roles = f->roles,
		.facts = &f->facts,
		.around = &f->around,
	};
}

static void be(struct fixture *f, const char *role)
{
	f->roles[f->draft.n_roles] = matrix_role(&f->matrix, role);
	assert_non_null(f->roles[f->draft.n_roles++]);
}

static void write_it(struct fixture *f)
{
	struct text file = {0}, missing = {0};
	draft_write(&f->draft, &file, &missing);
	assert_int_equal(text_finish(&file, &f->file), 0);
	assert_int_equal(text_finish(&missing, &f->missing), 0);
}

static void end(struct fixture *f)
{
	free(f->file);
	free(f->missing);
	facts_done(&f->facts);
	surroundings_done(&f->around);
	arena_free(f->arena);
}

static void found(struct sites *s, const char *host)
{
	const struct span span = {host, strlen(host)};
	assert_int_equal(sites_add(s, &span), 0);
}

static void resolver(struct fixture *f, const char *address)
{
	struct addr a;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	assert_int_equal(facts_add_resolver(&f->facts, &a), 0);
}

static size_t lines(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* The errors that a configuration has. */
static size_t errors_of(const char *text, const struct facts *facts)
{
	struct diags diags = {0};
	struct policy *p = NULL;
	const struct file_access access = access_to(text);
	int r = policy_load(&dirs, &access, facts, &diags, &p);
	const size_t errors = diags.errors;
	if (errors > 0)
		diags_print(&diags, stdout);
	assert_int_equal(r == 0, errors == 0);
	policy_free(p);
	diags_done(&diags);
	return errors;
}

/* The text with its blanks filled in, as an admin would. */
static char *fill_in(const char *text)
{
	char *result = malloc(2 * strlen(text) + 1), *to = result;
	while (*text) {
		const size_t length = strcspn(text, "\n") + 1;
		const bool is_blank = text[0] == ';' && text[1] != ' ';
		const size_t skipped = is_blank ? 1 : 0;
		memcpy(to, text + skipped, length - skipped);
		to += length - skipped;
		if (is_blank && strchr("=", text[length - 2]))
			to += sprintf(to - 1, " 10.1.2.3\n") - 1;
		text += length;
	}
	*to = '\0';
	return result;
}

TEST(what_is_missing_is_what_check_misses_and_then_the_file_is_good)
{
	static const char *const roles[] = {"app-server", "proxy", "target"};
	for (unsigned set = 1; set < 8; set++) {
		struct fixture f;
		begin(&f);
		for (unsigned i = 0; i < 3; i++)
			if (set & 1u << i)
				be(&f, roles[i]);
		f.draft.session = &f.session;
		resolver(&f, "10.0.0.53");
		found(&f.around.time, "ntp.example");
		found(&f.around.packages.mirrors, "deb.example");
		sites_add_port(&f.around.packages.mirrors, 3142);
		write_it(&f);
		assert_int_equal(lines(f.missing), errors_of(f.file, &f.facts));
		char *filled = fill_in(f.file);
		assert_int_equal(errors_of(filled, &f.facts), 0);
		free(filled);
		end(&f);
	}
}

TEST(without_a_session_management_is_asked_for)
{
	struct fixture f;
	begin(&f);
	be(&f, "target");
	write_it(&f);
	assert_non_null(strstr(f.file, "outside of an SSH session"));
	assert_non_null(strstr(f.file, "\n;[management]\n;from =\n"));
	assert_non_null(strstr(f.missing, ": [management]: write from ="));
	char *filled = fill_in(f.file);
	assert_int_equal(errors_of(filled, &f.facts), 0);
	free(filled);
	end(&f);
}

TEST(the_place_of_a_blank_is_its_line)
{
	struct fixture f;
	unsigned line;
	begin(&f);
	be(&f, "target");
	f.draft.session = &f.session;
	write_it(&f);
	assert_int_equal(sscanf(f.missing, "/nowhere/rolewall.conf:%u: [peer app-server]", &line), 1);
	const char *at = f.file;
	for (unsigned i = 1; i < line; i++)
		at = strchr(at, '\n') + 1;
	assert_memory_equal(at, ";[peer app-server]\n", strlen(";[peer app-server]\n"));
	end(&f);
}

TEST(the_session_becomes_management_with_its_port)
{
	struct fixture f;
	begin(&f);
	be(&f, "target");
	assert_int_equal(session_parse("2001:db8::9 40000 2001:db8::1 2222", &f.session), 0);
	f.draft.session = &f.session;
	write_it(&f);
	assert_non_null(strstr(f.file, "\n[management]\nfrom = 2001:db8::9\nport = 2222\n"));
	end(&f);
}

TEST(rows_are_enabled_as_far_as_their_peers_are_known)
{
	struct fixture f;
	begin(&f);
	be(&f, "target");
	write_it(&f);
	assert_null(strstr(f.file, "\nenable"));
	assert_non_null(strstr(f.file, ";   names: Look-ups of names (DNS)\n"));
	free(f.file);
	free(f.missing);

	f.around.has_timesyncd = true;
	resolver(&f, "10.0.0.53");
	write_it(&f);
	assert_non_null(strstr(f.file, "\nenable   = names time\n"));
	assert_null(strstr(f.file, "\n[peer time-server]"));
	assert_null(strstr(f.file, ";   names:"));
	free(f.file);
	free(f.missing);

	found(&f.around.time, "10.0.0.123");
	found(&f.around.time, "ntp.example");
	found(&f.around.packages.mirrors, "-bad-.example");
	found(&f.around.packages.mirrors, "deb.example");
	write_it(&f);
	assert_non_null(strstr(f.file, "\nenable   = names time packages\n"));
	assert_non_null(strstr(f.file,
		"\n[peer time-server]\nname = ntp.example\naddress = 10.0.0.123\n"));
	assert_non_null(strstr(f.file, "\n[peer package-mirror]\nname = deb.example\n"));
	end(&f);
}

TEST(a_long_list_goes_over_several_lines)
{
	struct fixture f;
	char name[64];
	begin(&f);
	be(&f, "target");
	f.draft.session = &f.session;
	resolver(&f, "10.0.0.53");
	for (unsigned i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "mirror-number-%u.packages.example", i);
		found(&f.around.packages.mirrors, name);
	}
	write_it(&f);
	const char *at = strstr(f.file, "name = mirror");
	assert_non_null(at);
	assert_true(strcspn(at, "\n") <= 100);
	char *filled = fill_in(f.file);
	assert_int_equal(errors_of(filled, &f.facts), 0);
	free(filled);
	end(&f);
}

TEST(a_stub_whose_servers_are_not_known_is_said)
{
	struct fixture f;
	begin(&f);
	be(&f, "target");
	assert_int_equal(addr_parse("127.0.0.1", 9, &f.facts.stub), 0);
	write_it(&f);
	assert_non_null(strstr(f.file, "name server at 127.0.0.1 on this host"));
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_what_check_misses_and_then_the_file_is_good),
		cmocka_unit_test(without_a_session_management_is_asked_for),
		cmocka_unit_test(the_place_of_a_blank_is_its_line),
		cmocka_unit_test(the_session_becomes_management_with_its_port),
		cmocka_unit_test(rows_are_enabled_as_far_as_their_peers_are_known),
		cmocka_unit_test(a_long_list_goes_over_several_lines),
		cmocka_unit_test(a_stub_whose_servers_are_not_known_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
