/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address belongs to an interface by its number; a label (eth0:1) is not an interface.  Its
 * prefix tells whom it leads to: on a point-to-point link the other end and not this host.
 *
 * An interface is down if somebody has taken it down.  One that has lost its carrier is not: a
 * switch that restarts must not cut sessions that would outlive it.
 *
 * A default route is one of any table (policy routing and VRFs have several), to anywhere.
 * It may have one next hop, many (RTA_MULTIPATH), an IPv6 one for IPv4 (RTA_VIA), or only
 * the number of an object that has them (RTA_NH_ID, where nexthop_compat_mode is off).
 *
 * Some constants are younger than the headers that we may be built with.
 */
#include "host/decode.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { ADDRESS_PROTOCOL = 11 /* IFA_PROTO, 5.18 */, PROTOCOL_KERNEL_RA = 2 };

void decoding_done(struct decoding *d)
{
	for (size_t i = 0; i < d->n_nexthops; i++)
		free(d->nexthops[i].members);
	free(d->links);
	free(d->references);
	free(d->nexthops);
	*d = (struct decoding){0};
}

/* Attributes. */

/* The attributes behind a message's own header, by type; those of a higher type are left out. */
struct attributes {
	const struct nlattr *of[40];
};
enum { ATTRIBUTES = 40 };

static void note(struct attributes *to, const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr);
	if (type < ATTRIBUTES)
		to->of[type] = attr;
}

static struct attributes attributes_of(const struct nlmsghdr *nlh, size_t header)
{
	struct attributes found = {{0}};
	const struct nlattr *attr;
	mnl_attr_for_each(attr, nlh, (unsigned)header) note(&found, attr);
	return found;
}

static bool read_u32(const struct nlattr *attr, uint32_t *ret)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return false;
	*ret = mnl_attr_get_u32(attr);
	return true;
}

static bool to_addr(sa_family_t family, const void *bytes, size_t length, struct addr *ret)
{
	*ret = (struct addr){.family = family};
	if (family != AF_INET && family != AF_INET6)
		return false;
	if (length != addr_length(ret))
		return false;
	memcpy(ret->bytes, bytes, length);
	return true;
}

static bool read_addr(const struct nlattr *attr, sa_family_t family, struct addr *ret)
{
	return attr &&
	       to_addr(family, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr), ret);
}

static bool is_zero(const struct addr *a)
{
	static const uint8_t zero[16];
	return memcmp(a->bytes, zero, sizeof(zero)) == 0;
}

/* Links and addresses. */

/* Whether IFLA_LINKINFO says so; a physical one has none. */
static bool is_of_kind(const struct nlattr *info, const char *const *kinds)
{
	const struct nlattr *attr;
	if (!info)
		return false;
	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) != IFLA_INFO_KIND ||
			mnl_attr_validate(attr, MNL_TYPE_STRING) < 0)
			continue;
		const char *kind = mnl_attr_get_str(attr);
		size_t n = strnlen(kind, mnl_attr_get_payload_len(attr));
		for (size_t i = 0; kinds[i]; i++)
			if (strlen(kinds[i]) == n && memcmp(kinds[i], kind, n) == 0)
				return true;
	}
	return false;
}

int decode_link(struct decoding *d, const struct nlmsghdr *nlh)
{
	static const char *const bridges[] = {"bridge", NULL};
	static const char *const virtual[] = {"veth", "tun", "dummy", NULL};
	struct decoded_link l = {0};
	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
		return -EBADMSG;
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(nlh);
	const struct attributes a = attributes_of(nlh, sizeof(*m));
	const struct nlattr *name = a.of[IFLA_IFNAME];
	if (!name || mnl_attr_validate(name, MNL_TYPE_NUL_STRING) < 0 ||
		mnl_attr_get_payload_len(name) > sizeof(l.name))
		return -EBADMSG;
	memcpy(l.name, mnl_attr_get_payload(name), mnl_attr_get_payload_len(name));
	l.index = (unsigned)m->ifi_index;
	l.is_down = !(m->ifi_flags & IFF_UP);
	l.is_bridge = is_of_kind(a.of[IFLA_LINKINFO], bridges);
	l.is_virtual = is_of_kind(a.of[IFLA_LINKINFO], virtual);
	read_u32(a.of[IFLA_MASTER], &l.bridge);
	int r = array_reserve(&d->links, &d->links_allocated, d->n_links + 1);
	if (r < 0)
		return r;
	d->links[d->n_links++] = l;
	return facts_add_link(d->facts, l.name);
}

/* A port that is a card, a VLAN, a tunnel or a bond leads out; and so may a bridge that has no port
 * yet, for all that is known of it. */
int decode_inside(struct decoding *d)
{
	for (size_t i = 0; i < d->n_links; i++) {
		size_t ports = 0, outward = 0;
		for (size_t j = 0; d->links[i].is_bridge && j < d->n_links; j++) {
			if (d->links[j].bridge != d->links[i].index)
				continue;
			ports++;
			outward += !d->links[j].is_virtual;
		}
		int r = ports && !outward ? facts_add_inside(d->facts, d->links[i].name) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct decoded_link *find_link(const struct decoding *d, unsigned index)
{
	for (size_t i = 0; i < d->n_links; i++)
		if (d->links[i].index == index)
			return &d->links[i];
	return NULL;
}

static struct addr_range network_of(const struct addr *a, unsigned prefix)
{
	struct addr_range r = {*a, *a};
	for (unsigned i = 0; i < addr_length(a); i++) {
		unsigned bits = prefix > 8 * i ? prefix - 8 * i : 0;
		uint8_t mask = bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);
		r.first.bytes[i] = a->bytes[i] & mask;
		r.last.bytes[i] = (uint8_t)(a->bytes[i] | ~mask);
	}
	return r;
}

/* Kernels before 5.18 do not say who made an address; those that they make themselves of what a
 * router has advertised, they manage. */
static bool is_learned(const struct ifaddrmsg *m, const struct attributes *a)
{
	const struct nlattr *protocol = a->of[ADDRESS_PROTOCOL];
	uint32_t flags = m->ifa_flags;
	if (protocol && mnl_attr_get_payload_len(protocol) >= 1 &&
		mnl_attr_get_u8(protocol) == PROTOCOL_KERNEL_RA)
		return true;
	read_u32(a->of[IFA_FLAGS], &flags);
	return m->ifa_family == AF_INET6 && flags & (IFA_F_MANAGETEMPADDR | IFA_F_TEMPORARY);
}

int decode_address(struct decoding *d, const struct nlmsghdr *nlh)
{
	struct link_address l = {0};
	struct addr far;
	if (nlh->nlmsg_type != RTM_NEWADDR)
		return 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifaddrmsg))
		return -EBADMSG;
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(nlh);
	if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
		return 0;
	const struct attributes a = attributes_of(nlh, sizeof(*m));
	const struct decoded_link *link = find_link(d, m->ifa_index);
	if (!link)
		return -EINTR;
	if (!read_addr(a.of[IFA_ADDRESS], m->ifa_family, &far) ||
		m->ifa_prefixlen > 8 * addr_length(&far))
		return -EBADMSG;
	if (!read_addr(a.of[IFA_LOCAL], m->ifa_family, &l.address))
		l.address = far;
	memcpy(l.link, link->name, sizeof(l.link));
	l.network = network_of(&far, m->ifa_prefixlen);
	l.is_down = link->is_down;
	l.is_learned = is_learned(m, &a);
	struct facts *f = d->facts;
	int r = array_reserve(&f->addresses, &d->addresses_allocated, f->n_addresses + 1);
	if (r < 0)
		return r;
	f->addresses[f->n_addresses++] = l;
	return 0;
}

/* Routes. */

/* The next hop of a route, or one of several.  0 or -ENOMEM. */
static int add_hop(struct decoding *d, const struct rtmsg *m, const struct attributes *a)
{
	bool learned = m->rtm_protocol == RTPROT_RA;
	const struct nlattr *via = a->of[RTA_VIA];
	struct addr gateway;
	if (read_addr(a->of[RTA_GATEWAY], m->rtm_family, &gateway) && !is_zero(&gateway))
		return facts_add_gateway(d->facts, &gateway, learned);
	if (via && mnl_attr_get_payload_len(via) > sizeof(struct rtvia)) {
		const struct rtvia *v = mnl_attr_get_payload(via);
		if (to_addr(v->rtvia_family, v->rtvia_addr,
			    mnl_attr_get_payload_len(via) - sizeof(*v), &gateway))
			return facts_add_gateway(d->facts, &gateway, learned);
	}
	return 0;
}

static struct attributes attributes_of_hop(const struct rtnexthop *hop)
{
	struct attributes found = {{0}};
	const void *payload = hop + 1;
	const struct nlattr *attr;
	mnl_attr_for_each_payload(payload, hop->rtnh_len - sizeof(*hop)) note(&found, attr);
	return found;
}

static int add_hops(struct decoding *d, const struct rtmsg *m, const struct nlattr *multipath)
{
	const char *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);
	while (left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const struct rtnexthop *)at;
		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left)
			return -EBADMSG;
		const struct attributes a = attributes_of_hop(hop);
		int r = hop->rtnh_flags & RTNH_F_DEAD ? 0 : add_hop(d, m, &a);
		if (r < 0)
			return r;
		size_t step = RTNH_ALIGN(hop->rtnh_len);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return 0;
}

static int add_reference(struct decoding *d, uint32_t id, bool learned)
{
	int r = array_reserve(&d->references, &d->references_allocated, d->n_references + 1);
	if (r < 0)
		return r;
	d->references[d->n_references++] = (struct decoded_reference){id, learned};
	return 0;
}

int decode_route(struct decoding *d, const struct nlmsghdr *nlh)
{
	uint32_t id;
	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return -EBADMSG;
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);
	if ((m->rtm_family != AF_INET && m->rtm_family != AF_INET6) || m->rtm_dst_len != 0 ||
		m->rtm_type != RTN_UNICAST || m->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD))
		return 0;
	const struct attributes a = attributes_of(nlh, sizeof(*m));
	if (a.of[RTA_MULTIPATH])
		return add_hops(d, m, a.of[RTA_MULTIPATH]);
	if (!a.of[RTA_GATEWAY] && !a.of[RTA_VIA] && read_u32(a.of[RTA_NH_ID], &id))
		return add_reference(d, id, m->rtm_protocol == RTPROT_RA);
	return add_hop(d, m, &a);
}

/* Next hops of their own. */

static int read_members(const struct nlattr *group, struct decoded_nexthop *n)
{
	const struct nexthop_grp *g = mnl_attr_get_payload(group);
	size_t count = mnl_attr_get_payload_len(group) / sizeof(*g);
	n->members = calloc(count + 1, sizeof(*n->members));
	if (!n->members)
		return -ENOMEM;
	for (; n->n_members < count; n->n_members++)
		n->members[n->n_members] = g[n->n_members].id;
	return 0;
}

int decode_nexthop(struct decoding *d, const struct nlmsghdr *nlh)
{
	struct decoded_nexthop n = {0};
	if (nlh->nlmsg_type != RTM_NEWNEXTHOP)
		return 0;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nhmsg))
		return -EBADMSG;
	const struct nhmsg *m = mnl_nlmsg_get_payload(nlh);
	const struct attributes a = attributes_of(nlh, sizeof(*m));
	if (!read_u32(a.of[NHA_ID], &n.id))
		return -EBADMSG;
	if (m->nh_flags & RTNH_F_DEAD)
		return 0;
	n.has_address = read_addr(a.of[NHA_GATEWAY], m->nh_family, &n.address);
	int r = a.of[NHA_GROUP] ? read_members(a.of[NHA_GROUP], &n) : 0;
	if (r == 0)
		r = array_reserve(&d->nexthops, &d->nexthops_allocated, d->n_nexthops + 1);
	if (r < 0) {
		free(n.members);
		return r;
	}
	d->nexthops[d->n_nexthops++] = n;
	return 0;
}

static const struct decoded_nexthop *find_nexthop(const struct decoding *d, uint32_t id)
{
	for (size_t i = 0; i < d->n_nexthops; i++)
		if (d->nexthops[i].id == id)
			return &d->nexthops[i];
	return NULL;
}

/* One that is not there is dead, or went meanwhile, which is heard of. */
static int add_nexthop(struct decoding *d, uint32_t id, bool learned)
{
	const struct decoded_nexthop *n = find_nexthop(d, id);
	return n && n->has_address ? facts_add_gateway(d->facts, &n->address, learned) : 0;
}

int decode_references(struct decoding *d)
{
	for (size_t i = 0; i < d->n_references; i++) {
		const struct decoded_reference *ref = &d->references[i];
		const struct decoded_nexthop *n = find_nexthop(d, ref->id);
		int r = add_nexthop(d, ref->id, ref->is_learned);
		if (r < 0)
			return r;
		/* no group has a group in it */
		for (size_t j = 0; n && j < n->n_members; j++) {
			r = add_nexthop(d, n->members[j], ref->is_learned);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
