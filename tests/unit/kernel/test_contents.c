/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of a ruleset and of the kernel, and what is different between two. */
#include "kernel/contents.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/netns.h"
#include "kernel/put.h"
#include "ruleset/compile.h"

/* Finishes a text and demands it. */
static void assert_text(struct text *text, const char *wanted)
{
	char *found = NULL;
	assert_int_equal(text_finish(text, &found), 0);
	assert_string_equal(found, wanted);
	free(found);
}

static void assert_contents(const struct contents *c, enum data_type type, const char *wanted)
{
	struct text text = {0};
	for (size_t i = 0; i < c->count; i++) {
		run_print(&c->runs[i], type, &text);
		if (c->runs[i].chain)
			text_printf(&text, ":%s", c->runs[i].chain);
		text_put(&text, " ");
	}
	assert_text(&text, wanted);
}

/* What nft puts into a set of the kernel, read back. */
static void expect_read(const char *definition, enum data_type type, const char *wanted)
{
	char script[1024];
	struct contents c;
	need_netns();
	snprintf(script, sizeof(script),
		"table inet rolewall {\nchain x {\n}\nchain y {\n}\n%s\n}\n", definition);
	nft(script);
	struct nfsock s = opened();
	assert_int_equal(contents_read(&s, "s", type_spec(type)->length, &c), 0);
	assert_contents(&c, type, wanted);
	contents_done(&c);
	nfsock_close(&s);
}

static void sets_of_the_kernel_are_read_in_order(void **state)
{
	(void)state;
	expect_read("set s {\ntype ipv4_addr\n}", TYPE_IPV4_ADDR, "");
	expect_read("set s {\ntype ipv4_addr\nelements = { 10.0.0.9, 9.0.0.1, 10.0.0.10 }\n}",
		TYPE_IPV4_ADDR, "9.0.0.1 10.0.0.9 10.0.0.10 ");
	expect_read("set s {\ntype ipv6_addr\nelements = { 2001:db8::2, 2001:db8::1 }\n}",
		TYPE_IPV6_ADDR, "2001:db8::1 2001:db8::2 ");
	expect_read("set s {\ntype inet_service\nelements = { 443, 22 }\n}", TYPE_INET_SERVICE,
		"22 443 ");
	expect_read("set s {\ntype inet_proto\nelements = { 17, 6, 50 }\n}", TYPE_INET_PROTO,
		"tcp udp 50 ");
}

static void runs_of_the_kernel_begin_and_end(void **state)
{
	(void)state;
	expect_read("set s {\ntype ipv4_addr\nflags interval\n"
		    "elements = { 10.1.0.0/16, 10.0.0.5-10.0.0.9, 10.2.0.7 }\n}",
		TYPE_IPV4_ADDR, "10.0.0.5-10.0.0.9 10.1.0.0/16 10.2.0.7 ");
	expect_read("set s {\ntype ipv4_addr\nflags interval\n"
		    "elements = { 0.0.0.0/8, 224.0.0.0-255.255.255.255 }\n}",
		TYPE_IPV4_ADDR, "0.0.0.0/8 224.0.0.0/3 ");
	/* one that ends where the next begins */
	expect_read("set s {\ntype inet_service\nflags interval\n"
		    "elements = { 80-90, 91-99, 65535 }\n}",
		TYPE_INET_SERVICE, "80-90 91-99 65535 ");
	expect_read("set s {\ntype ipv6_addr\nflags interval\n"
		    "elements = { 2001:db8::/32, ff00::/8 }\n}",
		TYPE_IPV6_ADDR, "2001:db8::/32 ff00::/8 ");
}

static void maps_lead_somewhere(void **state)
{
	(void)state;
	expect_read("map s {\ntype inet_service : verdict\n"
		    "elements = { 443 : jump x, 22 : goto y, 80 : accept }\n}",
		TYPE_INET_SERVICE, "22:y 80 443:x ");
}

static void a_set_that_is_gone_is_to_be_asked_for_again(void **state)
{
	struct contents c;
	(void)state;
	need_netns();
	nft("table inet rolewall {\n}\n");
	struct nfsock s = opened();
	assert_int_equal(contents_read(&s, "s", 4, &c), -EINTR);
	nfsock_close(&s);
}

static void many_elements_are_all_there(void **state)
{
	enum { MANY = 5000 };
	static char script[MANY * 16 + 200];
	struct contents c;
	size_t n = 0;
	(void)state;
	need_netns();
	n += (size_t)snprintf(script, sizeof(script),
		"table inet rolewall {\nset s {\ntype ipv4_addr\nelements = { 10.255.0.0");
	for (int i = 1; i < MANY; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n, ",10.255.%d.%d", i / 256,
			i % 256);
	snprintf(script + n, sizeof(script) - n, " }\n}\n}\n");
	nft(script);
	struct nfsock s = opened();
	assert_int_equal(contents_read(&s, "s", 4, &c), 0);
	assert_int_equal(c.count, MANY);
	contents_done(&c);
	nfsock_close(&s);
}

/* What was compiled is what the kernel has, set by set. */
static void what_was_put_there_is_no_difference(void **state)
{
	static const char host[] =
		"[host]\n[management]\nfrom = 10.0.9.0/24\n"
		"[flow f]\nport = 80 90-200\nprotocol = tcp udp\nsource = p\ntarget = this-host\n"
		"[peer p]\naddress = 10.0.0.1, 10.0.1.0/24, 2001:db8::1, 2001:db8:1::/48, "
		"255.255.255.0/24, 0.0.0.0/8\n";
	(void)state;
	need_netns();
	struct nfsock s = opened();
	struct applied now = put(&s, host);
	for (const struct set *set = now.ruleset->sets; set; set = set->next) {
		struct contents own, found;
		struct text text = {0};
		char *wanted;
		assert_int_equal(contents_of(set, &own), 0);
		assert_int_equal(contents_read(&s, set->name, type_spec(set->type)->length, &found),
			0);
		for (size_t i = 0; i < own.count; i++) {
			run_print(&own.runs[i], set->type, &text);
			if (own.runs[i].chain)
				text_printf(&text, ":%s", own.runs[i].chain);
			text_put(&text, " ");
		}
		assert_int_equal(own.count, set_size(set));
		assert_int_equal(text_finish(&text, &wanted), 0);
		assert_contents(&found, set->type, wanted);
		free(wanted);
		contents_done(&own);
		contents_done(&found);
	}
	applied_done(&now);
	nfsock_close(&s);
}

/* Comparing. */

static void put_difference(void *context, bool added, const struct run *run)
{
	struct text *to = context;
	text_put(to, added ? "+" : "-");
	run_print(run, TYPE_INET_SERVICE, to);
	if (run->chain)
		text_printf(to, ":%s", run->chain);
	text_put(to, " ");
}

static struct contents of(const struct element *elements, size_t n)
{
	const struct set s = {.name = "s",
		.type = TYPE_INET_SERVICE,
		.is_map = true,
		.interval = true,
		.elements = (struct element *)elements,
		.n_elements = n};
	struct contents c;
	assert_int_equal(contents_of(&s, &c), 0);
	return c;
}

#define ELEMENTS(...) \
	(const struct element[]){__VA_ARGS__}, \
		sizeof((const struct element[]){__VA_ARGS__}) / sizeof(struct element)

static void expect_difference(struct contents old, struct contents next, const char *wanted)
{
	struct text text = {0};
	contents_differences(&old, &next, put_difference, &text);
	assert_text(&text, wanted);
	contents_done(&old);
	contents_done(&next);
}

static void differences_are_told_in_order(void **state)
{
	const struct element a = {1, 1, VERDICT_JUMP, "a"}, b = {5, 9, VERDICT_JUMP, "b"},
			     longer = {5, 10, VERDICT_JUMP, "b"},
			     elsewhere = {5, 9, VERDICT_JUMP, "c"},
			     last = {60000, 65535, VERDICT_JUMP, "d"};
	(void)state;
	expect_difference(of(ELEMENTS(a, b)), of(ELEMENTS(a, b)), "");
	expect_difference(of(ELEMENTS(a, b)), of(ELEMENTS(b, last)), "-1:a +60000-65535:d ");
	expect_difference(of(ELEMENTS(b)), of(ELEMENTS(longer)), "-5-9:b +5-10:b ");
	expect_difference(of(ELEMENTS(b)), of(ELEMENTS(elsewhere)), "-5-9:b +5-9:c ");
	expect_difference((struct contents){0}, of(ELEMENTS(a, b)), "+1:a +5-9:b ");
	expect_difference(of(ELEMENTS(a, b)), (struct contents){0}, "-1:a -5-9:b ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_of_the_kernel_are_read_in_order),
		cmocka_unit_test(runs_of_the_kernel_begin_and_end),
		cmocka_unit_test(maps_lead_somewhere),
		cmocka_unit_test(a_set_that_is_gone_is_to_be_asked_for_again),
		cmocka_unit_test(many_elements_are_all_there),
		cmocka_unit_test(what_was_put_there_is_no_difference),
		cmocka_unit_test(differences_are_told_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
