/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctnetlink: a dump of all connections of this network namespace, both families at once.
 *
 * Each has two tuples: what its first packet said, and what a reply says, which is the
 * first one turned round unless addresses were translated.  So the reply's source is where
 * the connection got to.  Attributes are in network order.
 *
 * A dump is interrupted if the kernel makes the table larger or smaller under way: some connections
 * may have been told twice, and others not at all.  That happens rarely, and hardly ever twice.
 */
#include "netlink/conntrack.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

enum { DUMPS = 10 };

struct tuple {
	struct addr source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol;
	uint8_t icmp_type;
};

struct table {
	const struct nlattr **attributes;
	uint16_t last;
};

static int note_attribute(const struct nlattr *attr, void *context)
{
	struct table *t = context;
	if (mnl_attr_get_type(attr) <= t->last)
		t->attributes[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* The parts of a nested attribute, by type; all NULL if it is not there. */
static void open_nest(const struct nlattr *nest, const struct nlattr **attributes, uint16_t last)
{
	struct table t = {attributes, last};
	memset(attributes, 0, (last + 1u) * sizeof(*attributes));
	if (nest)
		mnl_attr_parse_nested(nest, note_attribute, &t);
}

static bool has_length(const struct nlattr *attr, size_t length)
{
	return attr && mnl_attr_get_payload_len(attr) >= length;
}

static uint8_t get_u8(const struct nlattr *attr)
{
	return has_length(attr, 1) ? mnl_attr_get_u8(attr) : 0;
}

static uint16_t get_port(const struct nlattr *attr)
{
	return has_length(attr, 2) ? ntohs(mnl_attr_get_u16(attr)) : 0;
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return has_length(attr, 4) ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

static bool get_address(const struct nlattr *attr, sa_family_t family, struct addr *ret)
{
	struct addr a = {.family = family};
	if (!has_length(attr, addr_length(&a)))
		return false;
	memcpy(a.bytes, mnl_attr_get_payload(attr), addr_length(&a));
	*ret = a;
	return true;
}

static bool parse_tuple(const struct nlattr *attr, sa_family_t family, struct tuple *ret)
{
	const struct nlattr *parts[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1],
		*proto[CTA_PROTO_MAX + 1];
	bool v4 = family == AF_INET;
	struct tuple t = {0};
	open_nest(attr, parts, CTA_TUPLE_MAX);
	open_nest(parts[CTA_TUPLE_IP], ip, CTA_IP_MAX);
	open_nest(parts[CTA_TUPLE_PROTO], proto, CTA_PROTO_MAX);
	t.protocol = get_u8(proto[CTA_PROTO_NUM]);
	t.source_port = get_port(proto[CTA_PROTO_SRC_PORT]);
	t.destination_port = get_port(proto[CTA_PROTO_DST_PORT]);
	t.icmp_type = get_u8(proto[v4 ? CTA_PROTO_ICMP_TYPE : CTA_PROTO_ICMPV6_TYPE]);
	*ret = t;
	return has_length(proto[CTA_PROTO_NUM], 1) &&
	       get_address(ip[v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC], family, &ret->source) &&
	       get_address(ip[v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST], family, &ret->destination);
}

/* TCP_CONNTRACK_NONE if it is not TCP. */
static uint8_t tcp_state(const struct nlattr *info)
{
	const struct nlattr *protocols[CTA_PROTOINFO_MAX + 1], *tcp[CTA_PROTOINFO_TCP_MAX + 1];
	open_nest(info, protocols, CTA_PROTOINFO_MAX);
	open_nest(protocols[CTA_PROTOINFO_TCP], tcp, CTA_PROTOINFO_TCP_MAX);
	return get_u8(tcp[CTA_PROTOINFO_TCP_STATE]);
}

/* Both ends have said that it is over; the tracker keeps it a while for what comes late. */
static bool is_over(uint8_t state)
{
	return state == TCP_CONNTRACK_TIME_WAIT || state == TCP_CONNTRACK_CLOSE;
}

static bool is_half_open(uint8_t state)
{
	return state == TCP_CONNTRACK_SYN_SENT || state == TCP_CONNTRACK_SYN_RECV ||
	       state == TCP_CONNTRACK_SYN_SENT2;
}

int conntrack_parse(const struct nlmsghdr *nlh, struct connection *ret)
{
	const struct nlattr *parts[CTA_MAX + 1] = {0};
	struct table table = {parts, CTA_MAX};
	struct tuple first, reply;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return -EBADMSG;
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);
	if (head->nfgen_family != AF_INET && head->nfgen_family != AF_INET6)
		return 0;
	mnl_attr_parse(nlh, sizeof(*head), note_attribute, &table);
	if (!parse_tuple(parts[CTA_TUPLE_ORIG], head->nfgen_family, &first) ||
		!parse_tuple(parts[CTA_TUPLE_REPLY], head->nfgen_family, &reply))
		return -EBADMSG;
	uint8_t state = tcp_state(parts[CTA_PROTOINFO]);
	if (is_over(state))
		return 0;
	*ret = (struct connection){
		.protocol = first.protocol,
		.source = first.source,
		.destination = first.destination,
		.source_port = first.source_port,
		.destination_port = first.destination_port,
		.icmp_type = first.icmp_type,
		.is_dnated = get_u32(parts[CTA_STATUS]) & IPS_DST_NAT,
		.reached = reply.source,
		.reached_port = reply.source_port,
		.mark = get_u32(parts[CTA_MARK]), /* left out where it is zero */
		.is_half_open = is_half_open(state),
	};
	return 1;
}

struct nlmsghdr *conntrack_question(struct nfsock *s, char *buffer, uint16_t type, uint16_t flags,
	uint8_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	nlh->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = s->seq++;
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	return nlh;
}

static int take_count(const struct nlmsghdr *nlh, void *context)
{
	uint32_t *count = context;
	const struct nlattr *attr;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) != CTA_STATS_GLOBAL_ENTRIES)
			continue;
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			return -EBADMSG;
		*count = ntohl(mnl_attr_get_u32(attr));
	}
	return 0;
}

/* True if nothing is tracked; false if something is, or nobody knows.  The kernel marks this one
 * answer as one of several and sends no end of them: an acknowledgement is asked for instead. */
static bool is_empty(struct nfsock *s)
{
	char buffer[CONNTRACK_QUESTION_SIZE];
	uint32_t count = UINT32_MAX;
	const struct nlmsghdr *question =
		conntrack_question(s, buffer, IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK, AF_UNSPEC);
	return nfsock_ask(s, question, take_count, &count) == 0 && count == 0;
}

int conntrack_dump(struct nfsock *s, void (*begin)(void *context),
	int (*f)(const struct nlmsghdr *nlh, void *context), void *context)
{
	char buffer[CONNTRACK_QUESTION_SIZE];
	int r = -EINTR;
	for (int i = 0; i < DUMPS && r == -EINTR; i++) {
		if (begin)
			begin(context);
		if (is_empty(s))
			return 0;
		const struct nlmsghdr *question =
			conntrack_question(s, buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC);
		r = nfsock_ask(s, question, f, context);
	}
	return r;
}

struct telling {
	void (*begin)(void *context);
	int (*f)(void *context, const struct connection *c);
	void *context;
};

static void begin_telling(void *context)
{
	const struct telling *t = context;
	if (t->begin)
		t->begin(t->context);
}

static int tell(const struct nlmsghdr *nlh, void *context)
{
	const struct telling *t = context;
	struct connection c;
	int r = conntrack_parse(nlh, &c);
	return r > 0 ? t->f(t->context, &c) : r;
}

int conntrack_each(struct nfsock *s, void (*begin)(void *context),
	int (*f)(void *context, const struct connection *c), void *context)
{
	struct telling telling = {begin, f, context};
	return conntrack_dump(s, begin_telling, tell, &telling);
}
