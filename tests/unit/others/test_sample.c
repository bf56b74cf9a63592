/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All packets of a sample, some or none; and what a match tells besides. */
#include "others/sample.h"

#include <string.h>

#include "config/policy.h"
#include "host/facts.h"
#include "ruleset/foreign_fixture.h"

static struct peer peer;
static struct allowed service = {.name = "s", .peer = &peer, .n_peers = 1};
static struct link_address ours[2];
static struct facts facts = {.addresses = ours, .n_addresses = 2};

/* From the peer 10.0.0.0/24 to us, 10.0.5.1 and 10.0.5.2, tcp 80, by eth0. */
static struct sample sample_of(void)
{
	struct sample s = {.protocol = IPPROTO_TCP,
		.state = FOREIGN_NEW,
		.family = FOREIGN_IPV4,
		.dnat = FOREIGN_AS_DIALLED,
		.types = {FOREIGN_UNICAST, FOREIGN_LOCAL},
		.links = {"eth0", NULL}};
	struct addr_range run = addresses("10.0.0.0/24");
	s.ports[FOREIGN_DPORT] = s.ports[FOREIGN_DIALLED] = (struct port_range){80, 80};
	s.ports[FOREIGN_SPORT] = dialling_ports;
	addrset_done(&peer.addresses);
	assert_int_equal(addrset_add(&peer.addresses, &run), 0);
	addrset_normalise(&peer.addresses);
	ours[0].address = address("10.0.5.1");
	ours[1].address = address("10.0.5.2");
	s.ends[FOREIGN_SOURCE] =
		(struct sample_end){.place = SAMPLE_PEERS, .run = run, .service = &service};
	s.ends[FOREIGN_DESTINATION] =
		(struct sample_end){.place = SAMPLE_THIS_HOST, .facts = &facts};
	return s;
}

static void assert_match(struct foreign_box b, enum sample_match wanted, bool named, bool single)
{
	struct sample s = sample_of();
	struct foreign_rule r = {.boxes = &b, .n_boxes = 1};
	struct sample_hints hints = {0};
	assert_int_equal(sample_match(&s, &r, &hints), wanted);
	if (wanted != SAMPLE_NONE) {
		assert_int_equal(hints.named, named);
		assert_int_equal(hints.single, single);
	}
	addrset_done(&peer.addresses);
}

static struct foreign_box at(enum foreign_side side, const char *run)
{
	struct foreign_box b = all();
	b.addresses[side] = addresses(run);
	return b;
}

TEST(peers_are_matched_by_their_run)
{
	assert_match(at(FOREIGN_SOURCE, "10.0.0.0/8"), SAMPLE_ALL, false, false);
	assert_match(at(FOREIGN_SOURCE, "10.0.0.0/25"), SAMPLE_SOME, true, false);
	assert_match(at(FOREIGN_SOURCE, "10.1.0.0/16"), SAMPLE_NONE, false, false);
	assert_match(at(FOREIGN_SOURCE, "10.0.0.7"), SAMPLE_SOME, true, true);
	assert_match(at(FOREIGN_SOURCE, "10.0.1.7"), SAMPLE_NONE, false, false);
}

TEST(ours_are_matched_by_all_that_we_have)
{
	assert_match(at(FOREIGN_DESTINATION, "10.0.5.0/24"), SAMPLE_ALL, false, false);
	assert_match(at(FOREIGN_DESTINATION, "10.0.5.1"), SAMPLE_SOME, true, true);
	assert_match(at(FOREIGN_DESTINATION, "10.0.5.3"), SAMPLE_NONE, false, false);
}

TEST(links_are_matched_by_name)
{
	struct foreign_box b = all();
	strcpy(b.links[FOREIGN_IN].name, "eth0");
	assert_match(b, SAMPLE_ALL, false, false);
	b.links[FOREIGN_IN].inverted = true;
	assert_match(b, SAMPLE_NONE, false, false);
	b.links[FOREIGN_IN] = (struct foreign_link){.name = "eth", .is_beginning = true};
	assert_match(b, SAMPLE_ALL, false, false);
	b.links[FOREIGN_IN].name[0] = '\0';
	strcpy(b.links[FOREIGN_OUT].name, "eth0");
	assert_match(b, SAMPLE_SOME, false, false);
}

TEST(kinds_and_translation_are_matched)
{
	struct foreign_box b = all();
	b.types[FOREIGN_DESTINATION] = FOREIGN_UNICAST;
	assert_match(b, SAMPLE_NONE, false, false);
	b = all();
	b.dnat = FOREIGN_DNATED;
	assert_match(b, SAMPLE_NONE, false, false);
	b = tcp_dport(80);
	assert_match(b, SAMPLE_ALL, true, false);
	b = some();
	b.names_list = true;
	assert_match(b, SAMPLE_SOME, true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_are_matched_by_their_run),
		cmocka_unit_test(ours_are_matched_by_all_that_we_have),
		cmocka_unit_test(links_are_matched_by_name),
		cmocka_unit_test(kinds_and_translation_are_matched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
