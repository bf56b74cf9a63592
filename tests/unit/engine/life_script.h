/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transcript of a life: what happens, and each action that follows, with what comes of it. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "engine/life.h"
#include "testing.h"

enum { SECOND = 1000000 };

static const struct life_config A = {1, 1}, B = {2, 2}, NO_CONFIG = {LIFE_NONE, 0};

/* An action as it is expected, and what comes of it. */
struct line {
	enum life_action_kind kind;
	uint32_t files; /* LIFE_APPLY, LIFE_SAVE: of which configuration */
	int detail;     /* slot, reason or word */
	enum life_outcome outcome;
	struct life_config read;
};

#define READ(c) \
	{ \
		LIFE_READ, 0, 0, LIFE_OK, c \
	}
#define READ_BAD \
	{ \
		LIFE_READ, 0, 0, LIFE_BAD, \
		{ \
			0, 0 \
		} \
	}
#define APPLY(n, reason) \
	{ \
		LIFE_APPLY, n, reason, LIFE_OK, \
		{ \
			0, 0 \
		} \
	}
#define REFUSE(n, reason) \
	{ \
		LIFE_APPLY, n, reason, LIFE_BAD, \
		{ \
			0, 0 \
		} \
	}
#define SAVE(n, slot) \
	{ \
		LIFE_SAVE, n, slot, LIFE_OK, \
		{ \
			0, 0 \
		} \
	}
#define FULL(n, slot) \
	{ \
		LIFE_SAVE, n, slot, LIFE_FAILED, \
		{ \
			0, 0 \
		} \
	}
#define MOVE \
	{ \
		LIFE_MOVE_TRIAL, 0, 0, LIFE_OK, \
		{ \
			0, 0 \
		} \
	}
#define REMOVE(slot) \
	{ \
		LIFE_REMOVE, 0, slot, LIFE_OK, \
		{ \
			0, 0 \
		} \
	}
#define CLOSE(outcome) \
	{ \
		LIFE_CLOSE, 0, 0, outcome, \
		{ \
			0, 0 \
		} \
	}
#define OPEN \
	{ \
		LIFE_OPEN, 0, 0, LIFE_OK, \
		{ \
			0, 0 \
		} \
	}
#define SAY(word) \
	{ \
		LIFE_SAY, 0, word, LIFE_OK, \
		{ \
			0, 0 \
		} \
	}

static int detail_of(const struct life_action *a)
{
	switch (a->kind) {
	case LIFE_APPLY:
		return (int)a->reason;
	case LIFE_SAVE:
	case LIFE_REMOVE:
		return (int)a->slot;
	case LIFE_SAY:
		return (int)a->word;
	case LIFE_READ:
	case LIFE_CLOSE:
	case LIFE_OPEN:
	case LIFE_MOVE_TRIAL:
		return 0;
	}
	return -1;
}

/* The event, and exactly these actions. */
static void play(struct life *l, const struct life_event *e, uint64_t now,
	const struct line *script, size_t n)
{
	struct life_action a;
	life_hear(l, e, now);
	for (size_t i = 0; i < n; i++) {
		const struct line *x = &script[i];
		if (!life_next(l, &a) || a.kind != x->kind || detail_of(&a) != x->detail ||
			(x->files && a.config.files != x->files)) {
			print_error("line %zu: action %d of %u, detail %d\n", i, (int)a.kind,
				a.config.files, detail_of(&a));
			fail();
		}
		const struct life_result r = {x->outcome, x->read};
		if (a.kind != LIFE_SAY)
			life_done(l, &r, now);
	}
	assert_false(life_next(l, &a));
}

#define PLAY(l, now, event, ...) \
	do { \
		const struct line script_[] = {__VA_ARGS__}; \
		play(l, &(const struct life_event)event, now, script_, \
			sizeof(script_) / sizeof(script_[0])); \
	} while (0)

#define EVENT(...) \
	{ \
		__VA_ARGS__ \
	}

/* A daemon with A in force and saved. */
static inline struct life with_a(void)
{
	struct life l;
	life_init(&l);
	PLAY(&l, 0, EVENT(.kind = LIFE_STARTS, .slots = {.confirmed = A}),
		APPLY(1, LIFE_BECAUSE_LAST_GOOD), READ(A), APPLY(1, LIFE_BECAUSE_STARTED),
		SAY(LIFE_STARTED));
	return l;
}

/* … and B on trial until the sixtieth second. */
static inline struct life with_b_on_trial(void)
{
	struct life l = with_a();
	PLAY(&l, 0, EVENT(.kind = LIFE_RELOAD, .trial_length = 60 * SECOND), READ(B),
		SAVE(2, LIFE_TRIAL), APPLY(2, LIFE_BECAUSE_ASKED), SAY(LIFE_ON_TRIAL));
	assert_true(life_on_trial(&l));
	assert_int_equal(life_wake(&l), 60 * SECOND);
	return l;
}
