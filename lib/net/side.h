/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who opens a connection: somebody to this host, or this host to somebody. */
#pragma once

enum side { SIDE_IN, SIDE_OUT };
