/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/hosts: which addresses it gives to which names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "names/name.h"
#include "net/addr.h"

/* Where one is in the text.  All zero but for the text at first. */
struct hosts_walk {
	const char *at, *end;
	bool is_in_line; /* behind its address */
	struct addr address;
};

/* The next name that can be followed, canonical, with its address.  False: there is none.  Lines
 * of another form are skipped, as the C library does. */
bool hosts_next(struct hosts_walk *w, struct addr *ret, char ret_name[NAME_SIZE]);
