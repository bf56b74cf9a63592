/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka, with the headers that it wants first. */
#pragma once

#include <setjmp.h> /* IWYU pragma: keep */
#include <stdarg.h> /* IWYU pragma: keep */
#include <stddef.h> /* IWYU pragma: keep */
#include <stdint.h> /* IWYU pragma: keep */

#include <cmocka.h>

/* A test: its name is a sentence, and what cmocka hands on between tests is not looked at. */
#define TEST(name) static void name(void **state __attribute__((unused)))
