/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of rtnetlink, made here byte by byte, and the facts that they are. */
#include "host/decode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "testing.h"

enum { SIZE = 1024, IFA_PROTO_ = 11 };

struct message {
	_Alignas(8) char bytes[SIZE];
};

static struct nlmsghdr *put_message(struct message *m, uint16_t type, const void *header,
	size_t length)
{
	memset(m, 0, sizeof(*m));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(m->bytes);
	nlh->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(nlh, length), header, length);
	return nlh;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(text, strlen(text), &a), 0);
	mnl_attr_put(nlh, type, addr_length(&a), a.bytes);
}

static void link_is(struct decoding *d, int index, const char *name, unsigned flags)
{
	struct message m;
	const struct ifinfomsg header = {.ifi_index = index, .ifi_flags = flags};
	struct nlmsghdr *nlh = put_message(&m, RTM_NEWLINK, &header, sizeof(header));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	assert_int_equal(decode_link(d, nlh), 0);
}

static struct nlmsghdr *put_address(struct message *m, uint8_t family, uint8_t prefix,
	unsigned index, uint8_t flags)
{
	const struct ifaddrmsg header = {.ifa_family = family,
		.ifa_prefixlen = prefix,
		.ifa_flags = flags,
		.ifa_index = index};
	return put_message(m, RTM_NEWADDR, &header, sizeof(header));
}

static void assert_link_address(const struct facts *f, size_t i, const char *link, const char *own,
	const char *network)
{
	char text[INET6_ADDRSTRLEN], *range = NULL;
	struct text to = {0};
	assert_true(i < f->n_addresses);
	const struct link_address *l = &f->addresses[i];
	assert_string_equal(l->link, link);
	addr_print(&l->address, text);
	assert_string_equal(text, own);
	addr_range_print(&l->network, &to);
	assert_int_equal(text_finish(&to, &range), 0);
	assert_string_equal(range, network);
	free(range);
}

TEST(an_address_leads_to_its_network_or_to_its_peer)
{
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	struct message m;
	struct nlmsghdr *nlh;
	link_is(&d, 2, "eth0", IFF_UP);
	link_is(&d, 3, "tun0", IFF_UP | IFF_POINTOPOINT);
	nlh = put_address(&m, AF_INET, 20, 2, 0);
	put_addr(nlh, IFA_LOCAL, "10.0.17.7");
	put_addr(nlh, IFA_ADDRESS, "10.0.17.7");
	mnl_attr_put_strz(nlh, IFA_LABEL, "eth0:1");
	assert_int_equal(decode_address(&d, nlh), 0);
	nlh = put_address(&m, AF_INET, 32, 3, 0);
	put_addr(nlh, IFA_LOCAL, "10.1.0.1");
	put_addr(nlh, IFA_ADDRESS, "10.1.0.2");
	assert_int_equal(decode_address(&d, nlh), 0);
	nlh = put_address(&m, AF_INET6, 64, 2, 0);
	put_addr(nlh, IFA_ADDRESS, "2001:db8::7");
	assert_int_equal(decode_address(&d, nlh), 0);
	nlh = put_address(&m, AF_INET6, 128, 3, 0);
	put_addr(nlh, IFA_LOCAL, "2001:db8:1::1");
	put_addr(nlh, IFA_ADDRESS, "2001:db8:1::2");
	assert_int_equal(decode_address(&d, nlh), 0);
	assert_int_equal(f.n_addresses, 4);
	assert_link_address(&f, 0, "eth0", "10.0.17.7", "10.0.16.0/20");
	assert_link_address(&f, 1, "tun0", "10.1.0.1", "10.1.0.2");
	assert_link_address(&f, 2, "eth0", "2001:db8::7", "2001:db8::/64");
	assert_link_address(&f, 3, "tun0", "2001:db8:1::1", "2001:db8:1::2");
	decoding_done(&d);
	facts_done(&f);
}

TEST(what_is_down_and_what_was_learned_is_marked)
{
	static const struct {
		uint8_t family, flags, protocol;
		uint32_t more_flags;
		bool learned;
	} cases[] = {
		{AF_INET6, 0, 0, 0, false}, {AF_INET6, 0, 2, 0, true}, {AF_INET6, 0, 1, 0, false},
		{AF_INET6, 0, 0, IFA_F_MANAGETEMPADDR, true},
		{AF_INET6, IFA_F_TEMPORARY, 0, 0, true},
		{AF_INET, IFA_F_SECONDARY, 0, 0, false}, /* the same bit */
	};
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	link_is(&d, 2, "eth0", IFF_UP);
	link_is(&d, 3, "eth1", IFF_RUNNING);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct message m;
		bool four = cases[i].family == AF_INET;
		struct nlmsghdr *nlh =
			put_address(&m, cases[i].family, 24, 2 + (i & 1), cases[i].flags);
		put_addr(nlh, IFA_ADDRESS, four ? "10.0.0.7" : "2001:db8::7");
		if (cases[i].protocol)
			mnl_attr_put_u8(nlh, IFA_PROTO_, cases[i].protocol);
		if (cases[i].more_flags)
			mnl_attr_put_u32(nlh, IFA_FLAGS, cases[i].more_flags);
		assert_int_equal(decode_address(&d, nlh), 0);
		assert_int_equal(f.addresses[i].is_learned, cases[i].learned);
		assert_int_equal(f.addresses[i].is_down, i & 1);
	}
	decoding_done(&d);
	facts_done(&f);
}

TEST(an_address_of_a_link_that_came_meanwhile_asks_for_another_look)
{
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	struct message m;
	struct nlmsghdr *nlh = put_address(&m, AF_INET, 24, 9, 0);
	put_addr(nlh, IFA_ADDRESS, "10.0.0.7");
	assert_int_equal(decode_address(&d, nlh), -EINTR);
	decoding_done(&d);
}

/* Routes. */

static struct nlmsghdr *put_route(struct message *m, const struct rtmsg *header)
{
	return put_message(m, RTM_NEWROUTE, header, sizeof(*header));
}

static const struct rtmsg default4 = {.rtm_family = AF_INET, .rtm_type = RTN_UNICAST};
static const struct rtmsg default6 = {.rtm_family = AF_INET6, .rtm_type = RTN_UNICAST};

static void expect_gateways(const struct facts *f, const char *wanted)
{
	char found[512] = "", text[INET6_ADDRSTRLEN];
	for (size_t i = 0; i < f->n_gateways; i++) {
		addr_print(&f->gateways[i].address, text);
		strcat(strcat(strcat(found, i ? " " : ""), text),
			f->gateways[i].is_learned ? "(ra)" : "");
	}
	assert_string_equal(found, wanted);
}

TEST(gateways_are_next_hops_of_default_routes)
{
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	struct message m;
	struct rtmsg other = default4, learned = default6;
	struct nlmsghdr *nlh = put_route(&m, &default4);
	put_addr(nlh, RTA_GATEWAY, "10.0.0.1");
	assert_int_equal(decode_route(&d, nlh), 0);

	other.rtm_dst_len = 8;
	nlh = put_route(&m, &other);
	put_addr(nlh, RTA_DST, "10.0.0.0");
	put_addr(nlh, RTA_GATEWAY, "10.0.0.2");
	assert_int_equal(decode_route(&d, nlh), 0);
	other = default4;
	other.rtm_type = RTN_UNREACHABLE;
	nlh = put_route(&m, &other);
	put_addr(nlh, RTA_GATEWAY, "10.0.0.3");
	assert_int_equal(decode_route(&d, nlh), 0);
	other = default4;
	other.rtm_flags = RTNH_F_DEAD;
	nlh = put_route(&m, &other);
	put_addr(nlh, RTA_GATEWAY, "10.0.0.4");
	assert_int_equal(decode_route(&d, nlh), 0);
	nlh = put_route(&m, &default4); /* of a point-to-point link: nobody by address */
	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	assert_int_equal(decode_route(&d, nlh), 0);

	learned.rtm_protocol = RTPROT_RA;
	nlh = put_route(&m, &learned);
	put_addr(nlh, RTA_GATEWAY, "fe80::1");
	assert_int_equal(decode_route(&d, nlh), 0);
	nlh = put_route(&m, &default4); /* over IPv6 */
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} via = {AF_INET6, {0xfe, 0x80, [15] = 2}};
	mnl_attr_put(nlh, RTA_VIA, sizeof(via), &via);
	assert_int_equal(decode_route(&d, nlh), 0);
	expect_gateways(&f, "10.0.0.1 fe80::1(ra) fe80::2");
	decoding_done(&d);
	facts_done(&f);
}

static void put_hop(char *to, size_t *length, uint8_t flags, const char *gateway)
{
	struct rtnexthop *hop = (struct rtnexthop *)(to + *length);
	struct addr a;
	assert_int_equal(addr_parse(gateway, strlen(gateway), &a), 0);
	*hop = (struct rtnexthop){.rtnh_flags = flags};
	struct nlattr *attr = (struct nlattr *)(hop + 1);
	*attr = (struct nlattr){
		.nla_len = (uint16_t)(sizeof(*attr) + addr_length(&a)), .nla_type = RTA_GATEWAY};
	memcpy(attr + 1, a.bytes, addr_length(&a));
	hop->rtnh_len = (uint16_t)(sizeof(*hop) + attr->nla_len);
	*length += hop->rtnh_len;
}

TEST(all_next_hops_of_a_multipath_route_count)
{
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	struct message m;
	_Alignas(8) char hops[256];
	size_t length = 0;
	put_hop(hops, &length, 0, "10.0.0.1");
	put_hop(hops, &length, RTNH_F_LINKDOWN, "10.0.0.2"); /* it may come back any moment */
	put_hop(hops, &length, RTNH_F_DEAD, "10.0.0.3");
	put_hop(hops, &length, 0, "10.0.0.4");
	struct nlmsghdr *nlh = put_route(&m, &default4);
	mnl_attr_put_u32(nlh, RTA_NH_ID, 7); /* of which they are */
	mnl_attr_put(nlh, RTA_MULTIPATH, length, hops);
	assert_int_equal(decode_route(&d, nlh), 0);
	expect_gateways(&f, "10.0.0.1 10.0.0.2 10.0.0.4");
	assert_int_equal(d.n_references, 0);
	decoding_done(&d);
	facts_done(&f);
}

/* Lengths that do not fit are the end of it, never of us. */
TEST(a_list_of_next_hops_that_is_cut_short_is_refused)
{
	static const uint16_t lengths[] = {0, 1, 7, 17, 0xffff};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct facts f = {0};
		struct decoding d = {.facts = &f};
		struct message m;
		_Alignas(8) char hops[64];
		size_t length = 0;
			put_hop(hops, &length, 0, "10.0.0.1");
		((struct rtnexthop *)hops)->rtnh_len = lengths[i];
		struct nlmsghdr *nlh = put_route(&m, &default4);
		mnl_attr_put(nlh, RTA_MULTIPATH, length, hops);
		assert_int_equal(decode_route(&d, nlh), -EBADMSG);
		decoding_done(&d);
		facts_done(&f);
	}
}

static void nexthop_is(struct decoding *d, uint32_t id, uint8_t family, const char *gateway,
	unsigned flags)
{
	struct message m;
	const struct nhmsg header = {.nh_family = family, .nh_flags = flags};
	struct nlmsghdr *nlh = put_message(&m, RTM_NEWNEXTHOP, &header, sizeof(header));
	mnl_attr_put_u32(nlh, NHA_ID, id);
	if (gateway)
		put_addr(nlh, NHA_GATEWAY, gateway);
	assert_int_equal(decode_nexthop(d, nlh), 0);
}

TEST(a_route_may_name_its_next_hops_by_number)
{
	const struct nexthop_grp members[] = {{.id = 1}, {.id = 2}, {.id = 3}, {.id = 99}};
	const struct nhmsg group = {.nh_family = AF_UNSPEC};
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	struct message m;
	nexthop_is(&d, 1, AF_INET, "10.0.0.1", 0);
	nexthop_is(&d, 2, AF_INET6, "fe80::2", 0);
	nexthop_is(&d, 3, AF_INET, "10.0.0.3", RTNH_F_DEAD);
	nexthop_is(&d, 4, AF_INET, NULL, 0); /* a device */
	nexthop_is(&d, 5, AF_INET, "10.0.0.5", 0);
	struct nlmsghdr *nlh = put_message(&m, RTM_NEWNEXTHOP, &group, sizeof(group));
	mnl_attr_put_u32(nlh, NHA_ID, 7);
	mnl_attr_put(nlh, NHA_GROUP, sizeof(members), members);
	assert_int_equal(decode_nexthop(&d, nlh), 0);
	static const uint32_t named[] = {7, 4, 98};
	for (size_t i = 0; i < 3; i++) {
		nlh = put_route(&m, &default4);
		mnl_attr_put_u32(nlh, RTA_NH_ID, named[i]);
		assert_int_equal(decode_route(&d, nlh), 0);
	}
	expect_gateways(&f, "");
	assert_int_equal(decode_references(&d), 0);
	expect_gateways(&f, "10.0.0.1 fe80::2");
	decoding_done(&d);
	facts_done(&f);
}

TEST(messages_that_are_too_short_are_refused)
{
	static const uint8_t nothing[1];
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	struct message m;
	assert_int_equal(decode_link(&d, put_message(&m, RTM_NEWLINK, nothing, 1)), -EBADMSG);
	assert_int_equal(decode_address(&d, put_message(&m, RTM_NEWADDR, nothing, 1)), -EBADMSG);
	assert_int_equal(decode_route(&d, put_message(&m, RTM_NEWROUTE, nothing, 1)), -EBADMSG);
	assert_int_equal(decode_nexthop(&d, put_message(&m, RTM_NEWNEXTHOP, nothing, 1)), -EBADMSG);
	assert_int_equal(decode_link(&d, put_message(&m, RTM_DELLINK, nothing, 1)), 0);
	link_is(&d, 2, "eth0", IFF_UP);
	struct nlmsghdr *nlh = put_address(&m, AF_INET, 33, 2, 0);
	put_addr(nlh, IFA_ADDRESS, "10.0.0.7");
	assert_int_equal(decode_address(&d, nlh), -EBADMSG);
	nlh = put_address(&m, AF_INET, 24, 2, 0);
	put_addr(nlh, IFA_ADDRESS, "2001:db8::7"); /* 16 bytes */
	assert_int_equal(decode_address(&d, nlh), -EBADMSG);
	assert_int_equal(f.n_addresses, 0);
	decoding_done(&d);
	facts_done(&f);
}

static void port_is(struct decoding *d, int index, const char *name, const char *kind,
	uint32_t bridge)
{
	struct message m;
	const struct ifinfomsg header = {.ifi_index = index, .ifi_flags = IFF_UP};
	struct nlmsghdr *nlh = put_message(&m, RTM_NEWLINK, &header, sizeof(header));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (bridge)
		mnl_attr_put_u32(nlh, IFLA_MASTER, bridge);
	if (kind) {
		struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
		mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
		mnl_attr_nest_end(nlh, info);
	}
	assert_int_equal(decode_link(d, nlh), 0);
}

TEST(a_bridge_leads_inside_if_all_its_ports_are_virtual)
{
	struct facts f = {0};
	struct decoding d = {.facts = &f};
	port_is(&d, 1, "eth0", NULL, 0);
	port_is(&d, 2, "docker0", "bridge", 0);
	port_is(&d, 3, "veth1", "veth", 2);
	port_is(&d, 4, "virbr0", "bridge", 0);
	port_is(&d, 5, "vnet0", "tun", 4);
	port_is(&d, 6, "virbr0-nic", "dummy", 4);
	port_is(&d, 10, "br0", "bridge", 0); /* a wire */
	port_is(&d, 11, "eth1", NULL, 10);
	port_is(&d, 12, "vnet1", "tun", 10);
	port_is(&d, 13, "br1", "bridge", 0); /* a VLAN of one */
	port_is(&d, 14, "eth0.7", "vlan", 13);
	port_is(&d, 15, "br2", "bridge", 0); /* a tunnel to other machines */
	port_is(&d, 16, "vx0", "vxlan", 15);
	port_is(&d, 17, "br3", "bridge", 0); /* nothing yet */
	port_is(&d, 18, "veth9", "veth", 0); /* no bridge at all */
	port_is(&d, 19, "br4", "bridgehead", 0);
	assert_int_equal(decode_inside(&d), 0);
	assert_int_equal(f.n_inside, 2);
	assert_string_equal(f.inside[0], "docker0");
	assert_string_equal(f.inside[1], "virbr0");
	decoding_done(&d);
	facts_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_leads_to_its_network_or_to_its_peer),
		cmocka_unit_test(what_is_down_and_what_was_learned_is_marked),
		cmocka_unit_test(an_address_of_a_link_that_came_meanwhile_asks_for_another_look),
		cmocka_unit_test(gateways_are_next_hops_of_default_routes),
		cmocka_unit_test(all_next_hops_of_a_multipath_route_count),
		cmocka_unit_test(a_list_of_next_hops_that_is_cut_short_is_refused),
		cmocka_unit_test(a_route_may_name_its_next_hops_by_number),
		cmocka_unit_test(a_bridge_leads_inside_if_all_its_ports_are_virtual),
		cmocka_unit_test(messages_that_are_too_short_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
