/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers over time, explored: every sequence of happenings up to a length, over a few names,
 * addresses and peers, with a kernel that has their sets and a tracker that has connections.  After
 * each happening, and after each single action, the promises are looked at:
 *
 * - no live connection is in neither set: nothing that is good is cut;
 * - a set that had an element has one, unless another configuration has come;
 * - an answer, or a failure, takes nothing away whose life is not over, but at the cap;
 * - what was in the last good answer stays;
 * - nothing is added that is there, nothing removed that is not, and all additions come first;
 * - a failure is told when it begins and when it ends, and not twice;
 * - the sets are what the names say, derived here in another way;
 * - who follows something is woken, later than now, and who follows nothing is not;
 * - what had its day and was left out is retired.
 *
 * Sequences that lead to the same state are one.  Four alphabets are walked through, each as long
 * as its size allows; ANSWERS_DEPTH=n in the environment makes all longer by n.
 */
#include "base/array.h"
#include "whole/answers_world.h"

/* Walking. */

static uint64_t mix(uint64_t hash, uint64_t n)
{
	hash = (hash ^ n) * 0xff51afd7ed558ccdu;
	return hash ^ hash >> 32;
}

/* Times count from now on, and no further than to where they make a difference. */
static uint64_t mix_time(uint64_t hash, int64_t t, uint64_t now)
{
	const int64_t most = (TTL + GRACE + 70) * (int64_t)SECONDS;
	const int64_t d = t == ANSWERS_NOT ? most + 1 : t - (int64_t)now;
	if (d > most)
		return mix(hash, (uint64_t)most + 1);
	return mix(hash, d < -most ? (uint64_t)-most : (uint64_t)d);
}

static uint64_t mix_life(uint64_t hash, const struct answers_life *l, uint64_t now)
{
	hash = mix_time(hash, l->seen, now);
	hash = mix_time(hash, l->until, now);
	return l->is_retired ? mix_time(mix(hash, 1), l->retired, now) : mix(hash, 2);
}

static uint64_t mix_name(uint64_t hash, const struct answers_name *n, uint64_t now)
{
	hash = mix(hash, number_of_name(answers_text(n)) << 8 | (unsigned)n->is_failing << 1 |
				 (unsigned)n->is_full << 2 | n->tries << 3);
	hash = mix_time(hash, n->idle_since, now);
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++) {
		hash = mix_time(mix(hash, n->asked[q].error), n->asked[q].good, now);
		hash = mix_time(mix(hash, n->asked[q].was_good), n->asked[q].due, now);
	}
	for (size_t i = 0; i < n->n_addresses; i++) {
		hash = mix(hash, number_of(&n->addresses[i].address) << 1 |
					 (unsigned)n->addresses[i].in_hosts);
		hash = mix_life(hash, &n->addresses[i].life, now);
	}
	for (size_t i = 0; i < n->n_targets; i++) {
		hash = mix(hash, number_of_name(answers_text(n->targets[i].name)));
		hash = mix_life(hash, &n->targets[i].life, now);
	}
	return hash;
}

static uint64_t hash_of(const struct world *w)
{
	uint64_t hash = mix(w->n_follows, w->answers->wants_dump);
	for (size_t i = 0; i < answers_count(w->answers); i++)
		hash = mix_name(hash, answers_get(w->answers, i), w->now);
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = 0; i < ADDRESSES; i++)
			hash = mix(hash, (unsigned)w->live[p][i] | (unsigned)w->retired[p][i] << 1 |
						 (unsigned)w->connected[p][i] << 2);
	return hash | 1;
}

enum { SEEN = 1 << 23, LENGTH_MOST = 12 };
static uint64_t *seen;
static size_t n_seen;

static bool is_new(uint64_t hash)
{
	size_t i = hash & (SEEN - 1);
	while (seen[i] && seen[i] != hash)
		i = (i + 1) & (SEEN - 1);
	if (seen[i])
		return false;
	assert_true(n_seen < SEEN / 2);
	seen[i] = hash;
	n_seen++;
	return true;
}

static struct world begin(void)
{
	struct world w = {.answers = answers_new(), .now = 100 * SECONDS};
	const size_t n = sizeof(all_follows) / sizeof(all_follows[0]);
	assert_non_null(w.answers);
	configure_world(&w, (unsigned)n);
	carry_out(&w);
	return w;
}

struct walk {
	const struct happening *alphabet;
	size_t size, steps;
	uint8_t path[LENGTH_MOST];
};

static void say_path(const struct walk *k, size_t length)
{
	for (size_t i = 0; i < length; i++)
		print_message("%zu: %s\n", i + 1, k->alphabet[k->path[i]].name);
}

/* Goes the whole way; the promises are looked at in its last step, since all before were looked at
 * when they were the last. */
static bool go(struct walk *k, size_t length)
{
	struct world w = begin();
	struct before before = {0};
	for (size_t i = 0; i < length; i++) {
		w.shuts = false;
		if (i == length - 1)
			before = look(&w);
		happen(&w, &k->alphabet[k->path[i]]);
	}
	assert_promises(&w, &before, &k->alphabet[k->path[length - 1]]);
	const bool result = is_new(hash_of(&w));
	answers_free(w.answers);
	k->steps++;
	return result;
}

/* Told of when something is wrong. */
static struct walk walking;
static size_t walking_length;

static void keep(struct walk *k, size_t *n, uint8_t (**next)[LENGTH_MOST], size_t *room)
{
	assert_int_equal(array_reserve_bytes((void **)next, room, *n + 1, sizeof(**next)), 0);
	memcpy((*next)[(*n)++], k->path, LENGTH_MOST);
}

static void explore(const struct happening *alphabet, size_t size, size_t length)
{
	struct walk *k = &walking;
	const char *longer = getenv("ANSWERS_DEPTH");
	uint8_t(*states)[LENGTH_MOST] = calloc(1, LENGTH_MOST);
	size_t count = 1;
	length += longer ? (size_t)atoi(longer) : 0;
	assert_true(length <= LENGTH_MOST);
	memset(seen, 0, SEEN * sizeof(*seen));
	n_seen = 0;
	*k = (struct walk){.alphabet = alphabet, .size = size};
	for (size_t l = 1; l <= length; l++) {
		uint8_t(*next)[LENGTH_MOST] = NULL;
		size_t n = 0, room = 0;
		walking_length = l;
		for (size_t i = 0; i < count; i++)
			for (size_t e = 0; e < size; e++) {
				memcpy(k->path, states[i], LENGTH_MOST);
				k->path[l - 1] = (uint8_t)e;
				if (go(k, l) && l < length)
					keep(k, &n, &next, &room);
			}
		free(states);
		states = next;
		count = n;
	}
	free(states);
	walking_length = 0;
	print_message("%zu steps of up to %zu happenings, %zu states\n", k->steps, length, n_seen);
}

#define EXPLORE(length, ...) \
	do { \
		static const struct happening alphabet[] = {__VA_ARGS__}; \
		explore(alphabet, sizeof(alphabet) / sizeof(alphabet[0]), length); \
	} while (0)

#define LEARNS(h, bits) \
	{ \
		"learn " #h " " #bits, LEARN, h, bits, ANSWERS_A \
	}
#define LEARNS6(h, bits) \
	{ \
		"learn AAAA " #h " " #bits, LEARN, h, bits, ANSWERS_AAAA \
	}
#define FAILS(h, error) \
	{ \
		"fail " #h " " #error, FAIL, h, error, ANSWERS_A \
	}
#define WAITS(seconds) \
	{ \
		"wait " #seconds, WAIT, 0, seconds, 0 \
	}
#define SIMPLE(kind) \
	{ \
#kind, kind, 0, 0, 0 \
	}
#define DUMPS(ago) \
	{ \
		"dump of " #ago " s ago", DUMP, 0, ago, 0 \
	}
#define HAS(h, bits) \
	{ \
		"hosts file " #h " " #bits, IN_HOSTS, h, bits, 0 \
	}
#define SERVES(bits) \
	{ \
		"targets " #bits, TARGETS, 0, bits, 0 \
	}

static void one_name_through_all_that_can_happen_to_it(void **state)
{
	(void)state;
	EXPLORE(5, LEARNS(0, 1), LEARNS(0, 2), LEARNS(0, 3), LEARNS(0, 0), LEARNS6(0, 8),
		LEARNS(0, 32), FAILS(0, ANSWERS_SERVFAIL), FAILS(0, ANSWERS_NXDOMAIN), WAITS(2),
		WAITS(25), SIMPLE(CONNECT), SIMPLE(CLOSE), DUMPS(0), SIMPLE(RESTART),
		SIMPLE(REFRESH));
}

static void addresses_that_several_names_and_peers_share(void **state)
{
	(void)state;
	EXPLORE(5, LEARNS(0, 1), LEARNS(0, 2), LEARNS(1, 1), LEARNS(1, 2), LEARNS(1, 16),
		LEARNS(1, 17), WAITS(25), SIMPLE(CONNECT), SIMPLE(CLOSE), DUMPS(0), SIMPLE(RESTART),
		{"follow one", FOLLOW, 0, 1, 0}, {"follow all", FOLLOW, 0, 4, 0});
}

static void targets_of_a_service_that_come_and_go(void **state)
{
	(void)state;
	EXPLORE(6, SERVES(1), SERVES(4), SERVES(0), LEARNS(0, 1), LEARNS(2, 2), LEARNS(2, 16),
		WAITS(25), SIMPLE(CONNECT), DUMPS(0), SIMPLE(RESTART));
}

static void the_cap_and_the_hosts_file(void **state)
{
	(void)state;
	EXPLORE(5, LEARNS(0, 1), LEARNS(0, 2), LEARNS(0, 4), LEARNS(0, 7), LEARNS6(0, 8), HAS(0, 1),
		HAS(0, 10), HAS(0, 0), WAITS(2), WAITS(25), SIMPLE(CONNECT), SIMPLE(CLOSE),
		DUMPS(0), DUMPS(60), SIMPLE(RESTART));
}

static int say_where(void **state)
{
	(void)state;
	say_path(&walking, walking_length);
	walking_length = 0;
	return 0;
}

static int prepare(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ADDRESSES; i++)
		address_of_number[i] = address(texts[i], strlen(texts[i]));
	seen = calloc(SEEN, sizeof(*seen));
	return seen ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	free(seen);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(one_name_through_all_that_can_happen_to_it, say_where),
		cmocka_unit_test_teardown(addresses_that_several_names_and_peers_share, say_where),
		cmocka_unit_test_teardown(targets_of_a_service_that_come_and_go, say_where),
		cmocka_unit_test_teardown(the_cap_and_the_hosts_file, say_where),
	};
	return cmocka_run_group_tests(tests, prepare, finish);
}
