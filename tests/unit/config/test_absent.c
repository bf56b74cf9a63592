/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces, addresses, routes and name servers that the host does not have now. */
#include "host_fixture.h"

#include "config/absent.h"

static void what_is_not_there_yet_is_a_warning(void **state)
{
	static const char text[] = "[host]\n[management]\ninterface = eth0\n"
				   "[peer near]\ninterface = eth0 eth1\naddress = 192.0.2.1\n"
				   "[peer way-out]\ngateway = yes\n[peer dns]\nresolver = yes\n";
	struct fixture *f = *state;
	const struct facts nothing = {0};
	struct host h = read_with_facts(f, text, &nothing);
	assert_faults(&f->diags,
		"rolewall.conf:3:13: warning: anybody on the link of 'eth0' can make himself an "
		"administrator: an IPv6 router advertisement adds his network to this interface; "
		"it is safer to name the administrators' addresses with from =\n"
		"rolewall.conf:3:13: warning: interface 'eth0' has no address now; it matches no "
		"host until it has one\n"
		"rolewall.conf:5:13: warning: interface 'eth0' has no address now; it matches no "
		"host until it has one\n"
		"rolewall.conf:5:18: warning: interface 'eth1' has no address now; it matches no "
		"host until it has one\n"
		"rolewall.conf:8:1: warning: this host has no default route now; gateway matches "
		"no host until it has one\n"
		"rolewall.conf:10:1: warning: this host has no name server now; resolver matches "
		"no host until it has one\n");
	assert_int_equal(h.follows, FOLLOWS_LINKS | FOLLOWS_ROUTES | FOLLOWS_RESOLVERS);
	host_done(&h);
}

static void an_interface_that_there_is_not_is_a_warning_of_its_own(void **state)
{
	struct fixture *f = *state;
	char links[][IFNAMSIZ] = {"lo", "eth0", "wlan0"};
	const struct facts facts = {.links = links, .n_links = 3};
	struct host h = read_with_facts(f,
		"[host]\ninterface = eth0, eht0, ppp7\n[management]\ninterface = etho\n"
		"from = 10.0.0.1\n[peer a]\ninterface = wlan0 tun0\n",
		&facts);
	assert_faults(&f->diags, "rolewall.conf:2:19: warning: there is no interface 'eht0' now; "
				 "did you mean 'eth0'? it lets nobody in until there is one\n"
				 "rolewall.conf:2:25: warning: there is no interface 'ppp7' now; "
				 "it lets nobody in until there is one\n"
				 "rolewall.conf:4:13: warning: there is no interface 'etho' now; "
				 "did you mean 'eth0'? it matches no host until there is one\n"
				 "rolewall.conf:7:13: warning: interface 'wlan0' has no address "
				 "now; it matches no host until it has one\n"
				 "rolewall.conf:7:19: warning: there is no interface 'tun0' now; "
				 "it matches no host until there is one\n");
	host_done(&h);
}

static void assert_one_warning(struct fixture *f, const char *text, const struct facts *facts,
	const char *wanted)
{
	struct host h = read_with_facts(f, text, facts);
	assert_faults(&f->diags, wanted);
	diags_done(&f->diags);
	host_done(&h);
}

static void an_interface_that_is_down_has_nobody(void **state)
{
	struct link_address link =
		on("eth0", four(10, 0, 0, 7), four(10, 0, 0, 0), four(10, 0, 0, 255));
	const struct facts facts = {.addresses = &link, .n_addresses = 1};
	link.is_down = true;
	assert_one_warning(*state, "[host]\n[peer near]\ninterface = eth0\n", &facts,
		"rolewall.conf:3:13: warning: interface 'eth0' is down now; it matches no host "
		"until it is up\n");
}

static void a_resolver_on_this_host_is_a_warning_if_it_is_not_known_whom_it_asks(void **state)
{
	static const char text[] = "[host]\n[peer dns]\nresolver = yes\n";
	struct addr uplink = four(10, 0, 0, 53);
	struct facts facts = {.resolvers = &uplink, .n_resolvers = 1, .stub = four(127, 0, 0, 1)};
	assert_one_warning(*state, text, &facts,
		"rolewall.conf:3:1: warning: 127.0.0.1 is a resolver on this host, and rolewall "
		"does not know which name servers it asks; name them with address =, or its "
		"look-ups may be refused\n");
	facts = (struct facts){.stub = four(127, 0, 0, 53)};
	assert_one_warning(*state, text, &facts,
		"rolewall.conf:3:1: warning: systemd-resolved (127.0.0.53 in /etc/resolv.conf) has "
		"no name server now, in /run/systemd/resolve/resolv.conf; resolver matches no host "
		"until it has one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(what_is_not_there_yet_is_a_warning),
		FIXTURE_TEST(an_interface_that_there_is_not_is_a_warning_of_its_own),
		FIXTURE_TEST(an_interface_that_is_down_has_nobody),
		FIXTURE_TEST(a_resolver_on_this_host_is_a_warning_if_it_is_not_known_whom_it_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
