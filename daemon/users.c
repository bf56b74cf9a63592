/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "users.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

bool users_find(const char *name, uid_t *ret)
{
	FILE *passwd = fopen("/etc/passwd", "re");
	const struct passwd *p;
	bool found = false;
	if (!passwd)
		return false;
	while (!found && (p = fgetpwent(passwd))) {
		found = strcmp(p->pw_name, name) == 0;
		if (found)
			*ret = p->pw_uid;
	}
	fclose(passwd);
	return found;
}
