/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing is kept for later: a segment that comes before the one in front of it is a gap, and the
 * stream is broken.  The reader asks for that name itself.  So a stream holds one message at most,
 * of at most 64 KB, and the segment that ends it.
 */
#include "names/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "names/message.h"

void stream_done(struct stream *s)
{
	free(s->bytes);
	*s = (struct stream){0};
}

static void break_off(struct stream *s)
{
	stream_done(s);
	s->is_begun = s->is_broken = true;
}

void stream_begin(struct stream *s, uint32_t sequence)
{
	stream_done(s);
	s->is_begun = true;
	s->next = sequence + 1;
}

int stream_add(struct stream *s, uint32_t sequence, const uint8_t *bytes, size_t length,
	bool is_cut)
{
	if (!s->is_begun || s->is_broken)
		return s->is_broken ? -EBADMSG : 0;
	if (length == 0 && !is_cut)
		return 0;
	/* sequence numbers come round: what is behind is less than half the circle away */
	const uint32_t behind = s->next - sequence;
	if (behind > INT32_MAX || is_cut) {
		break_off(s);
		return -EBADMSG;
	}
	if (behind >= length)
		return 0;
	const size_t fresh = length - behind;
	if (array_reserve(&s->bytes, &s->allocated, s->length + fresh) < 0) {
		break_off(s);
		return -ENOMEM;
	}
	memcpy(s->bytes + s->length, bytes + behind, fresh);
	s->length += fresh;
	s->next += (uint32_t)fresh;
	return 0;
}

int stream_message(struct stream *s, const uint8_t **ret)
{
	if (s->is_broken)
		return -EBADMSG;
	const int n = message_in_stream(s->bytes, s->length);
	if (n < 0)
		break_off(s);
	if (n > 0)
		*ret = s->bytes + MESSAGE_STREAM_PREFIX;
	return n;
}

void stream_take(struct stream *s, size_t length)
{
	const size_t taken = MESSAGE_STREAM_PREFIX + length;
	s->length -= taken;
	memmove(s->bytes, s->bytes + taken, s->length);
	if (s->length == 0) { /* most connections have one message */
		free(s->bytes);
		s->bytes = NULL;
		s->allocated = 0;
	}
}
