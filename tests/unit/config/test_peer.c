/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of a peer, from a key or a list file: each wrong one named where it stands. */
#include "fixture.h"

#include "base/text.h"
#include "config/peer.h"

static const struct value *address(struct fixture *f, const char *value)
{
	char *text = NULL;
	document_init(&f->document, f->arena);
	assert_true(asprintf(&text, "[peer p]\naddress = %s\n", value) > 0);
	add_text(f, "rolewall.conf", text);
	free(text);
	return &entry_of(f, SECTION_PEER, "p", PEER_ADDRESS)->value;
}

static void assert_addresses(struct peer *p, const char *expected)
{
	struct text t = {0};
	addrset_normalise(&p->addresses);
	text_put(&t, "");
	for (enum addrset_part part = 0; part < ADDRSET_PARTS; part++)
		for (size_t i = 0; i < p->addresses.count[part]; i++) {
			struct addr_range r = addrset_get(&p->addresses, part, i);
			text_put(&t, t.length ? " " : "");
			addr_range_print(&r, &t);
		}
	assert_string_equal(t.data, expected);
	text_done(&t);
	addrset_done(&p->addresses);
}

static void a_key_lists_addresses_of_all_kinds(void **state)
{
	struct fixture *f = *state;
	struct peer p = {.name = "p"};
	assert_int_equal(peer_add_value(&p,
				 address(f,
					 "10.0.0.20, 10.1.0.0/16\n\t10.2.0.5-10.2.0.9 2001:db8::1"),
				 &f->diags),
		0);
	assert_no_faults(&f->diags);
	assert_false(p.any);
	assert_false(p.none);
	assert_addresses(&p, "10.0.0.20 10.1.0.0/16 10.2.0.5-10.2.0.9 2001:db8::1");
}

static void a_long_list_of_addresses_has_no_shortened_one(void **state)
{
	struct fixture *f = *state;
	struct peer p = {.name = "p"};
	struct text list = {0}, expected = {0};
	for (int i = 1; i <= 250; i++) {
		text_printf(&list, "%s10.0.%d.20", i > 1 ? ", " : "", i);
		text_printf(&expected, "%s10.0.%d.20", i > 1 ? " " : "", i);
	}
	assert_int_equal(peer_add_value(&p, address(f, list.data), &f->diags), 0);
	assert_no_faults(&f->diags);
	assert_addresses(&p, expected.data);
	text_done(&list);
	text_done(&expected);
}

static void any_and_none_are_words(void **state)
{
	struct fixture *f = *state;
	struct peer any = {0}, none = {0};
	assert_int_equal(peer_add_value(&any, address(f, "any"), &f->diags), 0);
	assert_int_equal(peer_add_value(&none, address(f, "none"), &f->diags), 0);
	assert_no_faults(&f->diags);
	assert_true(any.any && !any.none);
	assert_true(none.none && !none.any);
	assert_addresses(&any, "");
	assert_addresses(&none, "");
}

#define CONTRADICTS \
	"error: 'none' contradicts the other addresses; write it alone, or take it out\n"

static void none_stands_alone(void **state)
{
	static const struct {
		const char *text, *fault;
	} wrong[] = {
		{"none, 10.0.0.1", "rolewall.conf:2:11: " CONTRADICTS},
		{"10.0.0.1 none", "rolewall.conf:2:20: " CONTRADICTS},
		{"any, none", "rolewall.conf:2:16: " CONTRADICTS},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct peer p = {0};
		assert_int_equal(peer_add_value(&p, address(f, wrong[i].text), &f->diags), 0);
		peer_check_none(&p, &f->diags);
		assert_faults(&f->diags, wrong[i].fault);
		addrset_done(&p.addresses);
	}
}

static void each_wrong_address_is_named_where_it_stands(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	assert_int_equal(peer_add_value(&p,
				 address(f, "10.0.0.1, 10.0.9.7/24, x\n"
					    "    10.0.0.2, 10.0.0.0/33\n"
					    "\t::ffff:10.0.0.3 10.0.0.4"),
				 &f->diags),
		0);
	assert_faults(&f->diags,
		"rolewall.conf:2:21: error: '10.0.9.7/24' has host bits set; write 10.0.9.0/24 or "
		"10.0.9.7\n"
		"rolewall.conf:2:34: error: 'x' is a name and no address, and names are not "
		"supported by this version; write the addresses\n"
		"rolewall.conf:3:15: error: '10.0.0.0/33' has no valid prefix length; write /0 to "
		"/32\n"
		"rolewall.conf:4:2: error: '::ffff:10.0.0.3' is an IPv4-mapped address; write the "
		"IPv4 address itself\n");
	assert_addresses(&p, "10.0.0.1 10.0.0.2 10.0.0.4");
}

/* List files. */

static int add_list(struct fixture *f, struct peer *p, const char *bytes, size_t length)
{
	char *copy = malloc(length ? length : 1); /* exact, so that the sanitizer looks */
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	int r = peer_add_list(p, "w.list", copy, length, &f->diags);
	free(copy);
	return r;
}

#define LIST(f, p, literal) assert_int_equal(add_list(f, p, literal, sizeof(literal) - 1), 0)

static void a_list_has_one_item_a_line(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p,
		"# hosts\n10.0.0.1\n\n   10.0.0.2\t# two\r\n\r\n10.1.0.0/16\r\n"
		"10.2.0.5-10.2.0.9#x\n  # 10.0.0.3\n2001:db8::1\n");
	assert_no_faults(&f->diags);
	assert_addresses(&p, "10.0.0.1 10.0.0.2 10.1.0.0/16 10.2.0.5-10.2.0.9 2001:db8::1");
}

static void a_last_line_without_a_newline_is_taken_with_a_warning(void **state)
{
#define CUT \
	"warning: the last line has no newline at its end, as if the file was cut short; end it " \
	"with one if it is whole\n"
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p, "10.0.0.1\n10.0.0.2");
	assert_faults(&f->diags, "w.list:2:1: " CUT);
	assert_int_equal(f->diags.errors, 0);
	diags_done(&f->diags);
	LIST(f, &p, "  10.0.0.3 # three");
	assert_faults(&f->diags, "w.list:1:3: " CUT);
	diags_done(&f->diags);
	LIST(f, &p, "10.0.0.4\n# the end");
	assert_no_faults(&f->diags);
	assert_addresses(&p, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4");
}

static void an_address_of_the_loopback_is_a_warning(void **state)
{
#define LOOPBACK \
	"warning: a loopback address is this host itself, where nothing is ever refused; " \
	"write the address that the peer has on the network\n"
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p, "10.0.0.1\n127.0.0.1\n 127.0.0.0/8 \n::1\n0.0.0.0/0\n::/0\n126.0.0.1\n::2\n");
	assert_faults(&f->diags,
		"w.list:2:1: " LOOPBACK "w.list:3:2: " LOOPBACK "w.list:4:1: " LOOPBACK);
	assert_int_equal(peer_add_value(&p, address(f, "10.0.0.1, 127.0.0.1"), &f->diags), 0);
	assert_int_equal(f->diags.count, 1);
	addrset_done(&p.addresses);
}

static void a_list_may_be_empty_or_only_comments(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p, "");
	LIST(f, &p, "\n\n# nobody\n \t\r\n#");
	assert_no_faults(&f->diags);
	assert_addresses(&p, "");
}

static void a_list_may_begin_with_a_bom(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p,
		"\xef\xbb\xbf"
		"10.0.0.1\r\n10.0.0.2\r\n");
	assert_no_faults(&f->diags);
	assert_addresses(&p, "10.0.0.1 10.0.0.2");
}

static void each_wrong_line_of_a_list_is_named(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p,
		"10.0.0.1\n  10.0.0.300\n10.0.0.2\0"
		"0\n10.0.0.3 10.0.0.4\n# Gr\xf6\xdf"
		"e\n"
		"\n10.0.0.5, # six\n10.0.0.6\n");
	assert_faults(&f->diags,
		"w.list:2:3: error: '10.0.0.300' is not an address; write one like 10.0.0.7 or "
		"2001:db8::7\n"
		"w.list:3:9: error: a NUL byte; this must be a text file in UTF-8\n"
		"w.list:4:1: error: '10.0.0.3 10.0.0.4' is not an address; write one like 10.0.0.7 "
		"or 2001:db8::7\n"
		"w.list:5:5: error: byte 0xf6 is not valid UTF-8; save the file as UTF-8\n"
		"w.list:7:1: error: '10.0.0.5,' is not an address; write one like 10.0.0.7 or "
		"2001:db8::7\n");
	assert_addresses(&p, "10.0.0.1 10.0.0.6");
}

static void a_line_of_any_length_is_whole(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	struct text t = {0};
	text_pad(&t, 100000);
	text_put(&t, "10.0.0.20");
	text_pad(&t, 100000);
	text_put(&t, "# 10.0.0.3\n10.0.0.30\n");
	assert_int_equal(add_list(f, &p, t.data, t.length), 0);
	text_done(&t);
	assert_no_faults(&f->diags);
	assert_addresses(&p, "10.0.0.20 10.0.0.30");
}

static void a_list_may_say_any(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p, "any\n");
	assert_no_faults(&f->diags);
	assert_true(p.any);
}

static void none_in_a_list_stands_alone_too(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	LIST(f, &p, "10.0.0.1\nnone\n");
	peer_check_none(&p, &f->diags);
	addrset_done(&p.addresses);
	assert_true(diags_have_errors(&f->diags));
}

static void a_peer_knows_its_addresses(void **state)
{
	struct fixture *f = *state;
	struct peer p = {0};
	struct addr in = {.family = AF_INET, .bytes = {10, 0, 0, 255}};
	struct addr out = {.family = AF_INET, .bytes = {10, 0, 1, 0}};
	LIST(f, &p, "10.0.0.0/24\n");
	addrset_normalise(&p.addresses);
	assert_true(peer_knows(&p, &in));
	assert_false(peer_knows(&p, &out));
	addrset_done(&p.addresses);
	p.any = true;
	assert_false(peer_knows(&p, &in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_key_lists_addresses_of_all_kinds),
		FIXTURE_TEST(a_long_list_of_addresses_has_no_shortened_one),
		FIXTURE_TEST(any_and_none_are_words),
		FIXTURE_TEST(none_stands_alone),
		FIXTURE_TEST(each_wrong_address_is_named_where_it_stands),
		FIXTURE_TEST(a_list_has_one_item_a_line),
		FIXTURE_TEST(a_last_line_without_a_newline_is_taken_with_a_warning),
		FIXTURE_TEST(an_address_of_the_loopback_is_a_warning),
		FIXTURE_TEST(a_list_may_be_empty_or_only_comments),
		FIXTURE_TEST(a_list_may_begin_with_a_bom),
		FIXTURE_TEST(each_wrong_line_of_a_list_is_named),
		FIXTURE_TEST(a_line_of_any_length_is_whole),
		FIXTURE_TEST(a_list_may_say_any),
		FIXTURE_TEST(none_in_a_list_stands_alone_too),
		FIXTURE_TEST(a_peer_knows_its_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
