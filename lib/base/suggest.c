/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edit distance with transpositions (optimal string alignment), three rows at a time.
 * Words longer than the rows are never suggested: no name of ours is.
 */
#include "base/suggest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;
	return least < c ? least : c;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][LONGEST + 1];
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = rows[i % 3], *last = rows[(i - 1) % 3];
		const size_t *before = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

void suggest_init(struct suggestion *s, const char *wrong)
{
	*s = (struct suggestion){.wrong = wrong, .distance = SIZE_MAX};
}

void suggest_offer(struct suggestion *s, const char *known)
{
	size_t n = strlen(s->wrong), m = strlen(known);
	if (n == 0 || n > LONGEST || m > LONGEST)
		return;
	size_t d = distance(s->wrong, n, known, m);
	size_t tolerated = m / 3 ? m / 3 : 1;
	if (d <= tolerated && d < s->distance) {
		s->best = known;
		s->distance = d;
	}
}
