/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written is read again; whatever else there may be is refused. */
#include "state/encoding.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "saved.h"

static const struct trial some_trial = {123456789012, "0123456789abcdef0123456789abcdef"};

static struct text encoded(void)
{
	struct text t = {0};
	struct snapshot *s = some_snapshot("[host]\n");
	state_encode(s, &some_trial, &t);
	assert_false(t.failed);
	snapshot_free(s);
	return t;
}

static int decode(const char *bytes, size_t length, char why[STATE_FAULT_SIZE])
{
	struct snapshot *s = NULL;
	struct trial trial;
	/* so that a sanitizer sees what is read behind its end */
	char *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, length);
	int r = state_decode(copy, length, &s, &trial, why);
	assert_true((r == 0) == (s != NULL));
	snapshot_free(s);
	free(copy);
	return r;
}

TEST(what_is_written_is_read_again)
{
	struct text t = encoded();
	struct snapshot *s = some_snapshot("[host]\n"), *found = NULL;
	struct trial trial;
	char why[STATE_FAULT_SIZE];
	assert_int_equal(state_decode(t.data, t.length, &found, &trial, why), 0);
	assert_true(snapshot_equal(s, found, true));
	assert_int_equal(trial.until, some_trial.until);
	assert_string_equal(trial.boot, some_trial.boot);
	const struct snapshot_entry *e =
		snapshot_find(found, SNAPSHOT_FILE, "/etc/rolewall/rolewall.conf");
	assert_int_equal(e->content.device, 2049);
	assert_int_equal(e->content.inode, 1 << 20);
	snapshot_free(found);
	snapshot_free(s);
	text_done(&t);
}

TEST(a_path_may_be_whatever_the_file_system_allows)
{
	static const char *const paths[] = {"/c/d/10-a\nfile 0 0 0 /b.conf", "/c/d/\n.conf", "\n",
		"/c/d/end 0 0 0 .conf", "  /c/\t \r\x01 .conf", "/c/\xff\xfe.conf", "d/x.conf"};
	const struct config_dirs dirs = {"/c\n", "\n"};
	struct snapshot *s = snapshot_new(&dirs), *found = NULL;
	struct file_bytes content = {"[host]\n", 7, 1, 2};
	struct trial trial;
	struct text t = {0};
	char why[STATE_FAULT_SIZE];
	assert_non_null(s);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(snapshot_add(s, SNAPSHOT_FILE, paths[i], &content), 0);
	state_encode(s, NULL, &t);
	assert_int_equal(state_decode(t.data, t.length, &found, &trial, why), 0);
	assert_true(snapshot_equal(s, found, true));
	snapshot_free(found);
	snapshot_free(s);
	text_done(&t);
}

TEST(without_a_trial_there_is_none)
{
	struct text t = {0};
	struct snapshot *s = some_snapshot(""), *found = NULL;
	struct trial trial;
	char why[STATE_FAULT_SIZE];
	state_encode(s, NULL, &t);
	assert_int_equal(state_decode(t.data, t.length, &found, &trial, why), 0);
	assert_int_equal(trial.until, 0);
	snapshot_free(found);
	snapshot_free(s);
	text_done(&t);
}

TEST(a_file_cut_off_anywhere_is_refused)
{
	struct text t = encoded();
	char why[STATE_FAULT_SIZE];
	for (size_t n = 0; n < t.length; n++)
		assert_int_equal(decode(t.data, n, why), -EBADMSG);
	assert_int_equal(decode(t.data, t.length, why), 0);
	text_done(&t);
}

TEST(any_byte_that_is_another_is_noticed)
{
	struct text t = encoded();
	char why[STATE_FAULT_SIZE];
	for (size_t n = 0; n < t.length; n++) {
		t.data[n] ^= 1;
		assert_int_equal(decode(t.data, t.length, why), -EBADMSG);
		t.data[n] ^= 1;
	}
	text_done(&t);
}

/* With the right checksum above it. */
static void assert_body_refused(const char *body, size_t length, const char *wanted)
{
	struct text t = {0};
	char why[STATE_FAULT_SIZE];
	text_printf(&t, "rolewall state 1\nchecksum %016llx\n",
		(unsigned long long)hash_bytes(HASH_START, body, length));
	text_bytes(&t, body, length);
	assert_int_equal(decode(t.data, t.length, why), -EBADMSG);
	assert_string_equal(why, wanted);
	text_done(&t);
}

#define REFUSED(body, wanted) assert_body_refused(body, sizeof(body) - 1, wanted)

TEST(a_right_checksum_makes_no_wrong_file_right)
{
	REFUSED("", "it ends in the middle");
	REFUSED("nonsense\n", "it has a line that is no record");
	REFUSED("config 4 0 0 \n/etc", "it has a record of a wrong length");
	REFUSED("config 99999999999999999999 0 0 \n/etc\n", "it has a record of a wrong length");
	REFUSED("config -1 0 0 \n/etc\n", "it has a record of a wrong length");
	REFUSED("config 4 0 0 \n/etc\nend 0 0 0 \n\n",
		"it does not say where the configuration was");
	REFUSED("config 4 0 0 \n/\0tc\nend 0 0 0 \n\n", "it has a NUL byte in a name");
	REFUSED("config 4 0 0 \n/etc\nroles 1 0 0 \n/\nend 0 0 0 \n\nx",
		"something follows its end");
	REFUSED("chapter 0 0 0 \n\n", "it has a record of an unknown kind 'chapter'");
	REFUSED("file 0 0 0 a\0b\n\n", "it has a NUL byte in a path");
	REFUSED("path 1 0 0 \na\nfile 0 0 0 b\n\n", "it has two paths for one entry");
	REFUSED("path 1 0 0 \n\0\nfile 0 0 0 \n\n", "it has a NUL byte in a name");
	REFUSED("file 0 0 0 \n\n", "it has an entry without a path");
	REFUSED("directory 2 0 0 /x\nab\n", "it has a directory that is not readable");
	REFUSED("trial 3 0 0 \nyes\n", "its trial is not readable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_path_may_be_whatever_the_file_system_allows),
		cmocka_unit_test(without_a_trial_there_is_none),
		cmocka_unit_test(a_file_cut_off_anywhere_is_refused),
		cmocka_unit_test(any_byte_that_is_another_is_noticed),
		cmocka_unit_test(a_right_checksum_makes_no_wrong_file_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
