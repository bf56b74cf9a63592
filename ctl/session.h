/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which SSH session somebody sits in who runs us. */
#pragma once

/* SSH_CONNECTION of ours or of the nearest of our ancestors that has one.  To be freed; NULL if
 * there is none. */
char *session_find(void);
