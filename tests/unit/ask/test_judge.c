/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which live connections go on, and whose they are. */
#include "ask/judge.h"

#include "ruleset/memory_policy.h"
#include "ruleset/sound.h"

#define FLOWS \
	"[flow web]\nport = 443\nprotocol = tcp udp\nsource = client\ntarget = this-host\n" \
	"[flow dns]\nport = 53\nprotocol = udp\nsource = this-host\ntarget = server\n" \
	"[peer server]\naddress = 10.2.0.53\n"
#define MANAGEMENT "[host]\n[management]\nfrom = 10.0.9.0/24\n"

static const char wide[] = MANAGEMENT FLOWS "[peer client]\naddress = 10.1.0.5, 10.1.0.6\n";
static const char narrow[] = MANAGEMENT FLOWS "[peer client]\naddress = 10.1.0.6\n";
static const char unmanaged[] =
	"[host]\n[management]\nfrom = 10.0.8.1\n" FLOWS "[peer client]\naddress = 10.1.0.5\n";

static const char us[] = "10.0.0.1", us6[] = "2001:db8::1", client[] = "10.1.0.5",
		  container[] = "172.17.0.2";

enum { NOW = 7, MARK = NOW << 16 };

static struct addr address(const char *s)
{
	struct addr a;
	assert_int_equal(addr_parse(s, strlen(s), &a), 0);
	return a;
}

static struct connection tcp(const char *source, const char *destination, uint16_t port)
{
	return (struct connection){
		.protocol = IPPROTO_TCP,
		.source = address(source),
		.source_port = 40000,
		.destination = address(destination),
		.destination_port = port,
		.reached = address(destination),
		.reached_port = port,
		.mark = MARK,
	};
}

static struct connection udp(const char *source, const char *destination, uint16_t port)
{
	struct connection c = tcp(source, destination, port);
	c.protocol = IPPROTO_UDP;
	return c;
}

static struct connection led_to(struct connection c, const char *reached, uint16_t port)
{
	c.is_dnated = true;
	c.reached = address(reached);
	c.reached_port = port;
	return c;
}

static struct connection marked(struct connection c, uint32_t mark)
{
	c.mark = mark;
	return c;
}

static struct packet packet_of(struct connection c)
{
	struct link_address ours[] = {
		{"eth0", address(us), {address("10.0.0.0"), address("10.0.255.255")}},
		{"eth0", address(us6), {address(us6), address(us6)}},
		{"tun0", address("10.7.0.1"), {address("10.7.0.1"), address("10.7.0.1")}}};
	const struct facts facts = {.addresses = ours, .n_addresses = 3};
	return connection_packet(&c, &facts);
}

/* Does going from one to the other, in the next generation or in the same, cut it? */
static bool cuts(const char *now, const char *then, uint16_t generation, struct connection c)
{
	struct policy *p = memory_policy(NULL, now), *q = memory_policy(NULL, then);
	struct ruleset *old = compiled(p, NOW), *next = compiled(q, generation);
	struct packet packet = packet_of(c);
	bool cut = judge_cuts(old, next, &packet);
	ruleset_free(old);
	ruleset_free(next);
	policy_free(p);
	policy_free(q);
	return cut;
}

static void assert_cut(const char *now, const char *then, struct connection c)
{
	assert_true(cuts(now, then, NOW + 1, c));
}

static void assert_lives(const char *now, const char *then, struct connection c)
{
	assert_false(cuts(now, then, NOW + 1, c));
}

TEST(hooks_follow_from_which_end_is_ours)
{
	assert_int_equal(packet_of(tcp(client, us, 1)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(tcp(us, client, 1)).hook, HOOK_OUTPUT);
	assert_int_equal(packet_of(tcp(client, "10.2.0.53", 1)).hook, HOOK_FORWARD);
	assert_int_equal(packet_of(tcp("2001:db8:1::5", us6, 1)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(udp(client, "224.0.0.251", 1)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(udp(client, "239.255.255.250", 1)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(udp(client, "240.0.0.1", 1)).hook, HOOK_FORWARD);
	assert_int_equal(packet_of(udp(client, "255.255.255.255", 1)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(udp("fe80::1", "ff02::fb", 1)).hook, HOOK_INPUT);
	/* to all of a network that we are in */
	assert_int_equal(packet_of(udp(client, "10.0.255.255", 1)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(udp(client, "10.0.255.254", 1)).hook, HOOK_FORWARD);
}

TEST(what_was_led_elsewhere_is_met_where_it_goes)
{
	struct packet p = packet_of(led_to(tcp(client, us, 443), container, 8443));
	assert_int_equal(p.hook, HOOK_FORWARD);
	assert_int_equal(p.destination_port, 8443);
	assert_int_equal(p.dialled_port, 443);
	assert_int_equal(packet_of(led_to(tcp(client, us, 80), us, 8080)).hook, HOOK_INPUT);
	assert_int_equal(packet_of(led_to(tcp(client, "10.7.7.7", 80), us, 80)).hook, HOOK_INPUT);
}

TEST(between_our_own_addresses_is_loopback)
{
	assert_true(packet_of(tcp(us, us, 1)).loopback);
	assert_true(packet_of(tcp("127.0.0.1", "127.0.0.1", 1)).loopback);
	assert_false(packet_of(tcp(client, us, 1)).loopback);
	assert_lives(wide, narrow, tcp(us, us, 443));
}

TEST(removed_peers_are_cut_and_others_are_not)
{
	assert_cut(wide, narrow, tcp(client, us, 443));
	assert_cut(wide, narrow, udp(client, us, 443));
	assert_lives(wide, narrow, tcp("10.1.0.6", us, 443));
	assert_lives(wide, narrow, udp(us, "10.2.0.53", 53));
}

TEST(in_the_same_generation_its_mark_keeps_a_connection)
{
	assert_false(cuts(wide, narrow, NOW, tcp(client, us, 443)));
	assert_true(cuts(wide, narrow, NOW, marked(tcp(client, us, 443), 0)));
}

TEST(what_bears_the_mark_of_an_older_generation_lives_if_it_is_allowed_now)
{
	assert_cut(wide, narrow, marked(tcp(client, us, 443), (NOW - 3) << 16));
	/* cut by an earlier change: it does not live */
	assert_lives(narrow, narrow, marked(tcp(client, us, 443), (NOW - 3) << 16));
}

TEST(other_bits_of_the_mark_do_not_matter)
{
	assert_false(cuts(wide, narrow, NOW, marked(tcp(client, us, 443), MARK | 0x1234)));
	assert_cut(wide, narrow, marked(tcp(client, us, 443), MARK | 0x1234));
}

TEST(published_ports_are_judged_by_what_was_dialled)
{
	assert_cut(wide, narrow, led_to(tcp(client, us, 443), container, 8443));
	assert_lives(wide, narrow, led_to(tcp("10.1.0.6", us, 443), container, 8443));
	/* the port behind it is not what counts */
	struct packet p = packet_of(marked(led_to(tcp(client, us, 444), container, 443), 0));
	struct policy *q = memory_policy(NULL, wide);
	struct ruleset *r = compiled(q, NOW);
	assert_true(judge_refuses(r, &p));
	ruleset_free(r);
	policy_free(q);
}

TEST(what_is_only_forwarded_lives)
{
	assert_lives(wide, narrow, tcp(client, "10.2.0.53", 443));
	assert_lives(wide, narrow, marked(tcp(container, "192.0.2.1", 443), 0));
}

TEST(management_is_judged_by_the_port_that_it_reaches)
{
	struct connection ssh = marked(tcp("10.0.9.5", us, 22), 0);
	assert_lives(wide, narrow, ssh);
	assert_cut(wide, unmanaged, ssh);
	assert_true(cuts(wide, unmanaged, NOW, ssh)); /* no mark keeps it */
	assert_cut(wide, unmanaged, marked(led_to(tcp("10.0.9.5", us, 2222), us, 22), 0));
	/* inside a container it is not ours */
	assert_lives(wide, unmanaged, marked(led_to(tcp("10.0.9.5", us, 22), container, 22), 0));
}

/* A tracker that starts while a session lives may take the server's packet for its first. */
TEST(management_met_from_its_server_side_is_management)
{
	struct connection ssh = marked(tcp(us, "10.0.9.5", 40000), 0);
	ssh.source_port = 22;
	assert_lives(wide, narrow, ssh);
	assert_cut(wide, unmanaged, ssh);
}

/* What it carries will have been taken from it when the numbers begin again. */
TEST(a_mark_that_will_be_used_again_saves_nobody)
{
	struct policy *p = memory_policy(NULL, wide), *q = memory_policy(NULL, narrow);
	struct ruleset *now = compiled(p, 0xfffe), *next = compiled(q, 1);
	struct facts facts = {0};
	struct connection idle = marked(tcp(client, us, 443), 1 << 16 | 0x1234);
	struct packet packet = connection_packet(&idle, &facts);
	packet.hook = HOOK_INPUT;
	assert_true(judge_cuts(now, next, &packet));
	assert_int_equal(judge_mark_then(next, packet.mark, now->mark_mask, 0xfffe), 0xffff1234);
	/* not if they do not begin again, nor if nothing is judged again */
	assert_int_equal(judge_mark_then(next, packet.mark, now->mark_mask, 7), packet.mark);
	assert_int_equal(judge_mark_then(now, packet.mark, now->mark_mask, 0xfffe), packet.mark);
	ruleset_free(now);
	ruleset_free(next);
	policy_free(p);
	policy_free(q);
}

/* Whatever it carries there. */
TEST(under_another_mask_a_session_is_judged_by_its_ends)
{
	struct policy *p = memory_policy(NULL, wide), *q = memory_policy(NULL, narrow);
	struct facts facts = {0};
	q->host.mark_mask = 0x00ffff00;
	struct ruleset *now = compiled(p, NOW), *next = compiled(q, NOW + 1);
	struct connection c = marked(tcp(client, us, 443), MARK | (NOW + 1) << 8);
	struct packet packet = connection_packet(&c, &facts);
	packet.hook = HOOK_INPUT;
	assert_true(judge_cuts(now, next, &packet));
	ruleset_free(now);
	ruleset_free(next);
	policy_free(p);
	policy_free(q);
}

/* Sessions. */

static bool is_session(const char *ssh, struct connection c)
{
	struct session session;
	assert_int_equal(session_parse(ssh, &session), 0);
	return connection_is_session(&c, &session);
}

TEST(a_session_is_known_by_both_its_ends)
{
	assert_true(is_session("10.1.0.5 40000 10.0.0.1 22", tcp(client, us, 22)));
	assert_false(is_session("10.1.0.6 40000 10.0.0.1 22", tcp(client, us, 22)));
	assert_false(is_session("10.1.0.5 40001 10.0.0.1 22", tcp(client, us, 22)));
	assert_false(is_session("10.1.0.5 40000 10.0.0.2 22", tcp(client, us, 22)));
	assert_false(is_session("10.1.0.5 40000 10.0.0.1 23", tcp(client, us, 22)));
	assert_false(is_session("10.1.0.5 40000 10.0.0.1 22", udp(client, us, 22)));
	assert_true(is_session("fe80::5%eth0 40000 2001:db8::1 22", tcp("fe80::5", us6, 22)));
}

TEST(a_session_is_known_through_translation_and_turned_round)
{
	struct connection turned = tcp(us, client, 40000);
	turned.source_port = 22;
	assert_true(is_session("10.1.0.5 40000 10.0.0.1 22", turned));
	assert_true(is_session("10.1.0.5 40000 10.0.0.1 22",
		led_to(tcp(client, "10.0.0.2", 2222), us, 22)));
	assert_false(is_session("10.1.0.5 40000 10.0.0.2 2222",
		led_to(tcp(client, "10.0.0.2", 2222), us, 22)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_follow_from_which_end_is_ours),
		cmocka_unit_test(what_was_led_elsewhere_is_met_where_it_goes),
		cmocka_unit_test(between_our_own_addresses_is_loopback),
		cmocka_unit_test(removed_peers_are_cut_and_others_are_not),
		cmocka_unit_test(in_the_same_generation_its_mark_keeps_a_connection),
		cmocka_unit_test(
			what_bears_the_mark_of_an_older_generation_lives_if_it_is_allowed_now),
		cmocka_unit_test(other_bits_of_the_mark_do_not_matter),
		cmocka_unit_test(published_ports_are_judged_by_what_was_dialled),
		cmocka_unit_test(what_is_only_forwarded_lives),
		cmocka_unit_test(management_is_judged_by_the_port_that_it_reaches),
		cmocka_unit_test(management_met_from_its_server_side_is_management),
		cmocka_unit_test(a_mark_that_will_be_used_again_saves_nobody),
		cmocka_unit_test(under_another_mask_a_session_is_judged_by_its_ends),
		cmocka_unit_test(a_session_is_known_by_both_its_ends),
		cmocka_unit_test(a_session_is_known_through_translation_and_turned_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
