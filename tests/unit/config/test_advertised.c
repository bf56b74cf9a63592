/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a router advertisement could bring somebody in, as far as the host is known. */
#include "config/advertised.h"

#include <errno.h>
#include <string.h>

#include "testing.h"

static const struct place somewhere = {"rolewall.conf", 4, 13};

static struct link_address on(const char *link, const char *a)
{
	struct link_address l = {0};
	memcpy(l.link, link, strlen(link));
	assert_int_equal(addr_parse(a, strlen(a), &l.address), 0);
	return l;
}

static bool warns_link(const struct facts *f, const char *link)
{
	struct diags diags = {0};
	advertised_warn_link(f, link, somewhere, &diags);
	bool result = diags.count == 1 && strstr(diags.items[0].message, link);
	assert_false(diags_have_errors(&diags));
	diags_done(&diags);
	return result;
}

static bool warns_gateway(const struct facts *f)
{
	struct diags diags = {0};
	advertised_warn_gateway(f, somewhere, &diags);
	bool result = diags.count == 1;
	assert_false(diags_have_errors(&diags));
	diags_done(&diags);
	return result;
}

TEST(a_link_with_ipv6_is_warned_of)
{
	struct link_address own[] = {on("lo", "::1"), on("eth0", "10.0.0.7"), on("eth0", "fe80::7"),
		on("eth1", "10.1.0.7")};
	const struct facts f = {.addresses = own, .n_addresses = 4};
	assert_true(warns_link(&f, "eth0"));
	assert_false(warns_link(&f, "eth1")); /* IPv6 is off there */
	assert_false(warns_link(&f, "lo"));
	assert_true(warns_gateway(&f));
}

TEST(a_host_without_ipv6_is_not)
{
	struct link_address own[] = {on("lo", "127.0.0.1"), on("eth0", "10.0.0.7")};
	struct link_address six[] = {on("lo", "::1"), on("eth0", "10.0.0.7")};
	const struct facts f = {.addresses = own, .n_addresses = 2};
	const struct facts by_lo = {.addresses = six, .n_addresses = 2};
	assert_false(warns_link(&f, "eth0"));
	assert_false(warns_gateway(&f));
	assert_false(warns_gateway(&by_lo));
}

TEST(what_is_not_known_is_warned_of)
{
	struct link_address own[] = {on("eth0", "10.0.0.7")};
	char links[][IFNAMSIZ] = {"eth0", "eth1"};
	const struct facts nothing = {0};
	const struct facts not_up = {
		.addresses = own, .n_addresses = 1, .links = links, .n_links = 2};
	const struct facts unseen = {.addresses = own, .n_addresses = 1, .links_error = -ENOBUFS};
	assert_true(warns_link(NULL, "eth0"));
	assert_true(warns_gateway(NULL));
	assert_true(warns_link(&nothing, "eth0"));
	assert_true(warns_gateway(&nothing));
	assert_true(warns_link(&not_up, "eth1"));
	assert_false(warns_link(&not_up, "eth2")); /* there is none: another warning says so */
	assert_true(warns_link(&unseen, "eth0"));
	assert_true(warns_gateway(&unseen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_with_ipv6_is_warned_of),
		cmocka_unit_test(a_host_without_ipv6_is_not),
		cmocka_unit_test(what_is_not_known_is_warned_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
