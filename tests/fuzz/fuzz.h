/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libFuzzer calls, and replay.c where there is none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process as a finding if it is not so. */
static inline void require(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}
