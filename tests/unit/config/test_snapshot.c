/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration read again as it was, whatever has become of its files. */
#include "config/snapshot.h"

#include "memory_files.h"

static const struct config_dirs dirs = {"/c", "/r"};

static struct memory_file files[] = {
	{"/r/box.conf", "[role]\nname = box\nplays = box\npeers = near\n"},
	{"/c/rolewall.conf", "[host]\nroles = box\n"},
	{"/c/rolewall.conf.d/10.conf",
		"[flow in]\nport = 80\nprotocol = tcp\nsource = near\ntarget = box\n"},
	{"/c/rolewall.conf.d/20.conf", "[peer near]\nfile = near.list\n"},
	{"/c/near.list", "10.0.0.1\n10.0.0.2\n"},
	{NULL},
};

static const struct memory_file broken[] = {
	{"/r/box.conf", "nonsense"},
	{"/c/rolewall.conf", ""},
	{"/c/near.list", "10.0.0.3\n"},
	{NULL},
};

static const struct memory_file nothing[] = {{NULL}};

/* Loads, and gives what was taken. */
static int load(const struct memory_file *system, const struct snapshot *kept, bool lists_anew,
	struct diags *diags, struct policy **ret, struct snapshot **ret_taken)
{
	const struct file_access memory = memory_access(system);
	struct snapshot_reading reading = {&memory, kept, lists_anew, snapshot_new(&dirs)};
	assert_non_null(reading.taken);
	const struct file_access access = snapshot_access(&reading);
	*ret_taken = reading.taken;
	return policy_load(&dirs, &access, NULL, diags, ret);
}

static void assert_near(const struct policy *p, const char *address, size_t count)
{
	struct addr a;
	assert_int_equal(addr_parse(address, strlen(address), &a), 0);
	const struct peer *near = host_peer(&p->host, "near");
	assert_true(peer_knows(near, &a));
	assert_int_equal(addrset_count(&near->addresses), count);
}

TEST(what_was_read_can_be_read_again)
{
	struct diags diags = {0};
	struct policy *p = NULL;
	struct snapshot *first, *second, *third;
	assert_int_equal(load(files, NULL, false, &diags, &p, &first), 0);
	policy_free(p);

	assert_int_equal(load(nothing, first, false, &diags, &p, &second), 0);
	assert_near(p, "10.0.0.1", 2);
	assert_int_equal(p->n_flows, 1);
	policy_free(p);

	/* and so can what was read from that */
	assert_int_equal(load(broken, second, false, &diags, &p, &third), 0);
	assert_near(p, "10.0.0.2", 2);
	policy_free(p);
	assert_int_equal(diags.errors, 0);
	diags_done(&diags);
	snapshot_free(first);
	snapshot_free(second);
	snapshot_free(third);
}

static void mark_lists_stale(struct snapshot *s)
{
	for (struct snapshot_entry *e = s->first; e; e = e->next)
		e->is_stale = e->kind == SNAPSHOT_LIST;
}

TEST(lists_may_be_read_anew)
{
	struct diags diags = {0};
	struct policy *p = NULL;
	struct snapshot *first, *second;
	assert_int_equal(load(files, NULL, false, &diags, &p, &first), 0);
	policy_free(p);
	/* those only that are said to be other ones */
	assert_int_equal(load(broken, first, true, &diags, &p, &second), 0);
	assert_near(p, "10.0.0.1", 2);
	policy_free(p);
	snapshot_free(second);
	mark_lists_stale(first);
	assert_int_equal(load(broken, first, true, &diags, &p, &second), 0);
	assert_near(p, "10.0.0.3", 1);
	policy_free(p);
	snapshot_free(first);
	snapshot_free(second);

	assert_int_equal(load(files, NULL, false, &diags, &p, &first), 0);
	policy_free(p);
	p = NULL;
	mark_lists_stale(first);
	assert_int_equal(load(nothing, first, true, &diags, &p, &second), -EINVAL);
	assert_null(p);
	assert_int_equal(diags.errors, 1);
	diags_done(&diags);
	snapshot_free(first);
	snapshot_free(second);
}

TEST(a_list_that_changed_is_told)
{
	const struct file_access same = memory_access(files), other = memory_access(broken),
				 gone = memory_access(nothing);
	struct diags diags = {0};
	struct policy *p = NULL;
	struct snapshot *s;
	assert_int_equal(load(files, NULL, false, &diags, &p, &s), 0);
	const struct snapshot_entry *list = snapshot_find(s, SNAPSHOT_LIST, "/c/near.list");
	bool is_whole;
	assert_non_null(list);
	assert_true(snapshot_list_is_same(list, &same, &is_whole));
	assert_true(is_whole);
	assert_false(snapshot_list_is_same(list, &other, &is_whole));
	assert_true(is_whole);
	assert_false(snapshot_list_is_same(list, &gone, &is_whole));
	const struct memory_file halves[] = {{"/c/near.list", "10.0.0.1\n10.0.0"}, {NULL}};
	const struct file_access half = memory_access(halves);
	assert_false(snapshot_list_is_same(list, &half, &is_whole));
	assert_false(is_whole);
	policy_free(p);
	diags_done(&diags);
	snapshot_free(s);
}

TEST(what_was_not_kept_is_a_fault)
{
	struct diags diags = {0};
	struct policy *p = NULL;
	struct snapshot *empty = snapshot_new(&dirs), *taken;
	assert_int_equal(load(files, empty, false, &diags, &p, &taken), -EINVAL);
	assert_true(diags.errors > 0);
	diags_done(&diags);
	snapshot_free(empty);
	snapshot_free(taken);
}

TEST(bytes_are_kept_as_they_are)
{
	char bytes[] = "a\0b";
	const struct file_bytes content = {bytes, 4, 7, 8};
	struct snapshot *s = snapshot_new(&dirs);
	assert_int_equal(snapshot_add(s, SNAPSHOT_LIST, "/c/x", &content), 0);
	const struct snapshot_entry *e = snapshot_find(s, SNAPSHOT_LIST, "/c/x");
	assert_non_null(e);
	assert_int_equal(e->content.length, 4);
	assert_memory_equal(e->content.bytes, bytes, 4);
	assert_int_equal(e->content.inode, 8);
	assert_null(snapshot_find(s, SNAPSHOT_FILE, "/c/x"));
	assert_string_equal(snapshot_dirs(s).roles, "/r");
	snapshot_free(s);
	snapshot_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_can_be_read_again),
		cmocka_unit_test(lists_may_be_read_anew),
		cmocka_unit_test(a_list_that_changed_is_told),
		cmocka_unit_test(what_was_not_kept_is_a_fault),
		cmocka_unit_test(bytes_are_kept_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
