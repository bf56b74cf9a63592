/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer of rulesets: each verb makes what it says, and a failure sticks. */
#include "ruleset/build.h"

#include <errno.h>
#include <string.h>

#include "ruleset/chain_text.h"

static const struct place built_in = {0};
static const struct place somewhere = {"etc/rolewall.conf", 17, 3};

static struct ruleset *finish(struct build *b)
{
	struct ruleset *r = NULL;
	assert_int_equal(build_finish(b, &r), 0);
	return r;
}

TEST(a_built_in_rule_says_so_in_its_comment)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "x", HOOK_NONE);
	rule(&b, built_in, "loopback");
	struct ruleset *r = finish(&b);
	assert_string_equal(r->chains->first->comment, "built-in: loopback");
	assert_null(r->chains->first->at.file);
	ruleset_free(r);
}

TEST(a_rule_from_a_file_names_file_and_line)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, somewhere, "x", HOOK_NONE);
	b.flow = "web";
	rule(&b, somewhere, NULL);
	b.flow = NULL;
	rule(&b, somewhere, NULL);
	struct ruleset *r = finish(&b);
	assert_string_equal(r->chains->first->comment, "etc/rolewall.conf:17");
	assert_int_equal(r->chains->first->at.line, 17);
	assert_string_equal(r->chains->first->flow, "web");
	assert_null(r->chains->first->next->flow);
	ruleset_free(r);
}

static char *comment_of(const char *path, uint32_t line)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "x", HOOK_NONE);
	rule(&b, (struct place){path, line, 1}, NULL);
	struct ruleset *r = finish(&b);
	char *copy = strdup(r->chains->first->comment);
	ruleset_free(r);
	assert_non_null(copy);
	return copy;
}

TEST(a_long_path_keeps_its_tail_and_its_line)
{
	char path[300];
	memset(path, 'd', sizeof(path));
	strcpy(path + sizeof(path) - 11, "/role.conf");
	char *comment = comment_of(path, 4294967295u);
	assert_int_equal(strlen(comment), COMMENT_SIZE - 1);
	assert_memory_equal(comment, "…ddd", 6);
	assert_string_equal(comment + strlen(comment) - 21, "/role.conf:4294967295");
	free(comment);
}

TEST(a_path_that_just_fits_is_not_cut)
{
	char path[COMMENT_SIZE];
	/* what there is, less ":7", and less the room for the mark of a cut and the end */
	size_t room = COMMENT_SIZE - 2 - sizeof("…");
	memset(path, 'd', sizeof(path));
	path[room] = '\0';
	char *comment = comment_of(path, 7);
	assert_int_equal(strlen(comment), room + 2);
	assert_memory_equal(comment, path, room);
	free(comment);
	path[room] = 'e';
	path[room + 1] = '\0';
	comment = comment_of(path, 7);
	assert_memory_equal(comment, "…", 3);
	assert_string_equal(comment + strlen(comment) - 3, "e:7");
	free(comment);
}

TEST(bytes_of_a_path_that_are_no_text_are_replaced_in_the_comment)
{
	char *comment = comment_of("d/a\nb\x1b\x7f\xff\xc3\xa4.conf", 3);
	assert_string_equal(comment, "d/a?b???\xc3\xa4.conf:3");
	free(comment);
}

TEST(a_quotation_mark_in_a_path_does_not_end_the_comment)
{
	char *comment = comment_of("a\"b\".conf", 3);
	assert_string_equal(comment, "a?b?.conf:3");
	free(comment);
}

TEST(names_live_as_long_as_the_ruleset)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	const char *name = build_name(&b, "in-%s-%u", "web", 80);
	counter(&b, somewhere, name);
	struct ruleset *r = finish(&b);
	assert_string_equal(r->objects->name, "in-web-80");
	assert_int_equal(r->objects->at.line, 17);
	ruleset_free(r);
}

TEST(a_number_set_copies_its_elements_and_is_an_interval_if_one_is)
{
	struct element elements[] = {{.first = 22, .last = 22}, {.first = 30, .last = 40}};
	struct build b;
	build_start(&b, 1, 0xffff0000);
	number_set(&b, somewhere, "single", TYPE_INET_SERVICE, false, elements, 1);
	number_set(&b, somewhere, "ranges", TYPE_INET_SERVICE, false, elements, 2);
	memset(elements, 0, sizeof(elements));
	struct ruleset *r = finish(&b);
	assert_false(set_called(r, "single")->interval);
	assert_true(set_called(r, "ranges")->interval);
	assert_elements(r, "single", "22\n");
	assert_elements(r, "ranges", "22\n30-40\n");
	assert_string_equal(set_called(r, "ranges")->comment, "etc/rolewall.conf");
	ruleset_free(r);
}

/* Of one verdict, on one chain, in one file. */
static char *name_of_numbers(struct place at, enum data_type type, bool is_map, uint32_t last,
	const char *to)
{
	const struct element e = {22, last, is_map ? VERDICT_JUMP : VERDICT_NONE, to};
	struct build b;
	build_start(&b, 1, 0xffff0000);
	char *name = strdup(number_set(&b, at, "ports", type, is_map, &e, 1));
	assert_non_null(name);
	ruleset_free(finish(&b));
	return name;
}

TEST(numbers_have_another_name_if_they_are_others)
{
	char *names[] = {
		name_of_numbers(built_in, TYPE_INET_SERVICE, true, 22, "a"),
		name_of_numbers(built_in, TYPE_INET_SERVICE, true, 22, "b"),
		name_of_numbers(built_in, TYPE_INET_SERVICE, true, 23, "a"),
		name_of_numbers(built_in, TYPE_INET_SERVICE, false, 22, NULL),
		name_of_numbers(built_in, TYPE_MARK, true, 22, "a"),
		name_of_numbers(somewhere, TYPE_INET_SERVICE, true, 22, "a"),
	};
	char *same = name_of_numbers(built_in, TYPE_INET_SERVICE, true, 22, "a");
	assert_string_equal(same, names[0]);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(numbers_name_length(names[i]), strlen("ports"));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	for (size_t i = 0; i < 6; i++)
		free(names[i]);
	free(same);
}

TEST(the_set_of_the_generation_keeps_its_name)
{
	struct build b;
	build_start(&b, 7, 0xffff0000);
	generation_set(&b);
	struct ruleset *r = finish(&b);
	assert_elements(r, "generation", "458752\n");
	assert_string_equal(r->sets->name, "generation");
	ruleset_free(r);
}

TEST(elements_are_sorted_and_have_room_to_grow)
{
	struct element elements[16];
	struct build b;
	for (uint32_t i = 0; i < 16; i++)
		elements[i] = (struct element){.first = 100 - i, .last = 100 - i};
	build_start(&b, 1, 0xffff0000);
	number_set(&b, (struct place){0}, "s", TYPE_INET_SERVICE, false, elements, 16);
	struct ruleset *r = finish(&b);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(r->sets->elements[i].first, 85 + i);
	assert_int_equal(r->sets->room, 16 + 2 + 8);
	assert_string_equal(r->sets->comment, "built-in");
	ruleset_free(r);
}

TEST(an_address_set_has_the_type_of_its_part)
{
	static const struct addrset addresses = {0};
	static const struct {
		enum addrset_part part;
		const char *name;
		enum data_type type;
		bool interval;
	} wanted[] = {
		{ADDRSET_HOSTS4, "a", TYPE_IPV4_ADDR, false},
		{ADDRSET_RANGES4, "b", TYPE_IPV4_ADDR, true},
		{ADDRSET_HOSTS6, "c", TYPE_IPV6_ADDR, false},
		{ADDRSET_RANGES6, "d", TYPE_IPV6_ADDR, true},
	};
	struct build b;
	build_start(&b, 1, 0xffff0000);
	for (size_t i = 0; i < 4; i++)
		address_set(&b, somewhere, wanted[i].name, &addresses, wanted[i].part);
	struct ruleset *r = finish(&b);
	for (size_t i = 0; i < 4; i++) {
		const struct set *s = ruleset_set(r, wanted[i].name);
		assert_int_equal(s->type, wanted[i].type);
		assert_int_equal(s->interval, wanted[i].interval);
		assert_ptr_equal(s->addresses, &addresses);
		assert_int_equal(s->part, wanted[i].part);
		assert_false(s->is_map);
	}
	ruleset_free(r);
}

TEST(a_dynamic_set_begins_empty_and_has_room)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	dynamic_set(&b, somewhere, "sessions-150", TYPE_INET_PROTO, 1, 0);
	struct ruleset *r = finish(&b);
	assert_true(r->sets->dynamic);
	assert_int_equal(r->sets->room, 1);
	assert_int_equal(set_size(r->sets), 0);
	ruleset_free(r);
}

TEST(objects_stay_in_the_order_they_are_made)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "one", HOOK_NONE);
	chain(&b, built_in, "two", HOOK_OUTPUT);
	counter(&b, built_in, "c1");
	counter(&b, built_in, "c2");
	struct ruleset *r = finish(&b);
	assert_string_equal(r->chains->name, "one");
	assert_string_equal(r->chains->next->name, "two");
	assert_int_equal(r->chains->next->hook, HOOK_OUTPUT);
	assert_string_equal(r->objects->name, "c1");
	assert_string_equal(r->objects->next->name, "c2");
	ruleset_free(r);
}

TEST(an_earlier_chain_can_be_gone_on_with)
{
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "one", HOOK_NONE);
	rule(&b, built_in, "first");
	drop_packet(&b);
	chain(&b, built_in, "two", HOOK_NONE);
	chain_again(&b, "one");
	rule(&b, built_in, "second");
	accept_packet(&b);
	struct ruleset *r = finish(&b);
	assert_chain(r, "one", "drop\naccept\n");
	assert_chain(r, "two", "");
	ruleset_free(r);
}

TEST(after_a_failure_nothing_more_is_made_and_finish_says_so)
{
	static const struct element e = {.first = 1, .last = 1};
	struct ruleset *untouched = (struct ruleset *)&e, *r = untouched;
	struct build b;
	build_start(&b, 1, 0xffff0000);
	chain(&b, built_in, "one", HOOK_NONE);
	b.failed = true;
	chain(&b, built_in, "two", HOOK_NONE);
	chain_again(&b, "three");
	rule(&b, built_in, "first");
	match(&b, FIELD_L4PROTO, 6);
	drop_packet(&b);
	counter(&b, built_in, "c");
	number_set(&b, built_in, "s", TYPE_MARK, false, &e, 1);
	dynamic_set(&b, built_in, "d", TYPE_MARK, 1, 0);
	assert_string_equal(build_name(&b, "%s", "name"), "");
	assert_null(b.ruleset->chains->next);
	assert_null(b.ruleset->chains->first);
	assert_null(b.ruleset->objects);
	assert_null(b.ruleset->sets);
	assert_int_equal(build_finish(&b, &r), -ENOMEM);
	assert_ptr_equal(r, untouched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_built_in_rule_says_so_in_its_comment),
		cmocka_unit_test(a_rule_from_a_file_names_file_and_line),
		cmocka_unit_test(a_long_path_keeps_its_tail_and_its_line),
		cmocka_unit_test(a_path_that_just_fits_is_not_cut),
		cmocka_unit_test(bytes_of_a_path_that_are_no_text_are_replaced_in_the_comment),
		cmocka_unit_test(a_quotation_mark_in_a_path_does_not_end_the_comment),
		cmocka_unit_test(names_live_as_long_as_the_ruleset),
		cmocka_unit_test(a_number_set_copies_its_elements_and_is_an_interval_if_one_is),
		cmocka_unit_test(numbers_have_another_name_if_they_are_others),
		cmocka_unit_test(the_set_of_the_generation_keeps_its_name),
		cmocka_unit_test(elements_are_sorted_and_have_room_to_grow),
		cmocka_unit_test(an_address_set_has_the_type_of_its_part),
		cmocka_unit_test(a_dynamic_set_begins_empty_and_has_room),
		cmocka_unit_test(objects_stay_in_the_order_they_are_made),
		cmocka_unit_test(an_earlier_chain_can_be_gone_on_with),
		cmocka_unit_test(after_a_failure_nothing_more_is_made_and_finish_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
