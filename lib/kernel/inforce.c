/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chains of the kernel's rules, walked as the kernel does; what a rule says is machine.c's.
 *
 * Sets are not read but asked, as the kernel would look them up: a million peers cost
 * nothing, and most packets need two or three answers.
 */
#include "kernel/inforce.h"

#include <stdio.h> /* libnftnl's headers want it */

#include <netinet/in.h> /* before the kernel's headers */

#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "kernel/machine.h"

enum { DEPTH_MAX = 16 }; /* as in the kernel */

struct stored_rule {
	const char *chain;
	struct nftnl_rule *rule;
	struct stored_rule *next;
};

struct inforce {
	struct nfsock *socket;
	struct arena *arena;
	struct stored_rule *first, *last;
};

struct walk {
	struct inforce *table;
	struct machine machine;
	unsigned depth;
};

/* Reading. */

static int take_rule(const struct nlmsghdr *nlh, void *context)
{
	struct inforce *t = context;
	struct nftnl_rule *rule = nftnl_rule_alloc();
	errno = 0; /* libnftnl does not look whether it could copy the name of a counter */
	int r = rule && nftnl_rule_nlmsg_parse(nlh, rule) == 0 && errno != ENOMEM ? 0 : -ENOMEM;
	if (r == 0 && nfsock_is_ours(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE),
			      nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY))) {
		struct stored_rule *stored = arena_alloc(t->arena, sizeof(*stored));
		if (stored) {
			*stored = (struct stored_rule){
				nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), rule, NULL};
			*(t->last ? &t->last->next : &t->first) = stored;
			t->last = stored;
			return 0;
		}
		r = -ENOMEM;
	}
	if (rule)
		nftnl_rule_free(rule);
	return r;
}

int inforce_read(struct nfsock *s, struct inforce **ret)
{
	static const struct dump_filter everything = {.family = NFPROTO_INET};
	struct inforce *t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->socket = s;
	t->arena = arena_new();
	int r = t->arena ? nfsock_dump(s, NFT_MSG_GETRULE, &everything, take_rule, t) : -ENOMEM;
	if (r < 0)
		inforce_free(t);
	else
		*ret = t;
	return r;
}

void inforce_free(struct inforce *t)
{
	if (!t)
		return;
	for (struct stored_rule *r = t->first; r; r = r->next)
		nftnl_rule_free(r->rule);
	arena_free(t->arena);
	free(t);
}

/* Sets. */

struct answer {
	struct arena *arena;
	struct fate fate;
	bool found;
	bool failed;
};

static int take_element(struct nftnl_set_elem *e, void *context)
{
	struct answer *a = context;
	const char *chain = nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN);
	a->found = true;
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_VERDICT))
		a->fate.kind = (int32_t)nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_VERDICT);
	if (chain) {
		a->fate.chain = arena_strndup(a->arena, chain, strlen(chain));
		a->failed |= !a->fate.chain;
	}
	return 0;
}

static int take_answer(const struct nlmsghdr *nlh, void *context)
{
	struct answer *a = context;
	struct nftnl_set *s = nftnl_set_alloc();
	int r = s && nftnl_set_elems_nlmsg_parse(nlh, s) == 0 ? 0 : -ENOMEM;
	if (r == 0)
		nftnl_set_elem_foreach(s, take_element, a);
	if (s)
		nftnl_set_free(s);
	return a->failed ? -ENOMEM : r;
}

/* The question: one element of the set, by its key. */
static struct nftnl_set *question(const char *set, const void *key, size_t length)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nftnl_set_elem *e = s ? nftnl_set_elem_alloc() : NULL;
	if (e && nftnl_set_set_str(s, NFTNL_SET_TABLE, TABLE_NAME) == 0 &&
		nftnl_set_set_str(s, NFTNL_SET_NAME, set) == 0 &&
		nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, key, (uint32_t)length) == 0) {
		nftnl_set_elem_add(s, e);
		return s;
	}
	if (e)
		nftnl_set_elem_free(e);
	if (s)
		nftnl_set_free(s);
	return NULL;
}

static int ask_set(void *context, const char *set, const void *key, size_t length,
	struct fate *ret_fate)
{
	char buffer[1024];
	struct inforce *t = context;
	struct answer answer = {t->arena, {NFT_CONTINUE, NULL}, false, false};
	struct nftnl_set *s = question(set, key, length);
	if (!s)
		return -ENOMEM;
	struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSETELEM, NFPROTO_INET, 0,
		t->socket->seq++);
	nftnl_set_elems_nlmsg_build_payload(nlh, s);
	nftnl_set_free(s);
	int r = nfsock_ask(t->socket, nlh, take_answer, &answer);
	/* no such element, and no such set, are told alike */
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	*ret_fate = answer.fate;
	return answer.found;
}

/* Chains. */

static int walk_chain(struct walk *w, const char *chain);

/* MACHINE_DECIDED if the packet's fate is sealed, MACHINE_FAILS if the chain is to be left,
 * MACHINE_HOLDS if it goes on. */
static int follow(struct walk *w)
{
	const struct fate fate = w->machine.fate;
	int r;
	switch (fate.kind) {
	case NF_ACCEPT:
	case NF_DROP:
		return MACHINE_DECIDED;
	case NFT_CONTINUE:
		return MACHINE_HOLDS;
	case NFT_RETURN:
		return MACHINE_FAILS;
	case NFT_JUMP:
	case NFT_GOTO:
		if (!fate.chain)
			return -ENOTSUP;
		r = walk_chain(w, fate.chain);
		return r == MACHINE_HOLDS && fate.kind == NFT_GOTO ? MACHINE_FAILS : r;
	}
	return -ENOTSUP;
}

/* MACHINE_HOLDS if nothing in it has decided. */
static int walk_chain(struct walk *w, const char *chain)
{
	int r = MACHINE_HOLDS;
	if (w->depth == DEPTH_MAX)
		return -ENOTSUP;
	w->depth++;
	for (const struct stored_rule *s = w->table->first; s && r == MACHINE_HOLDS; s = s->next) {
		if (strcmp(s->chain, chain) != 0)
			continue;
		r = machine_run(&w->machine, s->rule);
		if (r == MACHINE_FAILS)
			r = MACHINE_HOLDS;
		else if (r == MACHINE_DECIDED)
			r = follow(w);
	}
	w->depth--;
	return r == MACHINE_FAILS ? MACHINE_HOLDS : r;
}

int inforce_accepts(struct inforce *t, const struct packet *p, const char **ret_counter)
{
	struct walk w = {t, {.packet = p, .find = ask_set, .context = t}, 0};
	int r = walk_chain(&w, hook_name(p->hook));
	if (r < 0)
		return r;
	if (ret_counter)
		*ret_counter = w.machine.counter;
	/* what no rule decides falls to the policy, which is drop */
	return r == MACHINE_DECIDED && w.machine.fate.kind == NF_ACCEPT;
}
