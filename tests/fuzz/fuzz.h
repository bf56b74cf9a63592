/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libFuzzer calls, and replay.c where there is none. */
#pragma once

#include <stddef.h>
#include <stdint.h>

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
