/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was saved of names, as somebody else may have written it.  A file with another checksum is
 * refused before its body is looked at, so the bytes are also taken for a body, and for what was
 * appended to another one, which get a checksum that is right.  What is accepted is saved and read
 * again, and then used.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/seal.h"
#include "fuzz.h"
#include "names/answers_parts.h"

enum { NOW = 1000 * 1000, MORE_MOST = 65536 };

static const char title[] = "rolewall names 1\n";

static const struct answers_follow follows[] = {
	{1, "login.example.com", NAME_OF_HOST, false},
	{2, "_ldap._tcp.corp.example", NAME_OF_SERVICE, true},
};

static void carry_out(struct answers *a)
{
	struct answers_action action;
	for (bool removes = false; answers_next(a, &action);) {
		require(action.kind != ANSWERS_ADD || !removes, "additions come first");
		removes |= action.kind == ANSWERS_REMOVE;
	}
}

/* How many elements all sets have; each is of a peer that follows something. */
static size_t count_members(const struct answers *a)
{
	struct answers_walk walk = {0};
	struct answers_member m;
	size_t count = 0;
	while (answers_member(a, &walk, &m)) {
		require(m.peer == 1 || m.peer == 2, "only peers that follow have members");
		require(m.shared > 0, "a member is held by somebody");
		count++;
	}
	return count;
}

static void use(struct answers *a)
{
	const struct answers_rules rules = answers_default_rules();
	require(answers_configure(a, follows, 2, &rules, (struct moment){NOW, 0}) == 0,
		"memory suffices");
	const size_t members = count_members(a);
	answers_time(a, (struct moment){NOW + 1, 7});
	carry_out(a);
	answers_failed(a, follows[0].name, ANSWERS_A, ANSWERS_TIMEOUT, ANSWERS_FROM_ASKING,
		(struct moment){NOW + 2, 7});
	carry_out(a);
	require(count_members(a) >= members, "a failure takes nothing away");
	answers_dumped(a, NULL, 0, NOW + 3, (struct moment){NOW + 3, 7});
	carry_out(a);
}

static void check_again(const struct answers *a)
{
	struct text saved = {0}, again = {0};
	struct answers *b = NULL;
	char why[ANSWERS_FAULT_SIZE];
	answers_encode(a, NOW, &saved);
	require(!saved.failed, "memory suffices");
	require(answers_decode(saved.data, saved.length, NOW, &b, why) == 0,
		"what is saved is read again");
	answers_encode(b, NOW, &again);
	require(saved.length == again.length && memcmp(saved.data, again.data, saved.length) == 0,
		"what is read is saved as it was");
	answers_free(b);
	text_done(&saved);
	text_done(&again);
}

static void read_one(const char *bytes, size_t length)
{
	struct answers *a = NULL;
	char why[ANSWERS_FAULT_SIZE] = "";
	int r = answers_decode_all(bytes, length, NOW, &a, why);
	require(r == 0 || r == 1 || r == -EBADMSG, "memory suffices");
	require(r == 0 || why[0], "a refusal says why");
	if (r < 0)
		return;
	check_again(a);
	use(a);
	answers_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text body = {0}, sealed = {0};
	read_one((const char *)data, size);
	text_bytes(&body, (const char *)data, size);
	if (!body.failed) {
		seal_put(&sealed, title, &body);
		text_bytes(&body, (const char *)data, size < MORE_MOST ? size : MORE_MOST);
		read_one(sealed.data, sealed.length);
		answers_seal_more(&sealed, NOW / 2, &body);
		require(!sealed.failed, "memory suffices");
		read_one(sealed.data, sealed.length);
	}
	text_done(&sealed);
	return 0;
}
