/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for the machine of names/answers.h: names, addresses and peers, a kernel that has their
 * sets, a tracker that has connections; and the promises, which are looked at after each step.
 */
#pragma once

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
static const struct answers_rules rules = {TTL * SECONDS, TTL *SECONDS, GRACE *SECONDS, MOST};

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

static inline unsigned number_of(const struct addr *a)
{
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (addr_compare(&address_of_number[i], a) == 0)
			return i;
	fail_msg("an address of nobody's");
	return 0;
}

static inline unsigned number_of_name(const char *name)
{
	for (unsigned i = 0; i < HOSTS; i++)
		if (strcmp(hosts[i], name) == 0)
			return i;
	assert_string_equal(name, SERVICE);
	return HOSTS;
}

/* The kernel, and what is told. */

static inline void assert_none_is_cut(const struct world *w)
{
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = 0; i < ADDRESSES; i++)
			if (w->connected[p][i] && !w->live[p][i] && !w->retired[p][i])
				fail_msg("a connection of peer %u with %s is cut", p, texts[i]);
}

static inline void carry_out_element(struct world *w, const struct answers_action *x)
{
	const unsigned i = number_of(&x->address);
	bool *element = x->is_retired ? &w->retired[x->peer][i] : &w->live[x->peer][i];
	if (*element == (x->kind == ANSWERS_ADD))
		fail_msg("%s is told twice", texts[i]);
	*element = x->kind == ANSWERS_ADD;
	assert_int_not_equal(i, NOBODYS);
	assert_none_is_cut(w);
}

static inline void hear_word(struct world *w, const struct answers_action *x)
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

static inline void carry_out(struct world *w)
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
static inline void make_sets(struct world *w)
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
static inline void configure_world(struct world *w, unsigned n)
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

static inline void restart(struct world *w)
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

static inline void learn_addresses(struct world *w, const struct happening *h)
{
	struct answers_item items[ADDRESSES] = {0};
	size_t n = 0;
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (h->what >> i & 1)
			items[n++] =
				(struct answers_item){.address = address_of_number[i], .ttl = TTL};
	const struct answers_lesson l = {
		hosts[h->host], h->question, ANSWERS_FROM_ASKING, items, n};
	assert_int_equal(answers_learned(w->answers, &l, at(w->now)), 0);
}

static inline void learn_hosts(struct world *w, const struct happening *h)
{
	struct answers_item items[HOSTS] = {0};
	size_t n = 0;
	for (unsigned i = 0; i < HOSTS; i++)
		if (h->what >> i & 1)
			items[n++] =
				(struct answers_item){.target = hosts[i], .port = 1, .ttl = TTL};
	const struct answers_lesson l = {SERVICE, ANSWERS_SRV, ANSWERS_FROM_ASKING, items, n};
	assert_int_equal(answers_learned(w->answers, &l, at(w->now)), 0);
}

static inline void read_hosts(struct world *w, const struct happening *h)
{
	struct addr found[ADDRESSES];
	size_t n = 0;
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (h->what >> i & 1)
			found[n++] = address_of_number[i];
	assert_int_equal(answers_hosts(w->answers, hosts[h->host], found, n, at(w->now)), 0);
}

static inline int compare_addresses(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static inline void dump_tracker(struct world *w, uint64_t ago)
{
	struct addr in_use[ADDRESSES];
	size_t n = 0;
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (w->connected[0][i] || w->connected[1][i] || w->connected[2][i])
			in_use[n++] = address_of_number[i];
	qsort(in_use, n, sizeof(in_use[0]), compare_addresses);
	answers_dumped(w->answers, in_use, n, w->now - (ago < w->now ? ago : w->now), at(w->now));
}

static inline void happen(struct world *w, const struct happening *h)
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
static inline unsigned held(const struct world *w, unsigned p, unsigned i)
{
	unsigned best = 0;
	for (unsigned f = 0; f < w->n_follows; f++) {
		const struct answers_follow *follow = &all_follows[f];
		const struct answers_name *n = answers_find(w->answers, follow->name, follow->kind);
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

static inline void assert_sets_are_right(const struct world *w)
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

static inline bool is_empty(const struct world *w, unsigned p)
{
	for (unsigned i = 0; i < ADDRESSES; i++)
		if (w->live[p][i])
			return false;
	return true;
}

static inline size_t count_live(const struct answers_name *n, sa_family_t family)
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

static inline struct before look(const struct world *w)
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

static inline void assert_lives(const struct world *w, const struct before *b,
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

static inline void assert_woken(const struct world *w, bool after_time)
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
static inline void assert_retired(const struct world *w, const struct answers_name *n)
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

static inline void assert_promises(const struct world *w, const struct before *b,
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
