/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A proxy records its sessions, and one whose disk is full takes no more of them, which looks as if
 * the firewall were shut.  The page's sizing table says what a day may need.
 *
 * The daemon does not look: the directory may be on a server that does not answer, and who asks for
 * it then waits for as long.  So rolewallctl does, in check and status.
 */
#include "ask/recordings.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "config/policy.h"

struct recordings recordings_of(const struct policy *p)
{
	return (struct recordings){
		.directory = p->host.recordings,
		.day = p->size ? p->size->disk : 0,
		.administrators = p->size ? p->size->administrators : 0,
	};
}

struct space recordings_look(const char *directory)
{
	struct statvfs v;
	if (statvfs(directory, &v) < 0)
		return (struct space){.error = -errno};
	return (struct space){
		.available = (uint64_t)v.f_bavail * v.f_frsize,
		.total = (uint64_t)v.f_blocks * v.f_frsize,
	};
}

static double gigabytes(uint64_t bytes)
{
	return (double)bytes / (1 << 30);
}

bool recordings_lack(const struct recordings *r, const struct space *s, struct text *to)
{
	if (!r->directory)
		return false;
	if (s->error) {
		text_printf(to,
			"cannot look at %s, where recordings go: %s; make the directory, mount "
			"what has it, or correct recordings =",
			r->directory, strerror(-s->error));
		return true;
	}
	if (s->available >= r->day)
		return false;
	text_printf(to,
		"%s, where recordings go, has %.1f GB left of %.1f GB, and a day of size %u may "
		"need %.0f GB; make room, or record elsewhere",
		r->directory, gigabytes(s->available), gigabytes(s->total), r->administrators,
		gigabytes(r->day));
	return true;
}
