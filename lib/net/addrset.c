/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sorted arrays: built once by a sort, then only read, by binary search or from the front.
 *
 * Runs that overlap are joined here and not by the kernel's auto-merge, which gives a
 * joined run the timeout of its neighbour.
 */
#include "net/addrset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void addrset_done(struct addrset *s)
{
	free(s->hosts4);
	free(s->ranges4);
	free(s->hosts6);
	free(s->ranges6);
	*s = (struct addrset){0};
}

static uint32_t number4(const struct addr *a)
{
	uint32_t n;
	memcpy(&n, a->bytes, sizeof(n));
	return ntohl(n);
}

static struct addr addr4(uint32_t number)
{
	struct addr a = {.family = AF_INET};
	uint32_t n = htonl(number);
	memcpy(a.bytes, &n, sizeof(n));
	return a;
}

static struct in6_addr number6(const struct addr *a)
{
	struct in6_addr n;
	memcpy(&n, a->bytes, sizeof(n));
	return n;
}

static struct addr addr6(const struct in6_addr *number)
{
	struct addr a = {.family = AF_INET6};
	memcpy(a.bytes, number, sizeof(*number));
	return a;
}

static int compare6(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

#define APPEND(s, part, array, ...) \
	({ \
		int r_ = array_reserve(&(s)->array, &(s)->allocated[part], (s)->count[part] + 1); \
		if (r_ == 0) \
			(s)->array[(s)->count[part]++] = __VA_ARGS__; \
		r_; \
	})

int addrset_add(struct addrset *s, const struct addr_range *r)
{
	bool host = addr_range_is_host(r);
	if (r->first.family == AF_INET) {
		uint32_t first = number4(&r->first), last = number4(&r->last);
		if (host)
			return APPEND(s, ADDRSET_HOSTS4, hosts4, first);
		return APPEND(s, ADDRSET_RANGES4, ranges4, (struct range4){first, last});
	}
	struct in6_addr first = number6(&r->first), last = number6(&r->last);
	if (host)
		return APPEND(s, ADDRSET_HOSTS6, hosts6, first);
	return APPEND(s, ADDRSET_RANGES6, ranges6, (struct range6){first, last});
}

/* Order. */

static int order_host4(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int order_range4(const void *a, const void *b)
{
	return order_host4(&((const struct range4 *)a)->first, &((const struct range4 *)b)->first);
}

static int order_host6(const void *a, const void *b)
{
	return compare6(a, b);
}

static int order_range6(const void *a, const void *b)
{
	return compare6(&((const struct range6 *)a)->first, &((const struct range6 *)b)->first);
}

/* Radix sort, lowest digit first: of words, and of pairs of words by the first, it takes a tenth of
 * qsort()'s time.  False if there is no memory for a copy. */
enum { DIGIT_BITS = 11, DIGIT_VALUES = 1 << DIGIT_BITS, DIGITS = 3, FEW = 256 };

static uint32_t digit_of(const uint32_t *item, int digit)
{
	return *item >> digit * DIGIT_BITS & (DIGIT_VALUES - 1);
}

static bool sort_by_digits(uint32_t *items, size_t count, size_t words)
{
	uint32_t *copy = reallocarray(NULL, count, words * sizeof(*copy));
	uint32_t *from = items, *to = copy;
	if (!copy)
		return false;
	for (int digit = 0; digit < DIGITS; digit++) {
		size_t places[DIGIT_VALUES] = {0}, place = 0;
		for (size_t i = 0; i < count; i++)
			places[digit_of(from + i * words, digit)]++;
		for (size_t i = 0; i < DIGIT_VALUES; i++) {
			size_t n = places[i];
			places[i] = place;
			place += n;
		}
		for (size_t i = 0; i < count; i++) {
			const uint32_t *item = from + i * words;
			uint32_t *home = to + places[digit_of(item, digit)]++ * words;
			for (size_t word = 0; word < words; word++)
				home[word] = item[word];
		}
		uint32_t *done = to;
		to = from;
		from = done;
	}
	memcpy(items, from, count * words * sizeof(*items)); /* an odd number of rounds */
	free(copy);
	return true;
}

/* Lists are mostly kept sorted by those who write them. */
static void sort(void *data, size_t count, size_t size, int (*order)(const void *, const void *))
{
	const char *p = data;
	size_t i = 1;
	while (i < count && order(p + (i - 1) * size, p + i * size) <= 0)
		i++;
	if (i < count)
		qsort(data, count, size, order);
}

static void sort4(void *data, size_t count, size_t words, int (*order)(const void *, const void *))
{
	const uint32_t *p = data;
	size_t i = 1;
	while (i < count && p[(i - 1) * words] <= p[i * words])
		i++;
	if (i >= count)
		return;
	if (count <= FEW || !sort_by_digits(data, count, words))
		qsort(data, count, words * sizeof(uint32_t), order);
}

/* Joining. */

static bool successor6(const struct in6_addr *a, struct in6_addr *ret)
{
	*ret = *a;
	for (size_t i = sizeof(ret->s6_addr); i-- > 0;)
		if (++ret->s6_addr[i] != 0)
			return true;
	return false;
}

static bool joins4(const struct range4 *a, const struct range4 *b)
{
	return a->last == UINT32_MAX || b->first <= a->last + 1;
}

static bool joins6(const struct range6 *a, const struct range6 *b)
{
	struct in6_addr next;
	return !successor6(&a->last, &next) || compare6(&b->first, &next) <= 0;
}

static size_t join4(struct range4 *v, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++) {
		if (out == 0 || !joins4(&v[out - 1], &v[i]))
			v[out++] = v[i];
		else if (v[out - 1].last < v[i].last)
			v[out - 1].last = v[i].last;
	}
	return out;
}

static size_t join6(struct range6 *v, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++) {
		if (out == 0 || !joins6(&v[out - 1], &v[i]))
			v[out++] = v[i];
		else if (compare6(&v[out - 1].last, &v[i].last) < 0)
			v[out - 1].last = v[i].last;
	}
	return out;
}

/* Membership. */

static bool in_ranges4(const struct addrset *s, uint32_t n)
{
	size_t low = 0, high = s->count[ADDRSET_RANGES4];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->ranges4[middle].last < n)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count[ADDRSET_RANGES4] && s->ranges4[low].first <= n;
}

static bool in_ranges6(const struct addrset *s, const struct in6_addr *n)
{
	size_t low = 0, high = s->count[ADDRSET_RANGES6];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare6(&s->ranges6[middle].last, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count[ADDRSET_RANGES6] && compare6(&s->ranges6[low].first, n) <= 0;
}

bool addrset_contains(const struct addrset *s, const struct addr *a)
{
	if (a->family == AF_INET) {
		uint32_t n = number4(a);
		return in_ranges4(s, n) ||
		       (s->count[ADDRSET_HOSTS4] && bsearch(&n, s->hosts4, s->count[ADDRSET_HOSTS4],
							    sizeof(n), order_host4));
	}
	struct in6_addr n = number6(a);
	return in_ranges6(s, &n) ||
	       (s->count[ADDRSET_HOSTS6] &&
		       bsearch(&n, s->hosts6, s->count[ADDRSET_HOSTS6], sizeof(n), order_host6));
}

static int hosts_in_runs4(const struct addrset *a, const struct addrset *b, struct addrset *ret)
{
	size_t j = 0, m = b->count[ADDRSET_RANGES4];
	for (size_t i = 0; i < a->count[ADDRSET_HOSTS4]; i++) {
		int r = 0;
		while (j < m && b->ranges4[j].last < a->hosts4[i])
			j++;
		if (j < m && b->ranges4[j].first <= a->hosts4[i])
			r = APPEND(ret, ADDRSET_HOSTS4, hosts4, a->hosts4[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int hosts_in_runs6(const struct addrset *a, const struct addrset *b, struct addrset *ret)
{
	size_t j = 0, m = b->count[ADDRSET_RANGES6];
	for (size_t i = 0; i < a->count[ADDRSET_HOSTS6]; i++) {
		int r = 0;
		while (j < m && compare6(&b->ranges6[j].last, &a->hosts6[i]) < 0)
			j++;
		if (j < m && compare6(&b->ranges6[j].first, &a->hosts6[i]) <= 0)
			r = APPEND(ret, ADDRSET_HOSTS6, hosts6, a->hosts6[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int addrset_hosts_in_runs(const struct addrset *a, const struct addrset *b, struct addrset *ret)
{
	int r = hosts_in_runs4(a, b, ret);
	return r < 0 ? r : hosts_in_runs6(a, b, ret);
}

/* Drops hosts that are there twice or lie in a run. */
static void thin_hosts(struct addrset *s)
{
	size_t out = 0;
	for (size_t i = 0; i < s->count[ADDRSET_HOSTS4]; i++)
		if ((out == 0 || s->hosts4[out - 1] != s->hosts4[i]) &&
			!in_ranges4(s, s->hosts4[i]))
			s->hosts4[out++] = s->hosts4[i];
	s->count[ADDRSET_HOSTS4] = out;

	out = 0;
	for (size_t i = 0; i < s->count[ADDRSET_HOSTS6]; i++)
		if ((out == 0 || compare6(&s->hosts6[out - 1], &s->hosts6[i]) != 0) &&
			!in_ranges6(s, &s->hosts6[i]))
			s->hosts6[out++] = s->hosts6[i];
	s->count[ADDRSET_HOSTS6] = out;
}

void addrset_normalise(struct addrset *s)
{
	sort4(s->hosts4, s->count[ADDRSET_HOSTS4], 1, order_host4);
	sort4(s->ranges4, s->count[ADDRSET_RANGES4], 2, order_range4);
	sort(s->hosts6, s->count[ADDRSET_HOSTS6], sizeof(*s->hosts6), order_host6);
	sort(s->ranges6, s->count[ADDRSET_RANGES6], sizeof(*s->ranges6), order_range6);
	s->count[ADDRSET_RANGES4] = join4(s->ranges4, s->count[ADDRSET_RANGES4]);
	s->count[ADDRSET_RANGES6] = join6(s->ranges6, s->count[ADDRSET_RANGES6]);
	thin_hosts(s);
}

size_t addrset_count(const struct addrset *s)
{
	size_t sum = 0;
	for (size_t i = 0; i < ADDRSET_PARTS; i++)
		sum += s->count[i];
	return sum;
}

const void *addrset_part(const struct addrset *s, enum addrset_part part, size_t *ret_size)
{
	switch (part) {
	case ADDRSET_HOSTS4:
		*ret_size = sizeof(*s->hosts4);
		return s->hosts4;
	case ADDRSET_RANGES4:
		*ret_size = sizeof(*s->ranges4);
		return s->ranges4;
	case ADDRSET_HOSTS6:
		*ret_size = sizeof(*s->hosts6);
		return s->hosts6;
	case ADDRSET_RANGES6:
		*ret_size = sizeof(*s->ranges6);
		return s->ranges6;
	case ADDRSET_PARTS:
		break;
	}
	abort();
}

size_t addrset_same(const struct addrset *a, size_t i, const struct addrset *b, size_t j,
	enum addrset_part part)
{
	enum { BLOCK = 64 }; /* most of two lists is the same, and memcmp() is fast */
	size_t size, same = 0, n = a->count[part] - i, m = b->count[part] - j;
	const char *p = addrset_part(a, part, &size), *q = addrset_part(b, part, &size);
	if (m < n)
		n = m;
	if (n == 0)
		return 0;
	p += i * size;
	q += j * size;
	while (n - same >= BLOCK && memcmp(p + same * size, q + same * size, BLOCK * size) == 0)
		same += BLOCK;
	while (same < n && memcmp(p + same * size, q + same * size, size) == 0)
		same++;
	return same;
}

struct addr_range addrset_get(const struct addrset *s, enum addrset_part part, size_t i)
{
	struct addr host;
	switch (part) {
	case ADDRSET_HOSTS4:
		host = addr4(s->hosts4[i]);
		return (struct addr_range){host, host};
	case ADDRSET_RANGES4:
		return (struct addr_range){addr4(s->ranges4[i].first), addr4(s->ranges4[i].last)};
	case ADDRSET_HOSTS6:
		host = addr6(&s->hosts6[i]);
		return (struct addr_range){host, host};
	case ADDRSET_RANGES6:
		return (struct addr_range){addr6(&s->ranges6[i].first), addr6(&s->ranges6[i].last)};
	case ADDRSET_PARTS:
		break;
	}
	abort();
}
