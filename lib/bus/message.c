/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records and D-Bus messages.
 *
 * Strings that come from files or from other programs may be any bytes, and D-Bus takes valid UTF-8
 * only: who fills a record or an answer has mended them (base/utf8.h).
 */
#include "bus/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A result of sd-bus is good if it is 0 or more. */
static int plain(int r)
{
	return r < 0 ? r : 0;
}

int message_put_reload(sd_bus_message *m, const struct reload_request *q)
{
	return plain(sd_bus_message_append(m, RELOAD_REQUEST, (int)q->force, q->confirm,
		q->session));
}

int message_get_reload(sd_bus_message *m, struct reload_request *ret)
{
	struct reload_request q = {0};
	int force;
	int r = sd_bus_message_read(m, RELOAD_REQUEST, &force, &q.confirm, &q.session);
	if (r < 0)
		return r;
	q.force = force;
	*ret = q;
	return 0;
}

int message_put_flush(sd_bus_message *m, const char *word)
{
	return plain(sd_bus_message_append(m, FLUSH_REQUEST, word));
}

int message_get_flush(sd_bus_message *m, const char **ret)
{
	return plain(sd_bus_message_read(m, FLUSH_REQUEST, ret));
}

int message_put_verdict(sd_bus_message *m, const struct verdict_answer *a)
{
	return plain(sd_bus_message_append(m, VERDICT_ANSWER, (int)a->good, a->lines));
}

int message_get_verdict(sd_bus_message *m, struct verdict_answer *ret)
{
	struct verdict_answer a = {0};
	int good;
	int r = sd_bus_message_read(m, VERDICT_ANSWER, &good, &a.lines);
	if (r < 0)
		return r;
	a.good = good;
	*ret = a;
	return 0;
}

int message_put_diff(sd_bus_message *m, const struct diff_request *q)
{
	return plain(sd_bus_message_append(m, DIFF_REQUEST, q->config_dir, q->roles_dir, q->session,
		(int)q->as_json));
}

int message_get_diff(sd_bus_message *m, struct diff_request *ret)
{
	struct diff_request q = {0};
	int as_json;
	int r = sd_bus_message_read(m, DIFF_REQUEST, &q.config_dir, &q.roles_dir, &q.session,
		&as_json);
	if (r < 0)
		return r;
	q.as_json = as_json;
	*ret = q;
	return 0;
}

int message_put_preview(sd_bus_message *m, const struct preview_answer *a)
{
	return plain(sd_bus_message_append(m, PREVIEW_ANSWER, (uint32_t)a->result, a->preview,
		a->lines));
}

int message_get_preview(sd_bus_message *m, struct preview_answer *ret)
{
	struct preview_answer a = {0};
	uint32_t result;
	int r = sd_bus_message_read(m, PREVIEW_ANSWER, &result, &a.preview, &a.lines);
	if (r < 0)
		return r;
	if (result > DIFF_ELSEWHERE)
		return -EBADMSG;
	a.result = (enum diff_result)result;
	*ret = a;
	return 0;
}

int message_put_explain(sd_bus_message *m, const struct explain_request *q)
{
	return plain(sd_bus_message_append(m, EXPLAIN_REQUEST, q->config_dir, q->roles_dir,
		q->protocol, q->source, q->destination, q->source_port, q->destination_port,
		(int)q->source_is_local, (int)q->destination_is_local, (int)q->disk_allows,
		q->disk_file, q->disk_line, (int)q->as_json));
}

int message_get_explain(sd_bus_message *m, struct explain_request *ret)
{
	struct explain_request q = {0};
	int from_here, to_here, disk_allows, as_json;
	int r = sd_bus_message_read(m, EXPLAIN_REQUEST, &q.config_dir, &q.roles_dir, &q.protocol,
		&q.source, &q.destination, &q.source_port, &q.destination_port, &from_here,
		&to_here, &disk_allows, &q.disk_file, &q.disk_line, &as_json);
	if (r < 0)
		return r;
	q.source_is_local = from_here;
	q.destination_is_local = to_here;
	q.disk_allows = disk_allows;
	q.as_json = as_json;
	*ret = q;
	return 0;
}

int message_put_explanation(sd_bus_message *m, const struct explain_answer *a)
{
	return plain(sd_bus_message_append(m, EXPLAIN_ANSWER, (uint32_t)a->result, a->lines));
}

int message_get_explanation(sd_bus_message *m, struct explain_answer *ret)
{
	struct explain_answer a = {0};
	uint32_t result;
	int r = sd_bus_message_read(m, EXPLAIN_ANSWER, &result, &a.lines);
	if (r < 0)
		return r;
	if (result > EXPLAIN_ELSEWHERE)
		return -EBADMSG;
	a.result = (enum explain_result)result;
	*ret = a;
	return 0;
}

int message_put_names(sd_bus_message *m, const struct names_request *q)
{
	int r = sd_bus_message_append(m, "bb", (int)q->refresh, (int)q->as_json);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(m, 'a', "s");
	if (r < 0)
		return r;
	for (size_t i = 0; i < q->n_names; i++) {
		r = sd_bus_message_append_basic(m, 's', q->names[i]);
		if (r < 0)
			return r;
	}
	return plain(sd_bus_message_close_container(m));
}

int message_get_names(sd_bus_message *m, struct names_request *ret)
{
	struct names_request q = {0};
	int refresh, as_json;
	const char *name;
	int r = sd_bus_message_read(m, "bb", &refresh, &as_json);
	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', "s");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read_basic(m, 's', &name)) > 0) {
		if (q.n_names == NAMES_ASKED_MOST)
			return -E2BIG;
		q.names[q.n_names++] = name;
	}
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	q.refresh = refresh;
	q.as_json = as_json;
	*ret = q;
	return 0;
}

/* Records. */

static int put_lines(sd_bus_message *m, const struct record_entry *e)
{
	char more[64];
	for (size_t i = 0; i < e->n_lines; i++) {
		int r = sd_bus_message_append_basic(m, 's', e->lines[i]);
		if (r < 0)
			return r;
	}
	if (!e->n_more)
		return 0;
	snprintf(more, sizeof(more), "... and %zu more", e->n_more);
	return sd_bus_message_append_basic(m, 's', more);
}

static int put_list(sd_bus_message *m, const struct record_entry *e)
{
	int r = sd_bus_message_open_container(m, 'v', "as");
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(m, 'a', "s");
	if (r < 0)
		return r;
	r = put_lines(m, e);
	if (r < 0)
		return r;
	r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int put_value(sd_bus_message *m, const struct record_entry *e)
{
	switch (e->kind) {
	case RECORD_TEXT:
		return sd_bus_message_append(m, "v", "s", e->text);
	case RECORD_NUMBER:
		return sd_bus_message_append(m, "v", "t", e->number);
	case RECORD_BOOL:
		return sd_bus_message_append(m, "v", "b", (int)e->flag);
	case RECORD_LIST:
		return put_list(m, e);
	}
	return -EINVAL;
}

static int put_entry(sd_bus_message *m, const struct record_entry *e)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");
	if (r < 0)
		return r;
	r = sd_bus_message_append_basic(m, 's', e->key);
	if (r < 0)
		return r;
	r = put_value(m, e);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int message_put_record(sd_bus_message *m, const struct record *record)
{
	if (record->failed)
		return -ENOMEM;
	int r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r < 0)
		return r;
	for (size_t i = 0; i < record->count; i++) {
		r = put_entry(m, &record->entries[i]);
		if (r < 0)
			return r;
	}
	return plain(sd_bus_message_close_container(m));
}

static int get_list(sd_bus_message *m, const char *key, struct record *to)
{
	const char *line;
	int r = sd_bus_message_enter_container(m, 'v', "as");
	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', "s");
	if (r < 0)
		return r;
	record_list(to, key);
	while ((r = sd_bus_message_read_basic(m, 's', &line)) > 0)
		record_line(to, key, line);
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int get_value(sd_bus_message *m, const char *key, struct record *to)
{
	const char *type, *text;
	uint64_t number;
	int flag, r = sd_bus_message_peek_type(m, NULL, &type);
	if (r < 0)
		return r;
	if (strcmp(type, "as") == 0)
		return get_list(m, key, to);
	if (strcmp(type, "s") == 0) {
		r = sd_bus_message_read(m, "v", "s", &text);
		if (r >= 0)
			record_text(to, key, text);
	} else if (strcmp(type, "t") == 0) {
		r = sd_bus_message_read(m, "v", "t", &number);
		if (r >= 0)
			record_number(to, key, number);
	} else if (strcmp(type, "b") == 0) {
		r = sd_bus_message_read(m, "v", "b", &flag);
		if (r >= 0)
			record_bool(to, key, flag);
	} else {
		r = -EBADMSG;
	}
	return r;
}

/* 1; 0 if there are no more; or negative errno. */
static int get_entry(sd_bus_message *m, struct record *to)
{
	const char *key;
	int r = sd_bus_message_enter_container(m, 'r', "sv");
	if (r <= 0)
		return r;
	r = sd_bus_message_read(m, "s", &key);
	if (r < 0)
		return r;
	r = get_value(m, key, to);
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	return r < 0 ? r : 1;
}

int message_get_record(sd_bus_message *m, struct record *ret)
{
	int r = sd_bus_message_enter_container(m, 'a', "(sv)");
	if (r < 0)
		return r;
	while ((r = get_entry(m, ret)) > 0)
		;
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	return ret->failed ? -ENOMEM : 0;
}
