/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of the kernel, old and new, and what is kept in them. */
#include "others/read_registers.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter/nf_tables.h>

#include "testing.h"

TEST(an_old_register_is_four_new_ones)
{
	assert_int_equal(register_index(NFT_REG_1), 0);
	assert_int_equal(register_index(NFT_REG_2), register_index(NFT_REG32_04));
	assert_int_equal(register_index(NFT_REG32_15), 15);
	assert_int_equal(register_index(1000), 15);
}

TEST(a_long_field_reaches_into_the_registers_behind)
{
	struct registers r = {0};
	register_load(&r, NFT_REG32_01, (struct foreign_slot){.field = FOREIGN_ADDRESS}, 16);
	assert_int_equal(register_slot(&r, NFT_REG32_00)->field, FOREIGN_OPAQUE);
	assert_int_equal(register_slot(&r, NFT_REG32_01)->field, FOREIGN_ADDRESS);
	assert_int_equal(register_slot(&r, NFT_REG32_04)->field, FOREIGN_REST);
	assert_int_equal(register_slot(&r, NFT_REG32_05)->field, FOREIGN_OPAQUE);
}

TEST(a_constant_is_kept_until_something_else_is_loaded)
{
	static const uint8_t port[] = {1, 187}, much[80];
	struct registers r = {0};
	assert_null(register_constant(&r, NFT_REG_1));
	register_keep(&r, NFT_REG_1, port, sizeof(port));
	assert_memory_equal(register_constant(&r, NFT_REG_1), port, sizeof(port));
	register_load(&r, NFT_REG_1, (struct foreign_slot){.field = FOREIGN_PORT}, 2);
	assert_null(register_constant(&r, NFT_REG_1));
	register_keep(&r, NFT_REG_1, much, sizeof(much));
	assert_null(register_constant(&r, NFT_REG_1));
}

TEST(what_is_forgotten_is_opaque_and_no_constant)
{
	static const uint8_t port[] = {1, 187};
	struct registers r = {0};
	register_load(&r, NFT_REG_2, (struct foreign_slot){.field = FOREIGN_PORT}, 2);
	register_keep(&r, NFT_REG_1, port, sizeof(port));
	registers_forget(&r);
	assert_int_equal(register_slot(&r, NFT_REG_2)->field, FOREIGN_OPAQUE);
	assert_null(register_constant(&r, NFT_REG_1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_register_is_four_new_ones),
		cmocka_unit_test(a_long_field_reaches_into_the_registers_behind),
		cmocka_unit_test(a_constant_is_kept_until_something_else_is_loaded),
		cmocka_unit_test(what_is_forgotten_is_opaque_and_no_constant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
