/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rows mean for a host: who may open what to whom; and that the shipped files say
 * exactly what the vendor's page says. */
#include "fixture.h"
#include "memory_files.h"

#include <unistd.h>

#include "base/text.h"
#include "config/policy.h"

/* "NAME STATE in:PEERS out:PEERS", one flow a line. */
static char *described(const struct policy *p)
{
	struct text t = {0};
	char *out = NULL;
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct host_flow *f = &p->flows[i];
		if (f->state == FLOW_NOT_OURS)
			continue;
		text_printf(&t, "%s %s in:", f->flow->name, flow_state_name(f->state));
		for (size_t j = 0; j < f->n_inbound; j++)
			text_printf(&t, "%s%s", j ? "," : "", f->inbound[j]->name);
		text_put(&t, " out:");
		for (size_t j = 0; j < f->n_outbound; j++)
			text_printf(&t, "%s%s", j ? "," : "", f->outbound[j]->name);
		text_put(&t, "\n");
	}
	assert_int_equal(text_finish(&t, &out), 0);
	return out;
}

#define MANAGED "[management]\nfrom = 10.0.9.0/24\n"

static void assert_policy(struct fixture *f, const char *roles, const char *host,
	const char *expected)
{
	const struct memory_file files[] = {
		{"/r/roles.conf", "; parties a, b and c\n"},
		{"/c/roles/r.conf", roles},
		{"/c/rolewall.conf", host},
		{NULL},
	};
	struct policy *p = NULL;
	int r = memory_policy(files, NULL, &f->diags, &p);
	assert_no_errors(&f->diags); /* many of the peers are not used */
	assert_int_equal(r, 0);
	char *text = described(p);
	assert_int_equal(p->n_flows, p->matrix.n_flows);
	policy_free(p);
	assert_string_equal(text, expected);
	free(text);
}

/* A role that plays a and knows b, with one row between them. */
#define ROW(name, source, target, more) \
	"[flow " name "]\nport = 1\nprotocol = tcp\nsource = " source "\ntarget = " target "\n" more
#define ROLE "[role]\nname = r\nplays = a\npeers = b, c\n"
#define HOST "[host]\nroles = r\n" MANAGED "[peer b]\naddress = 10.0.0.2\n"

static void the_initiator_says_who_is_inbound_and_who_outbound(void **state)
{
	static const char *const cases[][2] = {
		{ROLE ROW("x", "a", "b", ""), "x on in: out:b\n"},
		{ROLE ROW("x", "b", "a", ""), "x on in:b out:\n"},
		{ROLE ROW("x", "a", "b", "initiator = source\n"), "x on in: out:b\n"},
		{ROLE ROW("x", "a", "b", "initiator = target\n"), "x on in:b out:\n"},
		{ROLE ROW("x", "a", "b", "initiator = either\n"), "x on in:b out:b\n"},
		{ROLE ROW("x", "b", "a", "initiator = target\n"), "x on in: out:b\n"},
		{ROLE ROW("x", "b", "a", "initiator = either\n"), "x on in:b out:b\n"},
		/* the arrow says nothing of this */
		{ROLE ROW("x", "a", "b", "direction = both\n"), "x on in: out:b\n"},
		{ROLE ROW("x", "a", "b", "direction = single\n"), "x on in: out:b\n"},
		/* between others */
		{ROLE ROW("x", "b", "c", "initiator = either\n"), ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_policy(*state, cases[i][0], HOST, cases[i][1]);
}

static void several_parties_are_each_bound_once(void **state)
{
	assert_policy(*state, ROLE ROW("x", "b, c", "a", ""), HOST "[peer c]\naddress = none\n",
		"x on in:b,c out:\n");
	assert_policy(*state, ROLE ROW("x", "a, b", "b, c", "initiator = either\n"),
		HOST "[peer c]\naddress = any\n", "x on in:b,c out:b,c\n");
}

static void hosts_of_one_party_talk_to_each_other_by_its_peer(void **state)
{
	assert_policy(*state, ROLE ROW("x", "a", "a", ""), HOST "[peer a]\naddress = 10.0.0.1\n",
		"x on in:a out:a\n");
}

static void hosts_of_one_party_need_its_peer(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {
		{"/r/r.conf", ROLE ROW("x", "a", "a", "")}, {"/c/rolewall.conf", HOST}, {NULL}};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), -EINVAL);
	assert_null(p);
	assert_faults(&f->diags, "/c/rolewall.conf:2:9: error: missing [peer a]: flow 'x' of this "
				 "host (/r/r.conf:5) needs it; add it with address =, "
				 "file = or name =, or with address = none\n");
}

static void this_host_is_whoever_reads_it(void **state)
{
	assert_policy(*state, ROLE,
		HOST ROW("x", "this-host", "b", "") ROW("y", "b", "this-host", "")
			ROW("z", "c", "b", ""),
		"x on in: out:b\ny on in:b out:\n");
}

static void both_ends_on_one_host_need_no_peer(void **state)
{
	assert_policy(*state,
		"[role]\nname = r\nplays = a, b\n" ROW("x", "a", "b",
			"initiator = "
			"either\n"),
		"[host]\nroles = r\n" MANAGED, "x on in: out:\n");
	/* but one that is declared is bound */
	assert_policy(*state, "[role]\nname = r\nplays = a, b\n" ROW("x", "a", "b", ""),
		"[host]\nroles = r\n" MANAGED "[peer b]\naddress = 10.0.0.2\n", "x on in: out:b\n");
}

static void a_peer_that_nothing_needs_is_no_error(void **state)
{
	assert_policy(*state, ROLE ROW("x", "a", "b", ""), HOST "[peer c]\naddress = 10.0.0.3\n",
		"x on in: out:b\n");
}

static void optional_rows_are_off_until_they_are_enabled(void **state)
{
	static const char roles[] =
		ROLE ROW("x", "a", "b", "optional = yes\n") ROW("y", "a", "b", "optional = no\n");
	assert_policy(*state, roles, HOST, "x optional in: out:b\ny on in: out:b\n");
	assert_policy(*state, roles,
		"[host]\nroles = r\nenable = x\ndisable = y\n" MANAGED "[peer b]\naddress = any\n",
		"x on in: out:b\ny disabled in: out:b\n");
	/* what is off needs no peer */
	assert_policy(*state, roles, "[host]\nroles = r\ndisable = y\n" MANAGED,
		"x optional in: out:\ny disabled in: out:\n");
}

static void several_roles_add_up(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {
		{"/r/p.conf", "[role]\nname = p\nplays = a\npeers = c\n" ROW("x", "a", "c", "")},
		{"/r/q.conf", "[role]\nname = q\nplays = b\n" ROW("y", "c", "b", "")
				      ROW("z", "a", "b", "")},
		{"/c/rolewall.conf",
			"[host]\nroles = p, q\n" MANAGED "[peer c]\naddress = 10.0.0.3\n"},
		{NULL},
	};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), 0);
	assert_no_faults(&f->diags);
	char *text = described(p);
	assert_string_equal(text, "x on in: out:c\ny on in:c out:\nz on in: out:\n");
	free(text);
	assert_true(policy_plays(p, "a"));
	assert_true(policy_plays(p, "b"));
	assert_true(policy_plays(p, "this-host"));
	assert_false(policy_plays(p, "c"));
	assert_false(policy_plays(p, "p"));
	policy_free(p);
}

static void a_fault_anywhere_gives_no_policy(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {
		{"/r/r.conf", ROLE ROW("x", "b", "c", "")}, /* not even of this host */
		{"/r/s.conf", "[flow y]\nport = 0\nprotocol = tcp\nsource = b\ntarget = c\n"},
		{"/c/rolewall.conf", HOST}, {NULL}};
	struct policy *p = (struct policy *)f;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), -EINVAL);
	assert_ptr_equal(p, f);
	assert_faults(&f->diags, "/r/s.conf:2:8: error: '0' is not a port; write a number from 1 "
				 "to 65535, or a range like 49152-65535\n");
}

static void faults_of_all_files_are_listed_in_one_run(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {
		{"/r/r.conf", ROLE ROW("x", "a", "b", "port = 2\n") ROW("y", "a", "nobody", "")},
		{"/c/rolewall.conf",
			"[host]\nroles = r, s\nenable = z\nsize = 7\n[peer b]\nfile = none.list\n"
			"[size 450]\nsessions = 150\n" MANAGED},
		{"/c/rolewall.conf.d/1.conf", "[peer d]\naddress = 10.0.0.1\n"},
		{NULL},
	};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), -EINVAL);
	assert_faults(&f->diags,
		"/r/r.conf:10:1: error: 'port' is here twice, first in line 6; keep one\n"
		"/r/r.conf:15:10: error: unknown party 'nobody'; name a party of a role, or add a "
		"[peer] with this name\n"
		"/c/rolewall.conf:2:12: error: unknown role 's'; did you mean 'r'?\n"
		"/c/rolewall.conf:3:10: error: unknown flow 'z'; did you mean 'x'?\n"
		"/c/rolewall.conf:4:8: error: unknown size '7'; write one of 450\n"
		"/c/rolewall.conf:6:8: error: /c/none.list is missing\n"
		"/c/rolewall.conf.d/1.conf:1:1: error: unknown peer 'd'; did you mean 'a'?\n");
}

static void a_failing_machine_is_no_fault(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {
		{"/r/r.conf", "", 0, -ENOMEM}, {"/c/rolewall.conf", HOST}, {NULL}};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), -ENOMEM);
	assert_no_faults(&f->diags);
	assert_null(p);
}

TEST(the_states_have_names)
{
	assert_string_equal(flow_state_name(FLOW_ON), "on");
	assert_string_equal(flow_state_name(FLOW_OFF_OPTIONAL), "optional");
	assert_string_equal(flow_state_name(FLOW_OFF_DISABLED), "disabled");
	assert_string_equal(flow_state_name(FLOW_NOT_OURS), "not ours");
	policy_free(NULL);
}

/* The shipped files. */

#define ROLES_DIR SOURCE_DIR "/conf/roles"

/* Of common.conf. */
#define COMMON_ROWS_OFF \
	"names optional in: out:name-server\ntime optional in: out:time-server\n" \
	"packages optional in: out:\nlog-forwarding optional in: out:\n"

/* All parties that the shipped roles name. */
#define PEERS \
	"[peer app-server]\naddress = 10.0.1.1\n[peer domain-controller]\naddress = 10.0.1.2\n" \
	"[peer dns-service]\naddress = 10.0.1.3\n[peer azure]\naddress = 20.190.128.0/18\n" \
	"[peer windows-host]\naddress = 10.2.0.0/16\n[peer linux-host]\naddress = 10.3.0.0/16\n" \
	"[peer remote-proxy]\naddress = 10.0.1.4\n[peer proxy]\naddress = 10.0.1.4\n" \
	"[peer remote-action-service]\naddress = 10.0.1.5\n[peer ssh-client]\naddress = any\n" \
	"[peer rdp-client]\naddress = any\n[peer browser]\naddress = any\n" \
	"[peer revocation-server]\naddress = 10.0.1.6\n"

/* The shipped roles with this host file, which is written to a directory of its own. */
static struct policy *shipped(struct fixture *f, const char *host)
{
	char directory[] = "/tmp/rolewall-policy-XXXXXX";
	struct policy *p = NULL;
	assert_non_null(mkdtemp(directory));
	char *path = arena_printf(f->arena, "%s/rolewall.conf", directory);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(host, file);
	fclose(file);
	int r = policy_load(&(const struct config_dirs){directory, ROLES_DIR}, &file_access_system,
		NULL, &f->diags, &p);
	assert_int_equal(unlink(path) | rmdir(directory), 0);
	assert_no_errors(&f->diags);
	assert_int_equal(r, 0);
	return p;
}

static void put_names(struct text *to, const struct names *names)
{
	text_put(to, " ");
	for (size_t i = 0; i < names->count; i++)
		text_printf(to, "%s%s", i ? "," : "", names->items[i].text);
}

/* "PORTS PROTOCOLS SOURCES DIRECTION TARGETS INITIATOR" */
static void put_row(struct text *to, const struct flow *f)
{
	static const char *const initiators[] = {"source", "target", "either"};
	for (size_t i = 0; i < f->n_ports; i++)
		text_printf(to, f->ports[i].first == f->ports[i].last ? "%s%u" : "%s%u-%u",
			i ? "," : "", f->ports[i].first, f->ports[i].last);
	for (size_t i = 0; i < f->n_protocols; i++)
		text_printf(to, "%s%s", i ? "," : " ", protocol_name(f->protocols[i]));
	put_names(to, &f->sources);
	text_put(to, f->direction == DIRECTION_SINGLE ? " single" : " both");
	put_names(to, &f->targets);
	text_printf(to, " %s\n", initiators[f->initiator]);
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rows, optional or not, as sorted lines: the order of the files does not matter. */
static void assert_rows(const struct policy *p, bool optional, const char *const *expected,
	size_t count)
{
	char *rows[100];
	size_t n = 0;
	for (size_t i = 0; i < p->matrix.n_flows; i++) {
		struct text t = {0};
		if (p->matrix.flows[i].optional != optional)
			continue;
		put_row(&t, &p->matrix.flows[i]);
		assert_true(n < 100);
		assert_int_equal(text_finish(&t, &rows[n++]), 0);
	}
	qsort(rows, n, sizeof(*rows), by_line);
	for (size_t i = 0; i < n && i < count; i++)
		assert_string_equal(rows[i], expected[i]);
	assert_int_equal(n, count);
	while (n > 0)
		free(rows[--n]);
}

/* The rows beside those of the page that are on, "kerberos-tcp smb ". */
static char *optional_rows_on(const struct policy *p)
{
	struct text on = {0};
	char *out = NULL;
	for (size_t i = 0; i < p->n_flows; i++)
		if (p->flows[i].flow->optional && p->flows[i].state == FLOW_ON)
			text_printf(&on, "%s ", p->flows[i].flow->name);
	assert_int_equal(text_finish(&on, &out), 0);
	return out;
}

static void the_bundle_of_a_domain_is_five_rows(void **state)
{
	struct policy *p = shipped(*state,
		"[host]\nroles = app-server\nenable = active-directory\n" MANAGED PEERS);
	char *on = optional_rows_on(p);
	assert_string_equal(on, "rpc-dynamic kerberos-tcp kerberos-password smb global-catalog ");
	free(on);
	policy_free(p);
}

/* Nothing but enable = is needed, and a host that does not ask for them follows nothing more. */
static void names_and_time_need_one_line(void **state)
{
	struct policy *p = shipped(*state, "[host]\nenable = names time\n" MANAGED);
	char *on = optional_rows_on(p);
	assert_string_equal(on, "names time ");
	free(on);
	assert_true(p->host.follows & FOLLOWS_RESOLVERS);
	assert_int_equal(host_peer(&p->host, "time-server")->n_names, 5);
	policy_free(p);
	p = shipped(*state, "[host]\n" MANAGED);
	assert_false(p->host.follows & FOLLOWS_RESOLVERS);
	policy_free(p);
}

/* As conf/rolewall.conf showed them before there was common.conf. */
static void a_site_s_own_rows_for_names_and_time_stay_as_they_are(void **state)
{
	struct policy *p = shipped(*state,
		"[host]\n" MANAGED
		"[flow time]\nport = 123\nprotocol = udp\nsource = this-host\ntarget = ntp\n"
		"purpose = NTP\n[peer ntp]\naddress = 10.0.0.123\n"
		"[flow names]\nport = 53\nprotocol = udp tcp\nsource = this-host\n"
		"target = name-server\npurpose = DNS\n[peer name-server]\naddress = 10.0.0.53\n");
	const struct flow *time = matrix_flow(&p->matrix, "time");
	assert_true(time->of_site);
	assert_false(time->optional);
	assert_int_equal(time->at.line, 4);
	assert_true(names_have(&time->targets, "ntp"));
	char *text = described(p);
	assert_non_null(strstr(text, "time on in: out:ntp\n"));
	assert_non_null(strstr(text, "names on in: out:name-server\n"));
	free(text);
	assert_false(p->host.follows & FOLLOWS_RESOLVERS);
	policy_free(p);
}

static void the_page_s_note_stands_with_its_row(void **state)
{
	struct policy *p = shipped(*state, "[host]\nroles = app-server\n" MANAGED PEERS);
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct flow *flow = p->flows[i].flow;
		bool is_noted = strcmp(flow->name, "ad-web-services") == 0;
		assert_int_equal(flow->note[0] != '\0', is_noted);
		assert_true(!is_noted || strstr(flow->note, "https://kb.netwrix.com/5938"));
	}
	policy_free(p);
}

static void the_shipped_rows_are_the_sixteen_of_the_page(void **state)
{
	static const char *const page[] = {
		"135 tcp app-server both domain-controller source\n",
		"137,138 udp app-server both domain-controller source\n",
		"22 tcp app-server,proxy single linux-host source\n",
		"3389 tcp app-server,proxy both windows-host source\n",
		"389,636 tcp,udp app-server both domain-controller source\n",
		"4422 tcp ssh-client both app-server,proxy source\n",
		"443 tcp app-server both azure source\n", /* the two names */
		"443 tcp app-server both azure source\n", /* Azure Graph API */
		"4489 tcp rdp-client both app-server,proxy source\n",
		"53 tcp,udp app-server both dns-service source\n",
		"5985,5986 tcp app-server both windows-host source\n", /* remoting */
		"5985,5986 tcp app-server both windows-host source\n", /* password change */
		"6500 tcp app-server both remote-action-service either\n",
		"6520 tcp app-server both remote-proxy either\n",
		"88 udp app-server both domain-controller source\n",
		"9389 tcp app-server single domain-controller source\n",
	};
	struct policy *p = shipped(*state, "[host]\nroles = target\n" MANAGED PEERS);
	assert_rows(p, false, page, 16);
	policy_free(p);
}

static void the_other_shipped_rows_are_optional(void **state)
{
	static const char *const beyond[] = {
		"1025-5000 tcp app-server both domain-controller source\n",
		"123 udp this-host both time-server source\n",
		"3268-3269 tcp app-server both domain-controller source\n",
		"445 tcp app-server both domain-controller source\n",
		"464 tcp,udp app-server both domain-controller source\n",
		"49152-65535 tcp app-server both domain-controller source\n",
		"514,6514 tcp,udp this-host both log-server source\n",
		"53 udp,tcp this-host both name-server source\n",
		"5432 tcp app-server both app-server either\n",
		"6500 tcp browser both app-server source\n",
		"6523 tcp app-server both remote-proxy either\n",
		"6524 tcp app-server both remote-proxy either\n",
		"80 tcp app-server both revocation-server source\n",
		"80,443 tcp this-host both package-mirror source\n",
		"88 tcp app-server both domain-controller source\n",
	};
	struct policy *p = shipped(*state, "[host]\nroles = target\n" MANAGED PEERS);
	assert_rows(p, true, beyond, sizeof(beyond) / sizeof(beyond[0]));
	policy_free(p);
}

static void assert_shipped(struct fixture *f, const char *host, const char *expected)
{
	struct policy *p = shipped(f, host);
	char *text = described(p);
	assert_string_equal(text, expected);
	free(text);
	policy_free(p);
}

static void a_shipped_app_server_takes_part_in_all_rows(void **state)
{
	assert_shipped(*state, "[host]\nroles = app-server\n" MANAGED PEERS,
		"ms-rpc on in: out:domain-controller\n"
		"ldap on in: out:domain-controller\n"
		"dns on in: out:dns-service\n"
		"netbios on in: out:domain-controller\n"
		"ad-web-services on in: out:domain-controller\n"
		"kerberos on in: out:domain-controller\n"
		"entra-https on in: out:azure\n"
		"azure-graph on in: out:azure\n"
		"powershell-remoting on in: out:windows-host\n"
		"password-change-windows on in: out:windows-host\n"
		"register-proxy on in:remote-proxy out:remote-proxy\n"
		"register-action-service on in:remote-action-service out:remote-action-service\n"
		"register-leaf-node optional in:remote-proxy out:remote-proxy\n"
		"register-cluster-node optional in:remote-proxy out:remote-proxy\n"
		"rpc-dynamic optional in: out:domain-controller\n"
		"kerberos-tcp optional in: out:domain-controller\n"
		"kerberos-password optional in: out:domain-controller\n"
		"smb optional in: out:domain-controller\n"
		"global-catalog optional in: out:domain-controller\n"
		"rpc-dynamic-legacy optional in: out:domain-controller\n"
		"web-console optional in:browser out:\n"
		"certificate-revocation optional in: out:revocation-server\n"
		"high-availability optional in:app-server out:app-server\n" COMMON_ROWS_OFF
		"ssh-proxy on in:ssh-client out:\n"
		"rdp-proxy on in:rdp-client out:\n"
		"rdp-target on in: out:windows-host\n"
		"ssh-target on in: out:linux-host\n");
}

static void a_shipped_proxy_takes_part_in_its_rows(void **state)
{
	assert_shipped(*state, "[host]\nroles = proxy\nsize = 450\n" MANAGED PEERS,
		"register-proxy on in:app-server out:app-server\n"
		"register-leaf-node optional in:app-server out:app-server\n"
		"register-cluster-node optional in:app-server out:app-server\n" COMMON_ROWS_OFF
		"ssh-proxy on in:ssh-client out:\n"
		"rdp-proxy on in:rdp-client out:\n"
		"rdp-target on in: out:windows-host\n"
		"ssh-target on in: out:linux-host\n");
}

static void a_shipped_target_is_reached_by_ssh_only(void **state)
{
	assert_shipped(*state, "[host]\nroles = target\n" MANAGED PEERS,
		COMMON_ROWS_OFF "ssh-target on in:app-server,proxy out:\n");
}

static void server_and_proxy_on_one_host_need_no_peer_for_each_other(void **state)
{
	assert_shipped(*state,
		"[host]\nroles = proxy, target\n" MANAGED "[peer app-server]\naddress = 10.0.1.1\n"
		"[peer ssh-client]\naddress = any\n[peer rdp-client]\naddress = any\n"
		"[peer windows-host]\naddress = 10.2.0.0/16\n",
		"register-proxy on in:app-server out:app-server\n"
		"register-leaf-node optional in:app-server out:app-server\n"
		"register-cluster-node optional in:app-server out:app-server\n" COMMON_ROWS_OFF
		"ssh-proxy on in:ssh-client out:\n"
		"rdp-proxy on in:rdp-client out:\n"
		"rdp-target on in: out:windows-host\n"
		"ssh-target on in:app-server out:\n");
}

static void the_shipped_sizing_table_is_that_of_the_page(void **state)
{
	static const struct {
		uint32_t administrators, sessions, cores;
		uint64_t memory, disk;
	} page[] = {{450, 150, 4, 16, 21}, {900, 300, 8, 32, 42}, {1800, 600, 16, 64, 84}};
	struct policy *p = shipped(*state, "[host]\nroles = proxy\nsize = 900\n" MANAGED PEERS);
	assert_int_equal(p->matrix.n_sizes, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct size *s = &p->matrix.sizes[i];
		assert_int_equal(s->administrators, page[i].administrators);
		assert_int_equal(s->sessions, page[i].sessions);
		assert_int_equal(s->cores, page[i].cores);
		assert_int_equal(s->memory, page[i].memory << 30);
		assert_int_equal(s->disk, page[i].disk << 30);
	}
	assert_ptr_equal(p->size, &p->matrix.sizes[1]);
	for (size_t i = 0; i < p->matrix.n_flows; i++) {
		const struct flow *flow = &p->matrix.flows[i];
		bool session = !strcmp(flow->name, "ssh-proxy") || !strcmp(flow->name, "rdp-proxy");
		assert_int_equal(flow->is_session, session);
	}
	policy_free(p);
}

static void the_shipped_host_file_loads_as_it_stands(void **state)
{
	struct fixture *f = *state;
	struct policy *p = NULL;
	int r = policy_load(&(const struct config_dirs){SOURCE_DIR "/conf", ROLES_DIR},
		&file_access_system, NULL, &f->diags, &p);
	assert_no_faults(&f->diags);
	assert_int_equal(r, 0);
	assert_null(p->size);
	assert_true(policy_plays(p, "proxy"));
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(the_initiator_says_who_is_inbound_and_who_outbound),
		FIXTURE_TEST(several_parties_are_each_bound_once),
		FIXTURE_TEST(hosts_of_one_party_talk_to_each_other_by_its_peer),
		FIXTURE_TEST(hosts_of_one_party_need_its_peer),
		FIXTURE_TEST(this_host_is_whoever_reads_it),
		FIXTURE_TEST(both_ends_on_one_host_need_no_peer),
		FIXTURE_TEST(a_peer_that_nothing_needs_is_no_error),
		FIXTURE_TEST(optional_rows_are_off_until_they_are_enabled),
		FIXTURE_TEST(several_roles_add_up),
		FIXTURE_TEST(a_fault_anywhere_gives_no_policy),
		FIXTURE_TEST(faults_of_all_files_are_listed_in_one_run),
		FIXTURE_TEST(a_failing_machine_is_no_fault),
		FIXTURE_TEST(the_states_have_names),
		FIXTURE_TEST(the_bundle_of_a_domain_is_five_rows),
		FIXTURE_TEST(names_and_time_need_one_line),
		FIXTURE_TEST(a_site_s_own_rows_for_names_and_time_stay_as_they_are),
		FIXTURE_TEST(the_page_s_note_stands_with_its_row),
		FIXTURE_TEST(the_shipped_rows_are_the_sixteen_of_the_page),
		FIXTURE_TEST(the_other_shipped_rows_are_optional),
		FIXTURE_TEST(a_shipped_app_server_takes_part_in_all_rows),
		FIXTURE_TEST(a_shipped_proxy_takes_part_in_its_rows),
		FIXTURE_TEST(a_shipped_target_is_reached_by_ssh_only),
		FIXTURE_TEST(server_and_proxy_on_one_host_need_no_peer_for_each_other),
		FIXTURE_TEST(the_shipped_sizing_table_is_that_of_the_page),
		FIXTURE_TEST(the_shipped_host_file_loads_as_it_stands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
