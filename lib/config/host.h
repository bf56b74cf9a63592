/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host file: what this host is, who may administer it, and where its peers are. */
#pragma once

#include "config/document.h"
#include "config/files.h"
#include "config/peer.h"
#include "config/typed.h"
#include "names/answers.h"

/* The upper half: what others mark connections with is mostly small. */
#define HOST_MARK_MASK 0xffff0000u

struct host {
	struct place at; /* of [host] */
	struct names roles;
	struct name size;      /* text NULL: not said */
	bool outbound_allowed; /* outbound = allow */
	bool keeps_sessions; /* revoke = keep: what lives may go on when it is no longer allowed */
	uint32_t mark_mask;  /* the bits of the connection mark that are ours */
	uint32_t
		sessions_per_client; /* sessions that one address may have at once; 0: any number */
	struct place sessions_per_client_at;
	const char *recordings; /* the directory that sessions are recorded in; NULL: not said */
	struct place recordings_at;
	struct names enabled;
	struct names disabled;

	struct answers_rules name_rules; /* for what is learned of names */
	bool holds;                      /* hold = auto: first packets to what may be learned yet */

	/* from which programs of this host call: of the kernel, not of the file */
	struct port_range local_ports;
	struct addrset
		own; /* this host's addresses, but for the link-local ones; none: not known */
	/* Name servers that this host asks, those on itself too; empty unless a peer has names. */
	struct addrset resolvers;
	/* Behind these interfaces there are only containers and guests of this host; and the
	 * networks there. */
	struct names containers;
	struct addrset container_networks;
	struct names interfaces; /* inbound flows come in by these; none: by any */

	struct peer management; /* its name is "management" */
	bool has_management;
	const struct port_range *management_ports; /* default: 22 */
	size_t n_management_ports;

	struct peer *peers;
	size_t n_peers;
	struct index peers_by_name;
	struct index enabled_by_name, disabled_by_name;

	unsigned follows;   /* of enum host_follow: what the peers depend on, besides their lists */
	const char **lists; /* paths of the list files */
	size_t n_lists, lists_room;
};

/* Reads a document's [host], [management] and [peer] sections, and through access the list
 * files that peers name, relative to directory.  Peers that are told by interface, gateway or
 * resolver are looked up in facts (NULL: nothing is known).  host_file is where a missing [host] is
 * missed.  0 or -ENOMEM; faults go to diags.  Address sets are on the heap:
 * host_done(), also after a failure. */
int host_read(const struct document *d, const char *host_file, const char *directory,
	const struct file_access *access, const struct facts *facts, struct arena *arena,
	struct diags *diags, struct host *ret);
void host_done(struct host *h);

/* Follows what default peers depend on, and warns of what is not there, once it is known which are
 * used. */
void host_take_defaults(struct host *h, const struct facts *facts, struct diags *diags);

/* Who is asked for the names of peers, once it is known which are used: nobody if none has a name,
 * or facts is NULL.  0 or -ENOMEM. */
int host_find_resolvers(struct host *h, const struct facts *facts);

/* The peer with this name, or NULL. */
struct peer *host_peer(const struct host *h, const char *name);
