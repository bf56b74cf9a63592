/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that wait, in a network namespace of the test's own.  A kernel without nft_queue is led
 * to the queue by a rule of iptables, where there is one.
 */
#include "netlink/packet_queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include "live/datagram.h"
#include "live/netns.h"

enum { QUEUE = 5, PORT = 5300, WAITING_MOST = 4 };

static bool by_nft;

/* A namespace whose datagrams to PORT wait in QUEUE. */
static void need_queue(void)
{
	need_netns();
	loopback_up();
	by_nft = system("nft 'table ip filter { chain OUTPUT { type filter hook output priority 0; "
			"udp dport 5300 queue num 5; }; }' 2>/dev/null") == 0;
	if (by_nft)
		return;
	print_message("this kernel has no nft_queue\n");
	if (system("iptables-nft -A OUTPUT -p udp --dport 5300 -j NFQUEUE --queue-num 5 "
		   "2>/dev/null") != 0) {
		print_message("SKIPPED: and there is no NFQUEUE of iptables\n");
		skip();
	}
}

/* A rule in front of the one that leads to the queue. */
static void accept_from_now_on(void)
{
	assert_int_equal(system(by_nft ? "nft insert rule ip filter OUTPUT udp dport 5300 accept"
				       : "iptables-nft -I OUTPUT -p udp --dport 5300 -j ACCEPT"),
		0);
}

static struct packet_queue opened_queue(void)
{
	struct packet_queue q;
	assert_int_equal(packet_queue_open(&q, QUEUE, QUEUE, WAITING_MOST), 0);
	return q;
}

struct seen {
	unsigned count;
	uint32_t ids[64];
	size_t length;
	_Alignas(struct iphdr) uint8_t bytes[256];
};

static int note(void *context, const struct waiting_packet *p)
{
	struct seen *seen = context;
	assert_in_range(seen->count, 0, 63);
	assert_in_range(p->length, 1, sizeof(seen->bytes));
	seen->ids[seen->count++] = p->id;
	seen->length = p->length;
	memcpy(seen->bytes, p->bytes, p->length);
	return 0;
}

TEST(a_packet_waits_and_its_beginning_is_shown)
{
	static const char said[200];
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	int server = listening_port(PORT);
	send_datagram(PORT, said, sizeof(said));
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 1);
	assert_int_equal(seen.length, PACKET_QUEUE_LENGTH);
	assert_int_equal(ntohs(((const struct iphdr *)seen.bytes)->tot_len),
		sizeof(said) + sizeof(struct iphdr) + sizeof(struct udphdr));
	assert_false(has_come(server));
	close(server);
	packet_queue_close(&q);
}

TEST(a_packet_that_is_dropped_never_comes)
{
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	int server = listening_port(PORT);
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 1);
	assert_int_equal(packet_queue_judge(&q, seen.ids[0], PACKET_DROP), 0);
	assert_false(has_come(server));
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 0);
	close(server);
	packet_queue_close(&q);
}

TEST(a_packet_is_judged_again_by_the_rules_of_now)
{
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	int server = listening_port(PORT);
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 1);
	/* the rules are the same: it waits again, and is not let out */
	assert_int_equal(packet_queue_judge(&q, seen.ids[0], PACKET_AGAIN), 0);
	assert_false(has_come(server));
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 1);
	accept_from_now_on();
	assert_false(has_come(server));
	assert_int_equal(packet_queue_judge(&q, seen.ids[1], PACKET_AGAIN), 0);
	assert_true(has_come(server));
	close(server);
	packet_queue_close(&q);
}

TEST(packets_are_judged_one_by_one_and_not_in_their_order)
{
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	int server = listening_port(PORT);
	for (unsigned i = 0; i < 3; i++)
		send_datagram(PORT, "x", 1);
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 3);
	accept_from_now_on();
	assert_int_equal(packet_queue_judge(&q, seen.ids[2], PACKET_AGAIN), 0);
	assert_true(has_come(server));
	assert_false(has_come(server));
	assert_int_equal(packet_queue_judge(&q, seen.ids[0], PACKET_DROP), 0);
	assert_false(has_come(server));
	assert_int_equal(packet_queue_judge(&q, seen.ids[1], PACKET_AGAIN), 0);
	assert_true(has_come(server));
	close(server);
	packet_queue_close(&q);
}

/* Not let through, as it would be with the flag "fail open". */
TEST(what_finds_the_queue_full_is_dropped)
{
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	int server = listening_port(PORT);
	for (unsigned i = 0; i < 2 * WAITING_MOST; i++)
		send_datagram(PORT, "x", 1);
	assert_int_equal(packet_queue_read(&q, 20, note, &seen), WAITING_MOST);
	assert_false(has_come(server));
	for (unsigned i = 0; i < WAITING_MOST; i++)
		assert_int_equal(packet_queue_judge(&q, seen.ids[i], PACKET_DROP), 0);
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_queue_read(&q, 20, note, &seen), 1);
	close(server);
	packet_queue_close(&q);
}

TEST(without_a_listener_packets_are_dropped)
{
	need_queue();
	int server = listening_port(PORT);
	send_datagram(PORT, "x", 1);
	assert_false(has_come(server));
	/* and what waited goes with who listened */
	struct packet_queue q = opened_queue();
	send_datagram(PORT, "x", 1);
	packet_queue_close(&q);
	accept_from_now_on();
	assert_false(has_come(server));
	send_datagram(PORT, "x", 1);
	assert_true(has_come(server));
	close(server);
}

TEST(a_verdict_on_what_does_not_wait_is_no_failure)
{
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	assert_int_equal(packet_queue_judge(&q, 12345, PACKET_AGAIN), 0);
	send_datagram(PORT, "x", 1);
	assert_int_equal(packet_queue_read(&q, 10, note, &seen), 1);
	assert_int_equal(packet_queue_judge(&q, seen.ids[0], PACKET_DROP), 0);
	packet_queue_close(&q);
}

TEST(who_goes_on_with_a_kept_socket_has_its_packets)
{
	struct packet_queue again;
	struct seen seen = {0};
	need_queue();
	struct packet_queue q = opened_queue();
	int server = listening_port(PORT), kept = dup(packet_queue_fd(&q));
	send_datagram(PORT, "x", 1);
	packet_queue_close(&q);
	packet_queue_adopt(&again, kept, QUEUE);
	assert_int_equal(packet_queue_read(&again, 10, note, &seen), 1);
	accept_from_now_on();
	assert_int_equal(packet_queue_judge(&again, seen.ids[0], PACKET_AGAIN), 0);
	assert_true(has_come(server));
	close(server);
	packet_queue_close(&again);
}

TEST(a_queue_that_somebody_else_has_is_left_to_him)
{
	struct packet_queue other;
	need_netns();
	struct packet_queue q = opened_queue();
	assert_int_equal(packet_queue_open(&other, QUEUE, QUEUE, 1), -EPERM);
	assert_int_equal(packet_queue_open(&other, QUEUE, QUEUE + 3, 1), 0);
	assert_int_equal(other.number, QUEUE + 1);
	packet_queue_close(&other);
	packet_queue_close(&q);
}

static int open_without_privileges(void)
{
	struct packet_queue q;
	if (setresuid(65534, 65534, 65534) < 0)
		return 0;
	return -packet_queue_open(&q, 1, 20, 1);
}

TEST(who_may_not_bind_is_told_so)
{
	need_netns();
	assert_int_equal(in_child(open_without_privileges), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_waits_and_its_beginning_is_shown),
		cmocka_unit_test(a_packet_that_is_dropped_never_comes),
		cmocka_unit_test(a_packet_is_judged_again_by_the_rules_of_now),
		cmocka_unit_test(packets_are_judged_one_by_one_and_not_in_their_order),
		cmocka_unit_test(what_finds_the_queue_full_is_dropped),
		cmocka_unit_test(without_a_listener_packets_are_dropped),
		cmocka_unit_test(a_verdict_on_what_does_not_wait_is_no_failure),
		cmocka_unit_test(who_goes_on_with_a_kept_socket_has_its_packets),
		cmocka_unit_test(a_queue_that_somebody_else_has_is_left_to_him),
		cmocka_unit_test(who_may_not_bind_is_told_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
