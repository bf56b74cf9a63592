/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stub for now */
#include "verbs.h"
int verb_explain(const struct invocation *v) { (void)v; return EXIT_USAGE; }
