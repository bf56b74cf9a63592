/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rolewallctl says of itself comes out of the name of its socket as it was put in, by way of
 * the kernel; other names say nothing. */
#include "bus/login.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

/* The name of who has connected, as the other end is told. */
static socklen_t peer_of(const struct sockaddr_un *bound, int length, struct sockaddr_un *ret)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	struct sockaddr_un listener_name;
	socklen_t n = sizeof(listener_name);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	/* a name that the kernel chooses */
	assert_int_equal(bind(listener, (const struct sockaddr *)&any, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&listener_name, &n), 0);
	if (bound)
		assert_int_equal(bind(client, (const struct sockaddr *)bound, (socklen_t)length),
			0);
	assert_int_equal(connect(client, (const struct sockaddr *)&listener_name, n), 0);
	int accepted = accept(listener, NULL, NULL);
	n = sizeof(*ret);
	assert_int_equal(getpeername(accepted, (struct sockaddr *)ret, &n), 0);
	close(accepted);
	close(client);
	close(listener);
	return n;
}

static void expect(uint32_t login)
{
	struct sockaddr_un name, heard;
	uint32_t found = 0;
	int length = login_name(login, &name);
	assert_true(length > 0);
	socklen_t n = peer_of(&name, length, &heard);
	assert_true(login_parse(&heard, n, &found));
	assert_int_equal(found, login);
}

TEST(a_login_uid_comes_through)
{
	expect(0);
	expect(1000);
	expect(4294967294u);
}

TEST(who_has_no_name_says_nothing)
{
	struct sockaddr_un heard;
	uint32_t found;
	socklen_t n = peer_of(NULL, 0, &heard);
	assert_false(login_parse(&heard, n, &found));
	assert_false(login_parse(&heard, 0, &found));
}

static bool parses(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint32_t found;
	memcpy(address.sun_path + 1, name, strlen(name));
	return login_parse(&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)), &found);
}

TEST(other_names_say_nothing)
{
	static const char *const names[] = {
		"",
		"x",
		"rolewallctl/",
		"rolewallctl/0123456789abcdef",
		"rolewallctl/0123456789abcdef/login/",
		"rolewallctl/0123456789abcdef/login/x",
		"rolewallctl/0123456789abcdef/login/-1",
		"rolewallctl/0123456789abcdef/login/4294967295", /* nobody has logged in */
		"rolewallctl/0123456789abcdef/login/4294967296",
		"rolewallctl/0123456789abcdef/login/10 ",
		"rolewallctk/0123456789abcdef/login/10",
		"rolewallctl/0123456789abcdef/logon/10",
	};
	assert_true(parses("rolewallctl/0123456789abcdef/login/10"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(parses(names[i]));
}

TEST(two_names_for_one_login_differ)
{
	struct sockaddr_un a, b;
	int length = login_name(1000, &a);
	assert_int_equal(login_name(1000, &b), length);
	assert_memory_not_equal(&a, &b, (size_t)length);
}

TEST(the_login_uid_of_a_process_is_what_its_file_in_proc_says)
{
	uint32_t found;
	unsigned long said = 4294967295ul;
	FILE *file = fopen("/proc/self/loginuid", "re");
	if (file) {
		assert_int_equal(fscanf(file, "%lu", &said), 1);
		fclose(file);
	}
	assert_int_equal(login_of_process(getpid(), &found), said != 4294967295ul);
	if (said != 4294967295ul)
		assert_int_equal(found, said);
	assert_false(login_of_process(0, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_uid_comes_through),
		cmocka_unit_test(who_has_no_name_says_nothing),
		cmocka_unit_test(other_names_say_nothing),
		cmocka_unit_test(two_names_for_one_login_differ),
		cmocka_unit_test(the_login_uid_of_a_process_is_what_its_file_in_proc_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
