/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files make up the configuration, and in which order they are laid over each other. */
#pragma once

#include "config/document.h"
#include "config/files.h"
#include "config/policy.h"

/* Reads all role and host files into d.  0; -EINVAL if the host file cannot be read, so that
 * there is nothing to judge; or -ENOMEM.  Faults go to diags.  *ret_host_file is
 * the host file's path, in the document's arena. */
int load_document(struct document *d, const struct config_dirs *dirs,
	const struct file_access *access, struct diags *diags, char **ret_host_file);
