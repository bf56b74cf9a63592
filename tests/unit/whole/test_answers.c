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
#include "names/script.h"

enum { PEERS = 3, HOSTS = 3, TTL = 10, GRACE = 10, MOST = 2 };

#define SERVICE "_s._tcp.x"

static const char *const hosts[HOSTS] = {"a.x", "b.x", "c.x"};

/* Addresses are numbers: 0 to 2 of IPv4, 3 of IPv6, 4 private, 5 of nobody. */
enum { ADDRESSES = 6, NOBODYS = 5 };
static const char *const texts[ADDRESSES] = {
	"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "10.0.0.1", "127.0.0.1"};
static struct addr address_of_number[ADDRESSES];

static const struct answers_follow all_follows[] = {
	{0, "a.x", NAME_OF_HOST, false},
	{0, "b.x", NAME_OF_HOST, false},
	{1, "b.x", NAME_OF_HOST, true},
	{2, SERVICE, NAME_OF_SERVICE, false},
};
static const struct answers_rules rules = {TTL * SECONDS, TTL * SECONDS, GRACE * SECONDS, MOST};

struct world {
	struct answers *answers;
	uint64_t now;
	bool live[PEERS][ADDRESSES], retired[PEERS][ADDRESSES], connected[PEERS][ADDRESSES];
	bool is_failing[HOSTS + 1], is_full[HOSTS + 1]; /* told so; the last one is the service */
	unsigned n_follows;
	bool shuts; /* another configuration: sets may become empty */
};

/* Happenings. */

enum kind {
	LEARN,    /* addresses of a host, as a set of bits */
	TARGETS,  /* of the service, as a set of bits of hosts */
	FAIL,     /* with an error */
	WAIT,     /* seconds, and the time is heard */
	CONNECT,  /* to all that may be connected to */
	CLOSE,    /* all connections */
	DUMP,     /* the tracker; of so many seconds ago */
	RESTART,  /* what was saved is read */
	FOLLOW,   /* so many of all_follows */
	IN_HOSTS, /* the hosts file has these addresses of a host */
	REFRESH,
};

struct happening {
	const char *name;
	enum kind kind;
	unsigned host, what;
	enum answers_question question;
};

static unsigned number_of(const struct addr *a)
{
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (addr_compare(&address_of_number[i], a) == 0)
			return i;
	fail_msg("an address of nobody's");
	return 0;
}

static unsigned number_of_name(const char *name)
{
	for (unsigned i = 0; i < HOSTS; i++)
		if (strcmp(hosts[i], name) == 0)
			return i;
	assert_string_equal(name, SERVICE);
	return HOSTS;
}

/* The kernel, and what is told. */

static void assert_none_is_cut(const struct world *w)
{
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = 0; i < ADDRESSES; i++)
			if (w->connected[p][i] && !w->live[p][i] && !w->retired[p][i])
				fail_msg("a connection of peer %u with %s is cut", p, texts[i]);
}

static void carry_out_element(struct world *w, const struct answers_action *x)
{
	const unsigned i = number_of(&x->address);
	bool *element = x->is_retired ? &w->retired[x->peer][i] : &w->live[x->peer][i];
	if (*element == (x->kind == ANSWERS_ADD))
		fail_msg("%s is told twice", texts[i]);
	*element = x->kind == ANSWERS_ADD;
	assert_int_not_equal(i, NOBODYS);
	assert_none_is_cut(w);
}

static void hear_word(struct world *w, const struct answers_action *x)
{
	const unsigned i = number_of_name(x->name);
	const bool begins = x->word == ANSWERS_FAILS || x->word == ANSWERS_IS_FULL;
	bool *told = x->word == ANSWERS_FAILS || x->word == ANSWERS_WORKS ? &w->is_failing[i]
									  : &w->is_full[i];
	if (*told == begins)
		fail_msg("of %s something is told twice", x->name);
	*told = begins;
	assert_int_equal(x->word == ANSWERS_FAILS, x->error != ANSWERS_FINE);
}

static void carry_out(struct world *w)
{
	struct answers_action x;
	enum answers_action_kind last = ANSWERS_ADD;
	while (answers_next(w->answers, &x)) {
		assert_true(x.kind >= last || last > ANSWERS_REMOVE); /* additions come first */
		assert_true(x.kind > ANSWERS_REMOVE || last <= ANSWERS_REMOVE);
		last = x.kind;
		if (x.kind <= ANSWERS_REMOVE)
			carry_out_element(w, &x);
		else if (x.kind == ANSWERS_SAY)
			hear_word(w, &x);
		else if (x.kind == ANSWERS_ASK)
			assert_true(x.questions != 0);
	}
}

/* The long way: sets as they should be, all at once. */
static void make_sets(struct world *w)
{
	struct answers_walk walk = {0};
	struct answers_member m;
	memset(w->live, 0, sizeof(w->live));
	memset(w->retired, 0, sizeof(w->retired));
	while (answers_member(w->answers, &walk, &m)) {
		const unsigned i = number_of(&m.address);
		assert_true(m.shared > 0);
		if (m.is_retired)
			w->retired[m.peer][i] = true;
		else
			w->live[m.peer][i] = true;
	}
}

/* What no name holds any more by another configuration is cut, as it should be. */
static void configure_world(struct world *w, unsigned n)
{
	/* what is told of a name that is followed on stays told */
	assert_int_equal(answers_configure(w->answers, all_follows, n, &rules, at(w->now)), 0);
	make_sets(w);
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = 0; i < ADDRESSES; i++)
			w->connected[p][i] &= w->live[p][i] || w->retired[p][i];
	for (unsigned i = 0; i <= HOSTS; i++) {
		const struct answers_name *name = answers_find(w->answers,
			i < HOSTS ? hosts[i] : SERVICE, i < HOSTS ? NAME_OF_HOST : NAME_OF_SERVICE);
		if (!name || !answers_is_followed(name))
			w->is_failing[i] = w->is_full[i] = false;
	}
	w->n_follows = n;
	w->shuts = true;
}

static void restart(struct world *w)
{
	struct text saved = {0};
	struct answers *again;
	char why[ANSWERS_FAULT_SIZE];
	bool live[PEERS][ADDRESSES], retired[PEERS][ADDRESSES];
	answers_encode(w->answers, w->now, &saved);
	assert_false(saved.failed);
	/* another clock: that of another boot */
	assert_int_equal(answers_decode(saved.data, saved.length, SECONDS, &again, why), 0);
	text_done(&saved);
	answers_free(w->answers);
	w->answers = again;
	w->now = SECONDS;
	memcpy(live, w->live, sizeof(live));
	memcpy(retired, w->retired, sizeof(retired));
	const bool shut = w->shuts;
	configure_world(w, w->n_follows);
	w->shuts = shut;
	memset(w->is_failing, 0, sizeof(w->is_failing)); /* another process */
	memset(w->is_full, 0, sizeof(w->is_full));
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = 0; i < ADDRESSES; i++) {
			assert_int_equal(w->live[p][i], live[p][i]);
			/* one that was live again may have been in both */
			assert_int_equal(w->retired[p][i], retired[p][i] && !live[p][i]);
		}
}

static void learn_addresses(struct world *w, const struct happening *h)
{
	struct answers_item items[ADDRESSES] = {0};
	size_t n = 0;
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (h->what >> i & 1)
			items[n++] = (struct answers_item){
				.address = address_of_number[i], .ttl = TTL};
	const struct answers_lesson l = {
		hosts[h->host], h->question, ANSWERS_FROM_ASKING, items, n};
	assert_int_equal(answers_learned(w->answers, &l, at(w->now)), 0);
}

static void learn_hosts(struct world *w, const struct happening *h)
{
	struct answers_item items[HOSTS] = {0};
	size_t n = 0;
	for (unsigned i = 0; i < HOSTS; i++)
		if (h->what >> i & 1)
			items[n++] = (struct answers_item){.target = hosts[i], .port = 1, .ttl = TTL};
	const struct answers_lesson l = {SERVICE, ANSWERS_SRV, ANSWERS_FROM_ASKING, items, n};
	assert_int_equal(answers_learned(w->answers, &l, at(w->now)), 0);
}

static void read_hosts(struct world *w, const struct happening *h)
{
	struct addr found[ADDRESSES];
	size_t n = 0;
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (h->what >> i & 1)
			found[n++] = address_of_number[i];
	assert_int_equal(answers_hosts(w->answers, hosts[h->host], found, n, at(w->now)), 0);
}

static int compare_addresses(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static void dump_tracker(struct world *w, uint64_t ago)
{
	struct addr in_use[ADDRESSES];
	size_t n = 0;
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (w->connected[0][i] || w->connected[1][i] || w->connected[2][i])
			in_use[n++] = address_of_number[i];
	qsort(in_use, n, sizeof(in_use[0]), compare_addresses);
	answers_dumped(w->answers, in_use, n, w->now - (ago < w->now ? ago : w->now), at(w->now));
}

static void happen(struct world *w, const struct happening *h)
{
	w->now++; /* no two things happen at a time */
	switch (h->kind) {
	case LEARN:
		learn_addresses(w, h);
		break;
	case TARGETS:
		learn_hosts(w, h);
		break;
	case FAIL:
		answers_failed(w->answers, h->host < HOSTS ? hosts[h->host] : SERVICE, h->question,
			(enum answers_error)h->what, ANSWERS_FROM_ASKING, at(w->now));
		break;
	case WAIT:
		w->now += h->what * SECONDS;
		answers_time(w->answers, at(w->now));
		break;
	case CONNECT:
		for (unsigned p = 0; p < PEERS; p++)
			for (unsigned i = 0; i < ADDRESSES; i++)
				w->connected[p][i] |= w->live[p][i];
		break;
	case CLOSE:
		memset(w->connected, 0, sizeof(w->connected));
		break;
	case DUMP:
		dump_tracker(w, h->what * SECONDS);
		break;
	case RESTART:
		restart(w);
		break;
	case FOLLOW:
		configure_world(w, h->what);
		break;
	case IN_HOSTS:
		read_hosts(w, h);
		break;
	case REFRESH:
		answers_refresh(w->answers, NULL, at(w->now));
		break;
	}
	carry_out(w);
}

/* The promises. */

/* Whether a peer's address is held, derived from the names alone: 2 live, 1 retired, 0 not. */
static unsigned held(const struct world *w, unsigned p, unsigned i)
{
	unsigned best = 0;
	for (unsigned f = 0; f < w->n_follows; f++) {
		const struct answers_follow *follow = &all_follows[f];
		const struct answers_name *n =
			answers_find(w->answers, follow->name, follow->kind);
		if (follow->peer != p || !n)
			continue;
		for (size_t t = 0; t < (n->n_targets ? n->n_targets : 1); t++) {
			const struct answers_name *host = n->n_targets ? n->targets[t].name : n;
			const bool weak = n->n_targets && n->targets[t].life.is_retired;
			for (size_t j = 0; j < host->n_addresses; j++) {
				const struct answers_address *one = &host->addresses[j];
				const unsigned hold = weak || one->life.is_retired ? 1 : 2;
				if (number_of(&one->address) != i || hold < best)
					continue;
				if (i != 4 || follow->takes_private || n->n_targets)
					best = hold;
			}
		}
	}
	return best;
}

static void assert_sets_are_right(const struct world *w)
{
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = 0; i < ADDRESSES; i++) {
			const unsigned hold = held(w, p, i);
			if (w->live[p][i] != (hold == 2))
				fail_msg("%s of peer %u should be held by %u", texts[i], p, hold);
			/* what is live again leaves the retired set later */
			if (hold != 2 && w->retired[p][i] != (hold == 1))
				fail_msg("%s of peer %u should be held by %u", texts[i], p, hold);
		}
}

static bool is_empty(const struct world *w, unsigned p)
{
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (w->live[p][i])
			return false;
	return true;
}

static size_t count_live(const struct answers_name *n, sa_family_t family)
{
	size_t count = 0;
	for (size_t i = 0; i < n->n_addresses; i++)
		count += n->addresses[i].address.family == family &&
			 !n->addresses[i].life.is_retired;
	return count;
}

/* No event but the passing of a life, or the cap, ends that of an address. */
struct before {
	bool is_empty[PEERS];
	struct {
		bool is_live;
		int64_t until;
	} lives[HOSTS][ADDRESSES];
};

static struct before look(const struct world *w)
{
	struct before b = {0};
	for (unsigned p = 0; p < PEERS; p++)
		b.is_empty[p] = is_empty(w, p);
	for (unsigned h = 0; h < HOSTS; h++) {
		const struct answers_name *n = answers_find(w->answers, hosts[h], NAME_OF_HOST);
		for (size_t i = 0; n && i < n->n_addresses; i++) {
			const struct answers_address *one = &n->addresses[i];
			b.lives[h][number_of(&one->address)].is_live = !one->life.is_retired;
			b.lives[h][number_of(&one->address)].until = one->life.until;
		}
	}
	return b;
}

static void assert_lives(const struct world *w, const struct before *b,
	const struct answers_name *n, unsigned h)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		const struct answers_address *one = &n->addresses[i];
		const unsigned number = number_of(&one->address);
		if (!b->lives[h][number].is_live || !one->life.is_retired)
			continue;
		if (b->lives[h][number].until > (int64_t)w->now && !n->is_full)
			fail_msg("%s of %s is taken away", texts[number], hosts[h]);
		const enum answers_question q =
			one->address.family == AF_INET ? ANSWERS_A : ANSWERS_AAAA;
		if (n->asked[q].good <= one->life.seen)
			fail_msg("%s of %s was in the last good answer", texts[number], hosts[h]);
	}
}

static void assert_woken(const struct world *w, bool after_time)
{
	const uint64_t wake = answers_wake(w->answers);
	bool needs = false;
	for (size_t i = 0; i < answers_count(w->answers); i++) {
		const struct answers_name *n = answers_get(w->answers, i);
		needs |= answers_is_followed(n) && !asking_in_hosts(n);
	}
	assert_true(!needs || wake != ANSWERS_NEVER);
	assert_true(w->n_follows || wake == ANSWERS_NEVER);
	assert_true(!after_time || wake > w->now);
}

/* What was left out by a good answer, with another one in its place, and has had its day. */
static void assert_retired(const struct world *w, const struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++)
		for (size_t j = 0; j < n->n_addresses; j++) {
			const struct answers_address *one = &n->addresses[i];
			const struct answers_address *other = &n->addresses[j];
			if (one->address.family == other->address.family && !one->in_hosts &&
				!one->life.is_retired && !other->life.is_retired &&
				one->life.until <= (int64_t)w->now &&
				other->life.seen > one->life.seen &&
				number_of(&other->address) != 4)
				fail_msg("%s of %s has had its day",
					texts[number_of(&one->address)], answers_text(n));
		}
}

static void assert_promises(const struct world *w, const struct before *b,
	const struct happening *h)
{
	assert_none_is_cut(w);
	assert_sets_are_right(w);
	for (unsigned p = 0; p < PEERS && !w->shuts; p++)
		if (is_empty(w, p) && !b->is_empty[p])
			fail_msg("the set of peer %u is empty now", p);
	for (size_t i = 0; i < answers_count(w->answers); i++) {
		const struct answers_name *n = answers_get(w->answers, i);
		const unsigned number = number_of_name(answers_text(n));
		assert_true(count_live(n, AF_INET) <= MOST && count_live(n, AF_INET6) <= MOST);
		if (number < HOSTS)
			assert_lives(w, b, n, number);
		if (h->kind == WAIT && answers_is_followed(n))
			assert_retired(w, n);
		if (answers_is_followed(n)) {
			assert_int_equal(w->is_failing[number], n->is_failing);
			assert_int_equal(w->is_full[number], n->is_full);
		} else {
			/* when it is followed again it begins anew */
			((struct world *)w)->is_failing[number] = false;
			((struct world *)w)->is_full[number] = false;
		}
	}
	assert_woken(w, h->kind == WAIT);
}

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

#define LEARNS(h, bits)  {"learn " #h " " #bits, LEARN, h, bits, ANSWERS_A}
#define LEARNS6(h, bits) {"learn AAAA " #h " " #bits, LEARN, h, bits, ANSWERS_AAAA}
#define FAILS(h, error)  {"fail " #h " " #error, FAIL, h, error, ANSWERS_A}
#define WAITS(seconds)   {"wait " #seconds, WAIT, 0, seconds, 0}
#define SIMPLE(kind)     {#kind, kind, 0, 0, 0}
#define DUMPS(ago)       {"dump of " #ago " s ago", DUMP, 0, ago, 0}
#define HAS(h, bits)     {"hosts file " #h " " #bits, IN_HOSTS, h, bits, 0}
#define SERVES(bits)     {"targets " #bits, TARGETS, 0, bits, 0}

static void one_name_through_all_that_can_happen_to_it(void **state)
{
	(void)state;
	EXPLORE(5, LEARNS(0, 1), LEARNS(0, 2), LEARNS(0, 3), LEARNS(0, 0), LEARNS6(0, 8), LEARNS(0, 32),
		FAILS(0, ANSWERS_SERVFAIL), FAILS(0, ANSWERS_NXDOMAIN), WAITS(2), WAITS(25),
		SIMPLE(CONNECT), SIMPLE(CLOSE), DUMPS(0), SIMPLE(RESTART), SIMPLE(REFRESH));
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
