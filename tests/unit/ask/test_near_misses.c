/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refusals, and the flows that were nearly meant. */
#include "explain_fixture.h"

TEST(right_port_wrong_peer)
{
	expect(host, IPPROTO_TCP, "10.1.0.1", "10.9.9.9", 4422, DESTINATION, false,
		"refused inbound: no flow allows tcp from 10.1.0.1 to port 4422\n"
		"  right port, wrong peer: flow in (roles/test.conf:6) is for client "
		"(10.0.0.0/24)\n"
		"  the answer is a TCP reset\n");
}

TEST(right_peer_wrong_port)
{
	expect(host, IPPROTO_TCP, "10.0.0.7", "10.9.9.9", 4423, DESTINATION, false,
		"refused inbound: no flow allows tcp from 10.0.0.7 to port 4423\n"
		"  right peer, wrong port: flow in (roles/test.conf:6) lets client open tcp 4422\n"
		"  the answer is a TCP reset\n");
}

TEST(right_peer_wrong_protocol)
{
	expect(host, IPPROTO_UDP, "10.9.9.9", "10.1.0.1", 636, SOURCE, false,
		"refused outbound: no flow allows udp to 10.1.0.1, port 636\n"
		"  right peer, wrong protocol: flow out (roles/test.conf:12) lets us open to "
		"server tcp 636\n"
		"  the answer is an ICMP error, administratively prohibited\n");
}

TEST(wrong_direction)
{
	expect(host, IPPROTO_TCP, "10.1.0.1", "10.9.9.9", 636, DESTINATION, false,
		"refused inbound: no flow allows tcp from 10.1.0.1 to port 636\n"
		"  right port, wrong direction: flow out (roles/test.conf:12) is outbound only; "
		"initiator = either would open both\n"
		"  the answer is a TCP reset\n");
}

TEST(an_optional_flow_says_how_to_turn_it_on)
{
	expect(host, IPPROTO_TCP, "10.0.0.7", "10.9.9.9", 6523, DESTINATION, false,
		"refused inbound: no flow allows tcp from 10.0.0.7 to port 6523\n"
		"  optional and off: flow extra (roles/test.conf:17); [host] enable = extra turns "
		"it on\n"
		"  right peer, wrong port: flow in (roles/test.conf:6) lets client open tcp 4422\n"
		"  the answer is a TCP reset\n");
}

TEST(a_disabled_flow_says_so)
{
	expect(host, IPPROTO_TCP, "192.0.2.1", "10.9.9.9", 70, DESTINATION, false,
		"refused inbound: no flow allows tcp from 192.0.2.1 to port 70\n"
		"  disabled: flow off (roles/test.conf:23); take it out of [host] disable to turn "
		"it on\n"
		"  the packet is dropped in silence: its source is no peer of this host\n");
}

TEST(a_row_between_others_is_named_last)
{
	expect(host, IPPROTO_UDP, "192.0.2.1", "10.9.9.9", 99, DESTINATION, false,
		"refused inbound: no flow allows udp from 192.0.2.1 to port 99\n"
		"  right port, other hosts: flow theirs (roles/test.conf:28) is between parties "
		"that this host does not play\n"
		"  the packet is dropped in silence: its source is no peer of this host\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_port_wrong_peer),
		cmocka_unit_test(right_peer_wrong_port),
		cmocka_unit_test(right_peer_wrong_protocol),
		cmocka_unit_test(wrong_direction),
		cmocka_unit_test(an_optional_flow_says_how_to_turn_it_on),
		cmocka_unit_test(a_disabled_flow_says_so),
		cmocka_unit_test(a_row_between_others_is_named_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
