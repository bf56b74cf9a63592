/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements read back from the bytes: each exactly once, ends where they belong, and no list
 * longer than a nested attribute can be. */
#include <arpa/inet.h>
#include <linux/netfilter.h>

#include "base/array.h"
#include "live/decode.h"
#include "nftables/encode/emit.h"
#include "net/addrset.h"

enum { LONGEST_NAME = 100 };

/* One element as the kernel would read it. */
struct seen {
	uint8_t key[16];
	size_t length;
	bool is_end, has_verdict, has_user_data;
	uint32_t verdict;
	const char *chain;
	uint8_t user_data[16];
	size_t user_data_length;
};

struct elements {
	struct seen *items;
	size_t count, allocated, messages;
	struct batch batch;
};

static const struct nlattr *nested(const struct nlattr *a, uint16_t type)
{
	const struct nlattr *found = NULL;
	const char *end = (const char *)a + a->nla_len;
	for (const struct nlattr *n = mnl_attr_get_payload(a); mnl_attr_ok(n, (int)(end - (char *)n));
		n = mnl_attr_next(n))
		if (mnl_attr_get_type(n) == type)
			found = n;
	return found;
}

static void see(struct elements *to, const struct nlattr *element)
{
	int r = array_reserve(&to->items, &to->allocated, to->count + 1);
	assert_int_equal(r, 0);
	struct seen *s = &to->items[to->count++];
	*s = (struct seen){0};
	const struct nlattr *key = nested(element, NFTA_SET_ELEM_KEY);
	const struct nlattr *flags = nested(element, NFTA_SET_ELEM_FLAGS);
	const struct nlattr *data = nested(element, NFTA_SET_ELEM_DATA);
	const struct nlattr *user = nested(element, NFTA_SET_ELEM_USERDATA);
	assert_non_null(key);
	key = nested(key, NFTA_DATA_VALUE);
	s->length = mnl_attr_get_payload_len(key);
	assert_true(s->length <= sizeof(s->key));
	memcpy(s->key, mnl_attr_get_payload(key), s->length);
	s->is_end = flags && ntohl(mnl_attr_get_u32(flags)) == NFT_SET_ELEM_INTERVAL_END;
	if (data) {
		const struct nlattr *verdict = nested(data, NFTA_DATA_VERDICT);
		const struct nlattr *chain = nested(verdict, NFTA_VERDICT_CHAIN);
		s->has_verdict = true;
		s->verdict = ntohl(mnl_attr_get_u32(nested(verdict, NFTA_VERDICT_CODE)));
		s->chain = chain ? mnl_attr_get_str(chain) : NULL;
	}
	if (user) {
		s->has_user_data = true;
		s->user_data_length = mnl_attr_get_payload_len(user);
		assert_true(s->user_data_length <= sizeof(s->user_data));
		memcpy(s->user_data, mnl_attr_get_payload(user), s->user_data_length);
	}
}

/* The list must fill the rest of its message exactly: a length that has wrapped does not. */
static void see_message(struct elements *to, const struct nlmsghdr *nlh, const struct set *s)
{
	assert_true(is_nft(nlh, NFT_MSG_NEWSETELEM));
	assert_true(nlh->nlmsg_len <= BATCH_MESSAGE_SIZE);
	assert_string_attribute(nlh, NFTA_SET_ELEM_LIST_TABLE, "rolewall");
	assert_string_attribute(nlh, NFTA_SET_ELEM_LIST_SET, s->name);
	const struct nlattr *list = attribute(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	assert_non_null(list);
	assert_ptr_equal((const char *)list + MNL_ALIGN(list->nla_len),
		(const char *)nlh + nlh->nlmsg_len);
	const char *end = (const char *)list + list->nla_len;
	const struct nlattr *e = mnl_attr_get_payload(list);
	for (; mnl_attr_ok(e, (int)(end - (const char *)e)); e = mnl_attr_next(e))
		see(to, e);
	assert_ptr_equal(e, end);
	to->messages++;
}

static struct elements emitted(const struct set *s)
{
	struct elements e = {0};
	batch_start(&e.batch, 1, 1);
	emit_elements(&e.batch, s);
	assert_int_equal(batch_finish(&e.batch), 0);
	const struct decoded *d = decode(&e.batch);
	for (size_t i = 1; i + 1 < d->count; i++) {
		see_message(&e, d->messages[i], s);
		assert_string_equal(e.batch.origins[i].what, "elements of set");
		assert_string_equal(e.batch.origins[i].name, s->name);
		assert_int_equal(e.batch.origins[i].at.line, s->at.line);
	}
	return e;
}

static void done(struct elements *e)
{
	free(e->items);
	batch_done(&e->batch);
}

/* "10.0.0.0", "10.0.0.10 end", "255.0.0.0 open", "22 > in-web": what nft's set would have */
static void assert_seen(const struct elements *e, const char *wanted)
{
	struct text text = {0};
	char *found = NULL;
	for (size_t i = 0; i < e->count; i++) {
		const struct seen *s = &e->items[i];
		char address[INET6_ADDRSTRLEN] = "";
		if (s->length >= 4)
			inet_ntop(s->length == 4 ? AF_INET : AF_INET6, s->key, address,
				sizeof(address));
		else if (s->length == 2)
			snprintf(address, sizeof(address), "%u", s->key[0] << 8 | s->key[1]);
		else
			snprintf(address, sizeof(address), "%u", s->key[0]);
		text_printf(&text, "%s%s%s", address, s->is_end ? " end" : "",
			s->has_user_data ? " open" : "");
		if (s->has_verdict)
			text_printf(&text, " %d%s%s", (int)s->verdict, s->chain ? " " : "",
				s->chain ? s->chain : "");
		text_put(&text, "\n");
	}
	assert_int_equal(text_finish(&text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

static void add(struct addrset *a, const char *s)
{
	struct addr_range range;
	char why[ADDR_FAULT_SIZE];
	assert_int_equal(addr_range_parse(s, strlen(s), &range, why), 0);
	assert_int_equal(addrset_add(a, &range), 0);
}

static struct set set_of(struct addrset *a, enum addrset_part part)
{
	addrset_normalise(a);
	bool v4 = part == ADDRSET_HOSTS4 || part == ADDRSET_RANGES4;
	return (struct set){
		.name = "peer",
		.at = {"etc/rolewall.conf", 17, 3},
		.comment = "c",
		.type = v4 ? TYPE_IPV4_ADDR : TYPE_IPV6_ADDR,
		.interval = part == ADDRSET_RANGES4 || part == ADDRSET_RANGES6,
		.addresses = a,
		.part = part,
	};
}

static void assert_emitted(struct addrset *a, enum addrset_part part, const char *wanted)
{
	struct set s = set_of(a, part);
	struct elements e = emitted(&s);
	assert_seen(&e, wanted);
	done(&e);
	addrset_done(a);
}

TEST(hosts_are_elements_by_themselves)
{
	struct addrset a = {0};
	add(&a, "10.0.0.7");
	add(&a, "0.0.0.0");
	add(&a, "255.255.255.255");
	add(&a, "10.1.0.0/16"); /* of another part */
	assert_emitted(&a, ADDRSET_HOSTS4, "0.0.0.0\n10.0.0.7\n255.255.255.255\n");
}

TEST(hosts_of_ipv6_have_sixteen_bytes)
{
	struct addrset a = {0};
	add(&a, "2001:db8::7");
	add(&a, "::");
	assert_emitted(&a, ADDRSET_HOSTS6, "::\n2001:db8::7\n");
}

TEST(a_run_ends_behind_its_last_address)
{
	struct addrset a = {0};
	add(&a, "10.0.0.5-10.0.0.9");
	add(&a, "10.1.0.0/16");
	assert_emitted(&a, ADDRSET_RANGES4,
		"0.0.0.0 end\n"
		"10.0.0.5\n10.0.0.10 end\n"
		"10.1.0.0\n10.2.0.0 end\n");
}

TEST(a_run_from_zero_has_no_end_in_front)
{
	struct addrset a = {0};
	add(&a, "0.0.0.0/8");
	add(&a, "10.0.0.0/8");
	assert_emitted(&a, ADDRSET_RANGES4, "0.0.0.0\n1.0.0.0 end\n10.0.0.0\n11.0.0.0 end\n");
}

TEST(a_run_to_the_highest_address_is_open)
{
	struct addrset a = {0};
	add(&a, "240.0.0.0/4");
	assert_emitted(&a, ADDRSET_RANGES4, "0.0.0.0 end\n240.0.0.0 open\n");
}

TEST(everything_is_one_open_run)
{
	struct addrset a = {0};
	add(&a, "0.0.0.0/0");
	assert_emitted(&a, ADDRSET_RANGES4, "0.0.0.0 open\n");
}

TEST(runs_of_ipv6_carry_over_all_bytes)
{
	struct addrset a = {0};
	add(&a, "2001:db8::-2001:db8::ffff:ffff:ffff:ffff");
	add(&a, "ff00::/8");
	assert_emitted(&a, ADDRSET_RANGES6,
		":: end\n"
		"2001:db8::\n2001:db8:0:1:: end\n"
		"ff00:: open\n");
}

TEST(an_open_end_is_noted_as_nft_notes_it)
{
	/* type 1 (flags), four bytes, bit 0 (open) in the host's order */
	const uint32_t open = 1;
	uint8_t wanted[6] = {1, 4};
	struct addrset a = {0};
	memcpy(wanted + 2, &open, sizeof(open));
	add(&a, "240.0.0.0/4");
	struct set s = set_of(&a, ADDRSET_RANGES4);
	struct elements e = emitted(&s);
	assert_int_equal(e.count, 2);
	assert_int_equal(e.items[1].user_data_length, sizeof(wanted));
	assert_memory_equal(e.items[1].user_data, wanted, sizeof(wanted));
	done(&e);
	addrset_done(&a);
}

TEST(numbers_are_in_the_order_of_the_network_and_marks_in_the_hosts)
{
	static const uint32_t mark = 0x00010000;
	struct element port = {.first = 0x1234, .last = 0x1234}, m = {.first = mark, .last = mark};
	struct set s = {
		.name = "x", .type = TYPE_INET_SERVICE, .elements = &port, .n_elements = 1};
	struct elements e = emitted(&s);
	assert_int_equal(e.items[0].length, 2);
	assert_memory_equal(e.items[0].key, "\x12\x34", 2);
	done(&e);
	s.type = TYPE_MARK;
	s.elements = &m;
	e = emitted(&s);
	assert_int_equal(e.items[0].length, 4);
	assert_memory_equal(e.items[0].key, &mark, 4);
	done(&e);
}

TEST(a_map_element_has_its_verdict_and_chain)
{
	char chain[LONGEST_NAME + 1] = "";
	memset(chain, 'c', LONGEST_NAME);
	struct element elements[] = {
		{6, 6, VERDICT_JUMP, chain},
		{17, 17, VERDICT_ACCEPT, NULL},
		{50, 50, VERDICT_DROP, NULL},
		{51, 51, VERDICT_GOTO, "g"},
	};
	const struct set s = {.name = "m",
		.type = TYPE_INET_PROTO,
		.is_map = true,
		.elements = elements,
		.n_elements = 4};
	struct elements e = emitted(&s);
	char wanted[200];
	snprintf(wanted, sizeof(wanted), "6 -3 %s\n17 1\n50 0\n51 -4 g\n", chain);
	assert_seen(&e, wanted);
	done(&e);
}

TEST(the_end_of_a_range_in_a_map_has_no_verdict)
{
	struct element elements[] = {
		{1000, 2000, VERDICT_JUMP, "a"}, {2001, 65535, VERDICT_JUMP, "b"}};
	const struct set s = {.name = "m",
		.type = TYPE_INET_SERVICE,
		.is_map = true,
		.interval = true,
		.elements = elements,
		.n_elements = 2};
	struct elements e = emitted(&s);
	assert_seen(&e, "0 end\n1000 -3 a\n2001 end\n2001 open -3 b\n");
	done(&e);
}

TEST(an_empty_set_sends_no_message)
{
	const struct set s = {.name = "x", .type = TYPE_MARK};
	struct elements e = emitted(&s);
	assert_int_equal(e.count, 0);
	assert_int_equal(e.messages, 0);
	done(&e);
}

/* Large sets.  libmnl wraps the 16-bit length of a list that is too long, and the kernel then
 * takes a part of it without a word. */

enum { MANY = 200000 };

TEST(many_hosts_are_all_there_once)
{
	struct addrset a = {0};
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t n = htonl(0x0a000000 + i * 3);
		struct addr_range r = {.first.family = AF_INET};
		memcpy(r.first.bytes, &n, sizeof(n));
		r.last = r.first;
		assert_int_equal(addrset_add(&a, &r), 0);
	}
	struct set s = set_of(&a, ADDRSET_HOSTS4);
	struct elements e = emitted(&s);
	assert_int_equal(e.count, MANY);
	assert_true(e.messages > 1);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t n = htonl(0x0a000000 + i * 3);
		assert_memory_equal(e.items[i].key, &n, sizeof(n));
		assert_false(e.items[i].is_end);
	}
	done(&e);
	addrset_done(&a);
}

TEST(many_runs_of_ipv6_are_all_there_once_with_their_ends)
{
	struct addrset a = {0};
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t n = htonl(i);
		struct addr_range r = {.first = {AF_INET6, {0x20, 0x01, 0x0d, 0xb8}}};
		memcpy(r.first.bytes + 8, &n, sizeof(n));
		r.last = r.first;
		r.last.bytes[15] = 9;
		assert_int_equal(addrset_add(&a, &r), 0);
	}
	struct set s = set_of(&a, ADDRSET_RANGES6);
	struct elements e = emitted(&s);
	assert_int_equal(e.count, 2 * MANY + 1);
	assert_true(e.items[0].is_end);
	for (uint32_t i = 0; i < MANY; i++) {
		const struct seen *first = &e.items[1 + 2 * i], *end = first + 1;
		uint32_t n = htonl(i);
		assert_memory_equal(first->key + 8, &n, sizeof(n));
		assert_int_equal(first->key[15], 0);
		assert_false(first->is_end);
		assert_memory_equal(end->key + 8, &n, sizeof(n));
		assert_int_equal(end->key[15], 10);
		assert_true(end->is_end);
	}
	done(&e);
	addrset_done(&a);
}

TEST(many_jumps_to_chains_of_long_names_are_all_there)
{
	enum { PORTS = 20000 };
	static struct element elements[PORTS];
	char chain[LONGEST_NAME + 1] = "";
	memset(chain, 'c', LONGEST_NAME);
	for (uint32_t i = 0; i < PORTS; i++)
		elements[i] = (struct element){i, i, VERDICT_JUMP, chain};
	const struct set s = {.name = "m",
		.type = TYPE_INET_SERVICE,
		.is_map = true,
		.elements = elements,
		.n_elements = PORTS};
	struct elements e = emitted(&s);
	assert_int_equal(e.count, PORTS);
	for (uint32_t i = 0; i < PORTS; i++) {
		assert_int_equal(e.items[i].key[0] << 8 | e.items[i].key[1], i);
		assert_string_equal(e.items[i].chain, chain);
	}
	done(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_elements_by_themselves),
		cmocka_unit_test(hosts_of_ipv6_have_sixteen_bytes),
		cmocka_unit_test(a_run_ends_behind_its_last_address),
		cmocka_unit_test(a_run_from_zero_has_no_end_in_front),
		cmocka_unit_test(a_run_to_the_highest_address_is_open),
		cmocka_unit_test(everything_is_one_open_run),
		cmocka_unit_test(runs_of_ipv6_carry_over_all_bytes),
		cmocka_unit_test(an_open_end_is_noted_as_nft_notes_it),
		cmocka_unit_test(numbers_are_in_the_order_of_the_network_and_marks_in_the_hosts),
		cmocka_unit_test(a_map_element_has_its_verdict_and_chain),
		cmocka_unit_test(the_end_of_a_range_in_a_map_has_no_verdict),
		cmocka_unit_test(an_empty_set_sends_no_message),
		cmocka_unit_test(many_hosts_are_all_there_once),
		cmocka_unit_test(many_runs_of_ipv6_are_all_there_once_with_their_ends),
		cmocka_unit_test(many_jumps_to_chains_of_long_names_are_all_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
