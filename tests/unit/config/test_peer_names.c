/* SPDX-License-Identifier: GPL-2.0-or-later */
/* name =, srv = and private = of a peer. */
#include "fixture.h"

#include "config/peer_names.h"

/* Reads the names of [peer p] in a rolewall.conf. */
static struct peer read_peer(struct fixture *f, const char *keys)
{
	char text[4096];
	struct peer p = {.name = "p"};
	document_init(&f->document, f->arena);
	snprintf(text, sizeof(text), "[peer p]\n%s", keys);
	add_text(f, "rolewall.conf", text);
	const struct section *s = document_find(&f->document, SECTION_PEER, "p");
	const struct peer_name_keys of = {
		&s->keys[PEER_NAME], &s->keys[PEER_SRV], &s->keys[PEER_PRIVATE]};
	assert_int_equal(peer_read_names(&p, &of, f->arena, &f->diags), 0);
	return p;
}

static void assert_name(const struct peer_name *n, const char *text, enum name_kind kind)
{
	assert_string_equal(n->text, text);
	assert_int_equal(n->kind, kind);
}

static void a_peer_without_names_has_none(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "address = 10.0.0.1\n");
	assert_no_faults(&f->diags);
	assert_int_equal(p.n_names, 0);
	assert_false(peer_is_named(&p));
}

static void names_are_kept_as_they_are_asked_for_with_their_places(void **state)
{
	struct fixture *f = *state;
	struct peer p =
		read_peer(f, "name = Login.Example.COM., graph.example.com\n"
			     "\tthird.example.com\n"
			     "srv = _LDAP._tcp.dc._msdcs.corp.example, web.service.consul\n");
	assert_no_faults(&f->diags);
	assert_int_equal(p.n_names, 5);
	assert_name(&p.names[0], "login.example.com", NAME_OF_HOST);
	assert_name(&p.names[1], "graph.example.com", NAME_OF_HOST);
	assert_name(&p.names[2], "third.example.com", NAME_OF_HOST);
	assert_name(&p.names[3], "_ldap._tcp.dc._msdcs.corp.example", NAME_OF_SERVICE);
	assert_name(&p.names[4], "web.service.consul", NAME_OF_SERVICE);
	assert_place(p.names[0].at, 2, 8);
	assert_place(p.names[1].at, 2, 28);
	assert_place(p.names[2].at, 3, 2);
	assert_place(p.names[3].at, 4, 7);
	assert_true(peer_is_named(&p));
	p.any = true;
	assert_false(peer_is_named(&p));
}

static void private_addresses_are_for_services_and_for_who_says_so(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "name = a.example\nsrv = _x._tcp.example\n");
	assert_false(p.names[0].takes_private);
	assert_true(p.names[1].takes_private);
	p = read_peer(f, "name = a.example\nprivate = no\n");
	assert_false(p.names[0].takes_private);
	p = read_peer(f, "name = a.example\nsrv = _x._tcp.example\nprivate = yes\n");
	assert_true(p.names[0].takes_private);
	assert_true(p.names[1].takes_private);
	assert_no_faults(&f->diags);
}

static void private_without_a_name_is_a_fault(void **state)
{
	struct fixture *f = *state;
	read_peer(f, "address = 10.0.0.1\nprivate = yes\n");
	assert_faults(&f->diags, "rolewall.conf:3:1: error: private = only counts for name =, "
				 "which is missing; add name =, or take private out\n");
	read_peer(f, "srv = _x._tcp.example\nprivate = no\n");
	assert_faults(&f->diags, "rolewall.conf:3:1: error: private = only counts for name =; a "
				 "service may have private addresses anyway, so take it out\n");
	read_peer(f, "name = a.example\nprivate = maybe\n");
	assert_faults(&f->diags,
		"rolewall.conf:3:11: error: 'maybe' is not no or yes; write one of these\n");
}

static void each_wrong_name_is_a_fault_at_its_place(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "name = 10.0.0.7, https://login.example.com, *.example.com\n"
				     "\t_ldap._tcp.example, a..example, good.example, none\n"
				     "srv = _x._tcp.example/, any\n");
	assert_faults(&f->diags,
		"rolewall.conf:2:8: error: '10.0.0.7' ends in a number, as an address does; write "
		"addresses with address =\n"
		"rolewall.conf:2:18: error: 'https://login.example.com' is not a host name; write "
		"the name alone, like login.example.com, without scheme, port or path\n"
		"rolewall.conf:2:45: error: '*.example.com' is a wildcard, and a wildcard cannot "
		"be resolved; write each name\n"
		"rolewall.conf:3:2: error: '_ldap._tcp.example' has a label that begins with '_', "
		"as a service has; write a service, like _ldap._tcp.example.com, with srv =\n"
		"rolewall.conf:3:22: error: 'a..example' has an empty label; write one dot between "
		"two labels\n"
		"rolewall.conf:3:48: error: 'none' is not a name; write address = none instead\n"
		"rolewall.conf:4:7: error: '_x._tcp.example/' is not a host name; write the name "
		"alone, like login.example.com, without scheme, port or path\n"
		"rolewall.conf:4:25: error: 'any' is not a name; write address = any instead\n");
	assert_int_equal(p.n_names, 1);
	assert_string_equal(p.names[0].text, "good.example");
}

static void a_service_without_a_domain_is_a_fault(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "srv = _ldap._tcp, _ldap._tcp.corp\n");
	assert_faults(&f->diags,
		"rolewall.conf:2:7: error: '_ldap._tcp' is a service without a domain; write the "
		"domain behind it, like _ldap._tcp.corp.example\n");
	assert_int_equal(p.n_names, 1);
}

static void a_name_that_stands_twice_is_a_fault_whatever_its_letters(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "name = a.example, b.example, A.Example.\nsrv = a.example\n");
	assert_faults(&f->diags,
		"rolewall.conf:2:30: error: 'a.example' is in this list twice; keep one\n");
	assert_int_equal(p.n_names, 3); /* a service of the same name is another thing */
}

static void a_name_without_a_dot_is_a_warning(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "name = dc1\n");
	assert_faults(&f->diags, "rolewall.conf:2:8: warning: 'dc1' has no dot; it is resolved as "
				 "it stands, without a search domain\n");
	assert_string_equal(p.names[0].text, "dc1");
}

static void a_name_that_can_never_be_asked_for_is_a_warning(void **state)
{
	struct fixture *f = *state;
	struct peer p = read_peer(f, "name = localhost, a.Invalid., x.onion, invalid.example\n");
	assert_faults(&f->diags,
		"rolewall.conf:2:8: warning: 'localhost' can never be resolved by DNS: its last "
		"word is reserved; correct the name, or write address =\n"
		"rolewall.conf:2:19: warning: 'a.invalid' can never be resolved by DNS: its last "
		"word is reserved; correct the name, or write address =\n"
		"rolewall.conf:2:31: warning: 'x.onion' can never be resolved by DNS: its last "
		"word is reserved; correct the name, or write address =\n");
	assert_int_equal(p.n_names, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_peer_without_names_has_none),
		FIXTURE_TEST(names_are_kept_as_they_are_asked_for_with_their_places),
		FIXTURE_TEST(private_addresses_are_for_services_and_for_who_says_so),
		FIXTURE_TEST(private_without_a_name_is_a_fault),
		FIXTURE_TEST(each_wrong_name_is_a_fault_at_its_place),
		FIXTURE_TEST(a_service_without_a_domain_is_a_fault),
		FIXTURE_TEST(a_name_that_stands_twice_is_a_fault_whatever_its_letters),
		FIXTURE_TEST(a_name_without_a_dot_is_a_warning),
		FIXTURE_TEST(a_name_that_can_never_be_asked_for_is_a_warning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
