/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a socket besides is in its name, since the service manager hands over nothing
 * else: "packet-log-21750" is the log of group 21750.
 *
 * The service manager must not look at the sockets itself (FDPOLL=0): an overrun is an error to
 * poll(2), and would be a reason to close them.
 */
#include "kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static void put_name(char *to, const char *name, uint16_t number)
{
	if (number)
		snprintf(to, KEPT_NAME_SIZE, "%s-%u", name, number);
	else
		snprintf(to, KEPT_NAME_SIZE, "%s", name);
}

static void add_left(struct kept *k, const char *name, int fd)
{
	if (k->n_left == KEPT_MOST || strlen(name) >= KEPT_NAME_SIZE) {
		close(fd); /* none of ours */
		return;
	}
	struct kept_socket *s = &k->left[k->n_left++];
	put_name(s->name, name, 0);
	s->fd = fd;
}

int kept_find(struct kept *k)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(true, &names);
	*k = (struct kept){0};
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		add_left(k, names[i], SD_LISTEN_FDS_START + i);
		free(names[i]);
	}
	free(names);
	return 0;
}

/* The number behind "NAME-"; 0: it is another name. */
static uint16_t number_of(const char *whole, const char *name)
{
	const size_t length = strlen(name);
	char *end;
	if (strncmp(whole, name, length) != 0 || whole[length] != '-')
		return 0;
	const unsigned long n = strtoul(whole + length + 1, &end, 10);
	return *end || n > UINT16_MAX ? 0 : (uint16_t)n;
}

int kept_take(struct kept *k, const char *name, uint16_t *ret_number)
{
	for (size_t i = 0; i < k->n_left; i++) {
		const struct kept_socket s = k->left[i];
		const uint16_t number = ret_number ? number_of(s.name, name) : 0;
		if (number == 0 && (ret_number || strcmp(s.name, name) != 0))
			continue;
		k->left[i] = k->left[--k->n_left];
		if (ret_number)
			*ret_number = number;
		return s.fd;
	}
	return -ENOENT;
}

void kept_drop_left(struct kept *k)
{
	for (size_t i = 0; i < k->n_left; i++) {
		kept_remove(k->left[i].name, 0);
		close(k->left[i].fd);
	}
	k->n_left = 0;
}

bool kept_put(const char *name, uint16_t number, int fd)
{
	char whole[KEPT_NAME_SIZE], state[KEPT_NAME_SIZE + 32];
	put_name(whole, name, number);
	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", whole);
	return sd_pid_notify_with_fds(0, false, state, &fd, 1) > 0;
}

void kept_remove(const char *name, uint16_t number)
{
	char whole[KEPT_NAME_SIZE];
	put_name(whole, name, number);
	sd_notifyf(false, "FDSTOREREMOVE=1\nFDNAME=%s", whole);
}
