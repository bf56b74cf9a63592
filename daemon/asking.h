/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done when somebody asks over the control socket. */
#pragma once

#include "daemon.h"

/* Opens the socket.  A daemon that cannot says so and goes on. */
void asking_begin(struct service *s);
void asking_end(struct service *s);
