/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files laid over each other: what overrides what, and which slips are faults where. */
#include "fixture.h"

#include "base/text.h"

#define assert_value(e, expected) assert_string_equal((e)->value.text, expected)

static void sections_keep_the_order_of_their_appearance(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[role]\nname = a\n[flow x]\nport = 1\n[flow y]\nport = 2\n");
	add_text(f, "rolewall.conf", "[flow x]\nport = 3\n[peer p]\naddress = any\n[flow z]\n");
	assert_no_faults(&f->diags);
	static const char *const flows[] = {"x", "y", "z"};
	const struct section *s = document_first(&f->document, SECTION_FLOW);
	for (size_t i = 0; i < 3; i++, s = document_next(s, SECTION_FLOW)) {
		assert_non_null(s);
		assert_string_equal(s->name, flows[i]);
	}
	assert_null(s);
	assert_null(document_first(&f->document, SECTION_SIZE));
	assert_null(document_find(&f->document, SECTION_PEER, "x"));
	assert_string_equal(document_find(&f->document, SECTION_ROLE, "a")->name, "a");
}

static void an_empty_file_is_an_empty_document(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", "");
	assert_no_faults(&f->diags);
	assert_null(f->document.first);
	assert_int_equal(f->document.files, 1);
}

static void a_later_file_overrides_single_keys(void **state)
{
	struct fixture *f = *state;
	add_text(f, "proxy.conf", "[flow ssh]\nport = 4422\nprotocol = tcp\npurpose = SSH proxy\n");
	add_text(f, "rolewall.conf", "\n[flow ssh]\nport = 2222\n");
	add_text(f, "host/10.conf", "[flow ssh]\n\n\npurpose = Ours\n");
	assert_no_faults(&f->diags);
	const struct entry *port = entry_of(f, SECTION_FLOW, "ssh", FLOW_PORT);
	assert_value(port, "2222");
	assert_string_equal(port->at.file, "rolewall.conf");
	assert_place(port->at, 3, 1);
	assert_string_equal(port->value.file, "rolewall.conf");
	assert_place(value_place(&port->value, 0), 3, 8);
	const struct entry *protocol = entry_of(f, SECTION_FLOW, "ssh", FLOW_PROTOCOL);
	assert_value(protocol, "tcp");
	assert_string_equal(protocol->at.file, "proxy.conf");
	const struct entry *purpose = entry_of(f, SECTION_FLOW, "ssh", FLOW_PURPOSE);
	assert_value(purpose, "Ours");
	assert_place(purpose->at, 4, 1);
	assert_false(entry_of(f, SECTION_FLOW, "ssh", FLOW_TARGET)->set);
	const struct section *s = document_find(&f->document, SECTION_FLOW, "ssh");
	assert_string_equal(s->at.file, "proxy.conf");
	assert_int_equal(s->file_kind, FILE_ROLE);
}

static void a_key_may_be_overridden_again_and_again(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", "[host]\nsize = 450\n");
	add_text(f, "host/10.conf", "[host]\nsize = 900\n");
	add_text(f, "host/20.conf", "[host]\nsize = 1800\n");
	assert_no_faults(&f->diags);
	assert_value(entry_of(f, SECTION_HOST, "", HOST_SIZE), "1800");
}

static void texts_outlive_their_files(void **state)
{
	struct fixture *f = *state;
	char path[] = "rolewall.conf", text[] = "[peer p]\naddress = 10.0.0.1\n";
	add_text(f, path, text);
	memset(path, 'x', sizeof(path) - 1);
	memset(text, 'x', sizeof(text) - 1);
	const struct entry *e = entry_of(f, SECTION_PEER, "p", PEER_ADDRESS);
	assert_value(e, "10.0.0.1");
	assert_string_equal(e->at.file, "rolewall.conf");
	assert_string_equal(e->value.file, "rolewall.conf");
}

static void a_key_or_section_may_stand_only_once_in_a_file(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[host]\nroles = a\nroles = b\n[peer p]\naddress = 10.0.0.1\n"
		"[host]\nsize = 450\n[peer  p]\naddress = 10.0.0.2\n");
	assert_faults(&f->diags,
		"rolewall.conf:3:1: error: 'roles' is here twice, first in line 2; keep one\n"
		"rolewall.conf:6:1: error: [host] is here twice, first in rolewall.conf:1; make "
		"them one\n"
		"rolewall.conf:8:1: error: [peer  p] is here twice, first in rolewall.conf:4; "
		"make them one\n");
	/* the first holds, the second swallowed its keys */
	assert_value(entry_of(f, SECTION_HOST, "", HOST_ROLES), "a");
	assert_false(entry_of(f, SECTION_HOST, "", HOST_SIZE)->set);
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_ADDRESS), "10.0.0.1");
}

static void the_continuation_of_a_second_key_is_swallowed(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", "[host]\nroles = a\nroles = b\n\tc\n");
	assert_faults(&f->diags,
		"rolewall.conf:3:1: error: 'roles' is here twice, first in line 2; keep one\n");
	assert_value(entry_of(f, SECTION_HOST, "", HOST_ROLES), "a");
}

static void vendor_role_files_may_not_override_each_other(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[role]\nname = a\n[flow x]\nport = 1\n");
	add_text(f, "b.conf", "[role]\nname = b\n\n[flow x]\nport = 2\n");
	assert_faults(&f->diags,
		"b.conf:4:1: error: [flow x] is here twice, first in a.conf:3; make them one\n");
	assert_value(entry_of(f, SECTION_FLOW, "x", FLOW_PORT), "1");
}

static void an_admins_role_file_overrides_the_vendors(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[role]\nname = a\nplays = p\n[flow x]\nport = 1\n");
	add_text(f, "own/a.conf", "[role]\nplays = q\n[flow x]\nport = 2\n");
	assert_no_faults(&f->diags);
	assert_value(entry_of(f, SECTION_ROLE, "a", ROLE_NAME), "a");
	assert_value(entry_of(f, SECTION_ROLE, "a", ROLE_PLAYS), "q");
	assert_value(entry_of(f, SECTION_FLOW, "x", FLOW_PORT), "2");
}

static void
a_peer_of_a_role_file_goes_as_a_whole_when_a_later_file_says_anything_of_it(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[peer p]\nname = a.example\nprivate = yes\n");
	add_text(f, "rolewall.conf",
		"[peer q]\nname = q.example\n\n[peer p]\nsrv = _a._tcp.b\n"
		"file = list\n");
	add_text(f, "host/10.conf", "[peer p]\nfile = other\n");
	assert_no_faults(&f->diags);
	assert_false(entry_of(f, SECTION_PEER, "p", PEER_NAME)->set);
	assert_false(entry_of(f, SECTION_PEER, "p", PEER_PRIVATE)->set);
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_SRV), "_a._tcp.b");
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_FILE), "other");
	const struct section *p = document_find(&f->document, SECTION_PEER, "p");
	assert_int_equal(p->file_kind, FILE_HOST);
	assert_string_equal(p->at.file, "rolewall.conf");
	assert_place(p->at, 4, 1);
}

static void a_peer_of_a_role_file_stays_when_a_later_file_says_nothing_of_it(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[peer p]\nname = a.example\nprivate = yes\n");
	add_text(f, "rolewall.conf", "[peer p]\n[host]\n");
	assert_no_faults(&f->diags);
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_NAME), "a.example");
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_PRIVATE), "yes");
	assert_int_equal(document_find(&f->document, SECTION_PEER, "p")->file_kind, FILE_ROLE);
}

static void an_admins_role_file_replaces_the_vendors_peer_as_a_whole(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[peer p]\nname = a.example\nprivate = yes\n");
	add_text(f, "own/a.conf", "[peer p]\nfile = list\naddress = any\n");
	assert_no_faults(&f->diags);
	assert_false(entry_of(f, SECTION_PEER, "p", PEER_NAME)->set);
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_FILE), "list");
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_ADDRESS), "any");
	assert_int_equal(document_find(&f->document, SECTION_PEER, "p")->file_kind, FILE_ROLE);
	add_text(f, "b.conf", "[peer p]\nname = b.example\n");
	assert_faults(&f->diags, "b.conf:1:1: error: [peer p] is here twice, first in "
				 "own/a.conf:1; make them one\n");
}

static void a_key_before_any_section_is_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", "roles = proxy\n\tmore\nsize = 450\n[host]\nsize = 900\n");
	add_text(f, "a.conf", "name = a\n");
	assert_faults(&f->diags,
		"rolewall.conf:1:1: error: 'roles' stands before any section; write [host] first\n"
		"rolewall.conf:3:1: error: 'size' stands before any section; write [host] first\n"
		"a.conf:1:1: error: 'name' stands before any section; write [role] first\n");
	assert_value(entry_of(f, SECTION_HOST, "", HOST_SIZE), "900");
}

static void a_section_of_the_wrong_kind_of_file_is_one_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[host]\nroles = a\nnonsuch = 1\n[management]\nfrom = any\n");
	add_text(f, "rolewall.conf", "[role]\nname = a\n");
	assert_faults(&f->diags,
		"a.conf:1:1: error: [host] does not belong here; it stands in rolewall.conf\n"
		"a.conf:4:1: error: [management] does not belong here; it stands in "
		"rolewall.conf\n"
		"rolewall.conf:1:1: error: [role] does not belong here; it stands in a role "
		"file\n");
	assert_null(f->document.first);
}

static void unknown_sections_are_suggested_or_listed(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", "[hosts]\nroles = a\n[pear x]\n[Flow x]\n[x-y]\n[]\n");
	add_text(f, "a.conf", "[rolle]\n[hots]\n[interface]\n");
	assert_faults(&f->diags,
		"rolewall.conf:1:1: error: unknown section [hosts]; did you mean [host]?\n"
		"rolewall.conf:3:1: error: unknown section [pear]; did you mean [peer NAME]?\n"
		"rolewall.conf:4:1: error: unknown section [Flow]; did you mean [flow NAME]?\n"
		"rolewall.conf:5:1: error: unknown section [x-y]; this file may have [host], "
		"[management], [peer NAME], [flow NAME], [test NAME] and [size ADMINISTRATORS]\n"
		"rolewall.conf:6:1: error: unknown section []; this file may have [host], "
		"[management], [peer NAME], [flow NAME], [test NAME] and [size ADMINISTRATORS]\n"
		"a.conf:1:1: error: unknown section [rolle]; did you mean [role]?\n"
		"a.conf:2:1: error: unknown section [hots]; this file may have [role], [flow "
		"NAME], [peer NAME] and [size ADMINISTRATORS]\n"
		"a.conf:3:1: error: unknown section [interface]; this file may have [role], [flow "
		"NAME], [peer NAME] and [size ADMINISTRATORS]\n");
}

static void titles_have_a_name_or_none(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[host x]\n[peer]\n[peer a b]\n[flow Time]\n[management all]\n"
		"  [size]\n");
	assert_faults(&f->diags,
		"rolewall.conf:1:1: error: [host x] takes no name; write [host]\n"
		"rolewall.conf:2:1: error: [peer] needs a name; write [peer NAME]\n"
		"rolewall.conf:3:1: error: 'a b' is not a name; write small letters, digits and "
		"hyphens, at most 48\n"
		"rolewall.conf:4:1: error: 'Time' is not a name; write small letters, digits and "
		"hyphens, at most 48\n"
		"rolewall.conf:5:1: error: [management all] takes no name; write [management]\n"
		"rolewall.conf:6:3: error: [size] needs a name; write [size ADMINISTRATORS]\n");
	assert_null(f->document.first);
}

static void long_names_are_told_apart_to_the_last_letter(void **state)
{
#define LETTERS_47 "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghij"
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[peer " LETTERS_47 "x]\naddress = any\n"
		"[peer " LETTERS_47 "y]\naddress = none\n");
	assert_no_faults(&f->diags);
	assert_value(entry_of(f, SECTION_PEER, LETTERS_47 "x", PEER_ADDRESS), "any");
	assert_value(entry_of(f, SECTION_PEER, LETTERS_47 "y", PEER_ADDRESS), "none");
	add_text(f, "host/10.conf", "[peer " LETTERS_47 "xy]\naddress = any\n");
	assert_faults(&f->diags,
		"host/10.conf:1:1: error: '" LETTERS_47 "xy' is not a name; write small letters, "
		"digits and hyphens, at most 48\n");
}

static void a_broken_title_swallows_its_keys(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[peer a]\naddress = 10.0.0.1\n[peer b\n"
		"address = 10.0.0.2\n[peer c] x\nfile = c.list\n");
	assert_faults(&f->diags,
		"rolewall.conf:3:1: error: '[' without ']'; write a section like [host] or [peer "
		"NAME]\n"
		"rolewall.conf:5:10: error: text behind a section; write keys on lines of their "
		"own\n");
	assert_value(entry_of(f, SECTION_PEER, "a", PEER_ADDRESS), "10.0.0.1");
	assert_false(entry_of(f, SECTION_PEER, "a", PEER_FILE)->set);
}

#define EVERY_HOST_ROW "[flow time]\nport = 123\nprotocol = udp\nsource = this-host\ntarget = ntp\n"

static const struct section *row_of(struct fixture *f, const char *role, const char *file,
	const char *host)
{
	document_init(&f->document, f->arena);
	add_text(f, "a.conf", role);
	add_text(f, file, host);
	assert_no_faults(&f->diags);
	return document_find(&f->document, SECTION_FLOW, "time");
}

static void a_default_row_is_replaced_by_one_in_full(void **state)
{
	static const char full[] = "\n[flow time]\nport = 124\nprotocol = tcp\n"
				   "source = this-host\ntarget = clock\n";
	const struct section *s = row_of(*state, EVERY_HOST_ROW "optional = yes\npurpose = NTP\n",
		"rolewall.conf", full);
	assert_false(s->keys[FLOW_OPTIONAL].set);
	assert_false(s->keys[FLOW_PURPOSE].set);
	assert_string_equal(s->keys[FLOW_TARGET].value.text, "clock");
	assert_int_equal(s->file_kind, FILE_HOST);
	assert_string_equal(s->at.file, "rolewall.conf");
	assert_int_equal(s->at.line, 2);
	/* as well by a role file of the admin's */
	s = row_of(*state, EVERY_HOST_ROW "optional = yes\n", "own/b.conf", full);
	assert_false(s->keys[FLOW_OPTIONAL].set);
	assert_int_equal(s->file_kind, FILE_ROLE);
}

static void a_default_row_is_overridden_by_less(void **state)
{
	const struct section *s = row_of(*state, EVERY_HOST_ROW "optional = yes\n", "rolewall.conf",
		"[flow time]\nport = 124\nprotocol = tcp\ntarget = clock\n");
	assert_true(s->keys[FLOW_OPTIONAL].set);
	assert_string_equal(s->keys[FLOW_PORT].value.text, "124");
	assert_string_equal(s->at.file, "a.conf");
}

/* Or an update would change what rows of the roles that are written anew mean. */
static void a_row_between_parties_keeps_what_a_later_file_does_not_say(void **state)
{
	const struct section *s = row_of(*state,
		"[flow time]\nport = 123\nprotocol = udp\nsource = proxy\ntarget = ntp\n"
		"optional = yes\n",
		"rolewall.conf", EVERY_HOST_ROW);
	assert_true(s->keys[FLOW_OPTIONAL].set);
}

/* What a drop-in says of a site's row is said of that. */
static void a_row_that_has_replaced_a_default_is_overridden_like_any(void **state)
{
	struct fixture *f = *state;
	row_of(f, EVERY_HOST_ROW "optional = yes\n", "rolewall.conf", EVERY_HOST_ROW);
	add_text(f, "host/10.conf", "[flow time]\noptional = yes\n");
	const struct section *s = document_find(&f->document, SECTION_FLOW, "time");
	assert_true(s->keys[FLOW_OPTIONAL].set);
	assert_string_equal(s->keys[FLOW_PORT].at.file, "rolewall.conf");
}

static void unknown_keys_are_suggested_or_listed(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[flow x]\nprotcol = tcp\nports = 22\nwhatever = 1\n more\n");
	add_text(f, "rolewall.conf", "[host]\n  role = a\n[peer p]\nadress = any\nmac = 1\n= 2\n");
	assert_faults(&f->diags,
		"a.conf:2:1: error: unknown key 'protcol' in [flow]; did you mean 'protocol'?\n"
		"a.conf:3:1: error: unknown key 'ports' in [flow]; did you mean 'port'?\n"
		"a.conf:4:1: error: unknown key 'whatever' in [flow]; it may have port, protocol, "
		"source, direction, target, purpose, initiator, optional, bundle, note\n"
		"rolewall.conf:2:3: error: an indented key; start the key in the first column\n"
		"rolewall.conf:4:1: error: unknown key 'adress' in [peer]; did you mean "
		"'address'?\n"
		"rolewall.conf:5:1: error: unknown key 'mac' in [peer]; it may have address, "
		"file, interface, gateway, resolver, name, srv, private\n"
		"rolewall.conf:6:1: error: unknown key '' in [peer]; it may have address, file, "
		"interface, gateway, resolver, name, srv, private\n");
	assert_true(document_find(&f->document, SECTION_PEER, "p")->is_faulty);
}

static void keys_of_later_versions_say_what_to_write_now(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf", "[host]\nroles = a\n[peer p]\nroute = 10.0.0.0/8\n\tmore\n");
	assert_faults(&f->diags,
		"rolewall.conf:4:1: error: 'route' in [peer] is not supported by this version; "
		"write address = or file = for now\n");
}

static void a_key_without_a_value_is_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[host]\nroles =\nsize = ; 450\nenable =   \n[peer p]\n"
		"  address =");
	assert_faults(&f->diags,
		"rolewall.conf:2:1: error: a key without a value; write one or take the key out\n"
		"rolewall.conf:3:1: error: a key without a value; write one or take the key out\n"
		"rolewall.conf:4:1: error: a key without a value; write one or take the key out\n"
		"rolewall.conf:6:3: error: an indented key; start the key in the first column\n");
}

static void continuation_lines_are_set_off_by_one_blank(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[peer p]\naddress = 10.0.0.1,\n\t10.0.0.2,10.0.0.3\n\n    ; no\n      10.0.0.4\n");
	assert_no_faults(&f->diags);
	const struct entry *e = entry_of(f, SECTION_PEER, "p", PEER_ADDRESS);
	assert_value(e, "10.0.0.1, 10.0.0.2,10.0.0.3 10.0.0.4");
	struct items items = items_of(&e->value);
	struct item item;
	static const struct {
		const char *text;
		uint32_t line, column;
	} expected[] = {
		{"10.0.0.1", 2, 11}, {"10.0.0.2", 3, 2}, {"10.0.0.3", 3, 11}, {"10.0.0.4", 6, 7}};
	for (size_t i = 0; i < 4; i++) {
		assert_true(items_next(&items, &item, &f->diags));
		assert_true(item_is(&item, expected[i].text));
		assert_place(item.at, expected[i].line, expected[i].column);
	}
}

static void a_value_may_begin_below_its_key(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[flow x]\npurpose =\n\tTime\n  for all\n");
	assert_no_faults(&f->diags);
	const struct entry *e = entry_of(f, SECTION_FLOW, "x", FLOW_PURPOSE);
	assert_value(e, "Time for all");
	assert_place(value_place(&e->value, 0), 3, 2);
}

static void items_of_a_long_line_keep_their_columns(void **state)
{
	struct fixture *f = *state;
	struct text t = {0};
	size_t columns[101];
	text_put(&t, "[peer p]\n");
	size_t start = t.length;
	text_put(&t, "address = ");
	for (int i = 1; i <= 100; i++) {
		columns[i] = t.length - start + 1;
		text_printf(&t, "10.0.%d.20%s", i, i % 3 ? ", " : " ,");
	}
	columns[0] = t.length - start + 1;
	text_put(&t, "10.0.0.20 ; 10.0.0.2\n");
	add_text(f, "rolewall.conf", t.data);
	text_done(&t);
	assert_no_faults(&f->diags);

	const struct entry *e = entry_of(f, SECTION_PEER, "p", PEER_ADDRESS);
	struct items items = items_of(&e->value);
	struct item item;
	for (int i = 1; i <= 101; i++) {
		char expected[20];
		snprintf(expected, sizeof(expected), "10.0.%d.20", i % 101);
		assert_true(items_next(&items, &item, &f->diags));
		assert_true(item_is(&item, expected));
		assert_place(item.at, 2, (uint32_t)columns[i % 101]);
	}
	assert_false(items_next(&items, &item, &f->diags));
	assert_no_faults(&f->diags);
}

static void an_indented_key_is_a_fault(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"[host]\nroles = proxy\n  size = 450\n\tenable=x\n"
		"[peer p]\naddress = 10.0.0.1\n file = x\n 10.0.0.2\n");
	assert_faults(&f->diags,
		"rolewall.conf:3:3: error: an indented line continues the value above; start the "
		"key in the first column\n"
		"rolewall.conf:4:2: error: an indented line continues the value above; start the "
		"key in the first column\n"
		"rolewall.conf:7:2: error: an indented line continues the value above; start the "
		"key in the first column\n");
	assert_value(entry_of(f, SECTION_HOST, "", HOST_ROLES), "proxy");
	assert_value(entry_of(f, SECTION_PEER, "p", PEER_ADDRESS), "10.0.0.1 10.0.0.2");
}

static void an_indented_key_with_a_colon_is_a_fault_too(void **state)
{
	struct fixture *f = *state;
	/* inih takes a colon for an equals sign, so in the first column this is a key */
	add_text(f, "a.conf", "[flow x]\npurpose = Time\n  optional: yes\n");
	assert_faults(&f->diags,
		"a.conf:3:3: error: an indented line continues the value above; start the key in "
		"the first column\n");
}

static void an_equals_sign_in_a_continuation_is_no_key_by_itself(void **state)
{
	struct fixture *f = *state;
	add_text(f, "a.conf", "[flow x]\npurpose = Sets\n  a = b, roles = c\n  port 22\n");
	assert_no_faults(&f->diags);
	assert_value(entry_of(f, SECTION_FLOW, "x", FLOW_PURPOSE), "Sets a = b, roles = c port 22");
}

static void all_faults_are_listed_in_one_run_and_sorted(void **state)
{
	struct fixture *f = *state;
	add_text(f, "rolewall.conf",
		"x = 1\n[host]\nrole = a\nnonsense\nsize =\n[pear y]\n"
		"[host]\n; \x80\n[peer z]\naddress = any\naddress = any\n");
	assert_faults(&f->diags,
		"rolewall.conf:1:1: error: 'x' stands before any section; write [host] first\n"
		"rolewall.conf:3:1: error: unknown key 'role' in [host]; did you mean 'roles'?\n"
		"rolewall.conf:4:1: error: neither a section, a key nor a comment; write key = "
		"value\n"
		"rolewall.conf:5:1: error: a key without a value; write one or take the key out\n"
		"rolewall.conf:6:1: error: unknown section [pear]; did you mean [peer NAME]?\n"
		"rolewall.conf:7:1: error: [host] is here twice, first in rolewall.conf:2; make "
		"them one\n"
		"rolewall.conf:8:3: error: byte 0x80 is not valid UTF-8; save the file as UTF-8\n"
		"rolewall.conf:11:1: error: 'address' is here twice, first in line 10; keep "
		"one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(sections_keep_the_order_of_their_appearance),
		FIXTURE_TEST(an_empty_file_is_an_empty_document),
		FIXTURE_TEST(a_later_file_overrides_single_keys),
		FIXTURE_TEST(a_key_may_be_overridden_again_and_again),
		FIXTURE_TEST(texts_outlive_their_files),
		FIXTURE_TEST(a_key_or_section_may_stand_only_once_in_a_file),
		FIXTURE_TEST(the_continuation_of_a_second_key_is_swallowed),
		FIXTURE_TEST(vendor_role_files_may_not_override_each_other),
		FIXTURE_TEST(an_admins_role_file_overrides_the_vendors),
		FIXTURE_TEST(
			a_peer_of_a_role_file_goes_as_a_whole_when_a_later_file_says_anything_of_it),
		FIXTURE_TEST(a_peer_of_a_role_file_stays_when_a_later_file_says_nothing_of_it),
		FIXTURE_TEST(an_admins_role_file_replaces_the_vendors_peer_as_a_whole),
		FIXTURE_TEST(a_key_before_any_section_is_a_fault),
		FIXTURE_TEST(a_section_of_the_wrong_kind_of_file_is_one_fault),
		FIXTURE_TEST(unknown_sections_are_suggested_or_listed),
		FIXTURE_TEST(titles_have_a_name_or_none),
		FIXTURE_TEST(long_names_are_told_apart_to_the_last_letter),
		FIXTURE_TEST(a_broken_title_swallows_its_keys),
		FIXTURE_TEST(a_default_row_is_replaced_by_one_in_full),
		FIXTURE_TEST(a_default_row_is_overridden_by_less),
		FIXTURE_TEST(a_row_between_parties_keeps_what_a_later_file_does_not_say),
		FIXTURE_TEST(a_row_that_has_replaced_a_default_is_overridden_like_any),
		FIXTURE_TEST(unknown_keys_are_suggested_or_listed),
		FIXTURE_TEST(keys_of_later_versions_say_what_to_write_now),
		FIXTURE_TEST(a_key_without_a_value_is_a_fault),
		FIXTURE_TEST(continuation_lines_are_set_off_by_one_blank),
		FIXTURE_TEST(a_value_may_begin_below_its_key),
		FIXTURE_TEST(items_of_a_long_line_keep_their_columns),
		FIXTURE_TEST(an_indented_key_is_a_fault),
		FIXTURE_TEST(an_indented_key_with_a_colon_is_a_fault_too),
		FIXTURE_TEST(an_equals_sign_in_a_continuation_is_no_key_by_itself),
		FIXTURE_TEST(all_faults_are_listed_in_one_run_and_sorted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
