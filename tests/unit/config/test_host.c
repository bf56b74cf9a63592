/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host file's own sections: the host, its management, its peers and their list files. */
#include "host_fixture.h"

/* Reads the host of a rolewall.conf; to be ended with host_done(). */
static struct host read_host_file(struct fixture *f, const char *text,
	const struct memory_file *files)
{
	const struct file_access access = memory_access(files);
	struct host h;
	document_init(&f->document, f->arena);
	add_text(f, "rolewall.conf", text);
	assert_int_equal(host_read(&f->document, "rolewall.conf", "/c", &access, NULL, f->arena,
				 &f->diags, &h),
		0);
	return h;
}

static void a_host_has_roles_size_and_switches(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"\n[host]\nroles = proxy, target\nsize = 450\noutbound = allow\nenable = a b\n"
		"disable = c\n",
		no_files);
	assert_no_faults(&f->diags);
	assert_place(h.at, 2, 1);
	assert_int_equal(h.roles.count, 2);
	assert_string_equal(h.roles.items[1].text, "target");
	assert_string_equal(h.size.text, "450");
	assert_place(h.size.at, 4, 8);
	assert_true(h.outbound_allowed);
	assert_true(names_have(&h.enabled, "b"));
	assert_true(names_have(&h.disabled, "c"));
	assert_false(h.has_management);
	assert_int_equal(h.n_peers, 0);
	host_done(&h);
}

static void what_a_host_does_not_say_has_its_default(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f, "[host]\n", no_files);
	assert_no_faults(&f->diags);
	assert_null(h.size.text);
	assert_false(h.outbound_allowed);
	assert_int_equal(h.roles.count + h.enabled.count + h.disabled.count, 0);
	assert_int_equal(h.n_management_ports, 1);
	assert_int_equal(h.management_ports[0].first, 22);
	assert_int_equal(h.management_ports[0].last, 22);
	assert_string_equal(h.management.name, "management");
	host_done(&h);
}

static void a_missing_host_section_is_missed_in_the_host_file(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f, "; nothing\n", no_files);
	assert_faults(&f->diags,
		"rolewall.conf:1:1: error: no section [host]; write [host] and roles = in it\n");
	host_done(&h);
}

static void wrong_values_of_a_host_are_all_named(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"[host]\nroles = Proxy\nsize = 450 900\noutbound = alow\nenable = a a\n"
		"[management]\nfrom = 10.0.9.7/24\nport = 0\n",
		no_files);
	assert_faults(&f->diags,
		"rolewall.conf:2:9: error: 'Proxy' is not a name; write small letters, digits and "
		"hyphens, at most 48\n"
		"rolewall.conf:3:12: error: a host has one size; keep one\n"
		"rolewall.conf:4:12: error: 'alow' is not enforce or allow; did you mean "
		"'allow'?\n"
		"rolewall.conf:5:12: error: 'a' is in this list twice; keep one\n"
		"rolewall.conf:7:8: error: '10.0.9.7/24' has host bits set; write 10.0.9.0/24 or "
		"10.0.9.7\n"
		"rolewall.conf:8:8: error: '0' is not a port; write a number from 1 to 65535, or a "
		"range like 49152-65535\n");
	host_done(&h);
}

static void management_has_addresses_and_ports(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"[host]\n[management]\nfrom = 10.0.9.7, 10.0.9.0/24\nport = 22, 2222\n", no_files);
	struct addr in = {.family = AF_INET, .bytes = {10, 0, 9, 255}};
	assert_no_faults(&f->diags);
	assert_true(h.has_management);
	assert_place(h.management.at, 2, 1);
	assert_int_equal(addrset_count(&h.management.addresses), 1); /* normalised */
	assert_true(peer_knows(&h.management, &in));
	assert_int_equal(h.n_management_ports, 2);
	assert_int_equal(h.management_ports[1].first, 2222);
	host_done(&h);
}

static void management_without_from_is_a_fault(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f, "[host]\n[management]\nport = 22\n", no_files);
	assert_faults(&f->diags, "rolewall.conf:2:1: error: [management] has no from; write from = "
				 "with the addresses that administer this host\n");
	host_done(&h);
}

static void management_may_have_names_beside_an_address(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"[host]\n[management]\nfrom = 10.0.9.7\nname = Ops.Example.com.\nprivate = yes\n",
		no_files);
	assert_no_faults(&f->diags);
	assert_int_equal(h.management.n_names, 1);
	assert_string_equal(h.management.names[0].text, "ops.example.com");
	assert_true(h.management.names[0].takes_private);
	assert_true(peer_is_named(&h.management));
	host_done(&h);
}

static void management_by_a_name_alone_is_a_fault_that_says_why(void **state)
{
	struct fixture *f = *state;
	struct host h =
		read_host_file(f, "[host]\n[management]\nname = ops.example.com\n", no_files);
	assert_faults(&f->diags,
		"rolewall.conf:3:1: error: [management] has a name and no address; add from = with "
		"one, or without DNS there is no way in\n");
	host_done(&h);
	h = read_host_file(f, "[host]\n[management]\nname = ops.example.com\nfrom = none\n",
		no_files);
	assert_faults(&f->diags, "rolewall.conf:4:8: error: 'none' contradicts the names; write it "
				 "alone, or take it out\n");
	host_done(&h);
}

static void a_host_says_how_long_and_how_many_addresses_of_names_are_kept(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f, "[host]\n", no_files);
	const struct answers_rules by_default = answers_default_rules();
	assert_int_equal(h.name_rules.most, 1000);
	assert_int_equal(h.name_rules.grace, UINT64_C(3600) * 1000000);
	assert_int_equal(h.name_rules.ttl_floor, by_default.ttl_floor);
	assert_int_equal(h.name_rules.ttl_ceiling, by_default.ttl_ceiling);
	assert_true(h.holds);
	host_done(&h);
	h = read_host_file(f,
		"[host]\nnames-most = 20\nnames-ttl-floor = 0 s\nnames-ttl-ceiling = 5 min\n"
		"names-grace = 2 h\nhold = no\n",
		no_files);
	assert_no_faults(&f->diags);
	assert_int_equal(h.name_rules.most, 20);
	assert_int_equal(h.name_rules.ttl_floor, 0);
	assert_int_equal(h.name_rules.ttl_ceiling, 300 * 1000000);
	assert_int_equal(h.name_rules.grace, UINT64_C(7200) * 1000000);
	assert_false(h.holds);
	host_done(&h);
}

static void wrong_rules_for_names_are_all_named(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"[host]\nnames-most = 10001\nnames-ttl-floor = 60\nnames-ttl-ceiling = 0 s\n"
		"names-grace = 31 d\nhold = yes\n",
		no_files);
	assert_faults(&f->diags,
		"rolewall.conf:2:14: error: '10001' is not a number from 1 to 10000; write one\n"
		"rolewall.conf:3:19: error: '60' is not a time from 0 s to 30 d; write a number "
		"and s, min, h or d, like 30 min\n"
		"rolewall.conf:4:21: error: '0 s' is not a time from 1 s to 30 d; write a number "
		"and s, min, h or d, like 30 min\n"
		"rolewall.conf:5:15: error: '31 d' is not a time from 0 s to 30 d; write a number "
		"and s, min, h or d, like 30 min\n"
		"rolewall.conf:6:8: error: 'yes' is not auto or no; write one of these\n");
	host_done(&h);
	h = read_host_file(f, "[host]\nnames-ttl-ceiling = 30 s\n", no_files);
	assert_faults(&f->diags, "rolewall.conf:2:1: error: names-ttl-floor is above "
				 "names-ttl-ceiling; write a floor that is not\n");
	host_done(&h);
}

static void peers_have_addresses_from_keys_and_files(void **state)
{
	static const struct memory_file files[] = {
		{"/c/one.list", "10.0.1.1\n10.0.1.2\n"},
		{"/c/sub/two.list", "10.0.2.0/24\n"},
		{"/srv/three.list", "10.0.2.7\n"},
		{NULL},
	};
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"[host]\n[peer a]\naddress = 10.0.0.1\n"
		"[peer b]\naddress = 10.0.0.2\nfile = one.list, sub/two.list\n\t/srv/three.list\n"
		"[peer c]\naddress = any\n[peer d]\naddress = none\n",
		files);
	assert_no_faults(&f->diags);
	assert_int_equal(h.n_peers, 4);
	const struct peer *b = host_peer(&h, "b");
	assert_ptr_equal(b, &h.peers[1]);
	assert_place(b->at, 4, 1);
	assert_int_equal(b->addresses.count[ADDRSET_HOSTS4], 3); /* 10.0.2.7 lies in the prefix */
	assert_int_equal(b->addresses.count[ADDRSET_RANGES4], 1);
	assert_true(host_peer(&h, "c")->any);
	assert_true(host_peer(&h, "d")->none);
	assert_null(host_peer(&h, "e"));
	host_done(&h);
}

static void faults_of_a_list_file_are_named_in_it(void **state)
{
	static const struct memory_file files[] = {{"/c/w.list", "10.0.0.1\n10.0.0\n"}, {NULL}};
	struct fixture *f = *state;
	struct host h = read_host_file(f, "[host]\n[peer a]\nfile = none.list, w.list\n", files);
	assert_faults(&f->diags,
		"rolewall.conf:3:8: error: /c/none.list is missing\n"
		"/c/w.list:2:1: error: '10.0.0' is not an address; write one like 10.0.0.7 or "
		"2001:db8::7\n");
	host_done(&h);
}

static void a_peer_without_an_address_is_a_fault(void **state)
{
	static const struct memory_file files[] = {{"/c/e.list", "# nobody yet\n"}, {NULL}};
	struct fixture *f = *state;
	struct host h = read_host_file(f, "[host]\n[peer a]\n[peer b]\nfile = e.list\n", files);
	assert_faults(&f->diags,
		"rolewall.conf:2:1: error: peer 'a' has no address; write address =, file = "
		"or name = with one, or address = none\n"
		"rolewall.conf:4:1: error: peer 'b' has no address; write address =, file = "
		"or name = with one, or address = none\n");
	host_done(&h);
}

static void a_peer_with_a_wrong_address_or_key_is_one_fault(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f,
		"[host]\n[peer a]\naddress = x\n[peer b]\nadress = 10.0.0.1\n", no_files);
	assert_faults(&f->diags,
		"rolewall.conf:3:11: error: 'x' is a name and no address, and names are not "
		"supported by this version; write the addresses\n"
		"rolewall.conf:5:1: error: unknown key 'adress' in [peer]; did you mean "
		"'address'?\n");
	host_done(&h);
}

static void a_peer_with_an_empty_address_is_one_fault(void **state)
{
	struct fixture *f = *state;
	struct host h = read_host_file(f, "[host]\n[peer c]\naddress =\n", no_files);
	assert_faults(&f->diags,
		"rolewall.conf:3:1: error: a key without a value; write one or take the key out\n");
	host_done(&h);
}

static void none_and_a_file_of_addresses_contradict_each_other(void **state)
{
	static const struct memory_file files[] = {{"/c/w.list", "10.0.0.1\n"}, {NULL}};
	struct fixture *f = *state;
	/* as when a drop-in says none and the host file still names the list */
	struct host h =
		read_host_file(f, "[host]\n[peer a]\nfile = w.list\naddress = none\n", files);
	assert_faults(&f->diags,
		"rolewall.conf:4:11: error: 'none' contradicts the other addresses; write it "
		"alone, or take it out\n");
	host_done(&h);
}

static void a_role_file_says_what_a_peer_is_by_default(void **state)
{
	struct fixture *f = *state;
	const struct file_access access = memory_access(no_files);
	struct host h;
	add_text(f, "a.conf", "[peer x]\naddress = any\n");
	add_text(f, "rolewall.conf", "[host]\n");
	assert_int_equal(host_read(&f->document, "rolewall.conf", "/c", &access, NULL, f->arena,
				 &f->diags, &h),
		0);
	assert_no_faults(&f->diags);
	assert_int_equal(h.n_peers, 1);
	assert_true(h.peers[0].any);
	assert_true(h.peers[0].is_default);
	host_done(&h);
	add_text(f, "host/10.conf", "[peer x]\naddress = 10.0.0.1\n");
	assert_int_equal(host_read(&f->document, "rolewall.conf", "/c", &access, NULL, f->arena,
				 &f->diags, &h),
		0);
	assert_no_faults(&f->diags);
	assert_int_equal(h.n_peers, 1);
	assert_false(h.peers[0].any);
	assert_false(h.peers[0].is_default);
	host_done(&h);
}

/* Peers that the host itself tells the place of. */

static const char dynamic[] = "[host]\ninterface = eth0, eth7\n[management]\ninterface = eth0\n"
			      "[peer near]\ninterface = eth0 eth1\naddress = 192.0.2.1\n"
			      "[peer way-out]\ngateway = yes\n[peer dns]\nresolver = yes\n"
			      "[peer not]\ngateway = no\naddress = none\n";

static void peers_may_be_where_the_host_finds_them(void **state)
{
	struct fixture *f = *state;
	struct link_address links[] = {
		on("eth0", four(10, 0, 0, 7), four(10, 0, 0, 0), four(10, 0, 0, 255)),
		on("eth0", four(169, 254, 1, 1), four(169, 254, 0, 0), four(169, 254, 255, 255)),
		on("eth1", four(10, 1, 0, 7), four(10, 1, 0, 7), four(10, 1, 0, 7)),
		on("eth2", four(10, 2, 0, 7), four(10, 2, 0, 0), four(10, 2, 0, 255)),
		on("eth1", four(10, 3, 0, 7), four(10, 3, 0, 0), four(10, 3, 0, 255)),
	};
	links[4].is_down = true;
	struct gateway gateway = {.address = four(10, 0, 0, 1)};
	struct addr resolver = four(10, 0, 0, 53);
	const struct facts facts = {.addresses = links,
		.n_addresses = 5,
		.gateways = &gateway,
		.n_gateways = 1,
		.resolvers = &resolver,
		.n_resolvers = 1};
	struct addr yes[] = {four(10, 0, 0, 200), four(10, 1, 0, 7), four(192, 0, 2, 1)};
	struct addr no[] = {
		four(169, 254, 1, 9), four(10, 2, 0, 9), four(10, 1, 0, 8), four(10, 3, 0, 8)};
	struct host h = read_with_facts(f, dynamic, &facts);
	assert_no_faults(&f->diags);
	assert_int_equal(h.follows, FOLLOWS_LINKS | FOLLOWS_ROUTES | FOLLOWS_RESOLVERS);
	assert_int_equal(h.interfaces.count, 2);
	assert_string_equal(h.interfaces.items[1].text, "eth7");
	for (size_t i = 0; i < 3; i++)
		assert_true(peer_knows(host_peer(&h, "near"), &yes[i]));
	for (size_t i = 0; i < 4; i++)
		assert_false(peer_knows(host_peer(&h, "near"), &no[i]));
	assert_true(peer_knows(&h.management, &yes[0]));
	assert_true(peer_knows(host_peer(&h, "way-out"), &gateway.address));
	assert_true(peer_knows(host_peer(&h, "dns"), &resolver));
	assert_int_equal(addrset_count(&host_peer(&h, "not")->addresses), 0);
	host_done(&h);
}

/* Of the same network twice, once from an advertisement, the other is enough. */
static void what_was_learned_by_advertisement_is_noted(void **state)
{
	struct fixture *f = *state;
	struct addr first[3], last[3];
	struct link_address links[3];
	for (uint8_t i = 0; i < 3; i++) {
		first[i] = (struct addr){AF_INET6, {0x20, 0x01, 0x0d, 0xb8, 0, i / 2}};
		last[i] = first[i];
		memset(last[i].bytes + 8, 0xff, 8);
		links[i] = on("eth0", last[i], first[i], last[i]);
		links[i].address.bytes[15] = i;
	}
	links[1].is_learned = links[2].is_learned = true;
	struct gateway gateways[] = {{.address = {AF_INET6, {0xfe, 0x80, [15] = 1}}, true},
		{.address = {AF_INET6, {0xfe, 0x80, [15] = 2}}, false}};
	const struct facts facts = {
		.addresses = links, .n_addresses = 3, .gateways = gateways, .n_gateways = 2};
	struct host h = read_with_facts(f,
		"[host]\n[management]\ninterface = eth0\ngateway = yes\n"
		"[peer p]\ninterface = eth0\n",
		&facts);
	const struct addrset *learned = &h.management.learned;
	assert_int_equal(addrset_count(&h.management.addresses), 4);
	assert_int_equal(addrset_count(learned), 2);
	assert_true(addrset_contains(learned, &last[2]));
	assert_false(addrset_contains(learned, &last[0]));
	assert_true(addrset_contains(learned, &gateways[0].address));
	assert_int_equal(addrset_count(&host_peer(&h, "p")->learned), 1);
	host_done(&h);
	assert_int_equal(f->diags.count, 2); /* of management's, and not of the peer's */
}

static void its_own_addresses_are_known_but_for_link_local_ones(void **state)
{
	struct fixture *f = *state;
	struct link_address links[] = {
		on("lo", four(127, 0, 0, 1), four(127, 0, 0, 0), four(127, 255, 255, 255)),
		on("eth0", four(10, 0, 0, 1), four(10, 0, 0, 0), four(10, 0, 0, 255)),
		on("eth0", four(0, 0, 0, 0), four(0, 0, 0, 0), four(0, 0, 0, 0)),
	};
	const struct facts facts = {.addresses = links, .n_addresses = 3};
	links[2].address = (struct addr){.family = AF_INET6, .bytes = {0xfe, 0x80, [15] = 1}};
	struct host h = read_with_facts(f, "[host]\n", &facts);
	assert_int_equal(addrset_count(&h.own), 2);
	assert_true(addrset_contains(&h.own, &links[0].address));
	assert_true(addrset_contains(&h.own, &links[1].address));
	host_done(&h);
}

static void a_misspelt_section_is_not_missed(void **state)
{
	static const char *const titles[] = {"hots", "host web", "Host"};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "[%s]\nroles = x\n", titles[i]);
		struct host h = read_with_facts(f, text, NULL);
		assert_int_equal(f->diags.count, 1);
		assert_place(f->diags.items[0].at, 1, 1);
		host_done(&h);
		diags_done(&f->diags);
	}
}

static void a_look_that_failed_is_a_warning_and_not_an_empty_host(void **state)
{
	const struct facts facts = {.routes_error = -ENOBUFS};
	struct fixture *f = *state;
	struct host h = read_with_facts(f, "[host]\n[peer way-out]\ngateway = yes\n", &facts);
	assert_faults(&f->diags,
		"rolewall.conf:3:1: warning: cannot read the addresses or routes of this host: No "
		"buffer space available; those that were known before are used\n");
	host_done(&h);
}

static void wrong_interfaces_are_faults(void **state)
{
	struct fixture *f = *state;
	struct host h = read_with_facts(f,
		"[host]\ninterface = eth*\n[peer a]\ninterface = abcdefghijklmnop\n"
		"[peer b]\ninterface = eth0\naddress = none\n[peer c]\ngateway = maybe\n"
		"address = 10.0.0.1\n",
		NULL);
	assert_faults(&f->diags,
		"rolewall.conf:2:13: error: 'eth*' is not a name; write an interface like eth0, at "
		"most 15 letters\n"
		"rolewall.conf:4:13: error: 'abcdefghijklmnop' is not a name; write an interface "
		"like eth0, at most 15 letters\n"
		"rolewall.conf:7:11: error: 'none' contradicts the other addresses; write it "
		"alone, "
		"or take it out\n"
		"rolewall.conf:9:11: error: 'maybe' is not no or yes; write one of these\n");
	host_done(&h);
}

static void a_host_follows_its_own_addresses_and_nothing_else_unless_it_says_so(void **state)
{
	struct fixture *f = *state;
	struct host h = read_with_facts(f,
		"[host]\ninterface = eth0\n[peer a]\naddress = 10.0.0.1\ngateway = no\n", NULL);
	assert_int_equal(h.follows, FOLLOWS_LINKS);
	host_done(&h);
}

static void a_failing_machine_is_passed_up(void **state)
{
	static const struct memory_file files[] = {{"/c/w.list", "", 0, -ENOMEM}, {NULL}};
	struct fixture *f = *state;
	const struct file_access access = memory_access(files);
	struct host h;
	add_text(f, "rolewall.conf", "[host]\n[peer a]\naddress = 10.0.0.1\nfile = w.list\n");
	assert_int_equal(host_read(&f->document, "rolewall.conf", "/c", &access, NULL, f->arena,
				 &f->diags, &h),
		-ENOMEM);
	host_done(&h);
	assert_no_faults(&f->diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_host_has_roles_size_and_switches),
		FIXTURE_TEST(what_a_host_does_not_say_has_its_default),
		FIXTURE_TEST(a_missing_host_section_is_missed_in_the_host_file),
		FIXTURE_TEST(wrong_values_of_a_host_are_all_named),
		FIXTURE_TEST(management_has_addresses_and_ports),
		FIXTURE_TEST(management_without_from_is_a_fault),
		FIXTURE_TEST(management_may_have_names_beside_an_address),
		FIXTURE_TEST(management_by_a_name_alone_is_a_fault_that_says_why),
		FIXTURE_TEST(a_host_says_how_long_and_how_many_addresses_of_names_are_kept),
		FIXTURE_TEST(wrong_rules_for_names_are_all_named),
		FIXTURE_TEST(peers_have_addresses_from_keys_and_files),
		FIXTURE_TEST(faults_of_a_list_file_are_named_in_it),
		FIXTURE_TEST(a_peer_without_an_address_is_a_fault),
		FIXTURE_TEST(a_peer_with_a_wrong_address_or_key_is_one_fault),
		FIXTURE_TEST(a_peer_with_an_empty_address_is_one_fault),
		FIXTURE_TEST(none_and_a_file_of_addresses_contradict_each_other),
		FIXTURE_TEST(a_role_file_says_what_a_peer_is_by_default),
		FIXTURE_TEST(peers_may_be_where_the_host_finds_them),
		FIXTURE_TEST(what_was_learned_by_advertisement_is_noted),
		FIXTURE_TEST(a_misspelt_section_is_not_missed),
		FIXTURE_TEST(its_own_addresses_are_known_but_for_link_local_ones),
		FIXTURE_TEST(a_look_that_failed_is_a_warning_and_not_an_empty_host),
		FIXTURE_TEST(wrong_interfaces_are_faults),
		FIXTURE_TEST(a_host_follows_its_own_addresses_and_nothing_else_unless_it_says_so),
		FIXTURE_TEST(a_failing_machine_is_passed_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
