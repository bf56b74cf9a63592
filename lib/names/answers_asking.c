/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a name is asked for, and whether it is failing.
 *
 * A name is asked for a little before the shortest TTL of its last answers is over; how much
 * before is random.  All its questions go at once, so that a host wakes up once.  After no answer
 * or a bad one the question is repeated after two seconds, then after twice as long, up to five
 * minutes.  A name that nobody follows is not asked for, and neither is one in the hosts file: an
 * application would not ask the DNS either.
 *
 * Nearly every name has addresses of one family only.  So an empty answer to the other question is
 * not a failure, and that question has no time of its own: it is asked with the first one.  A name
 * fails if a question goes wrong, or is answered with nothing where something was known, or if all
 * are answered with nothing.  A failure is reported when it begins and when it ends.
 */
#include "names/answers_parts.h"

enum {
	RETRY_FIRST = 2,     /* seconds */
	RETRY_MOST = 5 * 60, /* … */
	PATIENCE = 30,       /* … until a question that nobody has answered is asked again */
	TRIES_MOST = 16,
};

unsigned asking_questions(const struct answers_name *n)
{
	return n->kind == NAME_OF_SERVICE ? 1u << ANSWERS_SRV
					  : 1u << ANSWERS_A | 1u << ANSWERS_AAAA;
}

static bool is_asked(const struct answers_name *n, enum answers_question q)
{
	return asking_questions(n) >> q & 1;
}

/* A part of it, by chance. */
static int64_t some_of(int64_t time, uint32_t random)
{
	return (int64_t)((double)time * random / ((double)UINT32_MAX + 1));
}

static int64_t pause_after(unsigned tries, uint32_t random)
{
	int64_t seconds = RETRY_FIRST;
	for (; tries > 1 && seconds < RETRY_MOST; tries--)
		seconds *= 2;
	if (seconds > RETRY_MOST)
		seconds = RETRY_MOST;
	const int64_t pause = seconds * ANSWERS_SECOND;
	return pause - some_of(pause / 4, random);
}

void asking_good(struct answers *a, struct answers_name *n, enum answers_question q, uint64_t ttl,
	uint32_t random)
{
	const int64_t length = lives_ttl(a, ttl);
	n->asked[q].error = ANSWERS_FINE;
	n->asked[q].was_answered = n->asked[q].was_good = true;
	n->asked[q].good = a->now;
	n->asked[q].due = a->now + length - length / 16 - some_of(length / 8, random);
	n->tries = 0;
}

/* An answer that was only observed does not move the time of the next question. */
void asking_failed(struct answers *a, struct answers_name *n, enum answers_question q,
	enum answers_error error, enum answers_source source, uint32_t random)
{
	n->asked[q].error = error;
	n->asked[q].was_answered = true;
	if (source == ANSWERS_FROM_ASKING)
		n->asked[q].due = a->now + pause_after(n->tries, random);
}

bool asking_in_hosts(const struct answers_name *n)
{
	for (size_t i = 0; i < n->n_addresses; i++)
		if (n->addresses[i].in_hosts)
			return true;
	return false;
}

static void ask(struct answers *a, struct answers_name *n, uint32_t random)
{
	int64_t pause = pause_after(n->tries, random);
	if (pause < PATIENCE * ANSWERS_SECOND)
		pause = PATIENCE * ANSWERS_SECOND;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		n->asked[q].due = a->now + pause;
	n->to_ask = asking_questions(n);
	a->has_words = true;
}

bool asking_time(struct answers *a, struct answers_name *n, uint32_t random)
{
	if (!answers_is_followed(n) || asking_due(n) > a->now)
		return false;
	n->tries += n->tries < TRIES_MOST;
	ask(a, n, random);
	return true;
}

void asking_now(struct answers *a, struct answers_name *n)
{
	if (!answers_is_followed(n) || asking_in_hosts(n))
		return;
	n->tries = 1;
	ask(a, n, 0);
}

int64_t asking_due(const struct answers_name *n)
{
	int64_t due = ANSWERS_NOT;
	if (asking_in_hosts(n))
		return due;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		if (is_asked(n, q) && n->asked[q].due < due)
			due = n->asked[q].due;
	return due;
}

uint64_t answers_due(const struct answers_name *n)
{
	const int64_t due = answers_is_followed(n) ? asking_due(n) : ANSWERS_NOT;
	if (due == ANSWERS_NOT)
		return ANSWERS_NEVER;
	return due > 0 ? (uint64_t)due : 0;
}

const char *answers_error_text(enum answers_error e)
{
	static const char *const texts[ANSWERS_ERRORS] = {
		[ANSWERS_FINE] = "nothing is wrong",
		[ANSWERS_EMPTY] = "it has no address",
		[ANSWERS_NXDOMAIN] = "there is no such name (NXDOMAIN)",
		[ANSWERS_SERVFAIL] = "the name server fails (SERVFAIL)",
		[ANSWERS_REFUSED] = "the name server refuses to answer (REFUSED)",
		[ANSWERS_TIMEOUT] = "no name server answers",
		[ANSWERS_GARBLED] = "the answer cannot be read",
		[ANSWERS_UNFIT] = ("its addresses are private (if that is right, write private = "
				   "yes beside name =) or never another host's"),
		[ANSWERS_UNFIT_IN_HOSTS] =
			("its addresses in /etc/hosts are private (write private = yes beside name "
			 "=) or never another host's"),
	};
	return texts[e];
}

static enum answers_error trouble_of(const struct answers_name *n)
{
	bool is_awaited = false, has_some = false;
	if (asking_in_hosts(n))
		return ANSWERS_FINE;
	if (n->refused_in_hosts.count)
		return ANSWERS_UNFIT_IN_HOSTS; /* which programs connect to */
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++) {
		const bool has = lives_has(n, q);
		const struct answers_asked *asked = &n->asked[q];
		if (!is_asked(n, q))
			continue;
		if (asked->error != ANSWERS_FINE && (asked->error != ANSWERS_EMPTY || has))
			return asked->error;
		is_awaited |= !asked->was_answered;
		has_some |= has;
	}
	return is_awaited || has_some ? ANSWERS_FINE : ANSWERS_EMPTY;
}

/* A question of a family that the name does not have goes with the other one. */
static void join_empty(struct answers_name *n)
{
	bool is_good = false;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS; q++)
		is_good |= n->asked[q].was_good && n->asked[q].error == ANSWERS_FINE;
	for (enum answers_question q = 0; q < ANSWERS_QUESTIONS && is_good; q++)
		if (n->asked[q].error == ANSWERS_EMPTY && !lives_has(n, q))
			n->asked[q].due = ANSWERS_NOT;
}

void asking_update_name(struct answers *a, struct answers_name *n)
{
	const enum answers_error error = trouble_of(n);
	join_empty(n);
	if (error != ANSWERS_FINE && !n->is_failing) {
		n->failure = error;
		n->failing_since = a->now;
	}
	n->is_failing = error != ANSWERS_FINE;
	a->has_words |= n->is_failing != n->is_told_failing || n->is_full != n->is_told_full;
}
