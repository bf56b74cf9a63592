/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An expression that puts a field of the packet into a register. */
#pragma once

#include "others/read_registers.h"

struct nftnl_expr;

enum load { LOAD_GOOD, LOAD_CHANGES }; /* it changes the packet or connection instead */

/* families: of the packets that come there. */
enum load read_load(struct registers *r, struct nftnl_expr *e, uint8_t families);
