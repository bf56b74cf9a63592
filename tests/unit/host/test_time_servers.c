/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the files of time services name. */
#include "host/time_servers.h"

#include "sites_text.h"
#include "testing.h"

typedef int read_fn(const char *text, struct sites *ret);

static void expect(read_fn *read, const char *text, const char *wanted)
{
	struct sites s = {0};
	char found[SITES_TEXT_SIZE];
	assert_int_equal(read(text, &s), 0);
	sites_text(&s, found);
	assert_string_equal(found, wanted);
	sites_done(&s);
}

TEST(chrony_names_servers_pools_and_peers)
{
	expect(time_servers_read,
		"# server no.example\n! pool no.example\n; x\n% x\n\n"
		"pool 2.debian.pool.ntp.org iburst maxsources 4\n"
		"  Server ntp1.corp.example key 5\r\n"
		"server 2001:db8::123 iburst\npeer 10.0.0.123\n"
		"sourcedir /run/chrony-dhcp\nserver\nserverstats x.example\nrefclock SHM 0\n"
		"pool 2.debian.pool.ntp.org",
		"2.debian.pool.ntp.org ntp1.corp.example 2001:db8::123 10.0.0.123");
	expect(time_servers_read, "", "");
}

TEST(ntpd_chooses_a_family_and_names_its_clocks_by_loopback)
{
	expect(time_servers_read,
		"server -6 six.example iburst\npool -4 four.example\nserver 127.127.20.0 mode 8\n"
		"restrict default kod\nserver -4\n",
		"six.example four.example");
}

TEST(timesyncd_has_lists_in_its_own_section)
{
	expect(time_servers_read_timesyncd,
		"[Match]\nNTP=no.example\n[Time]\n#NTP=no.example\nNTP=a.example b.example\n"
		"FallbackNTP = c.example 2001:db8::1\nRootDistanceMaxSec=5\n[Other]\nNTP=no.example\n",
		"a.example b.example c.example 2001:db8::1");
	expect(time_servers_read_timesyncd, "[Time]\n#NTP=\n#FallbackNTP=0.debian.pool.ntp.org\n",
		"");
}

TEST(a_list_of_timesyncd_goes_on_behind_a_backslash)
{
	expect(time_servers_read_timesyncd,
		"[Time]\nNTP=a.example \\\n# between\n b.example\\\nc.example\nd.example\n",
		"a.example b.example c.example");
	expect(time_servers_read_timesyncd, "[Time]\nNTP=\\", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chrony_names_servers_pools_and_peers),
		cmocka_unit_test(ntpd_chooses_a_family_and_names_its_clocks_by_loopback),
		cmocka_unit_test(timesyncd_has_lists_in_its_own_section),
		cmocka_unit_test(a_list_of_timesyncd_goes_on_behind_a_backslash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
