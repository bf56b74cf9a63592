/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * differ_names DIR…: two parsers of DNS read the same bytes: ours, and the one of c-ares (1.28 and
 * later).  Each file, and many mutations of it, always the same ones.
 *
 * What both take says the same: the flags, the question, and each A, AAAA, CNAME and SRV of the
 * answer.  They may differ in what they take at all: c-ares reads inside of records that we pass
 * over, takes other opcodes and what follows the last record; we look at each name of a record
 * whose class is not ours.  The one thing that must not be is that we take an answer of nothing but
 * our four types that c-ares refuses.
 */
#include <ares.h>
#include <arpa/nameser.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names/message.h"

enum { MUTATIONS = 20000, BYTES_MOST = 8192 };

static struct {
	unsigned long read, both, ours, theirs, neither, records;
} counts;

static const uint8_t *now_bytes;
static size_t now_length;

static void require(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "not so: %s\n", what);
	for (size_t i = 0; i < now_length; i++)
		fprintf(stderr, "%02x%s", now_bytes[i], i % 32 == 31 ? "\n" : "");
	fprintf(stderr, "\n");
	abort();
}

/* c-ares writes the root as "", and a blank as itself where libresolv escapes it. */
static bool same_name(const char *ours, const char *theirs)
{
	const char *a = ours, *b = *theirs ? theirs : ".";
	while (*a && *b) {
		const bool is_blank = strncmp(a, "\\032", 4) == 0 && *b == ' ';
		if (!is_blank && strncasecmp(a, b, 1) != 0)
			break;
		a += is_blank ? 4 : 1;
		b++;
	}
	if (!*a && !*b)
		return true;
	fprintf(stderr, "ours:   %s\ntheirs: %s\n", ours, theirs);
	return false;
}

static void compare_record(const struct message_record *ours, const ares_dns_rr_t *theirs)
{
	const uint32_t ttl = ares_dns_rr_get_ttl(theirs);
	require(ours->ttl == (ttl > INT32_MAX ? 0 : ttl), "the TTL is the same");
	require(same_name(ours->owner, ares_dns_rr_get_name(theirs)), "the owner is the same");
	switch (ours->type) {
	case MESSAGE_A:
		require(memcmp(ours->address.bytes, ares_dns_rr_get_addr(theirs, ARES_RR_A_ADDR),
				4) == 0,
			"the address is the same");
		return;
	case MESSAGE_AAAA:
		require(memcmp(ours->address.bytes,
				ares_dns_rr_get_addr6(theirs, ARES_RR_AAAA_ADDR), 16) == 0,
			"the address is the same");
		return;
	case MESSAGE_CNAME:
		require(same_name(ours->target, ares_dns_rr_get_str(theirs, ARES_RR_CNAME_CNAME)),
			"the alias is the same");
		return;
	case MESSAGE_SRV:
		require(same_name(ours->target, ares_dns_rr_get_str(theirs, ARES_RR_SRV_TARGET)) &&
				ours->port == ares_dns_rr_get_u16(theirs, ARES_RR_SRV_PORT) &&
				ours->weight == ares_dns_rr_get_u16(theirs, ARES_RR_SRV_WEIGHT) &&
				ours->priority == ares_dns_rr_get_u16(theirs, ARES_RR_SRV_PRIORITY),
			"the service is the same");
		return;
	}
	abort();
}

static bool is_ours(const ares_dns_rr_t *rr)
{
	switch ((int)ares_dns_rr_get_type(rr)) {
	case ARES_REC_TYPE_A:
	case ARES_REC_TYPE_AAAA:
	case ARES_REC_TYPE_CNAME:
	case ARES_REC_TYPE_SRV:
		return ares_dns_rr_get_class(rr) == ARES_CLASS_IN;
	default:
		return false;
	}
}

static void compare(const struct message *m, const ares_dns_record_t *d)
{
	const unsigned short flags = ares_dns_record_get_flags(d);
	const char *name;
	ares_dns_rec_type_t type;
	ares_dns_class_t class;
	size_t n = 0;
	require(m->question.id == ares_dns_record_get_id(d), "the id is the same");
	require(m->is_reply == !!(flags & ARES_FLAG_QR) &&
			m->is_truncated == !!(flags & ARES_FLAG_TC),
		"the flags are the same");
	require(ares_dns_record_query_cnt(d) == 1 &&
			ares_dns_record_query_get(d, 0, &name, &type, &class) == ARES_SUCCESS,
		"there is one question");
	require(same_name(m->question.name, name) && m->question.type == (unsigned)type &&
			m->question.class == (unsigned)class,
		"the question is the same");
	for (size_t i = 0; i < ares_dns_record_rr_cnt(d, ARES_SECTION_ANSWER); i++) {
		const ares_dns_rr_t *rr = ares_dns_record_rr_get_const(d, ARES_SECTION_ANSWER, i);
		if (!is_ours(rr))
			continue;
		require(n < m->count, "no record is missing");
		compare_record(&m->records[n++], rr);
	}
	require(n == m->count, "no record is invented");
	counts.records += n;
}

/* A message that has nothing but records of ours in its answer, and no other section. */
static bool is_plain(const struct message *m, const uint8_t *bytes)
{
	return ns_get16(bytes + 6) == m->count && ns_get16(bytes + 8) == 0 &&
	       ns_get16(bytes + 10) == 0 && m->question.class == ns_c_in;
}

static void read_both(const uint8_t *bytes, size_t length)
{
	struct message m;
	ares_dns_record_t *d = NULL;
	now_bytes = bytes;
	now_length = length;
	const bool ours = message_read(bytes, length, &m) == 0;
	const bool theirs = length && ares_dns_parse(bytes, length, 0, &d) == ARES_SUCCESS;
	counts.read++;
	counts.both += ours && theirs;
	counts.ours += ours && !theirs;
	counts.theirs += theirs && !ours;
	counts.neither += !ours && !theirs;
	if (ours && theirs && !(m.is_truncated && m.count == 0))
		compare(&m, d);
	require(!ours || theirs || m.is_truncated || !is_plain(&m, bytes),
		"c-ares takes what we take");
	if (ours)
		message_done(&m);
	ares_dns_record_destroy(d);
}

static uint32_t next_number(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void mutate(const uint8_t *bytes, size_t length)
{
	uint8_t copy[BYTES_MOST];
	uint32_t seed = (uint32_t)length;
	for (int i = 0; i < MUTATIONS && length; i++) {
		size_t n = length;
		memcpy(copy, bytes, length);
		for (unsigned changes = next_number(&seed) % 4 + 1; changes > 0; changes--) {
			const size_t at = next_number(&seed) % n;
			if (next_number(&seed) % 2)
				copy[at] = (uint8_t)next_number(&seed);
			else
				copy[at] ^= (uint8_t)(1u << next_number(&seed) % 8);
		}
		if (next_number(&seed) % 16 == 0)
			n = next_number(&seed) % n + 1;
		read_both(copy, n);
	}
}

static void read_file(const char *path)
{
	uint8_t bytes[BYTES_MOST];
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		exit(1);
	}
	size_t length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	read_both(bytes, length);
	mutate(bytes, length);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct dirent **entries;
		int n = scandir(argv[i], &entries, NULL, alphasort);
		for (int j = 0; j < n; j++) {
			char path[4096];
			snprintf(path, sizeof(path), "%s/%s", argv[i], entries[j]->d_name);
			if (entries[j]->d_name[0] != '.')
				read_file(path);
			free(entries[j]);
		}
		if (n >= 0)
			free(entries);
	}
	printf("%lu messages: both take %lu, with %lu records, neither %lu, we alone %lu, c-ares "
	       "alone %lu\n",
		counts.read, counts.both, counts.records, counts.neither, counts.ours,
		counts.theirs);
	return counts.both && counts.records ? 0 : 1;
}
