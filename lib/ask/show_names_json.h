/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of the names that peers have, for programs. */
#pragma once

#include "ask/names_view.h"

/* One object of JSON and a newline. */
void show_names_json(const struct names_view *v, struct text *to);
