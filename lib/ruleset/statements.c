/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules say, one verb for each statement.  Each goes to the end of the rule in hand; without
 * memory for the rule there is none in hand, and nothing is said. */
#include "ruleset/statements.h"

#include <assert.h>

#include "ruleset/build.h"

static void add(struct build *b, struct statement s)
{
	if (b->failed)
		return;
	assert(b->rule && b->rule->n_statements < STATEMENTS_MAX);
	b->rule->statements[b->rule->n_statements++] = s;
}

void match(struct build *b, enum field f, uint32_t value)
{
	add(b, (struct statement){.kind = STATEMENT_EQUAL, .field = f, .value = value});
}

void match_not(struct build *b, enum field f, uint32_t value)
{
	add(b, (struct statement){.kind = STATEMENT_UNEQUAL, .field = f, .value = value});
}

void match_masked(struct build *b, enum field f, uint32_t mask, uint32_t value)
{
	add(b, (struct statement){
		       .kind = STATEMENT_MASKED, .field = f, .mask = mask, .value = value});
}

void match_any_bit(struct build *b, enum field f, uint32_t bits)
{
	add(b, (struct statement){.kind = STATEMENT_ANY_BIT, .field = f, .value = bits});
}

void match_name(struct build *b, enum field f, const char *name)
{
	add(b, (struct statement){.kind = STATEMENT_NAME, .field = f, .name = name});
}

void match_link_local(struct build *b, enum field f)
{
	add(b, (struct statement){.kind = STATEMENT_PREFIX6, .field = f});
}

void lookup(struct build *b, enum field f, const char *set)
{
	add(b, (struct statement){.kind = STATEMENT_LOOKUP, .field = f, .name = set});
}

void limit(struct build *b, uint32_t rate, uint32_t burst)
{
	add(b, (struct statement){.kind = STATEMENT_LIMIT, .rate = rate, .burst = burst});
}

void limit_over(struct build *b, uint32_t rate, uint32_t burst)
{
	add(b, (struct statement){
		       .kind = STATEMENT_LIMIT, .rate = rate, .burst = burst, .over = true});
}

void count_over(struct build *b, enum field f, const char *set, uint32_t connections)
{
	add(b, (struct statement){
		       .kind = STATEMENT_SESSIONS, .field = f, .name = set, .value = connections});
}

void rate_over(struct build *b, enum field f, const char *set, uint32_t rate, uint32_t burst)
{
	add(b, (struct statement){.kind = STATEMENT_RATE,
		       .field = f,
		       .name = set,
		       .rate = rate,
		       .burst = burst,
		       .over = true});
}

void dispatch(struct build *b, enum field f, const char *map)
{
	add(b, (struct statement){.kind = STATEMENT_VMAP, .field = f, .name = map});
}

void stamp(struct build *b)
{
	add(b, (struct statement){.kind = STATEMENT_MARK, .mask = ~b->mark_mask, .value = b->mark});
}

void count(struct build *b, const char *name)
{
	add(b, (struct statement){.kind = STATEMENT_COUNTER, .name = name});
}

void set_timeouts(struct build *b, const char *name)
{
	add(b, (struct statement){.kind = STATEMENT_TIMEOUTS, .name = name});
}

void log_packet(struct build *b, const char *prefix)
{
	add(b, (struct statement){.kind = STATEMENT_LOG, .name = prefix});
}

void copy_packet(struct build *b, uint16_t group, uint32_t length)
{
	add(b, (struct statement){.kind = STATEMENT_COPY, .value = group, .length = length});
}

static void end(struct build *b, enum verdict v, const char *to)
{
	add(b, (struct statement){.kind = STATEMENT_VERDICT, .verdict = v, .name = to});
}

void accept_packet(struct build *b)
{
	end(b, VERDICT_ACCEPT, NULL);
}

void drop_packet(struct build *b)
{
	end(b, VERDICT_DROP, NULL);
}

void reject_tcp(struct build *b)
{
	add(b, (struct statement){.kind = STATEMENT_REJECT_TCP});
}

void reject_any(struct build *b)
{
	add(b, (struct statement){.kind = STATEMENT_REJECT});
}

void queue_packet(struct build *b, uint16_t queue)
{
	add(b, (struct statement){.kind = STATEMENT_QUEUE, .value = queue});
}

void jump_to(struct build *b, const char *to)
{
	end(b, VERDICT_JUMP, to);
}

void goto_chain(struct build *b, const char *to)
{
	end(b, VERDICT_GOTO, to);
}
