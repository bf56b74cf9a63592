/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's registers while a rule is read: which field of the packet is in each. */
#pragma once

#include "others/read_field.h"

enum { REGISTERS = 16, ADDRESS_LENGTH = 16 };

struct registers {
	struct foreign_slot slots[REGISTERS];
	uint8_t values[REGISTERS * FOREIGN_SLOT_SIZE]; /* that a constant was put into */
	bool is_constant[REGISTERS];
};

/* By the kernel's numbers (NFT_REG_…), the old and the new ones. */
size_t register_index(uint32_t number);
const struct foreign_slot *register_slot(const struct registers *r, uint32_t number);

/* length: at most so many bytes; what comes in the register behind is loaded later. */
void register_load(struct registers *r, uint32_t number, struct foreign_slot slot, size_t length);

/* Notes that a register has a constant, unless data is NULL; and which it has, NULL for none. */
void register_keep(struct registers *r, uint32_t number, const void *data, size_t length);
const uint8_t *register_constant(const struct registers *r, uint32_t number);

void registers_forget(struct registers *r);
