/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of packets of anybody's making, one behind the other: a byte that says whether it leaves
 * (bit 0) and how many seconds later (the others), its length in two bytes, and the packet.
 * Nothing is heard unless a question has left, and what is heard is of the names that are followed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "names/observe.h"

#define HOST_NAME    "login.example.com"
#define SERVICE_NAME "_ldap._tcp.example.com"

static void heard(void *userdata, const struct reply *r)
{
	const struct observer *const *o = userdata;
	const char *name = r->kind == NAME_OF_SERVICE ? SERVICE_NAME : HOST_NAME;
	require(observer_counts(*o).questions > 0 && observer_counts(*o).answers > 0,
		"nothing is heard that was not asked for");
	require(strcmp(r->name, name) == 0 && r->count > 0 && r->error == ANSWERS_FINE &&
			r->source == ANSWERS_FROM_OBSERVING,
		"what is heard is of a followed name");
	for (size_t i = 0; i < r->count; i++) {
		const struct answers_item *item = &r->items[i];
		if (r->kind == NAME_OF_SERVICE)
			require(name_is_canonical(item->target) && item->port,
				"a target is a name and has a port");
		else
			require(item->address.family ==
					(r->question == ANSWERS_A ? AF_INET : AF_INET6),
				"an address is of the family that was asked for");
		require(item->ttl <= INT32_MAX, "a life has 31 bits");
	}
}

static void missed(void *userdata, const char *name, enum name_kind kind,
	enum answers_question question)
{
	const struct observer *const *o = userdata;
	require(observer_counts(*o).questions > 0, "nothing is missed that was not asked for");
	require(strcmp(name, kind == NAME_OF_SERVICE ? SERVICE_NAME : HOST_NAME) == 0,
		"what is missed is of a followed name");
	require((question == ANSWERS_SRV) == (kind == NAME_OF_SERVICE),
		"a service is asked for SRV, and nobody else");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { HEAD = 3 };
	static const struct observer_events events = {heard, missed};
	struct observer *o = NULL;
	uint64_t now = 1000000;
	o = observer_new(&events, &o);
	require(o && observer_follow(o, HOST_NAME, NAME_OF_HOST) == 0 &&
			observer_follow(o, SERVICE_NAME, NAME_OF_SERVICE) == 0,
		"memory suffices");
	while (size > HEAD) {
		const bool leaves = data[0] & 1;
		size_t length = (size_t)data[1] << 8 | data[2];
		now += (uint64_t)(data[0] >> 1) * 1000000;
		data += HEAD;
		size -= HEAD;
		if (length > size)
			length = size;
		uint8_t *copy = malloc(length ? length : 1);
		require(copy, "memory suffices");
		memcpy(copy, data, length);
		require(observer_packet(o, copy, length, leaves, now) == 0, "memory suffices");
		free(copy);
		data += length;
		size -= length;
	}
	observer_free(o);
	return 0;
}
