/* mail(), SNMP and Events: what goes to others than the reader of the output. */
#include "script/bind.h"

#include "base/mem.h"
#include "net/net.h"
#include "snmp/snmp.h"

#include <math.h>
#include <stdio.h>

/* -- mail -------------------------------------------------------------------------------------------
 *	mail({to: "a@b" or ["a@b", ...], subject, text, html, attachments: [{name, data[, type]}, ...]}) */

/* A text member put into the frame; left out where it is not given. */
static bool put_member(struct call *c, const struct val *o, const char *what, const char *name, struct buf *out)
{
	const struct val *v = val_get(c->e, o, name);
	if (!v || !given(c->e, v)) {
		put_string(out, NULL);
		return v;
	}
	char *s = text_of(c->e, what, v);
	put_string(out, s);
	mem_free(s);
	return s;
}

static bool put_addresses(struct call *c, struct buf *out)
{
	size_t n = 1;
	const struct val *to = val_get(c->e, c->arg[0], "to");
	if (!to)
		return false;
	bool list = val_kind(c->e, to) == VAL_ARRAY;
	if (list && !val_length(c->e, to, &n))
		return false;
	if (!given(c->e, to) || !n || n > MAX_MAIL_TO) {
		throw_type(c->e, "mail: to: an address, or an array of 1 to %d of them", MAX_MAIL_TO);
		return false;
	}
	buf_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct val *v = list ? val_at(c->e, to, i) : to;
		char *s = v ? text_of(c->e, "mail: to", v) : NULL;
		if (!s)
			return false;
		put_string(out, s);
		mem_free(s);
	}
	return true;
}

static const char *type_of_name(const char *name)
{
	static const struct {
		const char *end, *type;
	} types[] = { { ".csv", "text/csv; charset=utf-8" }, { ".html", "text/html; charset=utf-8" }, { ".txt", "text/plain; charset=utf-8" },
		      { ".json", "application/json" }, { ".xml", "application/xml" }, { ".png", "image/png" },
		      { ".svg", "image/svg+xml" }, { ".pdf", "application/pdf" } };
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot && i < COUNT_OF(types); i++)
		if (STREQ(dot, types[i].end))
			return types[i].type;
	return NULL;
}

static bool put_part(struct call *c, const struct val *o, struct buf *out)
{
	struct buf data = { .ceiling = MAX_MAIL_BYTES };
	if (val_kind(c->e, o) != VAL_OBJECT) {
		throw_type(c->e, "mail: attachments: objects like {name: \"ports.csv\", data: text} are wanted");
		return false;
	}
	const struct val *v = val_get(c->e, o, "name"), *type = v ? val_get(c->e, o, "type") : NULL;
	const struct val *body = type ? val_get(c->e, o, "data") : NULL;
	char *name = body ? text_of(c->e, "mail: attachments: name", v) : NULL;
	char *given_type = name && given(c->e, type) ? text_of(c->e, "mail: attachments: type", type) : NULL;
	bool ok = name && (given_type || !given(c->e, type));
	if (ok && !given(c->e, body)) {
		throw_type(c->e, "mail: attachments: data: missing; text, bytes or a Picture is wanted");
		ok = false;
	}
	ok = ok && printed(c, body, &data);
	if (ok && data.bad) {
		throw_err(c->e, data.bad, "mail: attachments");
		ok = false;
	}
	if (ok) {
		put_string(out, name);
		put_string(out, given_type ? given_type : type_of_name(name));
		put_text(out, data.len ? (const char *)data.data : "", data.len);
	}
	buf_free(&data);
	mem_free(given_type);
	mem_free(name);
	return ok;
}

static bool put_parts(struct call *c, struct buf *out)
{
	size_t n = 0;
	const struct val *list = val_get(c->e, c->arg[0], "attachments");
	if (!list)
		return false;
	if (given(c->e, list) && (val_kind(c->e, list) != VAL_ARRAY || !val_length(c->e, list, &n) || n > MAX_MAIL_PARTS)) {
		throw_type(c->e, "mail: attachments: an array of at most %d", MAX_MAIL_PARTS);
		return false;
	}
	buf_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct val *v = val_at(c->e, list, i);
		if (!v || !put_part(c, v, out))
			return false;
	}
	return true;
}

static bool has_subject(struct call *c)
{
	const struct val *v = val_get(c->e, c->arg[0], "subject");
	if (v && !given(c->e, v))
		throw_type(c->e, "mail: subject: missing");
	return v && given(c->e, v);
}

/* The frame is the worker's, and drawing an attachment uses it: the mail is put together beside it. */
static const struct val *mail(struct call *c)
{
	struct worker *w = worker_self();
	struct message m;
	struct buf body = { .ceiling = (size_t)64 << 20 };
	if (!arg_given(c, 0) || val_kind(c->e, c->arg[0]) != VAL_OBJECT)
		return throw_type(c->e, "mail: an object like {to: \"a@example.org\", subject: \"...\", text: \"...\"} is wanted");
	bool ok = has_subject(c) && put_addresses(c, &body) && put_member(c, c->arg[0], "mail: subject", "subject", &body) &&
		  put_member(c, c->arg[0], "mail: text", "text", &body) && put_member(c, c->arg[0], "mail: html", "html", &body) &&
		  put_parts(c, &body);
	if (ok && body.bad) {
		throw_err(c->e, body.bad, "mail");
		ok = false;
	}
	if (ok) {
		frame_begin(&w->frame, MSG_MAIL);
		buf_add(&w->frame, body.data, body.len);
		ok = worker_ask(w, MSG_DONE, &m);
	}
	buf_free(&body);
	return ok ? val_undefined(c->e) : NULL;
}

const struct host_fn mail_functions[] = {
	{ "mail", mail, "{to, subject[, text][, html][, attachments]}",
	  "send a mail; to: an address or an array; attachments: [{name, data[, type]}], data: text, bytes or a Picture" },
	{ 0 },
};

/* -- SNMP ------------------------------------------------------------------------------------------------- */

enum { C_OID, C_INDEX, C_TEXT, C_NUMBER, NCOLS };

struct answers {
	struct call *c;
	bool walk, single;
	const struct val *list;
	size_t n;
};

static const struct val *value_at(struct call *c, const struct result *t, size_t r)
{
	if (t->col[C_TEXT].text[r])
		return val_text(c->e, t->col[C_TEXT].text[r]);
	return isnan(t->col[C_NUMBER].num[r]) ? val_null(c->e) : val_number(c->e, t->col[C_NUMBER].num[r]);
}

static const struct val *row_at(struct call *c, const struct result *t, size_t r)
{
	const struct val *o = val_object(c->e), *v = value_at(c, t, r);
	const struct val *oid = val_text(c->e, t->col[C_OID].text[r]), *index = val_text(c->e, t->col[C_INDEX].text[r]);
	bool ok = o && v && oid && index && val_set(c->e, o, "oid", oid) && val_set(c->e, o, "index", index) &&
		  val_set(c->e, o, "value", v);
	return ok ? o : NULL;
}

static bool take_values(void *arg, struct result *t)
{
	struct answers *a = arg;
	if (t->ncols != NCOLS) {
		throw_err(a->c->e, E_CORRUPT, "SNMP");
		return false;
	}
	for (size_t r = 0; r < t->nrows; r++) {
		const struct val *v = a->walk ? row_at(a->c, t, r) : value_at(a->c, t, r);
		if (!v || !val_set_at(a->c->e, a->list, a->n++, v))
			return false;
	}
	return true;
}

static bool put_objects(struct call *c, bool walk, struct buf *out)
{
	size_t n = 1;
	bool list = !walk && c->n > 1 && val_kind(c->e, c->arg[1]) == VAL_ARRAY;
	if (list && !val_length(c->e, c->arg[1], &n))
		return false;
	if (!n || n > SNMP_OIDS) {
		throw_range(c->e, "SNMP.%s: oid: 1 to %d at once", call_name(c), SNMP_OIDS);
		return false;
	}
	buf_u16(out, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct val *v = list ? val_at(c->e, c->arg[1], i) : arg(c, 1);
		char *s = v ? text_of(c->e, "SNMP: oid", v) : NULL;
		if (!s)
			return false;
		put_string(out, s);
		mem_free(s);
	}
	return true;
}

static const struct val *ask(struct call *c, bool walk)
{
	struct worker *w = worker_self();
	char *agent;
	if (!arg_given(c, 1))
		return throw_type(c->e, "SNMP.%s: oid: digits like 1.3.6.1.2.1.1.5.0, or a name like ifName, are wanted", call_name(c));
	if (!arg_filled(c, 0, "agent", "a device's address", &agent))
		return NULL;
	struct answers a = { .c = c, .walk = walk, .single = !walk && val_kind(c->e, c->arg[1]) != VAL_ARRAY };
	struct buf body = { .ceiling = 64 * 1024 };
	buf_u8(&body, walk);
	put_string(&body, agent);
	mem_free(agent);
	bool ok = put_objects(c, walk, &body) && (a.list = val_array(c->e, NULL, 0));
	if (ok && body.bad) {
		throw_err(c->e, body.bad, "SNMP");
		ok = false;
	}
	if (ok) {
		frame_begin(&w->frame, MSG_SNMP);
		buf_add(&w->frame, body.data, body.len);
		ok = worker_ask_tables(w, take_values, &a);
	}
	buf_free(&body);
	return !ok ? NULL : a.single ? val_at(c->e, a.list, 0) : a.list;
}

static const struct val *snmp_get(struct call *c)
{
	return ask(c, false);
}

static const struct val *snmp_walk(struct call *c)
{
	return ask(c, true);
}

static const struct host_fn snmp_statics[] = {
	{ "get", snmp_get, "agent, oid", "the value of an object, or an array of values for an array of objects; null: the device has none" },
	{ "walk", snmp_walk, "agent, oid", "all below an object: an array of {oid, index, value}" },
	{ 0 },
};

const struct host_class snmp_class = {
	.name = "SNMP",
	.statics = snmp_statics,
	.help = "ask devices that the configuration names (snmp:)",
};

/* -- Events -------------------------------------------------------------------------------------------------- */

static const struct val *post(struct call *c)
{
	return throw_error(c->e, "Events.post: not available: only the collector writes events");
}

static const struct host_fn events_statics[] = {
	{ "post", post, "{name, type, value, severity, address, comment}", "an event of this script's own; throws: only the collector writes events" },
	{ 0 },
};

const struct host_class events_class = {
	.name = "Events",
	.statics = events_statics,
	.help = "what happened, beside the traffic",
};
