/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known is written down; what only an admin knows is a commented blank with the words of
 * the vendor's page above it, so that the file names all that is asked for, and `check` refuses
 * it until that is there.  Nothing is guessed: a peer that is wrong in a firewall is worse than one
 * that is missing.
 *
 * Which peers are asked for: those at the other end of a row that is not optional, unless this
 * host plays them itself or a role file says who they are.
 */
#include "ask/draft.h"

#include <string.h>

#include "ask/show_flows.h"
#include "names/name.h"

/* What may leave this host until an admin has written flows for it. */
#define OUTBOUND "allow"

static const char this_host[] = "this-host";

enum { LINE_WIDTH = 90, SSH_PORT = 22 };

struct writing {
	const struct draft *draft;
	struct text *file;
	struct text *missing;
};

/* What a row is to this host, seen from one of its parties. */
struct role_of_party {
	bool is_there;
	bool calls_us;
	bool is_called;
};

static bool plays(const struct draft *d, const char *party)
{
	if (strcmp(party, this_host) == 0)
		return true;
	for (size_t i = 0; i < d->n_roles; i++)
		if (names_have(&d->roles[i]->plays, party))
			return true;
	return false;
}

static bool plays_one_of(const struct draft *d, const struct names *parties)
{
	for (size_t i = 0; i < parties->count; i++)
		if (plays(d, parties->items[i].text))
			return true;
	return false;
}

/* True if the party is at the other end of a row of which we are one; as policy.c has it. */
static bool is_opposite(const struct draft *d, const struct names *own, const struct names *others,
	const char *party)
{
	return strcmp(party, this_host) != 0 && plays_one_of(d, own) && names_have(others, party) &&
	       (names_have(own, party) || !plays(d, party));
}

static struct role_of_party find_role(const struct draft *d, const struct flow *f,
	const char *party)
{
	const bool at_target = is_opposite(d, &f->sources, &f->targets, party);
	const bool at_source = is_opposite(d, &f->targets, &f->sources, party);
	const bool source_opens = f->initiator != INITIATOR_TARGET;
	const bool target_opens = f->initiator != INITIATOR_SOURCE;
	return (struct role_of_party){
		.is_there = at_target || at_source,
		.calls_us = (at_source && source_opens) || (at_target && target_opens),
		.is_called = (at_target && source_opens) || (at_source && target_opens),
	};
}

/* True if a row that is always on needs the party. */
static bool is_required_by(const struct draft *d, const struct flow *f, const char *party)
{
	return !f->optional && find_role(d, f, party).is_there;
}

static bool was_required(const struct draft *d, size_t n_flows, const char *party)
{
	for (size_t i = 0; i < n_flows; i++)
		if (is_required_by(d, &d->matrix->flows[i], party))
			return true;
	return false;
}

static bool takes_part(const struct draft *d, const struct flow *f)
{
	return plays_one_of(d, &f->sources) || plays_one_of(d, &f->targets);
}

/* The next line of the file is where it is missing. */
static void miss(const struct writing *w, const char *section, const char *name, const char *what)
{
	size_t line = 1;
	for (size_t i = 0; i < w->file->length; i++)
		line += w->file->data[i] == '\n';
	text_printf(w->missing, "%s:%zu: [%s%s]: %s\n", w->draft->path, line, section, name, what);
}

/* Peers of the roles. */

static const char *way(const struct role_of_party *r)
{
	if (r->calls_us && r->is_called)
		return "calls this host, and is called";
	return r->calls_us ? "calls this host" : "is called";
}

static void put_row(const struct writing *w, const struct flow *f, const char *party)
{
	const struct role_of_party r = find_role(w->draft, f, party);
	if (!r.is_there)
		return;
	text_printf(w->file, ";   %s: %s, ", f->name, way(&r));
	put_protocols(f, w->file);
	if (f->n_ports > 0) {
		text_put(w->file, " ");
		put_ports(f, w->file);
	}
	text_printf(w->file, ": %s%s\n", f->purpose ? f->purpose : "",
		f->optional ? " (off until it is enabled)" : "");
}

static void put_default(const struct writing *w, const struct section *s)
{
	const char *file = s->at.file ? strrchr(s->at.file, '/') : NULL;
	text_printf(w->file,
		"; %s has a default for it; write keys of your own to take its place.\n",
		file ? file + 1 : "The role");
}

/* A blank for one that must be filled in, unless somebody has said already who it is. */
static void put_peer(const struct writing *w, const char *party)
{
	const struct draft *d = w->draft;
	const struct section *known = document_find(d->document, SECTION_PEER, party);
	if (known && known->file_kind == FILE_HOST)
		return;
	text_put(w->file, "\n");
	for (size_t i = 0; i < d->matrix->n_flows; i++)
		put_row(w, &d->matrix->flows[i], party);
	if (known)
		put_default(w, known);
	else
		miss(w, "peer ", party, "write where it is, and take the semicolons away");
	text_printf(w->file, ";[peer %s]\n;address =\n", party);
}

static void put_peers_of(const struct writing *w, size_t number, const struct names *parties)
{
	const struct draft *d = w->draft;
	for (size_t i = 0; i < parties->count; i++) {
		const char *party = parties->items[i].text;
		if (is_required_by(d, &d->matrix->flows[number], party) &&
			!was_required(d, number, party))
			put_peer(w, party);
	}
}

static void put_peers(const struct writing *w)
{
	const struct draft *d = w->draft;
	text_put(w->file, "\n; Where the peers are, with the rows of the vendor's page that they "
			  "have a part in.\n"
			  "; address = takes addresses, prefixes (10.0.0.0/8) and ranges "
			  "(10.0.0.5-10.0.0.9); name =\n"
			  "; names of hosts; address = none says that there is nobody.\n");
	for (size_t i = 0; i < d->matrix->n_flows; i++) {
		put_peers_of(w, i, &d->matrix->flows[i].sources);
		put_peers_of(w, i, &d->matrix->flows[i].targets);
	}
}

/* Rows of common.conf. */

static bool is_address(const char *s)
{
	struct addr a;
	return addr_parse(s, strlen(s), &a) == 0;
}

/* True if it can stand in a file: as an address, or as a name. */
static bool is_usable(const char *s, bool as_address)
{
	char name[NAME_SIZE], why[NAME_FAULT_SIZE];
	if (is_address(s))
		return as_address;
	return !as_address && name_parse(s, strlen(s), NAME_OF_HOST, name, why) == 0;
}

static bool has_usable(const struct sites *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (is_usable(s->items[i], true) || is_usable(s->items[i], false))
			return true;
	return false;
}

/* "name = a, b", over several lines if need be; nothing if there is none of that kind. */
static void put_sites(struct text *to, const char *key, const struct sites *s, bool as_address)
{
	size_t width = 0;
	for (size_t i = 0; i < s->count; i++) {
		if (!is_usable(s->items[i], as_address))
			continue;
		const size_t length = strlen(s->items[i]);
		if (width == 0)
			text_printf(to, "%s = ", key);
		else
			text_put(to, width + length > LINE_WIDTH ? ",\n\t" : ", ");
		width = (width > 0 && width + length <= LINE_WIDTH ? width : strlen(key)) + length +
			2;
		text_put(to, s->items[i]);
	}
	if (width > 0)
		text_put(to, "\n");
}

/* The rows that are switched on, and whom they call; a row that the role files lack is not. */
struct choice {
	bool names, time, packages;
};

static bool has_row(const struct draft *d, const char *row)
{
	return matrix_flow(d->matrix, row) != NULL;
}

static struct choice choose(const struct draft *d)
{
	const struct surroundings *a = d->around;
	return (struct choice){
		.names = has_row(d, "names") && d->facts->n_resolvers > 0,
		.time = has_row(d, "time") && (has_usable(&a->time) || a->has_timesyncd),
		.packages = has_row(d, "packages") && has_usable(&a->packages.mirrors),
	};
}

static bool is_chosen(const struct choice *c, const char *row)
{
	return (c->names && strcmp(row, "names") == 0) || (c->time && strcmp(row, "time") == 0) ||
	       (c->packages && strcmp(row, "packages") == 0);
}

static void put_found(struct text *to, const char *peer, const char *whence, const struct sites *s)
{
	text_printf(to, "\n; %s\n[peer %s]\n", whence, peer);
	put_sites(to, "name", s, false);
	put_sites(to, "address", s, true);
}

static void put_ports_found(const struct writing *w)
{
	const struct sites *s = &w->draft->around->packages.mirrors;
	if (s->n_ports == 0)
		return;
	text_put(w->file, "\n; Mirrors there have these ports, beside the usual ones.\n"
			  "[flow packages]\nport = 80 443");
	for (size_t i = 0; i < s->n_ports; i++)
		text_printf(w->file, " %u", (unsigned)s->ports[i]);
	text_put(w->file, "\n");
}

static void put_servers(const struct writing *w, const struct choice *c)
{
	const struct surroundings *a = w->draft->around;
	if (c->time && has_usable(&a->time))
		put_found(w->file, "time-server",
			"As chrony, ntpd or systemd-timesyncd are told on this host.", &a->time);
	else if (c->time)
		text_put(w->file, "\n; Time servers: those that the role file common.conf has, as "
				  "systemd-timesyncd on this host\n"
				  "; is told none.  [peer time-server] with name = or address = "
				  "takes their place.\n");
	if (c->packages) {
		put_found(w->file, "package-mirror", "As apt's sources on this host name them.",
			&a->packages.mirrors);
		put_ports_found(w);
	}
}

/* [host] */

static void put_enable(const struct writing *w, const struct choice *c)
{
	const struct facts *f = w->draft->facts;
	char stub[INET6_ADDRSTRLEN];
	if (c->names || c->time || c->packages)
		text_printf(w->file, "enable   =%s%s%s\n", c->names ? " names" : "",
			c->time ? " time" : "", c->packages ? " packages" : "");
	if (!c->names && f->stub.family != 0) {
		addr_print(&f->stub, stub);
		text_printf(w->file,
			"; Whom the name server at %s on this host asks is not known: names is off "
			"until\n"
			"; [peer name-server] has them with address =.\n",
			stub);
	}
}

static void put_off(const struct writing *w, const struct choice *c)
{
	const struct draft *d = w->draft;
	bool any = false;
	for (size_t i = 0; i < d->matrix->n_flows; i++) {
		const struct flow *f = &d->matrix->flows[i];
		if (!f->optional || !takes_part(d, f) || is_chosen(c, f->name))
			continue;
		if (!any)
			text_put(w->file, "\n; Rows that are off until enable = names them, or a "
					  "bundle of theirs:\n");
		any = true;
		text_printf(w->file, ";   %s: %s", f->name, f->purpose ? f->purpose : "");
		for (size_t j = 0; j < f->bundles.count; j++)
			text_printf(w->file, "%s%s", j > 0 ? ", " : " (bundle ",
				f->bundles.items[j].text);
		text_put(w->file, f->bundles.count > 0 ? ")\n" : "\n");
	}
}

static void put_host(const struct writing *w, const struct choice *c)
{
	const struct draft *d = w->draft;
	text_put(w->file, "\n[host]\nroles    =");
	for (size_t i = 0; i < d->n_roles; i++)
		text_printf(w->file, "%s %s", i > 0 ? "," : "", d->roles[i]->name);
	text_put(w->file, "\n; allow: everything may leave this host, and only what comes in is "
			  "judged.  When all that this\n"
			  "; host calls has a flow (`rolewallctl show` lists them), write enforce: "
			  "only flows may leave then.\n"
			  "outbound = " OUTBOUND "\n");
	put_enable(w, c);
	put_off(w, c);
}

/* [management] */

static void put_managers(const struct writing *w)
{
	const struct session *s = w->draft->session;
	char from[INET6_ADDRSTRLEN];
	text_put(w->file, "\n; Who may always reach SSH here, whatever the flows say.\n");
	if (!s) {
		text_put(w->file,
			"; This was written outside of an SSH session: write the addresses "
			"from which you come.\n");
		miss(w, "management", "",
			"write from = with the addresses from which this host is administered, and "
			"take the semicolons away");
		text_put(w->file, ";[management]\n;from =\n");
		return;
	}
	addr_print(&s->source, from);
	text_printf(w->file,
		"; %s is where you were logged in from; add what else you need: 10.0.9.0/24\n"
		"[management]\nfrom = %s\n",
		from, from);
	if (s->destination_port != SSH_PORT)
		text_printf(w->file, "port = %u\n", (unsigned)s->destination_port);
}

void draft_write(const struct draft *d, struct text *ret_file, struct text *ret_missing)
{
	const struct writing w = {d, ret_file, ret_missing};
	const struct choice c = choose(d);
	text_put(ret_file, "; rolewall.conf: what this host is, and where its peers are.  "
			   "`rolewallctl init` has written\n"
			   "; it from what it found here; it is yours now.  The example that comes "
			   "with rolewall explains\n"
			   "; every key.  `rolewallctl check` says what is wrong, `rolewallctl "
			   "show` what it means.\n");
	put_host(&w, &c);
	put_managers(&w);
	put_servers(&w, &c);
	put_peers(&w);
}
