/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of the names that peers have, for people. */
#pragma once

#include "ask/names_view.h"

/* A line on the reader, and a block for each name. */
void show_names(const struct names_view *v, struct text *to);
