/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments in and out of order. */
#include "names/stream.h"

#include "names/wire.h"

enum { MESSAGE = 40 };

/* Two messages, as they are in a stream. */
static void two_messages(struct wire *w)
{
	w->length = 0;
	for (unsigned i = 0; i < 2; i++) {
		put16(w, MESSAGE);
		for (unsigned j = 0; j < MESSAGE; j++)
			put8(w, 'a' + i);
	}
}

static void assert_next(struct stream *s, char letter)
{
	const uint8_t *bytes = NULL;
	assert_int_equal(stream_message(s, &bytes), MESSAGE);
	for (unsigned i = 0; i < MESSAGE; i++)
		assert_int_equal(bytes[i], letter);
	stream_take(s, MESSAGE);
}

static void assert_nothing(struct stream *s)
{
	const uint8_t *bytes;
	assert_int_equal(stream_message(s, &bytes), 0);
}

static void assert_broken(struct stream *s)
{
	const uint8_t *bytes;
	assert_int_equal(stream_message(s, &bytes), -EBADMSG);
	assert_int_equal(stream_add(s, s->next, (const uint8_t *)"x", 1, false), -EBADMSG);
	assert_null(s->bytes);
}

/* However the bytes are cut into segments, and wherever the numbers come round. */
TEST(segments_in_order_are_messages_whatever_their_size)
{
	static struct wire w;
	two_messages(&w);
	for (size_t size = 1; size <= w.length; size++) {
		const uint32_t first = (uint32_t)-30;
		struct stream s = {0};
		unsigned found = 0;
		stream_begin(&s, first - 1);
		for (size_t at = 0; at < w.length; at += size) {
			const uint8_t *bytes;
			size_t n = w.length - at < size ? w.length - at : size;
			assert_int_equal(stream_add(&s, first + (uint32_t)at, w.bytes + at, n,
						 false),
				0);
			while (stream_message(&s, &bytes) > 0)
				assert_next(&s, (char)('a' + found++));
		}
		assert_int_equal(found, 2);
		assert_null(s.bytes); /* nothing is kept of what was taken */
		stream_done(&s);
	}
}

TEST(what_comes_again_changes_nothing)
{
	static struct wire w, other;
	struct stream s = {0};
	two_messages(&w);
	two_messages(&other);
	memset(other.bytes, 'z', 30);
	stream_begin(&s, 99);
	assert_int_equal(stream_add(&s, 100, w.bytes, 20, false), 0);
	assert_int_equal(stream_add(&s, 100, other.bytes, 20, false), 0);
	assert_int_equal(stream_add(&s, 105, other.bytes + 5, 10, false), 0);
	assert_nothing(&s);
	/* half of it is new */
	assert_int_equal(stream_add(&s, 110, other.bytes + 10, MESSAGE + 2 - 10, false), 0);
	assert_int_equal(s.length, MESSAGE + 2);
	const uint8_t *bytes;
	assert_int_equal(stream_message(&s, &bytes), MESSAGE);
	assert_int_equal(bytes[17], 'a');
	assert_int_equal(bytes[18], 'z');
	stream_done(&s);
}

TEST(a_gap_breaks_it)
{
	static struct wire w;
	struct stream s = {0};
	two_messages(&w);
	stream_begin(&s, 99);
	assert_int_equal(stream_add(&s, 100, w.bytes, 20, false), 0);
	assert_int_equal(stream_add(&s, 121, w.bytes + 21, 20, false), -EBADMSG);
	assert_broken(&s);
	stream_done(&s);
}

TEST(a_segment_that_was_cut_breaks_it)
{
	static struct wire w;
	struct stream s = {0};
	two_messages(&w);
	stream_begin(&s, 99);
	assert_int_equal(stream_add(&s, 100, w.bytes, w.length, true), -EBADMSG);
	assert_broken(&s);
	stream_done(&s);
}

TEST(what_is_no_message_breaks_it)
{
	static const uint8_t nonsense[] = "\0\1GET / HTTP/1.1\r\n";
	const uint8_t *bytes;
	struct stream s = {0};
	stream_begin(&s, 99);
	assert_int_equal(stream_add(&s, 100, nonsense, sizeof(nonsense), false), 0);
	assert_int_equal(stream_message(&s, &bytes), -EBADMSG);
	assert_broken(&s);
	stream_done(&s);
}

TEST(before_its_beginning_nothing_is_read)
{
	static struct wire w;
	struct stream s = {0};
	two_messages(&w);
	assert_int_equal(stream_add(&s, 100, w.bytes, w.length, false), 0);
	assert_nothing(&s);
	stream_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_order_are_messages_whatever_their_size),
		cmocka_unit_test(what_comes_again_changes_nothing),
		cmocka_unit_test(a_gap_breaks_it),
		cmocka_unit_test(a_segment_that_was_cut_breaks_it),
		cmocka_unit_test(what_is_no_message_breaks_it),
		cmocka_unit_test(before_its_beginning_nothing_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
