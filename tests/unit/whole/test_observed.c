/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with a peer by name, its resolver on a wire, and one on its loopback: what is copied of
 * their words and learned from that, whose look-ups get out, and what waits, with real packets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "compile/compile.h"
#include "compile/holding.h"
#include "config/policy.h"
#include "live/netns.h"
#include "netlink/packet_log.h"
#include "netlink/packet_queue.h"
#include "nftables/change/apply.h"
#include "nftables/change/queues.h"
#include "ruleset/memory_policy.h"

#define HERE       "10.0.0.1"
#define RESOLVER   "10.0.0.53"
#define STUB       "127.0.0.53"
#define CLOUD      "10.0.0.60" /* served by the resolver's host, too */
#define READER_UID 998

#define NAMED \
	"[peer cloud]\nname = login.example.com\nprivate = yes\n" \
	"[flow web]\nport = 443\nprotocol = tcp\nsource = this-host\ntarget = cloud\n"
#define DNS \
	"[peer ns]\naddress = " RESOLVER "\n" \
	"[flow dns]\nport = 53\nprotocol = tcp udp\nsource = this-host\ntarget = ns\n"

enum { GROUP = 7, QUEUE = 5 };

/* Hosts. */

static void run(const char *format, ...)
{
	char command[512];
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static struct sockaddr_in at(const char *address, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
	return a;
}

static int bound(int type, const char *address, uint16_t port)
{
	const struct sockaddr_in a = at(address, port);
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		_exit(2);
	return fd;
}

/* Sends back what comes, as an answer. */
static void answer(int fd)
{
	enum { REPLY = 0x80, FLAGS_AT = 2 };
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	uint8_t bytes[1024];
	ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);
	if (n <= FLAGS_AT)
		return;
	bytes[FLAGS_AT] |= REPLY;
	sendto(fd, bytes, (size_t)n, 0, (const struct sockaddr *)&from, length);
}

/* The other end of the wire: a resolver, and a server at CLOUD that only listens.  It says on the
 * pipe when it is there, and waits for the wire before that. */
static void be_the_others(int ready, int go)
{
	char byte;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET) < 0 || write(ready, "n", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(1);
	if (system("ip addr add " RESOLVER "/24 dev w1 && ip addr add 10.0.0.54/24 dev w1 && "
		   "ip addr add " CLOUD "/24 dev w1 && ip link set w1 up") != 0)
		_exit(1);
	struct pollfd fds[] = {
		{bound(SOCK_DGRAM, RESOLVER, 53), POLLIN, 0},
		{bound(SOCK_DGRAM, RESOLVER, 54), POLLIN, 0},
		{bound(SOCK_DGRAM, "10.0.0.54", 53), POLLIN, 0},
	};
	if (listen(bound(SOCK_STREAM, CLOUD, 443), 10) < 0 || write(ready, "r", 1) != 1)
		_exit(1);
	while (poll(fds, 3, -1) > 0)
		for (size_t i = 0; i < 3; i++)
			if (fds[i].revents)
				answer(fds[i].fd);
	_exit(0);
}

static pid_t others;

static int be_alone(void **state)
{
	int ready[2], go[2];
	char byte;
	(void)state;
	need_netns();
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		return -1;
	fflush(NULL);
	others = fork();
	if (others == 0)
		be_the_others(ready[1], go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	run("ip link set lo up && ip link add w0 type veth peer name w1 netns %d && "
	    "ip addr add " HERE "/24 dev w0 && ip link set w0 up",
		(int)others);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	kill(others, SIGKILL);
	waitpid(others, NULL, 0);
	return 0;
}

/* The firewall. */

struct firewall {
	struct nfsock socket;
	struct applied now;
	struct facts facts;
	struct policy *policy;
	int log;
	bool has_queue;
	struct packet_queue queue;
};

static struct firewall begin(const char *host)
{
	static const uint32_t users[] = {READER_UID};
	struct firewall f = {.socket = opened(), .now = {.ownership = OWNERSHIP_NONE}};
	struct form form = {
		.generation = 1, .look_up_users = users, .n_look_up_users = 1, .queue = QUEUE};
	struct addr resolver, stub;
	struct ruleset *next;
	struct diags diags = {0};
	enum apply_outcome outcome;
	bool lacks;
	assert_int_equal(addr_parse(RESOLVER, strlen(RESOLVER), &resolver), 0);
	assert_int_equal(addr_parse(STUB, strlen(STUB), &stub), 0);
	assert_int_equal(facts_add_resolver(&f.facts, &resolver), 0);
	assert_int_equal(facts_add_local_resolver(&f.facts, &stub), 0);
	assert_int_equal(packet_log_open(GROUP, GROUP, &f.log, &form.log_group), 0);
	assert_int_equal(queues_find(&f.socket, &lacks), 0);
	f.has_queue = !lacks;
	if (lacks)
		form.queue = 0;
	else
		assert_int_equal(packet_queue_open(&f.queue, QUEUE, QUEUE, 16), 0);
	f.policy = memory_policy_facts(host, &f.facts);
	assert_int_equal(apply_prepare(&f.socket, &f.now, false), 0);
	form.lacks_timeouts = f.now.lacks_timeouts;
	assert_int_equal(compile_form(f.policy, &form, &next), 0);
	assert_int_equal(apply(&f.socket, &f.now, next, &diags, &outcome), 0);
	diags_done(&diags);
	return f;
}

static void end(struct firewall *f)
{
	close(f->log);
	if (f->has_queue)
		packet_queue_close(&f->queue);
	applied_done(&f->now);
	nfsock_close(&f->socket);
	policy_free(f->policy);
	facts_done(&f->facts);
}

/* Copies. */

struct copies {
	unsigned leave, come;
};

static int note(void *context, const struct packet_copy *p)
{
	struct copies *c = context;
	++*(p->leaves ? &c->leave : &c->come);
	return 0;
}

static void assert_copies(const struct firewall *f, unsigned leave_, unsigned come)
{
	struct copies c = {0};
	assert_true(packet_log_read(f->log, 1000, note, &c) >= 0);
	assert_int_equal(c.leave, leave_);
	assert_int_equal(c.come, come);
}

/* Conversations. */

/* A socket of a user. */
static int of_user(uid_t user, int type)
{
	assert_int_equal(seteuid(user), 0);
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_int_equal(seteuid(0), 0);
	assert_true(fd >= 0);
	return fd;
}

/* True if it was let out, and the answer in. */
static bool asks_by(int fd, const char *server, uint16_t port)
{
	static const char question[] = "\0\7\1\0\0\1\0\0\0\0\0\0\5login\7example\3com\0\0\1\0\1";
	const struct sockaddr_in to = at(server, port);
	const struct timeval limit = {.tv_sec = 10};
	char bytes[1024];
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (sendto(fd, question, sizeof(question), 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return false;
	if (recv(fd, bytes, sizeof(bytes), 0) < 0)
		fail_msg("let out, and no answer: %s", strerror(errno));
	return true;
}

static bool asks(uid_t user, const char *server, uint16_t port)
{
	const int fd = of_user(user, SOCK_DGRAM);
	const bool answered = asks_by(fd, server, port);
	close(fd);
	return answered;
}

static void own_look_ups_get_out_and_no_others(void **state)
{
	struct firewall f = begin("[host]\n" NAMED);
	(void)state;
	assert_true(asks(READER_UID, RESOLVER, 53));
	assert_copies(&f, 1, 1);
	assert_false(asks(0, RESOLVER, 53));
	assert_false(asks(READER_UID + 1, RESOLVER, 53));
	assert_false(asks(READER_UID, RESOLVER, 54));
	assert_false(asks(READER_UID, "10.0.0.54", 53));
	assert_true(asks(READER_UID, RESOLVER, 53));
	end(&f);
}

/* On one socket, and so in one conversation: a stamp would show with the second question. */
static void each_question_and_answer_is_copied_whoever_allows_them(void **state)
{
	static const char *const hosts[] = {
		"[host]\n" NAMED DNS, "[host]\noutbound = allow\n" NAMED};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct firewall f = begin(hosts[i]);
		const int fd = of_user(0, SOCK_DGRAM);
		for (unsigned n = 0; n < 5; n++)
			assert_true(asks_by(fd, RESOLVER, 53));
		assert_copies(&f, 5, 5);
		close(fd);
		end(&f);
	}
}

static void other_conversations_are_not_copied(void **state)
{
	struct firewall f = begin("[host]\noutbound = allow\n" NAMED);
	(void)state;
	assert_true(asks(0, RESOLVER, 54));
	assert_true(asks(0, "10.0.0.54", 53));
	assert_copies(&f, 0, 0);
	end(&f);
}

/* By a process of ours that listens there. */
static void what_a_stub_is_asked_and_says_is_copied_once(void **state)
{
	(void)state;
	fflush(NULL);
	int ready[2];
	char byte;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	const pid_t stub = fork();
	if (stub == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		struct pollfd fds[] = {{bound(SOCK_DGRAM, STUB, 53), POLLIN, 0},
			{bound(SOCK_DGRAM, STUB, 54), POLLIN, 0}};
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		while (poll(fds, 2, -1) > 0)
			for (size_t i = 0; i < 2; i++)
				if (fds[i].revents)
					answer(fds[i].fd);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	struct firewall f = begin("[host]\n" NAMED);
	assert_true(asks(0, STUB, 53));
	assert_copies(&f, 1, 1);
	assert_true(asks(0, STUB, 54));
	assert_copies(&f, 0, 0);
	end(&f);
	kill(stub, SIGKILL);
	waitpid(stub, NULL, 0);
}

/* First packets. */

static int calls(const char *address, uint16_t port)
{
	const struct sockaddr_in to = at(address, port);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	connect(fd, (const struct sockaddr *)&to, sizeof(to));
	return fd;
}

/* What has become of it so far: 0, if it is on its way. */
static int error_of(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return error;
}

static bool is_connected(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	return poll(&p, 1, 10000) == 1 && error_of(fd) == 0;
}

/* The kernel's own reset may take a moment, too. */
static bool is_refused(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	return poll(&p, 1, 10000) == 1 && error_of(fd) == ECONNREFUSED;
}

static int take_id(void *context, const struct waiting_packet *p)
{
	*(uint32_t *)context = p->id;
	return 0;
}

static void need_queue(struct firewall *f)
{
	if (f->has_queue)
		return;
	end(f);
	print_message("SKIPPED: this kernel has no nft_queue\n");
	skip();
}

static void a_first_packet_waits_and_goes_on_when_its_address_is_known(void **state)
{
	struct firewall f = begin("[host]\n" NAMED);
	uint32_t id;
	(void)state;
	need_queue(&f);
	const int fd = calls(CLOUD, 443);
	assert_int_equal(packet_queue_read(&f.queue, 10, take_id, &id), 1);
	assert_int_equal(error_of(fd), 0);
	run("nft add element inet rolewall peer-cloud-named4 '{ " CLOUD " }'");
	assert_int_equal(packet_queue_judge(&f.queue, id, PACKET_AGAIN), 0);
	assert_true(is_connected(fd));
	/* the next one does not wait */
	const int next = calls(CLOUD, 443);
	assert_true(is_connected(next));
	assert_int_equal(packet_queue_read(&f.queue, 10, take_id, &id), 0);
	close(next);
	close(fd);
	end(&f);
}

static void one_whose_address_is_nobodys_is_refused_and_does_not_wait_again(void **state)
{
	struct firewall f = begin("[host]\n" NAMED);
	uint32_t id;
	(void)state;
	need_queue(&f);
	const int fd = calls(CLOUD, 443);
	assert_int_equal(packet_queue_read(&f.queue, 10, take_id, &id), 1);
	run("nft add element inet rolewall " NOT_OF_NAME_SET4 " '{ " CLOUD " }'");
	assert_int_equal(packet_queue_judge(&f.queue, id, PACKET_AGAIN), 0);
	assert_true(is_refused(fd));
	assert_int_equal(packet_queue_read(&f.queue, 10, take_id, &id), 0);
	const int next = calls(CLOUD, 443);
	assert_true(is_refused(next));
	close(next);
	close(fd);
	end(&f);
}

static void without_a_queue_a_first_packet_hears_nothing(void **state)
{
	struct firewall f = begin("[host]\n" NAMED);
	(void)state;
	if (!f.has_queue) {
		const int fd = calls(CLOUD, 443);
		assert_int_equal(error_of(fd), 0);
		char *counters = nft_output("list counter inet rolewall unknown-outbound");
		assert_non_null(strstr(counters, "packets 1 "));
		free(counters);
		/* and goes on when it comes again, if its address is known by then */
		run("nft add element inet rolewall peer-cloud-named4 '{ " CLOUD " }'");
		assert_true(is_connected(fd));
		close(fd);
	}
	/* at another port it is refused at once */
	const int fd = calls(CLOUD, 444);
	assert_true(is_refused(fd));
	close(fd);
	end(&f);
}

#define test(f) cmocka_unit_test_setup_teardown(f, be_alone, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(own_look_ups_get_out_and_no_others),
		test(each_question_and_answer_is_copied_whoever_allows_them),
		test(other_conversations_are_not_copied),
		test(what_a_stub_is_asked_and_says_is_copied_once),
		test(a_first_packet_waits_and_goes_on_when_its_address_is_known),
		test(one_whose_address_is_nobodys_is_refused_and_does_not_wait_again),
		test(without_a_queue_a_first_packet_hears_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
