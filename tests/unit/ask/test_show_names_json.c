/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of names as JSON, letter by letter: programs rely on its keys. */
#include "ask/show_names_json.h"

#include "ask/known_names.h"

TEST(each_name_is_an_object)
{
	struct known k;
	struct text text = {0};
	char *found;
	known_begin(&k);
	show_names_json(&k.view, &text);
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found,
		"{\"reader\":{\"connected\":true,\"disconnected\":0,"
		"\"asks\":[\"10.0.0.53\"],\"asked\":7,\"observed\":2,\"overruns\":0,"
		"\"lost\":0},\"names\":[{\"name\":\"a.example\",\"kind\":\"host\","
		"\"peers\":[\"p\"],\"server-of\":[],\"next-asked-seconds\":0,"
		"\"error\":{\"code\":\"servfail\","
		"\"text\":\"the name server fails (SERVFAIL)\",\"since-seconds\":65},"
		"\"full\":false,\"waiting\":false,\"waiting-flows\":[],\"not-taken\":[],"
		"\"addresses\":[{\"address\":\"192.0.2.1\",\"sources\":[\"asked\"],"
		"\"age-seconds\":300,\"seen-seconds-ago\":300,\"seconds-left\":3900,"
		"\"retired\":false,\"also-of\":[]},{\"address\":\"192.0.2.2\","
		"\"sources\":[\"asked\"],\"age-seconds\":300,\"seen-seconds-ago\":300,"
		"\"seconds-left\":3900,\"retired\":false,"
		"\"also-of\":[\"b.example\"]}]},{\"name\":\"b.example\",\"kind\":\"host\","
		"\"peers\":[\"p\"],\"server-of\":[],\"next-asked-seconds\":0,"
		"\"error\":null,\"full\":false,\"waiting\":false,\"waiting-flows\":[],\"not-"
		"taken\":[],"
		"\"addresses\":[{\"address\":\"192.0.2.2\",\"sources\":[\"observed\"],"
		"\"age-seconds\":90,\"seen-seconds-ago\":90,\"seconds-left\":4110,"
		"\"retired\":false,\"also-of\":[\"a.example\"]}]},"
		"{\"name\":\"c.example\",\"kind\":\"host\",\"peers\":[\"q\"],"
		"\"server-of\":[],\"next-asked-seconds\":0,"
		"\"error\":{\"code\":\"nxdomain\","
		"\"text\":\"there is no such name (NXDOMAIN)\",\"since-seconds\":3},"
		"\"full\":false,\"waiting\":true,\"waiting-flows\":[\"g\"],\"not-taken\":[],"
		"\"addresses\":[]},{\"name\":\"_ldap._tcp.example\",\"kind\":\"service\","
		"\"peers\":[\"q\"],\"server-of\":[],\"next-asked-seconds\":560,"
		"\"error\":null,\"full\":false,\"waiting\":true,"
		"\"waiting-flows\":[\"g\"],\"not-taken\":[],\"servers\":[{\"name\":\"dc.example\","
		"\"ports\":[389],\"sources\":[\"asked\"],\"age-seconds\":2,"
		"\"seen-seconds-ago\":2,\"seconds-left\":4198,\"retired\":false}]},"
		"{\"name\":\"dc.example\",\"kind\":\"host\",\"peers\":[],"
		"\"server-of\":[\"_ldap._tcp.example\"],\"next-asked-seconds\":0,"
		"\"error\":null,\"full\":false,\"waiting\":true,\"waiting-flows\":[],\"not-taken\":"
		"[],"
		"\"addresses\":[]}]}\n");
	free(found);
	known_end(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_is_an_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
