/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Abstract names of local sockets: "\0rolewallctl/RANDOM/login/UID".  The random part is there
 * since two sockets cannot have one name; such a name is nowhere on the disk, and gone with its
 * socket.
 */
#include "bus/login.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"

enum { NO_LOGIN = -1 };

static bool parse_uid(const char *s, uint32_t *ret)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end || errno || n >= (uint32_t)NO_LOGIN)
		return false;
	*ret = (uint32_t)n;
	return true;
}

bool login_of_process(pid_t pid, uint32_t *ret)
{
	char path[64], text[16];
	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return parse_uid(text, ret);
}

int login_name(uint32_t login, struct sockaddr_un *ret)
{
	uint64_t number;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		return -errno;
	int n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
		"rolewallctl/%016" PRIx64 "/login/%" PRIu32, number, login);
	*ret = name;
	return (int)offsetof(struct sockaddr_un, sun_path) + 1 + n;
}

bool login_parse(const struct sockaddr_un *name, socklen_t length, uint32_t *ret)
{
	static const char before[] = "rolewallctl/", behind[] = "/login/";
	enum { RANDOM = 16 };
	char text[sizeof(name->sun_path)];
	const size_t head = offsetof(struct sockaddr_un, sun_path) + 1;
	if (length <= head || length > sizeof(*name) || name->sun_path[0] != '\0')
		return false;
	memcpy(text, name->sun_path + 1, length - head);
	text[length - head] = '\0';
	const char *at = text + strlen(before) + RANDOM;
	if (strlen(text) != length - head || strlen(text) < strlen(before) + RANDOM ||
		strncmp(text, before, strlen(before)) != 0 ||
		strncmp(at, behind, strlen(behind)) != 0)
		return false;
	return parse_uid(at + strlen(behind), ret);
}
