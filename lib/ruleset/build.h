/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a ruleset, so that a rule reads like a sentence:
 *
 *	rule(b, at, "management");
 *	lookup(b, FIELD_TCP_DPORT, numbers(b, "management-ports"));
 *	accept_packet(b);
 *
 * The builder is sticky: after the first failure every verb does nothing, and build_finish()
 * reports it.  So a rule is never made without its match.
 */
#pragma once

#include "base/text.h"
#include "ruleset/ruleset.h"
#include "ruleset/statements.h"

struct build {
	struct ruleset *ruleset;
	struct chain *chain; /* rules go to the end of this one */
	struct rule *rule;   /* statements go to the end of this one */
	uint32_t mark;       /* the generation as it is stamped on connections */
	uint32_t mark_mask;
	const char *flow; /* written into the rules that follow; NULL: none */
	bool failed;
};

/* Lifetime.  build_finish(): 0 with the ruleset, or -ENOMEM with all of it freed. */
void build_start(struct build *b, uint16_t generation, uint32_t mark_mask);
int build_finish(struct build *b, struct ruleset **ret);

/* Objects.  Names made by build_name() live as long as the ruleset.  No name may be given
 * to two objects of a kind. */
const char *build_name(struct build *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same of any length; the text is ended. */
const char *build_text(struct build *b, struct text *text);
void counter(struct build *b, struct place at, const char *name);
void half_open_timeouts(struct build *b, struct place at, const char *name);
void address_set(struct build *b, struct place at, const char *name, const struct addrset *a,
	enum addrset_part part);
/* The set made last: as something comes into it, connections are judged again, as if something went
 * out of it. */
void judged_again_as_it_grows(struct build *b);
/* Single addresses, of part ADDRSET_HOSTS4 or ADDRSET_HOSTS6, that are learned while the ruleset is
 * in force. */
struct learned_addresses {
	const struct addrset *known; /* copied */
	enum addrset_part part;
	size_t room; /* for so many */
	bool is_unknown;
	const char *names; /* NULL, or one made by build_text() */
};
void learned_set(struct build *b, struct place at, const char *name,
	const struct learned_addresses *a);
/* A set or map of numbers; IPv4 addresses are numbers, too.  elements are copied.  A hash of what
 * it holds becomes the end of its name, which is returned: under one name there is never another
 * content (see stages.c). */
const char *number_set(struct build *b, struct place at, const char *name, enum data_type type,
	bool is_map, const struct element *elements, size_t n);
/* The same for a map that says for connections of one more kind what another map says already. */
const char *repeated_map(struct build *b, struct place at, const char *name, enum data_type type,
	const struct element *elements, size_t n);
/* The name of one that was made, from its beginning. */
const char *numbers(struct build *b, const char *name);
/* The one set of numbers that no rule looks up and that keeps its name: it tells the next start
 * which generation is in force. */
void generation_set(struct build *b);
/* A set that packets fill; elements go seconds after the last packet that asked for them (0:
 * never). */
void dynamic_set(struct build *b, struct place at, const char *name, enum data_type type,
	size_t room, uint32_t seconds);
void chain(struct build *b, struct place at, const char *name, enum hook hook);

/* Goes on with the rules of a chain made before. */
void chain_again(struct build *b, const char *name);

/* A rule without statements yet (ruleset/statements.h).  what is the comment of a built-in rule; a
 * place with a file becomes the comment "file:line" instead. */
void rule(struct build *b, struct place at, const char *what);
