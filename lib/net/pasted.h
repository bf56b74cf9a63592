/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection in a line that some program has printed, as words of a question. */
#pragma once

#include "net/question.h"

enum { PASTED_WORD_SIZE = 80 };

struct pasted {
	char words[QUESTION_WORDS][PASTED_WORD_SIZE];
};

/* Of conntrack -L, ss, the kernel's log ("SRC=… DST=…"), or a refusal in the journal ("tcp A → B").
 * 0 with words for question_parse(), or -EINVAL if there is no connection in it. */
int pasted_read(const char *line, struct pasted *ret);
