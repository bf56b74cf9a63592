/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only file that knows c-ares.
 *
 * c-ares carries a question to the resolvers and brings back the bytes of a reply: it knows
 * resolv.conf, tries again, goes from one server to the next, and to TCP when an answer is cut.
 * Our own parser reads the bytes (names/message), as it does those of observed replies.  A name is
 * asked for as it is: no search domain, no alias of a user.  Where c-ares has a cache it is off: a
 * question that is asked again is asked because the answer may be another one.
 *
 * Each question has an answer within ten seconds of being asked for, whatever c-ares still hopes
 * for.  So many are under way at once; the others wait in line, but for those that a packet waits
 * for.
 *
 * resolv.conf is followed, through its links.  When it changes there is a new c-ares channel, and
 * what was under way is asked again.
 */
#define CARES_NO_DEPRECATED /* what replaces them is not in the versions that we must do with */
#include "asking.h"

#include <ares.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#include "asked.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "host/resolvers.h"
#include "say.h"
#include "watch.h"

enum {
	SECOND = 1000000,
	PATIENCE = 10 * SECOND,
	TIMEOUT_MS = 2000, /* of the first try; the second one has twice as long */
	TRIES = 2,
	EDNS_SIZE = 1232, /* no fragments */
	UNDER_WAY_MOST = 100,
	WAITING_MOST = 100000,
	TIMER_ACCURACY = 1000, /* microseconds */
};

struct asking_socket {
	int fd;
	sd_event_source *source;
};

/* What happens to open questions when a channel ends. */
enum ending { ENDING_NOT, ENDING_ASK_AGAIN, ENDING_FORGET };

struct asking {
	sd_event *event;
	const struct asking_events *events;
	void *userdata;
	ares_channel channel;
	bool has_channel;
	enum ending ending;
	struct line waiting, under_way;
	struct asking_socket *sockets;
	size_t n_sockets, sockets_allocated;
	sd_event_source *timer;
	struct watch watch; /* of resolv.conf */
	bool is_watched;
	uint64_t count; /* questions, all in all */
};

static uint64_t now_usec(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec / 1000;
}

/* Answers. */

static void answer(struct asking *a, struct asked *q, const struct reply *r)
{
	q->is_answered = true;
	a->events->replied(a->userdata, r);
}

static void answer_error(struct asking *a, struct asked *q, enum answers_error error)
{
	struct reply r;
	asked_init_reply(q, error, &r);
	answer(a, q, &r);
}

static void answer_message(struct asking *a, struct asked *q, const uint8_t *bytes, size_t length)
{
	CLEANUP(reply_done) struct reply r;
	struct message m;
	asked_init_reply(q, ANSWERS_FINE, &r);
	int result = asked_read(q, bytes, length, &m, &r);
	if (result < 0) {
		answer_error(a, q, result == -EBADMSG ? ANSWERS_GARBLED : ANSWERS_SERVFAIL);
		return;
	}
	a->events->read(a->userdata, q->name, q->kind, &m);
	message_done(&m);
	answer(a, q, &r);
}

/* Without a message.  c-ares before 1.20 says ECONNREFUSED as well if the last server answered that
 * it fails. */
static enum answers_error error_of(int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		return ANSWERS_TIMEOUT;
	case ARES_ENOTFOUND:
		return ANSWERS_NXDOMAIN;
	case ARES_ENODATA:
		return ANSWERS_EMPTY;
	case ARES_EREFUSED:
		return ANSWERS_REFUSED;
	case ARES_EBADRESP:
	case ARES_EFORMERR:
		return ANSWERS_GARBLED;
	default: /* no enum of ours */
		return ANSWERS_SERVFAIL;
	}
}

/* From c-ares, also from within a call of ours to it: nothing is asked from here. */
static void on_reply(void *arg, int status, int timeouts, unsigned char *bytes, int length)
{
	struct asked *q = arg;
	struct asking *a = q->owner;
	(void)timeouts;
	line_take_out(&a->under_way, q);
	if (a->ending == ENDING_ASK_AGAIN && !q->is_answered) {
		line_put_first(&a->waiting, q);
		return;
	}
	if (a->ending == ENDING_NOT && !q->is_answered) {
		if (bytes && length > 0)
			answer_message(a, q, bytes, (size_t)length);
		else
			answer_error(a, q, error_of(status));
	}
	free(q);
}

/* Going on. */

static void start_some(struct asking *a)
{
	while (a->waiting.first && a->under_way.count < UNDER_WAY_MOST) {
		struct asked *q = a->waiting.first;
		line_take_out(&a->waiting, q);
		line_put_last(&a->under_way, q);
		ares_query(a->channel, q->name, /* IN */ 1, asked_type(q), on_reply, q);
	}
}

/* Those that have waited for too long are answered.  c-ares may still know of those under way. */
static void end_late(struct asking *a)
{
	const uint64_t now = now_usec();
	struct asked *next;
	for (struct asked *q = a->under_way.first; q; q = q->next)
		if (!q->is_answered && q->deadline <= now)
			answer_error(a, q, ANSWERS_TIMEOUT);
	for (struct asked *q = a->waiting.first; q; q = next) {
		next = q->next;
		if (q->deadline > now)
			continue;
		line_take_out(&a->waiting, q);
		answer_error(a, q, ANSWERS_TIMEOUT);
		free(q);
	}
}

static uint64_t wake_of(const struct asking *a)
{
	struct timeval t;
	uint64_t wake = line_deadline(&a->waiting, line_deadline(&a->under_way, UINT64_MAX));
	if (!ares_timeout(a->channel, NULL, &t))
		return wake;
	const uint64_t at = now_usec() + (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_usec;
	return at < wake ? at : wake;
}

/* After each call to c-ares. */
static void go_on(struct asking *a)
{
	start_some(a);
	const uint64_t wake = wake_of(a);
	if (wake != UINT64_MAX)
		sd_event_source_set_time(a->timer, wake);
	sd_event_source_set_enabled(a->timer, wake == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t time, void *userdata)
{
	struct asking *a = userdata;
	(void)source;
	(void)time;
	ares_process_fd(a->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	end_late(a);
	go_on(a);
	return 0;
}

/* Sockets of c-ares. */

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct asking *a = userdata;
	(void)source;
	ares_process_fd(a->channel, events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? fd : ARES_SOCKET_BAD,
		events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	go_on(a);
	return 0;
}

static struct asking_socket *find_socket(struct asking *a, int fd)
{
	for (size_t i = 0; i < a->n_sockets; i++)
		if (a->sockets[i].fd == fd)
			return &a->sockets[i];
	return NULL;
}

static int add_socket(struct asking *a, int fd, uint32_t events)
{
	struct asking_socket new = {.fd = fd};
	int r = array_reserve(&a->sockets, &a->sockets_allocated, a->n_sockets + 1);
	if (r < 0)
		return r;
	r = sd_event_add_io(a->event, &new.source, fd, events, on_socket, a);
	if (r < 0)
		return r;
	a->sockets[a->n_sockets++] = new;
	return 0;
}

/* One that cannot be listened to is as one whose server is silent. */
static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
	struct asking *a = data;
	struct asking_socket *s = find_socket(a, fd);
	const uint32_t events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
	if (events == 0) {
		if (!s)
			return;
		sd_event_source_disable_unref(s->source);
		*s = a->sockets[--a->n_sockets];
		return;
	}
	int r = s ? sd_event_source_set_io_events(s->source, events) : add_socket(a, fd, events);
	if (r < 0)
		say(LOG_WARNING, "cannot listen to a name server: %s", strerror(-r));
}

/* The channel. */

static int open_channel(struct asking *a, ares_channel *ret)
{
	struct ares_options o = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.ednspsz = EDNS_SIZE,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = a,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
		   ARES_OPT_SOCK_STATE_CB | ARES_OPT_DOMAINS;
#ifdef ARES_OPT_QUERY_CACHE
	mask |= ARES_OPT_QUERY_CACHE; /* of no second */
#endif
	switch (ares_init_options(ret, &o, mask)) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENOMEM:
		return -ENOMEM;
	case ARES_EFILE:
		return -EACCES;
	default: /* no enum of ours */
		return -EINVAL;
	}
}

static void end_channel(struct asking *a, enum ending ending)
{
	a->ending = ending;
	if (a->has_channel)
		ares_destroy(a->channel);
	a->has_channel = false;
	a->ending = ENDING_NOT;
	assert(a->under_way.count == 0 && a->n_sockets == 0);
}

/* If there cannot be a new channel, the questions go on in the old one. */
static int renew_channel(struct asking *a, enum ending ending)
{
	ares_channel new;
	int r = open_channel(a, &new);
	if (r < 0)
		return r;
	end_channel(a, ending);
	a->channel = new;
	a->has_channel = true;
	return 0;
}

static void on_resolvers_changed(void *userdata)
{
	struct asking *a = userdata;
	int r = renew_channel(a, ENDING_ASK_AGAIN);
	if (r < 0) {
		say(LOG_ERR, "cannot read " RESOLVERS_CONF ": %s; the name servers stay",
			strerror(-r));
		return;
	}
	a->events->moved(a->userdata);
	go_on(a);
}

/* Questions. */

int asking_ask(struct asking *a, const char *name, enum name_kind kind,
	enum answers_question question, uint32_t serial, bool is_urgent)
{
	struct asked *q = a->waiting.count < WAITING_MOST ? calloc(1, sizeof(*q)) : NULL;
	if (!q)
		return -ENOMEM;
	*q = (struct asked){.owner = a,
		.kind = kind,
		.question = question,
		.serial = serial,
		.deadline = now_usec() + PATIENCE};
	memcpy(q->name, name, strlen(name) + 1);
	a->count++;
	if (is_urgent) {
		line_put_last(&a->under_way, q);
		ares_query(a->channel, q->name, /* IN */ 1, asked_type(q), on_reply, q);
	} else {
		line_put_last(&a->waiting, q);
	}
	go_on(a);
	return 0;
}

static void forget_waiting(struct asking *a)
{
	while (a->waiting.first) {
		struct asked *q = a->waiting.first;
		line_take_out(&a->waiting, q);
		free(q);
	}
}

void asking_forget_all(struct asking *a)
{
	forget_waiting(a);
	a->ending = ENDING_FORGET;
	ares_cancel(a->channel);
	a->ending = ENDING_NOT;
	go_on(a);
}

static bool get_address(const struct ares_addr_port_node *n, struct addr *ret)
{
	if (n->family != AF_INET && n->family != AF_INET6)
		return false;
	*ret = (struct addr){.family = (sa_family_t)n->family};
	memcpy(ret->bytes, &n->addr, addr_length(ret));
	return true;
}

void asking_state(const struct asking *a, struct notice_state *ret)
{
	struct ares_addr_port_node *servers = NULL;
	ret->asked = a->count;
	ret->n_resolvers = 0;
	if (ares_get_servers_ports(a->channel, &servers) != ARES_SUCCESS)
		return;
	for (struct ares_addr_port_node *n = servers; n && ret->n_resolvers < NOTICE_RESOLVERS_MOST;
		n = n->next)
		if (get_address(n, &ret->resolvers[ret->n_resolvers]))
			ret->n_resolvers++;
	ares_free_data(servers);
}

/* Life. */

static int begin(struct asking *a)
{
	int r = sd_event_add_time(a->event, &a->timer, CLOCK_MONOTONIC, 0, TIMER_ACCURACY, on_time,
		a);
	if (r >= 0)
		r = sd_event_source_set_enabled(a->timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	/* listened to before it is read */
	r = watch_init(&a->watch, a->event, RESOLVERS_CONF, WATCH_WHEN_WRITTEN,
		on_resolvers_changed, a);
	a->is_watched = r == 0;
	if (r < 0)
		say(LOG_WARNING,
			"cannot follow " RESOLVERS_CONF
			": %s; other name servers are not seen until this program is restarted",
			strerror(-r));
	return renew_channel(a, ENDING_FORGET);
}

int asking_new(sd_event *event, const struct asking_events *events, void *userdata,
	struct asking **ret)
{
	struct asking *a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	*a = (struct asking){.event = sd_event_ref(event), .events = events, .userdata = userdata};
	int r = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS ? 0 : -ENOMEM;
	if (r == 0)
		r = begin(a);
	if (r < 0) {
		asking_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

void asking_free(struct asking *a)
{
	if (!a)
		return;
	forget_waiting(a);
	end_channel(a, ENDING_FORGET);
	if (a->is_watched)
		watch_done(&a->watch);
	sd_event_source_disable_unref(a->timer);
	free(a->sockets);
	sd_event_unref(a->event);
	free(a);
	ares_library_cleanup();
}
