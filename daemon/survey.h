/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules of others' tables drop what ours allow. */
#pragma once

#include "others/others.h"

struct service;

struct survey {
	struct findings found; /* at the last look */
};

/* Looks at the tables of others, and logs what defeats us there, and what does no longer. */
void survey_look(struct service *s);
void survey_done(struct survey *v);
