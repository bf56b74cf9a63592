/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Optional rows that work only together have a bundle (a Linux host in a domain needs five rows
 * that the page does not have).  A name in enable = is a row's or a bundle's.  If a site has a row
 * with the name of a bundle, the row is meant: an update that brings a bundle must open nothing for
 * who had enabled a row of that name before.
 *
 * disable = takes names of rows only, and wins: so all of a bundle but one row is two lines.
 */
#include "config/enabling.h"

#include <string.h>

#include "base/suggest.h"

const struct name *enabling_item(const struct policy *p, const struct flow *f)
{
	const struct index *enabled = &p->host.enabled_by_name;
	const struct name *item = index_get(enabled, f->name);
	for (size_t i = 0; i < f->bundles.count && !item; i++)
		if (!matrix_flow(&p->matrix, f->bundles.items[i].text))
			item = index_get(enabled, f->bundles.items[i].text);
	return item;
}

/* "unknown flow 'NAME'; did you mean 'NEAR'?" */
static void unknown(const struct policy *p, const struct name *n, bool may_be_bundle,
	struct diags *diags)
{
	struct suggestion near;
	suggest_init(&near, n->text);
	for (size_t i = 0; i < p->matrix.n_flows; i++) {
		const struct flow *f = &p->matrix.flows[i];
		suggest_offer(&near, f->name);
		for (size_t j = 0; may_be_bundle && j < f->bundles.count; j++)
			suggest_offer(&near, f->bundles.items[j].text);
	}
	if (near.best)
		diag_error(diags, n->at, "unknown flow '%s'; did you mean '%s'?", n->text,
			near.best);
	else
		diag_error(diags, n->at,
			"unknown flow '%s'; name a flow of the role files or of this file",
			n->text);
}

static void check_enabled(const struct policy *p, const struct name *n, struct diags *diags)
{
	const struct flow *f = matrix_flow(&p->matrix, n->text);
	const struct flow *of_bundle = matrix_bundle(&p->matrix, n->text);
	if (f && of_bundle)
		diag_warning(diags, n->at,
			"'%s' is a flow (%s:%u) and a bundle (of flow '%s', %s:%u); only the flow "
			"is enabled; to enable the bundle give the flow another name",
			n->text, f->at.file, f->at.line, of_bundle->name, of_bundle->at.file,
			of_bundle->at.line);
	else if (!f && !of_bundle && !meant_has(p->meant, SECTION_FLOW, n->text))
		unknown(p, n, true, diags);
}

static void check_disabled(const struct policy *p, const struct name *n, struct diags *diags)
{
	const struct flow *of_bundle = matrix_bundle(&p->matrix, n->text);
	if (matrix_flow(&p->matrix, n->text)) {
		if (index_get(&p->host.enabled_by_name, n->text))
			diag_error(diags, n->at, "flow '%s' is both enabled and disabled; keep one",
				n->text);
	} else if (of_bundle)
		diag_error(diags, n->at,
			"'%s' is a bundle, and disable takes flows; name its flows, such as '%s'",
			n->text, of_bundle->name);
	else if (!meant_has(p->meant, SECTION_FLOW, n->text))
		unknown(p, n, false, diags);
}

void enabling_check(const struct policy *p, struct diags *diags)
{
	const struct host *h = &p->host;
	for (size_t i = 0; i < h->enabled.count; i++)
		check_enabled(p, &h->enabled.items[i], diags);
	for (size_t i = 0; i < h->disabled.count; i++)
		check_disabled(p, &h->disabled.items[i], diags);
}

static void warn_of_bundle(const struct policy *p, const struct name *bundle, struct diags *diags)
{
	for (size_t i = 0; i < p->n_flows; i++)
		if (names_have(&p->flows[i].flow->bundles, bundle->text) &&
			p->flows[i].state != FLOW_NOT_OURS)
			return;
	diag_warning(diags, bundle->at,
		"the flows of bundle '%s' are between parties that this host does not play, so "
		"enabling it changes nothing here; take it out or add the role to roles =",
		bundle->text);
}

void enabling_warn_of_others(const struct policy *p, struct diags *diags)
{
	const struct names *enabled = &p->host.enabled;
	for (size_t i = 0; i < enabled->count; i++) {
		const struct name *n = &enabled->items[i];
		const struct flow *f = matrix_flow(&p->matrix, n->text);
		if (!f)
			warn_of_bundle(p, n, diags);
		else if (p->flows[f - p->matrix.flows].state == FLOW_NOT_OURS)
			diag_warning(diags, n->at,
				"flow '%s' is between parties that this host does not play "
				"(%s:%u), so enabling it changes nothing here; take it out or add "
				"the role to roles =",
				f->name, f->at.file, f->at.line);
	}
}
