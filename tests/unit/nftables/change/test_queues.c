/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel can give packets to a queue: what is found by trying is what nft finds. */
#include "nftables/change/queues.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "live/netns.h"

static bool nft_can(void)
{
	char *said = nft_output("-f - <<'EOF'\n"
				"table inet t {\n"
				"\tchain x {\n\t\tqueue num 5\n\t}\n}\n"
				"EOF\n");
	free(said);
	char *tables = nft_output("list tables");
	bool there = strstr(tables, "table inet t");
	free(tables);
	return there;
}

TEST(what_the_kernel_has_is_found_without_leaving_anything)
{
	need_netns();
	struct nfsock s = opened();
	bool lacks = false;
	assert_int_equal(queues_find(&s, &lacks), 0);
	nfsock_close(&s);
	char *tables = nft_output("list tables");
	assert_string_equal(tables, "");
	free(tables);
	assert_int_equal(lacks, !nft_can());
}

static int find_without_privileges(void)
{
	struct nfsock s = opened();
	bool lacks;
	if (setresuid(65534, 65534, 65534) < 0)
		return 0;
	int r = queues_find(&s, &lacks);
	nfsock_close(&s);
	return -r;
}

TEST(who_may_not_ask_is_told_so)
{
	need_netns();
	assert_int_equal(in_child(find_without_privileges), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_has_is_found_without_leaving_anything),
		cmocka_unit_test(who_may_not_ask_is_told_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
