/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines as the programs print them, and the question that is asked of each. */
#include "net/pasted.h"

#include <errno.h>
#include <string.h>

#include "testing.h"

static void expect_words(const char *line, const char *protocol, const char *source,
	const char *destination)
{
	struct pasted p;
	struct question q;
	struct question_word words[QUESTION_WORDS];
	char why[QUESTION_FAULT_SIZE];
	size_t word;
	assert_int_equal(pasted_read(line, &p), 0);
	assert_string_equal(p.words[QUESTION_PROTOCOL], protocol);
	assert_string_equal(p.words[QUESTION_SOURCE], source);
	assert_string_equal(p.words[QUESTION_DESTINATION], destination);
	for (size_t i = 0; i < QUESTION_WORDS; i++)
		words[i] = (struct question_word){p.words[i], strlen(p.words[i])};
	assert_int_equal(question_parse(words, &q, &word, why), 0);
}

TEST(a_line_of_conntrack_is_its_first_tuple)
{
	expect_words("tcp      6 431999 ESTABLISHED src=10.0.0.5 dst=10.20.0.1 sport=50112 "
		     "dport=4422 src=10.20.0.1 dst=10.0.0.5 sport=4422 dport=50112 [ASSURED] "
		     "mark=65536 use=1\n",
		"tcp", "10.0.0.5:50112", "10.20.0.1:4422");
	expect_words("ipv6     10 udp      17 29 src=2001:db8::5 dst=2001:db8::1 sport=5353 "
		     "dport=53 [UNREPLIED] src=2001:db8::1",
		"udp", "[2001:db8::5]:5353", "[2001:db8::1]:53");
}

TEST(a_line_of_the_kernels_log_is_understood)
{
	expect_words("Nov 24 kernel: rolewall refused: IN=eth0 OUT= MAC=aa SRC=10.0.3.9 "
		     "DST=10.20.0.1 LEN=60 TTL=64 PROTO=TCP SPT=40000 DPT=4422 WINDOW=1 SYN",
		"tcp", "10.0.3.9:40000", "10.20.0.1:4422");
	expect_words("IN=eth0 SRC=10.0.3.9 DST=10.20.0.1 PROTO=ICMP TYPE=8 CODE=0", "icmp",
		"10.0.3.9", "10.20.0.1");
}

TEST(a_refusal_in_the_journal_is_understood)
{
	expect_words("Nov 24 h rolewalld[7]: refused tcp 10.0.3.9 → this-host:4422 (in, eth0), 14 "
		     "times in 10 s: ssh-client is 10.0.0.0/23",
		"tcp", "10.0.3.9", "this-host:4422");
}

TEST(a_line_of_ss_was_dialled_from_the_higher_port)
{
	expect_words("ESTAB 0 0 10.20.0.1:22 10.0.9.5:40122", "tcp", "10.0.9.5:40122",
		"10.20.0.1:22");
	expect_words("udp   ESTAB 0 0 [2001:db8::1]:40122 [2001:db8::9]:53 users:((\"x\",pid=1))",
		"udp", "[2001:db8::1]:40122", "[2001:db8::9]:53");
}

TEST(a_line_without_a_connection_is_refused)
{
	struct pasted p;
	char longer[200] = "tcp src=";
	assert_int_equal(pasted_read("", &p), -EINVAL);
	assert_int_equal(pasted_read("hello world", &p), -EINVAL);
	assert_int_equal(pasted_read("tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*", &p), -EINVAL);
	assert_int_equal(pasted_read("tcp 10.0.0.1 →", &p), -EINVAL);
	assert_int_equal(pasted_read("tcp src= dst=10.0.0.1", &p), -EINVAL);
	memset(longer + 8, '1', 180);
	strcpy(longer + 188, " dst=1");
	assert_int_equal(pasted_read(longer, &p), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_conntrack_is_its_first_tuple),
		cmocka_unit_test(a_line_of_the_kernels_log_is_understood),
		cmocka_unit_test(a_refusal_in_the_journal_is_understood),
		cmocka_unit_test(a_line_of_ss_was_dialled_from_the_higher_port),
		cmocka_unit_test(a_line_without_a_connection_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
