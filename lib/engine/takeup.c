/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a turn goes.  First all lists that differ from what is in force and are written completely
 * are read and applied together.  If that is refused, be it by us or by the kernel, each is tried
 * by itself, so that a good one is not held up by a bad one.
 *
 * A list counts as taken before it is read.  What happens to it later is heard before the result is
 * used: who has begun to write since then has perhaps written half of what was read, so that it is
 * neither put in force nor called faulty, but left for another turn.
 *
 * What ran out (clock_tries_again) says nothing of a list: all are left as they were and tried
 * again.  Anything else is a fault of the list as long as its content stays.
 */
#include "engine/takeup.h"

#include <stdlib.h>

#include "engine/clock.h"

void takeup_add(struct takeup *t, struct takeup_file *f)
{
	f->next = t->files;
	t->files = f;
}

void takeup_forget(struct takeup *t, struct takeup_file *f)
{
	struct takeup_file **at = &t->files;
	while (*at && *at != f)
		at = &(*at)->next;
	if (*at)
		*at = f->next;
	if (t->checked == f)
		t->checked = NULL;
	t->is_news |= f->is_refused || f->is_left_open;
}

/* Files. */

static bool is_taken(const struct takeup_file *f)
{
	return f->writing->state == WRITING_IDLE;
}

static bool is_long_open(const struct takeup_file *f, uint64_t now)
{
	return writing_long_at(f->writing) <= now;
}

static void set_left_open(struct takeup *t, struct takeup_file *f, bool is_left_open)
{
	t->is_news |= f->is_left_open != is_left_open;
	f->is_left_open = is_left_open;
}

static size_t count_chosen(const struct takeup *t)
{
	size_t n = 0;
	for (const struct takeup_file *f = t->files; f; f = f->next)
		n += f->is_chosen;
	return n;
}

static struct takeup_file *first_read(const struct takeup *t)
{
	for (struct takeup_file *f = t->files; f; f = f->next)
		if (f->is_read)
			return f;
	return NULL;
}

/* They are to be taken as soon as nobody writes them. */
static void give_back(struct takeup *t, uint64_t now)
{
	for (struct takeup_file *f = t->files; f; f = f->next) {
		if (f->is_chosen)
			writing_hear(f->writing, WRITING_TOUCHED, now);
		f->is_chosen = f->is_read = false;
	}
}

/* The ones that are read next: all, or one of them. */
static bool pick(struct takeup *t)
{
	bool any = false;
	for (struct takeup_file *f = t->files; f; f = f->next) {
		f->is_read = f->is_chosen && !(any && t->is_apart);
		any |= f->is_read;
	}
	return any;
}

/* What was read is over. */
static void put_down(struct takeup *t)
{
	for (struct takeup_file *f = t->files; f; f = f->next) {
		f->is_chosen &= !f->is_read;
		f->is_read = false;
	}
}

/* True if nobody has touched what was read.  What somebody has is not taken in this turn. */
static bool drop_touched(struct takeup *t)
{
	bool are_same = true;
	for (struct takeup_file *f = t->files; f; f = f->next) {
		if (!f->is_chosen || is_taken(f))
			continue;
		are_same &= !f->is_read;
		f->is_chosen = f->is_read = false;
	}
	return are_same && first_read(t);
}

/* Events. */

static void hear_begin(struct takeup *t, bool follows)
{
	t->step = follows ? TAKEUP_LOOKS : TAKEUP_ENDS;
	t->is_apart = t->is_other = false;
	t->error = 0;
	for (struct takeup_file *f = t->files; f; f = f->next) {
		f->is_unchecked = f->is_list;
		f->is_chosen = f->is_read = false;
	}
}

/* Lists that were refused may be what is in force now. */
static void hear_followed(struct takeup *t, uint64_t now)
{
	for (struct takeup_file *f = t->files; f; f = f->next)
		if (f->is_refused && !f->is_read)
			writing_hear(f->writing, WRITING_TOUCHED, now);
}

static void touch_all(struct takeup *t, uint64_t now)
{
	for (struct takeup_file *f = t->files; f; f = f->next)
		if (f->is_list)
			writing_hear(f->writing, WRITING_TOUCHED, now);
	t->is_touched = false;
}

/* It is read after this, or need not be. */
static void take(struct takeup_file *f)
{
	f->writing->state = WRITING_IDLE;
}

static void hear_checked(struct takeup *t, enum takeup_content content, uint64_t now)
{
	struct takeup_file *f = t->checked;
	t->checked = NULL;
	if (!f)
		return;
	const bool is_busy = f->writing->state == WRITING_BUSY;
	const bool is_other = content == TAKEUP_OTHER || content == TAKEUP_CUT;
	set_left_open(t, f, is_busy && is_other);
	if (!is_other && (!is_busy || content == TAKEUP_UNUSED)) {
		take(f);
		f->is_read = f->is_refused; /* so that this is told to be over */
	}
	if (is_busy || !is_other)
		return;
	if (!writing_is_over(f->writing, now))
		return;
	if (content == TAKEUP_CUT && f->writing->state == WRITING_DOUBT) {
		/* its end will be heard of */
		writing_hear(f->writing, WRITING_BEGUN, now);
		return;
	}
	take(f);
	f->is_chosen = true;
}

static void fail(struct takeup *t, int error, uint64_t now)
{
	if (clock_tries_again(error)) {
		give_back(t, now);
		t->error = error;
		t->step = TAKEUP_TELLS;
	} else if (!t->is_apart && count_chosen(t) > 1) {
		t->is_apart = true;
		t->step = TAKEUP_READS;
	} else {
		t->tried = error;
		t->step = TAKEUP_REFUSES;
	}
}

static void hear_drained_again(struct takeup *t, uint64_t now)
{
	if (!drop_touched(t))
		t->step = TAKEUP_READS;
	else if (t->tried < 0)
		fail(t, t->tried, now);
	else
		t->step = TAKEUP_APPLIES;
}

static void hear_applied(struct takeup *t, int error, uint64_t now)
{
	if (error < 0) {
		fail(t, error, now);
		return;
	}
	t->is_other = false; /* it was made for the host as it is now */
	t->step = TAKEUP_CLEARS;
}

static void hear_loaded(struct takeup *t, int error)
{
	t->error = error;
	t->step = TAKEUP_TELLS;
}

void takeup_hear(struct takeup *t, const struct takeup_event *e, uint64_t now)
{
	switch (e->kind) {
	case TAKEUP_BEGIN:
		hear_begin(t, e->follows);
		return;
	case TAKEUP_FOLLOWED:
		hear_followed(t, now);
		return;
	case TAKEUP_UNDONE:
		t->is_touched = true;
		return;
	case TAKEUP_DRAINED:
		if (t->step == TAKEUP_DRAINS_AGAIN) {
			hear_drained_again(t, now);
			return;
		}
		if (t->is_touched)
			touch_all(t, now);
		t->step = TAKEUP_CHECKS;
		return;
	case TAKEUP_CHECKED:
		hear_checked(t, e->content, now);
		return;
	case TAKEUP_WAS_READ:
		t->tried = e->error;
		t->step = TAKEUP_DRAINS_AGAIN;
		return;
	case TAKEUP_APPLIED:
		hear_applied(t, e->error, now);
		return;
	case TAKEUP_LOOKED:
		t->is_other = e->is_other;
		t->step = TAKEUP_DRAINS;
		return;
	case TAKEUP_LOADED:
		hear_loaded(t, e->error);
		return;
	}
	abort();
}

/* Actions. */

static bool give(struct takeup_action *ret, enum takeup_action_kind kind)
{
	ret->kind = kind;
	return true;
}

static bool give_file(struct takeup_action *ret, enum takeup_action_kind kind,
	struct takeup_file *f)
{
	ret->file = f;
	return give(ret, kind);
}

static bool next_check(struct takeup *t, uint64_t now, struct takeup_action *ret)
{
	for (struct takeup_file *f = t->files; f; f = f->next) {
		if (!f->is_unchecked)
			continue;
		f->is_unchecked = false;
		const bool is_busy = f->writing->state == WRITING_BUSY;
		if (is_taken(f) || (is_busy && !is_long_open(f, now))) {
			set_left_open(t, f, false);
			continue;
		}
		t->checked = f;
		return give_file(ret, TAKEUP_CHECK, f);
	}
	t->step = TAKEUP_CLEARS; /* what is as it was again */
	return false;
}

static bool next_read(struct takeup *t, struct takeup_action *ret)
{
	if (pick(t))
		return give(ret, TAKEUP_READ);
	t->step = t->is_other ? TAKEUP_LOADS : TAKEUP_TELLS;
	return false;
}

static bool next_refusal(struct takeup *t, struct takeup_action *ret)
{
	struct takeup_file *f = first_read(t);
	t->step = TAKEUP_READS;
	if (!f)
		return false;
	put_down(t);
	f->is_refused = t->is_news = true;
	ret->error = t->tried;
	return give_file(ret, TAKEUP_REFUSE, f);
}

/* What is in force as it stands is refused no longer. */
static bool next_clear(struct takeup *t, struct takeup_action *ret)
{
	for (struct takeup_file *f = t->files; f; f = f->next) {
		if (!f->is_read)
			continue;
		f->is_chosen = f->is_read = false;
		if (!f->is_refused)
			continue;
		f->is_refused = false;
		t->is_news = true;
		return give_file(ret, TAKEUP_CLEAR, f);
	}
	t->step = TAKEUP_READS;
	return false;
}

static bool next_tell(struct takeup *t, struct takeup_action *ret)
{
	t->step = TAKEUP_ENDS;
	if (!t->is_news)
		return false;
	t->is_news = false;
	return give(ret, TAKEUP_TELL);
}

static bool is_any_ready(const struct takeup *t)
{
	for (const struct takeup_file *f = t->files; f; f = f->next)
		if (f->writing->state == WRITING_READY)
			return true;
	return false;
}

static bool next_end(struct takeup *t, struct takeup_action *ret)
{
	t->step = TAKEUP_IS_IDLE;
	ret->error = t->error;
	ret->is_again = t->error == 0 && is_any_ready(t);
	return give(ret, TAKEUP_END);
}

/* True with an action; false if another step is to be asked. */
static bool next_of_step(struct takeup *t, uint64_t now, struct takeup_action *ret)
{
	switch (t->step) {
	case TAKEUP_IS_IDLE:
		return false;
	case TAKEUP_DRAINS:
	case TAKEUP_DRAINS_AGAIN:
		return give(ret, TAKEUP_DRAIN);
	case TAKEUP_CHECKS:
		return next_check(t, now, ret);
	case TAKEUP_READS:
		return next_read(t, ret);
	case TAKEUP_APPLIES:
		ret->is_first_try = !t->is_apart && count_chosen(t) > 1;
		return give(ret, TAKEUP_APPLY);
	case TAKEUP_REFUSES:
		return next_refusal(t, ret);
	case TAKEUP_CLEARS:
		return next_clear(t, ret);
	case TAKEUP_LOOKS:
		return give(ret, TAKEUP_LOOK);
	case TAKEUP_LOADS:
		return give(ret, TAKEUP_LOAD);
	case TAKEUP_TELLS:
		return next_tell(t, ret);
	case TAKEUP_ENDS:
		return next_end(t, ret);
	}
	abort();
}

bool takeup_next(struct takeup *t, uint64_t now, struct takeup_action *ret)
{
	*ret = (struct takeup_action){0};
	while (t->step != TAKEUP_IS_IDLE)
		if (next_of_step(t, now, ret))
			return true;
	return false;
}

bool takeup_may_read(const struct takeup_file *f, uint64_t now)
{
	if (!f)
		return true;
	switch (f->writing->state) {
	case WRITING_IDLE:
	case WRITING_READY:
		return true;
	case WRITING_BUSY:
		return false;
	case WRITING_DOUBT:
		return writing_is_over(f->writing, now);
	}
	abort();
}

bool takeup_is_due(const struct takeup *t, uint64_t now)
{
	for (const struct takeup_file *f = t->files; f; f = f->next)
		if (f->is_refused || (f->is_list && is_long_open(f, now)))
			return true;
	return t->is_news && t->step == TAKEUP_IS_IDLE;
}
