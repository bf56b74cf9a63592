/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names across files: each that is used must be known, and a guess says which was meant. */
#include "fixture.h"
#include "memory_files.h"

#include "config/check.h"

#define ROLE_FILE ROLE_WITH("")
#define ROLE_WITH(more) \
	"[role]\nname = proxy\nplays = proxy\npeers = app-server, ssh-client\n" more \
	"[flow ssh-proxy]\nport = 4422\nprotocol = tcp\nsource = ssh-client\ntarget = proxy\n" \
	"[flow extra]\nport = 1\nprotocol = tcp\nsource = proxy\ntarget = app-server\n" \
	"optional = yes\n" \
	"[size 450]\nsessions = 150\nmemory = 16 GB\ncores = 4\n" \
	"[size 900]\nsessions = 300\nmemory = 32 GB\ncores = 8\n"

#define REST \
	"[management]\nfrom = 10.0.9.0/24\n[peer app-server]\naddress = 10.0.0.1\n" \
	"[peer ssh-client]\naddress = any\n"

static void assert_files_load(struct fixture *f, const struct memory_file *files,
	const struct facts *facts, const char *faults)
{
	bool good = !strstr(faults, ": error: ");
	struct policy *p = NULL;
	int r = memory_policy(files, facts, &f->diags, &p);
	if (good && r == 0)
		policy_free(p);
	assert_faults(&f->diags, faults);
	assert_int_equal(r, good ? 0 : -EINVAL);
}

/* Loads the role above with this host file: good, or faulty with exactly these faults. */
static void assert_loads(struct fixture *f, const char *host, const struct facts *facts,
	const char *faults)
{
	const struct memory_file files[] = {
		{"/r/proxy.conf", ROLE_FILE}, {"/c/rolewall.conf", host}, {NULL}};
	assert_files_load(f, files, facts, faults);
}

static void known_names_are_no_fault(void **state)
{
	assert_loads(*state, "[host]\nroles = proxy\nsize = 450\nenable = extra\n" REST, NULL, "");
}

static void unknown_roles_are_named_with_those_there_are(void **state)
{
	assert_loads(*state, "[host]\nroles = prxy, database\n" REST, NULL,
		"/c/rolewall.conf:2:9: error: unknown role 'prxy'; did you mean 'proxy'?\n"
		"/c/rolewall.conf:2:15: error: unknown role 'database'; there are proxy\n");
}

static void unknown_peers_are_named(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\n" REST "[peer ap-server]\naddress = 10.0.0.1\n"
		"[peer printer]\naddress = 10.0.0.2\n",
		NULL,
		"/c/rolewall.conf:9:1: error: unknown peer 'ap-server'; did you mean "
		"'app-server'?\n"
		"/c/rolewall.conf:11:1: error: unknown peer 'printer'; no role and no flow has "
		"such a party; correct the name or take it out\n");
}

static void a_peer_called_this_host_is_not_told_to_be_called_so(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {{"/r/proxy.conf", ROLE_FILE},
		{"/c/rolewall.conf",
			"[host]\nroles = proxy\n" REST "[peer this-host]\naddress = 10.0.0.9\n"},
		{NULL}};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), -EINVAL);
	assert_int_equal(f->diags.count, 1);
	assert_place(f->diags.items[0].at, 9, 1);
	assert_null(strstr(f->diags.items[0].message, "did you mean 'this-host'"));
}

static void unknown_parties_of_a_flow_are_named(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\n" REST
		"[flow time]\nport = 123\nprotocol = udp\nsource = this-hots\ntarget = ntp\n"
		"[flow log]\nport = 514\nprotocol = udp\nsource = this-host\n"
		"target = ssh-cleint, log-server\n[peer log-server]\naddress = 10.0.0.5\n",
		NULL,
		"/c/rolewall.conf:12:10: error: unknown party 'this-hots'; did you mean "
		"'this-host'?\n"
		"/c/rolewall.conf:13:10: error: unknown party 'ntp'; name a party of a role, or "
		"add a [peer] with this name\n"
		"/c/rolewall.conf:18:10: error: unknown party 'ssh-cleint'; did you mean "
		"'ssh-client'?\n");
}

static void a_site_may_bring_parties_of_its_own(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\nenable = extra\n" REST
		"[flow time]\nport = 123\nprotocol = udp\nsource = this-host\ntarget = ntp\n"
		"[peer ntp]\naddress = 10.0.0.123\n",
		NULL, "");
}

static void unknown_flows_to_switch_are_named(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\nenable = exta, everything\ndisable = ssh-proxi\n" REST,
		NULL,
		"/c/rolewall.conf:3:10: error: unknown flow 'exta'; did you mean 'extra'?\n"
		"/c/rolewall.conf:3:16: error: unknown flow 'everything'; name a flow of the role "
		"files or of this file\n"
		"/c/rolewall.conf:4:11: error: unknown flow 'ssh-proxi'; did you mean "
		"'ssh-proxy'?\n");
}

static void a_flow_cannot_be_both_enabled_and_disabled(void **state)
{
	assert_loads(*state, "[host]\nroles = proxy\nenable = extra\ndisable = extra\n" REST, NULL,
		"/c/rolewall.conf:4:11: error: flow 'extra' is both enabled and disabled; keep "
		"one\n");
}

static void a_row_of_another_role_is_not_enabled_by_naming_it(void **state)
{
	struct fixture *f = *state;
	const struct memory_file files[] = {{"/r/proxy.conf", ROLE_FILE},
		{"/r/other.conf", "[role]\nname = other\nplays = app-server\npeers = printer\n"
				  "[flow print]\nport = 631\nprotocol = tcp\nsource = app-server\n"
				  "target = printer\noptional = yes\n"},
		{"/c/rolewall.conf", "[host]\nroles = proxy\nenable = extra, print\n" REST},
		{NULL}};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), 0);
	policy_free(p);
	assert_faults(&f->diags,
		"/c/rolewall.conf:3:17: warning: flow 'print' is between parties that this host "
		"does not play (/r/other.conf:5), so enabling it changes nothing here; take it out "
		"or add the role to roles =\n");
}

static void a_bound_on_sessions_that_refuses_nobody_is_a_warning(void **state)
{
#define BOUND(n) "[host]\nroles = proxy\nenable = extra\nsize = 450\nsessions-per-client = " n "\n"
	const char *above = "/c/rolewall.conf:5:1: warning: one client may have 150 sessions, and "
			    "all together 150 (size 450): sessions-per-client changes nothing; "
			    "write a smaller number\n";
	assert_loads(*state, BOUND("3") REST, NULL,
		"/c/rolewall.conf:5:1: warning: no flow of this host carries sessions, so "
		"sessions-per-client changes nothing here; take it out\n");
	struct memory_file files[] = {{"/r/proxy.conf", ROLE_WITH("session-flows = ssh-proxy\n")},
		{"/c/rolewall.conf", BOUND("149") REST}, {NULL}};
	assert_files_load(*state, files, NULL, "");
	files[1].text = BOUND("150") REST;
	assert_files_load(*state, files, NULL, above);
	assert_loads(*state, BOUND("0") REST, NULL,
		"/c/rolewall.conf:5:23: error: '0' is not a number from 1 to 1000000; write one\n");
}

static void recordings_without_a_day_to_compare_with_are_a_warning(void **state)
{
#define RECORDS(size) "[host]\nroles = proxy\nenable = extra\n" size "recordings = /srv/rec\n" REST
	assert_loads(*state, RECORDS(""), NULL,
		"/c/rolewall.conf:4:1: warning: it is not known what a day of recordings needs, so "
		"recordings has nothing to be compared with; write size = with the row of the "
		"sizing table\n");
	assert_loads(*state, RECORDS("size = 450\n"), NULL,
		"/c/rolewall.conf:5:1: warning: it is not known what a day of recordings needs, so "
		"recordings has nothing to be compared with; write size = with the row of the "
		"sizing table, and disk = in that row\n");
	assert_loads(*state, RECORDS("size = 450\n") "[size 450]\ndisk = 21 GB\n", NULL, "");
}

static void a_path_of_recordings_is_absolute(void **state)
{
	assert_loads(*state, "[host]\nroles = proxy\nenable = extra\nrecordings = srv/rec\n" REST,
		NULL,
		"/c/rolewall.conf:4:14: error: 'srv/rec' is not an absolute path; write one that "
		"begins with /\n");
}

static void a_peer_that_no_flow_uses_is_a_warning(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\nenable = extra\n" REST
		"[flow log]\nport = 514\nprotocol = udp\nsource = app-server\n"
		"target = log-server\n[peer log-server]\naddress = 10.0.0.5\n",
		NULL,
		"/c/rolewall.conf:15:1: warning: peer 'log-server' is not used: no flow of this "
		"host has it at its other end\n");
	assert_loads(*state, "[host]\nroles = proxy\n" REST, NULL,
		"/c/rolewall.conf:5:1: warning: peer 'app-server' is not used: all flows with it "
		"are off, such as 'extra' (/r/proxy.conf:10)\n");
	assert_loads(*state, "[host]\nroles = proxy\ndisable = ssh-proxy\nenable = extra\n" REST,
		NULL,
		"/c/rolewall.conf:9:1: warning: peer 'ssh-client' is not used: all flows with it "
		"are off, such as 'ssh-proxy' (/r/proxy.conf:5)\n");
}

static void of_many_unused_peers_ten_are_named(void **state)
{
	struct fixture *f = *state;
	struct text host = {0};
	char *written = NULL;
	struct policy *p = NULL;
	text_put(&host, "[host]\nroles = proxy\nenable = extra\n" REST);
	for (int i = 0; i < 100; i++)
		text_printf(&host,
			"[flow f%d]\nport = 514\nprotocol = udp\nsource = app-server\n"
			"target = p%d\n[peer p%d]\naddress = 10.0.1.%d\n",
			i, i, i, i);
	assert_int_equal(text_finish(&host, &written), 0);
	const struct memory_file files[] = {
		{"/r/proxy.conf", ROLE_FILE}, {"/c/rolewall.conf", written}, {NULL}};
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), 0);
	policy_free(p);
	free(written);
	assert_int_equal(f->diags.count, 11);
	assert_string_equal(f->diags.items[0].message, "90 more peers are not used");
}

static void what_has_a_misspelt_title_is_not_missed(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\nenable = log\n[managment]\nfrom = 10.0.9.0/24\n"
		"[peeer app-server]\naddress = 10.0.0.1\n[peer ssh-client]\naddress = any\n"
		"[flwo log]\nport = 514\nprotocol = udp\n",
		NULL,
		"/c/rolewall.conf:4:1: error: unknown section [managment]; did you mean "
		"[management]?\n"
		"/c/rolewall.conf:6:1: error: unknown section [peeer]; did you mean [peer "
		"NAME]?\n"
		"/c/rolewall.conf:10:1: error: unknown section [flwo]; did you mean [flow "
		"NAME]?\n");
	struct fixture *f = *state;
	const struct memory_file files[] = {
		{"/r/proxy.conf", "[rol]\nname = proxy\nplays = proxy\n"},
		{"/c/rolewall.conf", "[host]\nroles = proxy\n[management]\nfrom = 10.0.0.1\n"},
		{NULL}};
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), -EINVAL);
	assert_faults(&f->diags,
		"/r/proxy.conf:1:1: error: unknown section [rol]; did you mean [role]?\n");
}

static void a_host_that_nobody_may_administer_is_a_warning(void **state)
{
	assert_loads(*state,
		"\n[host]\nroles = proxy\nenable = extra\n[peer app-server]\naddress = 10.0.0.1\n"
		"[peer ssh-client]\naddress = any\n",
		NULL,
		"/c/rolewall.conf:2:1: warning: nobody may administer this host; add [management] "
		"with from =, or only flows decide who gets in\n");
}

static void an_unknown_size_is_a_fault(void **state)
{
	static const char *const wrong[] = {"451", "45", "4500", "450x", "45O", "large", "0"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char host[400], faults[200];
		snprintf(host, sizeof(host), "[host]\nroles = proxy\nsize = %s\n" REST, wrong[i]);
		snprintf(faults, sizeof(faults),
			"/c/rolewall.conf:3:8: error: unknown size '%s'; write one of 450, 900\n",
			wrong[i]);
		assert_loads(*state, host, NULL, faults);
	}
}

static void a_size_larger_than_the_machine_is_a_warning(void **state)
{
	const uint64_t gb = UINT64_C(1) << 30;
	static const char host[] = "[host]\nroles = proxy\nsize = 900\nenable = extra\n" REST;
	static const char little_memory[] =
		"/c/rolewall.conf:3:8: warning: size 900 wants 32 GB of "
		"memory and this machine has 16.0 GB\n";
	static const char few_cores[] =
		"/c/rolewall.conf:3:8: warning: size 900 wants 8 cores and this machine has 4\n";
	char both[sizeof(little_memory) + sizeof(few_cores)];
	snprintf(both, sizeof(both), "%s%s", little_memory, few_cores);
	assert_loads(*state, host, NULL, "");
	assert_loads(*state, host, &(struct facts){.memory = 32 * gb, .cores = 8}, "");
	/* the kernel keeps a little for itself */
	assert_loads(*state, host, &(struct facts){.memory = 29 * gb, .cores = 9}, "");
	assert_loads(*state, host, &(struct facts){.memory = 0, .cores = 0}, "");
	assert_loads(*state, host, &(struct facts){.memory = 16 * gb, .cores = 8}, little_memory);
	assert_loads(*state, host, &(struct facts){.memory = 32 * gb, .cores = 4}, few_cores);
	assert_loads(*state, host, &(struct facts){.memory = 16 * gb, .cores = 4}, both);
}

static void a_missing_peer_is_told_once_where_the_role_is_chosen_or_the_flow_enabled(void **state)
{
	assert_loads(*state, "[host]\nenable = extra\nroles = proxy\n[management]\nfrom = any\n",
		NULL,
		"/c/rolewall.conf:2:10: error: missing [peer app-server]: flow 'extra' of this "
		"host "
		"(/r/proxy.conf:10) needs it; add it with address =, "
		"file = or name =, or with address = none\n"
		"/c/rolewall.conf:3:9: error: missing [peer ssh-client]: flow 'ssh-proxy' of this "
		"host (/r/proxy.conf:5) needs it; add it with address =, "
		"file = or name =, or with address = none\n");
}

static void a_missing_peer_of_a_site_flow_is_told_at_the_flow(void **state)
{
	assert_loads(*state,
		"[host]\n[management]\nfrom = any\n"
		"[flow a]\nport = 1\nprotocol = tcp\nsource = this-host\ntarget = app-server\n"
		"[flow b]\nport = 2\nprotocol = tcp\nsource = this-host\ntarget = app-server\n",
		NULL,
		"/c/rolewall.conf:1:1: warning: this host has no role; add roles =, or only flows "
		"of this-host are let through\n"
		"/c/rolewall.conf:8:10: error: missing [peer app-server]: flow 'a' of this host "
		"(/c/rolewall.conf:4) needs it; add it with address =, "
		"file = or name =, or with address = none\n");
}

static void a_role_file_may_say_what_a_peer_is_used_or_not(void **state)
{
	static const struct memory_file files[] = {
		{"/r/proxy.conf", ROLE_FILE "[peer app-server]\nname = app.example.com\n"
					    "[peer ssh-client]\naddress = 10.0.0.0/8\n"},
		{"/c/rolewall.conf", "[host]\nroles = proxy\n[management]\nfrom = any\n"}, {NULL}};
	struct fixture *f = *state;
	struct policy *p = NULL;
	assert_int_equal(memory_policy(files, NULL, &f->diags, &p), 0);
	assert_no_faults(&f->diags); /* none that app-server is not used, and no row misses one */
	assert_false(host_peer(&p->host, "app-server")->is_used);
	assert_true(host_peer(&p->host, "ssh-client")->is_used);
	policy_free(p);
}

/* A default peer that no flow uses is no reason to warn of a host without name servers. */
static void a_default_peer_that_is_the_host_s_is_looked_for_when_it_is_used(void **state)
{
	static const char role[] = "[role]\nname = common\nplays = this-host\n"
				   "[flow names]\nport = 53\nprotocol = udp\n"
				   "source = this-host\ntarget = name-server\noptional = yes\n"
				   "[peer name-server]\nresolver = yes\n";
	const struct memory_file off[] = {{"/r/common.conf", role},
		{"/c/rolewall.conf", "[host]\nroles = common\n[management]\nfrom = any\n"}, {NULL}};
	const struct memory_file on[] = {{"/r/common.conf", role},
		{"/c/rolewall.conf",
			"[host]\nroles = common\nenable = names\n[management]\nfrom = any\n"},
		{NULL}};
	struct facts facts = {0};
	assert_files_load(*state, off, &facts, "");
	assert_files_load(*state, on, &facts,
		"/r/common.conf:10:1: warning: this host has no name server now; resolver matches "
		"no host until it has one\n");
}

static void a_name_that_nobody_can_be_asked_for_is_a_warning(void **state)
{
	static const char named[] = "[host]\nroles = proxy\n[management]\nfrom = 10.0.9.0/24\n"
				    "[peer app-server]\naddress = 10.0.0.1\n[peer "
				    "ssh-client]\nname = a.example, b.example\n";
	static const char with_flow[] =
		"[host]\nroles = proxy\nenable = extra\n[management]\nfrom = 10.0.9.0/24\n"
		"[peer app-server]\naddress = 10.0.0.1\n[peer ssh-client]\nname = a.example\n"
		"[flow dns]\nport = 53\nprotocol = udp\nsource = this-host\ntarget = app-server\n";
	struct addr server = {.family = AF_INET, .bytes = {10, 0, 0, 53}};
	struct addr loopback = {.family = AF_INET, .bytes = {127, 0, 0, 1}};
	struct facts facts = {.resolvers = &server, .n_resolvers = 1};
	static const char unused[] = "/c/rolewall.conf:5:1: warning: peer 'app-server' is not "
				     "used: all flows with it are "
				     "off, such as 'extra' (/r/proxy.conf:10)\n";
	char expected[1000];
	assert_loads(*state, named, NULL, unused);
	assert_loads(*state, named, &facts, unused);
	facts = (struct facts){0};
	snprintf(expected, sizeof(expected),
		"%s/c/rolewall.conf:8:8: warning: this host has no name server now, so 'a.example' "
		"cannot be asked for; what /etc/hosts says of it counts, and nothing else is "
		"learned "
		"until there is one\n",
		unused);
	assert_loads(*state, named, &facts, expected);
	facts.stub = loopback;
	snprintf(expected, sizeof(expected),
		"%s/c/rolewall.conf:8:8: warning: 'a.example' is asked for by way of 127.0.0.1, a "
		"resolver on this host, and it is not known which name servers that asks; let it "
		"out by a flow to them, with port = 53\n",
		unused);
	assert_loads(*state, named, &facts, expected);
	assert_loads(*state, with_flow, &facts, "");
	facts.stub.bytes[3] = 53;
	snprintf(expected, sizeof(expected),
		"%s/c/rolewall.conf:8:8: warning: systemd-resolved (127.0.0.53 in "
		"/etc/resolv.conf) has no name server now, so 'a.example' cannot be asked for; "
		"nothing is learned of it until there is one\n",
		unused);
	assert_loads(*state, named, &facts, expected);
	facts.resolvers_error = -EIO;
	assert_loads(*state, named, &facts, unused);
}

static void a_row_turned_off_needs_no_peer(void **state)
{
	assert_loads(*state,
		"[host]\nroles = proxy\ndisable = ssh-proxy\n[management]\nfrom = any\n", NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(known_names_are_no_fault),
		FIXTURE_TEST(unknown_roles_are_named_with_those_there_are),
		FIXTURE_TEST(unknown_peers_are_named),
		FIXTURE_TEST(a_peer_called_this_host_is_not_told_to_be_called_so),
		FIXTURE_TEST(unknown_parties_of_a_flow_are_named),
		FIXTURE_TEST(a_site_may_bring_parties_of_its_own),
		FIXTURE_TEST(unknown_flows_to_switch_are_named),
		FIXTURE_TEST(a_flow_cannot_be_both_enabled_and_disabled),
		FIXTURE_TEST(a_row_of_another_role_is_not_enabled_by_naming_it),
		FIXTURE_TEST(a_bound_on_sessions_that_refuses_nobody_is_a_warning),
		FIXTURE_TEST(recordings_without_a_day_to_compare_with_are_a_warning),
		FIXTURE_TEST(a_path_of_recordings_is_absolute),
		FIXTURE_TEST(a_peer_that_no_flow_uses_is_a_warning),
		FIXTURE_TEST(of_many_unused_peers_ten_are_named),
		FIXTURE_TEST(what_has_a_misspelt_title_is_not_missed),
		FIXTURE_TEST(a_host_that_nobody_may_administer_is_a_warning),
		FIXTURE_TEST(an_unknown_size_is_a_fault),
		FIXTURE_TEST(a_size_larger_than_the_machine_is_a_warning),
		FIXTURE_TEST(
			a_missing_peer_is_told_once_where_the_role_is_chosen_or_the_flow_enabled),
		FIXTURE_TEST(a_missing_peer_of_a_site_flow_is_told_at_the_flow),
		FIXTURE_TEST(a_role_file_may_say_what_a_peer_is_used_or_not),
		FIXTURE_TEST(a_default_peer_that_is_the_host_s_is_looked_for_when_it_is_used),
		FIXTURE_TEST(a_name_that_nobody_can_be_asked_for_is_a_warning),
		FIXTURE_TEST(a_row_turned_off_needs_no_peer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
