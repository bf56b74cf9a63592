/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host file read with what the host is known to have. */
#pragma once

#include "fixture.h"
#include "memory_files.h"

#include "config/host.h"

static const struct memory_file no_files[] = {{NULL}};

static inline struct addr four(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct addr){.family = AF_INET, .bytes = {a, b, c, d}};
}

static inline struct link_address on(const char *link, struct addr a, struct addr first,
	struct addr last)
{
	struct link_address l = {.address = a, .network = {first, last}};
	snprintf(l.link, sizeof(l.link), "%s", link);
	return l;
}

/* To be ended with host_done(). */
static inline struct host read_with_facts(struct fixture *f, const char *text,
	const struct facts *facts)
{
	const struct file_access access = memory_access(no_files);
	struct host h;
	document_init(&f->document, f->arena);
	add_text(f, "rolewall.conf", text);
	assert_int_equal(host_read(&f->document, "rolewall.conf", "/c", &access, facts, f->arena,
				 &f->diags, &h),
		0);
	return h;
}
