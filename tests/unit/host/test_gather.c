/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at a host that is made here, of links and routes in a network namespace. */
#include "host/gather.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "live/netns.h"

static void ip(const char *arguments)
{
	char command[256];
	snprintf(command, sizeof(command), "ip %s", arguments);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void make_links(void)
{
	need_netns();
	ip("link set lo up");
	ip("link add eth0 type veth peer name far0");
	ip("link add eth1 type veth peer name far1");
	ip("link set eth0 up");
	ip("link set far0 up");
}

static struct facts gathered(void)
{
	struct facts f;
	assert_int_equal(facts_gather(NULL, &f), 0);
	assert_int_equal(f.links_error, 0);
	assert_int_equal(f.routes_error, 0);
	return f;
}

/* "LINK ADDRESS NETWORK", with what else is said of it; "" if there is none. */
static void assert_address(const struct facts *f, const char *own, const char *wanted)
{
	char found[256] = "";
	for (size_t i = 0; i < f->n_addresses; i++) {
		const struct link_address *l = &f->addresses[i];
		char text[INET6_ADDRSTRLEN], *range = NULL;
		struct text to = {0};
		addr_print(&l->address, text);
		if (strcmp(text, own) != 0)
			continue;
		addr_range_print(&l->network, &to);
		assert_int_equal(text_finish(&to, &range), 0);
		snprintf(found, sizeof(found), "%s %s%s%s", l->link, range,
			l->is_down ? " down" : "", l->is_learned ? " learned" : "");
		free(range);
	}
	assert_string_equal(found, wanted);
}

TEST(addresses_are_those_of_interfaces)
{
	make_links();
	ip("address add 10.0.0.7/24 dev eth0");
	ip("address add 10.1.0.7/16 dev eth0 label eth0:1");
	ip("address add 10.2.0.1 peer 10.2.0.2/32 dev eth0");
	ip("address add 10.3.0.7/24 dev eth1"); /* which is down */
	ip("-6 address add 2001:db8::7/64 dev eth0 nodad");
	ip("-6 address add 2001:db8:1::1 peer 2001:db8:1::2/128 dev eth0 nodad");
	struct facts f = gathered();
	assert_address(&f, "127.0.0.1", "lo 127.0.0.0/8");
	assert_address(&f, "10.0.0.7", "eth0 10.0.0.0/24");
	assert_address(&f, "10.1.0.7", "eth0 10.1.0.0/16");
	assert_address(&f, "10.2.0.1", "eth0 10.2.0.2");
	assert_address(&f, "10.3.0.7", "eth1 10.3.0.0/24 down");
	assert_address(&f, "2001:db8::7", "eth0 2001:db8::/64");
	assert_address(&f, "2001:db8:1::1", "eth0 2001:db8:1::2");
	facts_done(&f);
}

static void assert_gateways(const char *wanted)
{
	char found[512] = "", text[INET6_ADDRSTRLEN];
	struct facts f = gathered();
	for (size_t i = 0; i < f.n_gateways; i++) {
		addr_print(&f.gateways[i].address, text);
		strcat(strcat(strcat(found, i ? " " : ""), text),
			f.gateways[i].is_learned ? "(ra)" : "");
	}
	assert_string_equal(found, wanted);
	facts_done(&f);
}

TEST(all_next_hops_of_default_routes_are_found)
{
	make_links();
	assert_gateways("");
	ip("address add 10.0.0.7/24 dev eth0");
	ip("-6 address add 2001:db8::7/64 dev eth0 nodad");
	ip("route add 10.9.0.0/16 via 10.0.0.9");
	ip("route add default nexthop via 10.0.0.1 nexthop via 10.0.0.2");
	assert_gateways("10.0.0.1 10.0.0.2");
	ip("route add default via 10.0.0.3 table 7");
	ip("-6 route add default nexthop via 2001:db8::1 nexthop via 2001:db8::2");
	ip("-6 route add default via fe80::9 dev eth0 proto ra metric 2048");
	struct facts f = gathered();
	assert_int_equal(f.n_gateways, 6);
	facts_done(&f);
	ip("link set eth0 down");
	assert_gateways("");
}

TEST(next_hops_by_number_are_found)
{
	make_links();
	ip("address add 10.0.0.7/24 dev eth0");
	if (system("ip nexthop add id 1 via 10.0.0.1 dev eth0 2>&1") != 0) {
		print_message("SKIPPED: no next hop objects\n");
		skip();
	}
	ip("nexthop add id 2 via 10.0.0.2 dev eth0");
	ip("nexthop add id 3 group 1/2");
	ip("route add default nhid 3");
	assert_gateways("10.0.0.1 10.0.0.2");
	if (system("sysctl -qw net.ipv4.nexthop_compat_mode=0") != 0) {
		print_message("SKIPPED: no nexthop_compat_mode\n");
		skip();
	}
	assert_gateways("10.0.0.1 10.0.0.2");
	ip("nexthop replace id 3 group 2");
	assert_gateways("10.0.0.2");
}

static void assert_equal(const struct facts *f, const struct facts *g)
{
	assert_int_equal(f->n_addresses, g->n_addresses);
	assert_int_equal(f->n_gateways, g->n_gateways);
	assert_true(facts_equal(f, g));
}

/* From here on this process gets no socket: the answer is an errno. */
static int forbid_sockets(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EMFILE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static struct facts before;

static int look_without_sockets(void)
{
	struct facts now, blind;
	assert_int_equal(forbid_sockets(), 0);
	assert_int_equal(facts_gather(&before, &now), 0);
	assert_int_equal(now.links_error, -EMFILE);
	assert_int_equal(now.routes_error, -EMFILE);
	assert_int_equal(facts_error(&now, FOLLOWS_LINKS), -EMFILE);
	assert_int_equal(facts_error(&now, FOLLOWS_RESOLVERS), 0);
	assert_equal(&now, &before);
	facts_done(&now);
	assert_int_equal(facts_gather(NULL, &blind), 0);
	assert_int_equal(blind.n_addresses, 0);
	assert_int_equal(blind.links_error, -EMFILE);
	facts_done(&blind);
	return 0;
}

TEST(a_look_that_fails_leaves_what_was_known)
{
	make_links();
	ip("address add 10.0.0.7/24 dev eth0");
	ip("route add default via 10.0.0.1");
	before = gathered();
	assert_int_equal(before.n_gateways, 1);
	assert_true(before.n_addresses > 0);
	assert_int_equal(in_child(look_without_sockets), 0);
	facts_done(&before);
}

TEST(gathered_facts_are_those_of_this_machine)
{
	struct facts f;
	assert_int_equal(facts_gather(NULL, &f), 0);
	assert_int_equal(f.memory,
		(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(f.cores, sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < f.n_addresses; i++) {
		sa_family_t family = f.addresses[i].address.family;
		assert_true(family == AF_INET || family == AF_INET6);
		assert_true(facts_is_local(&f, &f.addresses[i].address));
	}
	facts_done(&f);
	assert_null(f.addresses);
	assert_int_equal(f.n_addresses, 0);
}

TEST(local_ports_are_those_of_the_network_namespace)
{
	need_netns();
	assert_int_equal(
		system("echo 20000 31999 > /proc/sys/net/ipv4/ip_local_port_range 2> /dev/null"),
		0);
	struct facts f = gathered();
	assert_int_equal(f.local_ports.first, 20000);
	assert_int_equal(f.local_ports.last, 31999);
	facts_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gathered_facts_are_those_of_this_machine),
		cmocka_unit_test(addresses_are_those_of_interfaces),
		cmocka_unit_test(all_next_hops_of_default_routes_are_found),
		cmocka_unit_test(next_hops_by_number_are_found),
		cmocka_unit_test(local_ports_are_those_of_the_network_namespace),
		cmocka_unit_test(a_look_that_fails_leaves_what_was_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
