/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows out of sections: what a row must have, and what in it contradicts itself. */
#include "fixture.h"

#include <netinet/in.h>

#include "config/matrix.h"

static struct matrix read_matrix(struct fixture *f)
{
	struct matrix m = {0};
	assert_int_equal(matrix_read(&f->document, f->arena, &f->diags, &m), 0);
	return m;
}

#define ROW(name) \
	"[flow " name "]\nport = 22\nprotocol = tcp\nsource = app-server\ntarget = proxy\n"

static void a_row_has_all_its_columns(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf",
		"[flow ldap]\nport = 389 636\nprotocol = tcp udp\nsource = app-server, proxy\n"
		"direction = single\ntarget = domain-controller\npurpose = LDAP/LDAPS\n"
		"initiator = either\noptional = yes\nbundle = directory domain\n"
		"note = See the vendor's\n  article.\n");
	struct matrix m = read_matrix(f);
	assert_no_faults(&f->diags);
	assert_int_equal(m.n_flows, 1);
	const struct flow *flow = &m.flows[0];
	assert_string_equal(flow->name, "ldap");
	assert_place(flow->at, 1, 1);
	assert_place(flow->port_at, 2, 1);
	assert_false(flow->of_site);
	assert_int_equal(flow->n_ports, 2);
	assert_int_equal(flow->ports[1].first, 636);
	assert_int_equal(flow->n_protocols, 2);
	assert_int_equal(flow->protocols[1], IPPROTO_UDP);
	assert_int_equal(flow->sources.count, 2);
	assert_string_equal(flow->sources.items[1].text, "proxy");
	assert_int_equal(flow->targets.count, 1);
	assert_int_equal(flow->direction, DIRECTION_SINGLE);
	assert_int_equal(flow->initiator, INITIATOR_EITHER);
	assert_true(flow->optional);
	assert_false(flow->is_session);
	assert_string_equal(flow->purpose, "LDAP/LDAPS");
	assert_string_equal(flow->note, "See the vendor's article.");
	assert_int_equal(flow->bundles.count, 2);
	assert_ptr_equal(matrix_bundle(&m, "domain"), flow);
	assert_null(matrix_bundle(&m, "ldap"));
}

static void what_a_row_does_not_say_has_its_default(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", ROW("x"));
	struct matrix m = read_matrix(f);
	assert_no_faults(&f->diags);
	assert_true(m.flows[0].of_site);
	assert_int_equal(m.flows[0].direction, DIRECTION_BOTH);
	assert_int_equal(m.flows[0].initiator, INITIATOR_SOURCE);
	assert_false(m.flows[0].optional);
	assert_string_equal(m.flows[0].purpose, "");
	assert_string_equal(m.flows[0].note, "");
	assert_int_equal(m.flows[0].bundles.count, 0);
}

static void an_overridden_port_has_the_place_of_the_override(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", ROW("x"));
	add_text(f, "rolewall.conf", "\n[flow x]\nport = 2222\n");
	struct matrix m = read_matrix(f);
	assert_no_faults(&f->diags);
	assert_int_equal(m.n_flows, 1);
	assert_string_equal(m.flows[0].at.file, "a.conf");
	assert_string_equal(m.flows[0].port_at.file, "rolewall.conf");
	assert_place(m.flows[0].port_at, 3, 1);
	assert_false(m.flows[0].of_site);
	assert_int_equal(m.flows[0].ports[0].first, 2222);
	assert_int_equal(m.flows[0].n_ports, 1);
}

static void a_row_without_a_column_names_it(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[flow a-first]\nport = 1\nsource = x\ntarget = y\n"
		"[flow the-second]\nport = 1\nprotocol = tcp\ntarget = y\n"
		"[flow number-three]\nport = 1\nprotocol = tcp\nsource = x\n"
		"[flow forth]\nprotocol = tcp udp\nsource = x\ntarget = y\n");
	read_matrix(f);
	assert_faults(&f->diags,
		"rolewall.conf:1:1: error: flow 'a-first' has no protocol; write protocol = …\n"
		"rolewall.conf:5:1: error: flow 'the-second' has no source; write source = …\n"
		"rolewall.conf:9:1: error: flow 'number-three' has no target; write target = …\n"
		"rolewall.conf:13:1: error: flow 'forth' has no port; write port = with a number, "
		"a list or a range\n");
}

static void an_override_of_a_mistyped_row_is_one_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", ROW("ssh-proxy"));
	add_text(f, "rolewall.conf", "[flow ssh-prxy]\nport = 2222\n");
	read_matrix(f);
	assert_faults(&f->diags, "rolewall.conf:1:1: error: flow 'ssh-prxy' has no protocol; write "
				 "one, or did you mean 'ssh-proxy'?\n");
}

static void ports_and_protocols_must_fit(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[flow a]\nprotocol = icmp\nport = 8\nsource = x\ntarget = y\n"
		"[flow b]\nprotocol = tcp icmp\nport = 8\nsource = x\ntarget = y\n"
		"[flow c]\nprotocol = 47\nsource = x\ntarget = y\n"
		"[flow d]\nprotocol = tcp sctp\nport = 8\nsource = x\ntarget = y\n");
	struct matrix m = read_matrix(f);
	assert_faults(&f->diags,
		"rolewall.conf:3:1: error: the protocols of flow 'a' have no ports; take port = "
		"out\n"
		"rolewall.conf:7:1: error: flow 'b' mixes protocols with ports (tcp, udp, sctp) "
		"and without; make two flows\n");
	assert_int_equal(matrix_flow(&m, "c")->n_ports, 0);
}

static void wrong_values_of_a_row_are_all_named(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf",
		"[flow x]\nport = 22, 70000\nprotocol = tpc\nsource = App\ntarget = y,\n"
		"direction = boht\ninitiator = anyone\noptional = maybe\n");
	read_matrix(f);
	assert_faults(&f->diags,
		"a.conf:2:12: error: '70000' is not a port; write a number from 1 to 65535, or a "
		"range like 49152-65535\n"
		"a.conf:3:12: error: unknown protocol 'tpc'; did you mean 'tcp'?\n"
		"a.conf:4:10: error: 'App' is not a name; write small letters, digits and hyphens, "
		"at most 48\n"
		"a.conf:5:11: error: an empty item; end the list without a comma\n"
		"a.conf:6:13: error: 'boht' is not both or single; did you mean 'both'?\n"
		"a.conf:7:13: error: 'anyone' is not source, target or either; write one of "
		"these\n"
		"a.conf:8:12: error: 'maybe' is not no or yes; write one of these\n");
}

static void a_role_has_a_name_and_parties(void **state)
{
	struct fixture *f = *state;
	add_text(f, "proxy.conf",
		"[role]\nname = proxy\nplays = proxy, remote-proxy\n"
		"peers = app-server\nsession-flows = ssh\n" ROW("ssh") ROW("rdp"));
	struct matrix m = read_matrix(f);
	assert_no_faults(&f->diags);
	assert_int_equal(m.n_roles, 1);
	const struct role *r = matrix_role(&m, "proxy");
	assert_ptr_equal(r, &m.roles[0]);
	assert_string_equal(r->plays.items[1].text, "remote-proxy");
	assert_true(names_have(&r->peers, "app-server"));
	assert_true(matrix_flow(&m, "ssh")->is_session);
	assert_false(matrix_flow(&m, "rdp")->is_session);
	assert_null(matrix_role(&m, "prox"));
	assert_null(matrix_flow(&m, "ss"));
}

static void a_role_with_no_or_two_names_is_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[role]\nplays = a\n");
	add_text(f, "b.conf", "\n[role]\nname = b, c\nplays = b\n");
	add_text(f, "c.conf", "[role]\nname = c\n");
	struct matrix m = read_matrix(f);
	assert_faults(&f->diags,
		"a.conf:1:1: error: [role] needs one name; write name = a\n"
		"b.conf:2:1: error: [role] needs one name; write name = b\n"
		"c.conf:1:1: error: role 'c' plays no party; write plays = and the names that its "
		"flows use for it\n");
	assert_int_equal(m.n_roles, 1);
}

static void two_roles_of_one_name_are_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "\n[role]\nname = proxy\nplays = a\n");
	add_text(f, "b.conf", "[role]\nplays = b\nname = proxy\n");
	struct matrix m = read_matrix(f);
	assert_faults(&f->diags, "b.conf:3:8: error: role 'proxy' is declared in a.conf:2 already; "
				 "give this one another name\n");
	assert_int_equal(m.n_roles, 1);
	assert_string_equal(m.roles[0].plays.items[0].text, "a");
}

static void an_unknown_session_flow_is_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf",
		"[role]\nname = a\nplays = a\nsession-flows = ssh, time-machine\n" ROW("ssh"));
	read_matrix(f);
	assert_faults(&f->diags, "a.conf:4:22: error: unknown flow 'time-machine'; name a flow of "
				 "the role files\n");
}

static void sizes_are_read(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf",
		"[size 450]\nsessions = 150\nmemory = 16 GB\ncores = 4\ndisk = 21 GB\n"
		"[size 99999999]\nsessions = 1\n");
	struct matrix m = read_matrix(f);
	assert_no_faults(&f->diags);
	assert_int_equal(m.n_sizes, 2);
	assert_int_equal(m.sizes[0].administrators, 450);
	assert_int_equal(m.sizes[0].sessions, 150);
	assert_int_equal(m.sizes[0].memory, UINT64_C(16) << 30);
	assert_int_equal(m.sizes[0].cores, 4);
	assert_int_equal(m.sizes[0].disk, UINT64_C(21) << 30);
	assert_int_equal(m.sizes[1].administrators, 99999999);
	assert_int_equal(m.sizes[1].memory, 0);
}

static void wrong_sizes_are_faults(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf",
		"[size small]\nsessions = 1\n[size 0]\n[size 100000000]\n"
		"[size 18446744073709551617]\n[size 4-50]\n[size 450]\nmemory = 16\n"
		"[size 900]\nsessions = 0\ncores = many\n");
	struct matrix m = read_matrix(f);
#define NOT_A_SIZE " is not a number of administrators; write one like [size 450]\n"
	assert_faults(&f->diags,
		"a.conf:1:1: error: [size small]" NOT_A_SIZE
		"a.conf:3:1: error: [size 0]" NOT_A_SIZE
		"a.conf:4:1: error: [size 100000000]" NOT_A_SIZE
		"a.conf:5:1: error: [size 18446744073709551617]" NOT_A_SIZE
		"a.conf:6:1: error: [size 4-50]" NOT_A_SIZE
		"a.conf:7:1: error: [size 450] has no sessions; write sessions = …\n"
		"a.conf:8:10: error: '16' is not an amount; write a number and MB, GB or TB, like "
		"16 GB\n"
		"a.conf:10:12: error: '0' is not a number from 1 to 1000000; write one\n"
		"a.conf:11:9: error: 'many' is not a number from 1 to 100000; write one\n");
	assert_int_equal(m.n_sizes, 2);
}

static void two_sizes_of_one_number_are_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[size 450]\nsessions = 150\n");
	add_text(f, "rolewall.conf", "[size 0450]\nsessions = 9999\n");
	read_matrix(f);
	assert_true(diags_have_errors(&f->diags));
}

static void a_flow_knows_its_ports_and_protocols(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf",
		"[flow x]\nport = 22, 1000-2000\nprotocol = tcp udp\nsource = a\n"
		"target = b\n[flow y]\nprotocol = 47\nsource = a\ntarget = b\n");
	struct matrix m = read_matrix(f);
	assert_no_faults(&f->diags);
	static const struct {
		uint16_t port;
		bool has;
	} cases[] = {{21, false}, {22, true}, {23, false}, {999, false}, {1000, true}, {1500, true},
		{2000, true}, {2001, false}, {0, false}, {65535, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(flow_has_port(&m.flows[0], cases[i].port), cases[i].has);
	assert_false(flow_has_port(&m.flows[1], 22));
	assert_true(flow_has_protocol(&m.flows[0], IPPROTO_UDP));
	assert_false(flow_has_protocol(&m.flows[0], 47));
	assert_true(flow_has_protocol(&m.flows[1], 47));
	assert_false(flow_has_protocol(&(const struct flow){0}, 0));
}

static void no_sections_are_an_empty_matrix(void **state)
{
	struct matrix m = read_matrix(*state);
	assert_int_equal(m.n_roles + m.n_flows + m.n_sizes, 0);
	assert_null(matrix_flow(&m, "x"));
	assert_null(matrix_role(&m, "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_row_has_all_its_columns),
		FIXTURE_TEST(what_a_row_does_not_say_has_its_default),
		FIXTURE_TEST(an_overridden_port_has_the_place_of_the_override),
		FIXTURE_TEST(a_row_without_a_column_names_it),
		FIXTURE_TEST(an_override_of_a_mistyped_row_is_one_fault),
		FIXTURE_TEST(ports_and_protocols_must_fit),
		FIXTURE_TEST(wrong_values_of_a_row_are_all_named),
		FIXTURE_TEST(a_role_has_a_name_and_parties),
		FIXTURE_TEST(a_role_with_no_or_two_names_is_a_fault),
		FIXTURE_TEST(two_roles_of_one_name_are_a_fault),
		FIXTURE_TEST(an_unknown_session_flow_is_a_fault),
		FIXTURE_TEST(sizes_are_read),
		FIXTURE_TEST(wrong_sizes_are_faults),
		FIXTURE_TEST(two_sizes_of_one_number_are_a_fault),
		FIXTURE_TEST(a_flow_knows_its_ports_and_protocols),
		FIXTURE_TEST(no_sections_are_an_empty_matrix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
