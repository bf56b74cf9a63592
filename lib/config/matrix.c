/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows out of sections.
 *
 * Everything that can be wrong in a row by itself is found here, whether or not this host
 * takes part in it: a role file is right or wrong as a whole.
 */
#include "config/matrix.h"

#include <errno.h>
#include <string.h>

#include "base/suggest.h"

struct flow *matrix_flow(const struct matrix *m, const char *name)
{
	return index_get(&m->flows_by_name, name);
}

const struct flow *matrix_bundle(const struct matrix *m, const char *name)
{
	return index_get(&m->bundles, name);
}

const struct role *matrix_role(const struct matrix *m, const char *name)
{
	return index_get(&m->roles_by_name, name);
}

bool matrix_role_knows(const struct matrix *m, const char *party)
{
	return index_get(&m->parties_of_roles, party) != NULL;
}

bool matrix_flow_uses(const struct matrix *m, const char *party)
{
	return index_get(&m->parties_of_flows, party) != NULL;
}

bool flow_has_port(const struct flow *f, uint16_t port)
{
	for (size_t i = 0; i < f->n_ports; i++)
		if (f->ports[i].first <= port && port <= f->ports[i].last)
			return true;
	return false;
}

bool flow_has_protocol(const struct flow *f, uint8_t protocol)
{
	return f->n_protocols && memchr(f->protocols, protocol, f->n_protocols);
}

static int read_role(const struct section *s, struct arena *arena, struct diags *diags,
	struct matrix *m)
{
	struct role role = {.at = s->at};
	struct names name = {0};
	int r = names_read(&s->keys[ROLE_NAME], arena, diags, &name);
	if (r < 0)
		return r;
	r = names_read(&s->keys[ROLE_PLAYS], arena, diags, &role.plays);
	if (r < 0)
		return r;
	r = names_read(&s->keys[ROLE_PEERS], arena, diags, &role.peers);
	if (r < 0)
		return r;
	r = names_read(&s->keys[ROLE_SESSION_FLOWS], arena, diags, &role.session_flows);
	if (r < 0)
		return r;
	if (name.count != 1) {
		diag_error(diags, s->at, "[role] needs one name; write name = %s", s->name);
		return 0;
	}
	role.name = name.items[0].text;
	if (!s->keys[ROLE_PLAYS].set)
		diag_error(diags, s->at,
			"role '%s' plays no party; write plays = and the names that its flows use "
			"for it",
			role.name);
	const struct role *twin = matrix_role(m, role.name);
	if (twin) {
		diag_error(diags, name.items[0].at,
			"role '%s' is declared in %s:%u already; give this one another name",
			role.name, twin->at.file, twin->at.line);
		return 0;
	}
	m->roles[m->n_roles] = role;
	r = index_put(&m->roles_by_name, arena, role.name, &m->roles[m->n_roles++]);
	if (r < 0)
		return r;
	r = names_index(&role.plays, arena, &m->parties_of_roles);
	return r < 0 ? r : names_index(&role.peers, arena, &m->parties_of_roles);
}

/* Ports and protocols must fit each other. */
static void check_service(const struct section *s, const struct flow *f, struct diags *diags)
{
	size_t with = 0;
	for (size_t i = 0; i < f->n_protocols; i++)
		with += protocol_has_ports(f->protocols[i]);
	if (!s->keys[FLOW_PROTOCOL].set || f->n_protocols == 0)
		return;
	if (with == f->n_protocols && !s->keys[FLOW_PORT].set)
		diag_error(diags, s->at,
			"flow '%s' has no port; write port = with a number, a list or a range",
			f->name);
	else if (with == 0 && s->keys[FLOW_PORT].set)
		diag_error(diags, s->keys[FLOW_PORT].at,
			"the protocols of flow '%s' have no ports; take port = out", f->name);
	else if (with != 0 && with != f->n_protocols)
		diag_error(diags, s->keys[FLOW_PROTOCOL].at,
			"flow '%s' mixes protocols with ports (tcp, udp, sctp) and without; make "
			"two flows",
			f->name);
}

/* A flow that the host file overrides by a name it mistyped lacks what a row must have. */
static void missing_key(const struct section *s, const char *key, const struct document *d,
	struct diags *diags)
{
	struct suggestion near;
	suggest_init(&near, s->name);
	for (const struct section *other = document_first(d, SECTION_FLOW); other;
		other = document_next(other, SECTION_FLOW))
		if (other != s)
			suggest_offer(&near, other->name);
	if (near.best)
		diag_error(diags, s->at, "flow '%s' has no %s; write one, or did you mean '%s'?",
			s->name, key, near.best);
	else
		diag_error(diags, s->at, "flow '%s' has no %s; write %s = …", s->name, key, key);
}

static int index_flow(struct flow *f, struct arena *arena, struct matrix *m)
{
	int r = index_put(&m->flows_by_name, arena, f->name, f);
	for (size_t i = 0; i < f->bundles.count && r == 0; i++)
		r = index_put(&m->bundles, arena, f->bundles.items[i].text, f);
	if (r < 0)
		return r;
	r = names_index(&f->sources, arena, &m->parties_of_flows);
	return r < 0 ? r : names_index(&f->targets, arena, &m->parties_of_flows);
}

static int read_flow(const struct section *s, const struct document *d, struct arena *arena,
	struct diags *diags, struct matrix *m)
{
	struct flow *f = &m->flows[m->n_flows++];
	static const char *const directions[] = {"both", "single", NULL};
	static const char *const initiators[] = {"source", "target", "either", NULL};
	static const enum flow_key needed[] = {FLOW_PROTOCOL, FLOW_SOURCE, FLOW_TARGET};
	const struct entry *k = s->keys;
	int direction = DIRECTION_BOTH, initiator = INITIATOR_SOURCE;

	*f = (struct flow){
		.name = s->name,
		.at = s->at,
		.port_at = k[FLOW_PORT].set ? k[FLOW_PORT].at : s->at,
		.of_site = s->file_kind == FILE_HOST,
		.purpose = k[FLOW_PURPOSE].set ? k[FLOW_PURPOSE].value.text : "",
		.note = k[FLOW_NOTE].set ? k[FLOW_NOTE].value.text : "",
	};
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!k[needed[i]].set) {
			missing_key(s, grammar_section(SECTION_FLOW)->keys[needed[i]].name, d,
				diags);
			break;
		}
	int r = ports_read(&k[FLOW_PORT], arena, diags, &f->ports, &f->n_ports);
	if (r < 0)
		return r;
	r = protocols_read(&k[FLOW_PROTOCOL], arena, diags, &f->protocols, &f->n_protocols);
	if (r < 0)
		return r;
	r = names_read(&k[FLOW_SOURCE], arena, diags, &f->sources);
	if (r < 0)
		return r;
	r = names_read(&k[FLOW_TARGET], arena, diags, &f->targets);
	if (r < 0)
		return r;
	read_word(&k[FLOW_DIRECTION], directions, diags, &direction);
	read_word(&k[FLOW_INITIATOR], initiators, diags, &initiator);
	read_yes_no(&k[FLOW_OPTIONAL], diags, &f->optional);
	r = names_read(&k[FLOW_BUNDLE], arena, diags, &f->bundles);
	if (r < 0)
		return r;
	f->direction = (enum direction)direction;
	f->initiator = (enum initiator)initiator;
	check_service(s, f, diags);
	return index_flow(f, arena, m);
}

static void read_size(const struct section *s, struct diags *diags, struct matrix *m)
{
	struct size size = {.at = s->at};
	for (const char *p = s->name; *p && size.administrators < 100000000; p++)
		if (*p >= '0' && *p <= '9')
			size.administrators = size.administrators * 10 + (uint32_t)(*p - '0');
		else
			size.administrators = 100000000;
	if (size.administrators == 0 || size.administrators >= 100000000) {
		diag_error(diags, s->at,
			"[size %s] is not a number of administrators; write one like [size 450]",
			s->name);
		return;
	}
	for (size_t i = 0; i < m->n_sizes; i++)
		if (m->sizes[i].administrators == size.administrators) {
			diag_error(diags, s->at,
				"[size %s] is the size of %s:%u again; make them one", s->name,
				m->sizes[i].at.file, m->sizes[i].at.line);
			return;
		}
	if (!s->keys[SIZE_SESSIONS].set)
		diag_error(diags, s->at, "[size %s] has no sessions; write sessions = …", s->name);
	read_number(&s->keys[SIZE_SESSIONS], SIZE_SESSIONS_MOST, diags, &size.sessions);
	read_number(&s->keys[SIZE_CORES], 100000, diags, &size.cores);
	read_amount(&s->keys[SIZE_MEMORY], diags, &size.memory);
	read_amount(&s->keys[SIZE_DISK], diags, &size.disk);
	m->sizes[m->n_sizes++] = size;
}

static void mark_sessions(struct matrix *m, struct diags *diags)
{
	for (size_t i = 0; i < m->n_roles; i++)
		for (size_t j = 0; j < m->roles[i].session_flows.count; j++) {
			const struct name *n = &m->roles[i].session_flows.items[j];
			struct flow *f = matrix_flow(m, n->text);
			if (f)
				f->is_session = true;
			else
				diag_error(diags, n->at,
					"unknown flow '%s'; name a flow of the role files",
					n->text);
		}
}

int matrix_read(const struct document *d, struct arena *arena, struct diags *diags,
	struct matrix *ret)
{
	struct matrix m = {0};
	size_t count[SECTION_KINDS] = {0};
	for (const struct section *s = d->first; s; s = s->next)
		count[s->kind]++;
	m.roles = arena_array(arena, count[SECTION_ROLE], sizeof(*m.roles));
	m.flows = arena_array(arena, count[SECTION_FLOW], sizeof(*m.flows));
	m.sizes = arena_array(arena, count[SECTION_SIZE], sizeof(*m.sizes));
	if (!m.roles || !m.flows || !m.sizes)
		return -ENOMEM;

	for (const struct section *s = d->first; s; s = s->next) {
		int r = 0;
		if (s->kind == SECTION_ROLE)
			r = read_role(s, arena, diags, &m);
		else if (s->kind == SECTION_FLOW)
			r = read_flow(s, d, arena, diags, &m);
		else if (s->kind == SECTION_SIZE)
			read_size(s, diags, &m);
		if (r < 0)
			return r;
	}
	mark_sessions(&m, diags);
	*ret = m;
	return 0;
}
