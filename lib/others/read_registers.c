/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The old registers are 16 bytes wide; the newer ones are quarters of the same, and what is longer
 * than a quarter reaches into those behind.
 */
#include "others/read_registers.h"

#include <netinet/in.h> /* before the kernel's headers */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

size_t register_index(uint32_t number)
{
	size_t index = number >= NFT_REG32_00 ? number - NFT_REG32_00
					      : (number - NFT_REG_1) * (NFT_REG_SIZE / 4);
	return index < REGISTERS ? index : REGISTERS - 1;
}

const struct foreign_slot *register_slot(const struct registers *r, uint32_t number)
{
	return &r->slots[register_index(number)];
}

void register_load(struct registers *r, uint32_t number, struct foreign_slot slot, size_t length)
{
	size_t i = register_index(number);
	r->slots[i] = slot;
	r->is_constant[i] = false;
	for (size_t k = 1; k * FOREIGN_SLOT_SIZE < length && i + k < REGISTERS; k++)
		r->slots[i + k] = (struct foreign_slot){.field = FOREIGN_REST};
}

void register_keep(struct registers *r, uint32_t number, const void *data, size_t length)
{
	size_t i = register_index(number);
	if (!data || i * FOREIGN_SLOT_SIZE + length > sizeof(r->values))
		return;
	memcpy(&r->values[i * FOREIGN_SLOT_SIZE], data, length);
	r->is_constant[i] = true;
}

const uint8_t *register_constant(const struct registers *r, uint32_t number)
{
	size_t i = register_index(number);
	return r->is_constant[i] ? &r->values[i * FOREIGN_SLOT_SIZE] : NULL;
}

void registers_forget(struct registers *r)
{
	memset(r->slots, 0, sizeof(r->slots));
	memset(r->is_constant, 0, sizeof(r->is_constant));
}
