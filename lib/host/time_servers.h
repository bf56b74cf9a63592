/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom this host asks for the time, by the files of its time services. */
#pragma once

#include "host/sites.h"

/* chrony.conf(5) and its *.sources files, ntp.conf(5).  0 or -ENOMEM. */
int time_servers_read(const char *text, struct sites *ret);
/* timesyncd.conf(5).  0 or -ENOMEM. */
int time_servers_read_timesyncd(const char *text, struct sites *ret);
