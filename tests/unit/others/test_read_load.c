/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What single expressions load; test_read_rule.c has whole rules of nft's. */
#include "others/read_load.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>

#include "others/foreign.h"
#include "testing.h"

static enum load load(struct registers *r, struct nftnl_expr *e, uint8_t families)
{
	enum load result = read_load(r, e, families);
	nftnl_expr_free(e);
	return result;
}

static struct nftnl_expr *payload(uint32_t base, uint32_t offset, uint32_t length)
{
	struct nftnl_expr *e = nftnl_expr_alloc("payload");
	assert_non_null(e);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	return e;
}

TEST(a_port_is_known_by_its_place)
{
	struct registers r = {0};
	assert_int_equal(load(&r, payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2), 0), LOAD_GOOD);
	assert_int_equal(register_slot(&r, NFT_REG_1)->field, FOREIGN_PORT);
	assert_int_equal(register_slot(&r, NFT_REG_1)->port, FOREIGN_DPORT);
}

TEST(a_place_in_the_header_depends_on_the_family)
{
	struct registers r = {0};
	load(&r, payload(NFT_PAYLOAD_NETWORK_HEADER, 9, 1), FOREIGN_IPV4);
	assert_int_equal(register_slot(&r, NFT_REG_1)->field, FOREIGN_L4PROTO);
	load(&r, payload(NFT_PAYLOAD_NETWORK_HEADER, 9, 1), FOREIGN_IPV4 | FOREIGN_IPV6);
	assert_int_equal(register_slot(&r, NFT_REG_1)->field, FOREIGN_OPAQUE);
}

TEST(what_writes_a_packet_changes_it)
{
	struct registers r = {0};
	struct nftnl_expr *e = nftnl_expr_alloc("payload");
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_SREG, NFT_REG_1);
	assert_int_equal(load(&r, e, 0), LOAD_CHANGES);
}

TEST(what_is_loaded_from_elsewhere_forgets_everything)
{
	struct registers r = {0};
	register_load(&r, NFT_REG_2, (struct foreign_slot){.field = FOREIGN_PORT}, 2);
	assert_int_equal(load(&r, nftnl_expr_alloc("numgen"), 0), LOAD_GOOD);
	assert_int_equal(register_slot(&r, NFT_REG_2)->field, FOREIGN_OPAQUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_known_by_its_place),
		cmocka_unit_test(a_place_in_the_header_depends_on_the_family),
		cmocka_unit_test(what_writes_a_packet_changes_it),
		cmocka_unit_test(what_is_loaded_from_elsewhere_forgets_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
