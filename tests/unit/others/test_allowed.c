/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy allows, as a list. */
#include "others/allowed.h"

#include "ruleset/memory_policy.h"

#define FLOWS \
	"[flow in]\nport = 80\nprotocol = tcp\nsource = p\ntarget = this-host\n" \
	"[flow out]\nport = 53\nprotocol = tcp, udp\nsource = this-host\ntarget = q\n" \
	"[flow nobody]\nport = 81\nprotocol = tcp\nsource = empty\ntarget = this-host\n" \
	"[peer p]\naddress = 10.0.0.1\n[peer q]\naddress = 2001:db8::/32\n" \
	"[peer empty]\naddress = none\n"

static const struct allowed *find(const struct allowed_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

TEST(flows_with_peers_and_management_are_allowed)
{
	struct policy *p = memory_policy(NULL, "[host]\n[management]\nfrom = 10.0.9.0/24\n" FLOWS);
	struct allowed_list list;
	assert_int_equal(allowed_read(p, &list), 0);
	assert_int_equal(list.count, 3);
	assert_int_equal(find(&list, "in")->side, SIDE_IN);
	assert_int_equal(find(&list, "in")->families, FOREIGN_IPV4);
	assert_int_equal(find(&list, "out")->side, SIDE_OUT);
	assert_int_equal(find(&list, "out")->families, FOREIGN_IPV6);
	assert_int_equal(find(&list, "out")->n_protocols, 2);
	assert_int_equal(find(&list, "management")->ports[0].first, 22);
	assert_int_equal(find(&list, "management")->at.line, 2);
	assert_null(find(&list, "nobody"));
	free(list.items);
	policy_free(p);
}

TEST(whatever_goes_out_has_any_port)
{
	struct policy *p = memory_policy(NULL, "[host]\noutbound = allow\n"
					       "[management]\nfrom = any\n");
	struct allowed_list list;
	assert_int_equal(allowed_read(p, &list), 0);
	assert_int_equal(find(&list, "management")->families, FOREIGN_IPV4 | FOREIGN_IPV6);
	assert_true(find(&list, "outbound = allow")->any_port);
	assert_int_equal(find(&list, "outbound = allow")->side, SIDE_OUT);
	free(list.items);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_with_peers_and_management_are_allowed),
		cmocka_unit_test(whatever_goes_out_has_any_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
