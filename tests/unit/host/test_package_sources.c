/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hosts apt's files name. */
#include "host/package_sources.h"

#include "sites_text.h"
#include "testing.h"

typedef int read_fn(const char *text, struct package_sources *ret);

static void expect(read_fn *read, const char *text, const char *wanted, const char *lists)
{
	struct package_sources p = {0};
	char found[SITES_TEXT_SIZE], files[SITES_TEXT_SIZE] = "";
	assert_int_equal(read(text, &p), 0);
	sites_text(&p.mirrors, found);
	assert_string_equal(found, wanted);
	for (size_t i = 0; i < p.n_lists; i++)
		strcat(strcat(files, i ? " " : ""), p.lists[i]);
	assert_string_equal(files, lists);
	package_sources_done(&p);
}

TEST(a_line_has_its_uri_behind_its_options)
{
	expect(package_sources_read_lines,
		"# deb http://no.example/ x main\n#deb http://no.example/ x main\n\n"
		"deb http://deb.debian.org/debian bookworm main\n"
		"deb-src [ arch=amd64 signed-by=/a/b.gpg ] https://Src.example/debian x main\n"
		"deb [arch=amd64]https://tight.example x main\n"
		"deb [never ends https://no.example x main\n"
		"deb\nrpm http://no.example/ x\n",
		"deb.debian.org src.example tight.example", "");
}

TEST(what_is_on_this_host_or_goes_another_way_is_no_mirror)
{
	expect(package_sources_read_lines,
		"deb cdrom:[Debian GNU/Linux 12.5.0 _Bookworm_]/ bookworm main\n"
		"deb file:/srv/mirror x main\ndeb file:///srv/mirror x main\ndeb copy:/srv x main\n"
		"deb tor+http://no.onion/ x main\ndeb ssh://no.example/ x main\n"
		"deb http:/no.example x main\ndeb http:///path x main\ndeb http://localhost/ x main\n",
		"", "");
}

TEST(a_mirror_method_names_a_host_or_a_file)
{
	expect(package_sources_read_lines,
		"deb mirror+http://m1.example/list x main\ndeb mirror://m2.example/list x main\n"
		"deb mirror+https://m3.example/list x main\n"
		"deb mirror+file:///etc/apt/mirrors/debian.list x main\n"
		"deb mirror+file:/etc/apt/other.list x main\ndeb mirror+file:relative x main\n",
		"m1.example m2.example m3.example",
		"/etc/apt/mirrors/debian.list /etc/apt/other.list");
	expect(package_sources_read_mirrors,
		"# http://no.example\nhttps://a.example/debian priority:1\n\nhttp://b.example\n",
		"a.example b.example", "");
}

TEST(of_a_uri_the_host_and_an_unusual_port_count)
{
	expect(package_sources_read_lines,
		"deb http://user:word@cache.example:3142/debian x main\n"
		"deb https://[2001:db8::7]:8443/debian x main\ndeb http://[2001:db8::8]/ x main\n"
		"deb http://[2001:db8::9 x main\ndeb http://a.example:443?x x main\n"
		"deb http://b.example:99999/ x main\ndeb http://c.example:x/ x main\n"
		"deb HTTP://10.0.0.80 x main\n",
		"cache.example 2001:db8::7 2001:db8::8 a.example b.example c.example 10.0.0.80 3142 "
		"8443",
		"");
}

TEST(a_stanza_has_uris_over_several_lines)
{
	expect(package_sources_read_stanzas,
		"# http://no.example\nTypes: deb\nURIs: http://a.example/debian\n"
		"# between\n https://b.example/debian http://c.example\n"
		"Suites: bookworm\nSigned-By:\n http://no.example\n\n"
		"\nuris: mirror+file:/etc/apt/mirrors/debian.list\n\n \n"
		"URIs:\n\thttp://d.example",
		"a.example b.example c.example d.example", "/etc/apt/mirrors/debian.list");
}

TEST(a_disabled_stanza_is_none)
{
	expect(package_sources_read_stanzas,
		"URIs: http://no.example\nEnabled: no\n\nEnabled: yes\nURIs: http://a.example\n\n"
		"Enabled: FALSE\nURIs: http://no.example\n",
		"a.example", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_uri_behind_its_options),
		cmocka_unit_test(what_is_on_this_host_or_goes_another_way_is_no_mirror),
		cmocka_unit_test(a_mirror_method_names_a_host_or_a_file),
		cmocka_unit_test(of_a_uri_the_host_and_an_unusual_port_count),
		cmocka_unit_test(a_stanza_has_uris_over_several_lines),
		cmocka_unit_test(a_disabled_stanza_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
