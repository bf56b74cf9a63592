/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whence this host has its packages, by the files of apt. */
#pragma once

#include "host/sites.h"

struct package_sources {
	struct sites mirrors;
	/* Files on this host that name more mirrors (mirror+file:), as absolute paths. */
	char **lists;
	size_t n_lists, lists_room;
};

void package_sources_done(struct package_sources *p);

/* All return 0 or -ENOMEM. */
/* sources.list(5) in the form of one line each: "deb [arch=amd64] https://HOST/… SUITE …" */
int package_sources_read_lines(const char *text, struct package_sources *ret);
/* The form of *.sources: stanzas with "URIs: …" */
int package_sources_read_stanzas(const char *text, struct package_sources *ret);
/* apt-transport-mirror(1): "URI METADATA" */
int package_sources_read_mirrors(const char *text, struct package_sources *ret);
