/* Network's zones and groups, and where addresses are.  The broker sends the zones once; addresses are
 * asked for in one message, however many. */
#include "script/bind_network.h"

#include "base/mem.h"

#include <stdio.h>

enum { C_KIND, C_ZONE, C_GROUP, C_TEXT, NCOLS };

/* -- zones ------------------------------------------------------------------------------------------- */

static bool take_zones(void *arg, struct result *t)
{
	struct call *c = arg;
	struct worker *w = worker_self();
	if (t->ncols != NCOLS) {
		throw_err(c->e, E_CORRUPT, "Network");
		return false;
	}
	w->zones = *t;
	w->has_zones = true;
	*t = (struct result){ 0 };
	return true;
}

static const struct result *zones(struct call *c)
{
	struct worker *w = worker_self();
	frame_begin(&w->frame, MSG_ZONES);
	return w->has_zones || worker_ask_tables(w, take_zones, c) ? &w->zones : NULL;
}

static const char *cell(const struct result *t, size_t r, size_t col)
{
	return t->col[col].text[r] ? t->col[col].text[r] : "";
}

/* The row of the smallest block that holds the address; SIZE_MAX: none. */
static size_t block_of(const struct result *t, const struct addr *a)
{
	size_t best = SIZE_MAX;
	int bits = -1;
	for (size_t r = 0; r < t->nrows; r++) {
		struct prefix p;
		const char *why, *text = cell(t, r, C_TEXT);
		if (STREQ(cell(t, r, C_KIND), "block") && prefix_parse(text, strlen(text), &p, &why) && prefix_holds(&p, a) &&
		    p.bits > bits) {
			best = r;
			bits = p.bits;
		}
	}
	return best;
}

static size_t agent_row(const struct result *t, const struct addr *a)
{
	struct addr x;
	for (size_t r = 0; r < t->nrows; r++)
		if (STREQ(cell(t, r, C_KIND), "agent") && addr_parse(cell(t, r, C_TEXT), strlen(cell(t, r, C_TEXT)), &x) &&
		    addr_equal(&x, a))
			return r;
	return block_of(t, a); /* an agent that is not listed is where its address is */
}

/* "zone>group", or a zone alone. */
static size_t name_row(const struct result *t, const char *path)
{
	for (size_t r = 0; r < t->nrows; r++) {
		size_t n = strlen(cell(t, r, C_ZONE));
		const char *group = cell(t, r, C_GROUP);
		if (strncmp(path, cell(t, r, C_ZONE), n) == 0 && (path[n] == '>' ? STREQ(path + n + 1, group) : !path[n] && !*group))
			return r;
	}
	return SIZE_MAX;
}

static const struct val *place(struct call *c, size_t col)
{
	const struct network *net = c->data;
	const struct result *t = zones(c);
	struct addr a;
	bool failed = false;
	if (!t)
		return NULL;
	size_t row;
	if (addr_parse(net->path, strlen(net->path), &a)) {
		row = block_of(t, &a);
	} else {
		const struct iface *i = network_here(c, &failed);
		row = failed ? SIZE_MAX : i ? agent_row(t, &i->agent) : name_row(t, net->path);
	}
	if (failed)
		return NULL;
	const char *text = row == SIZE_MAX ? "" : cell(t, row, col);
	return val_text(c->e, *text ? text : NULL);
}

const struct val *network_zone(struct call *c)
{
	return place(c, C_ZONE);
}

const struct val *network_group(struct call *c)
{
	return place(c, C_GROUP);
}

/* Rows of a kind, of one zone or all, each text once. */
static const struct val *list(struct call *c, const char *kind, size_t col, bool of_zone)
{
	const struct result *t = zones(c);
	char *zone = NULL;
	if (!t || (of_zone && !arg_text_or_null(c, 0, "zone", &zone)))
		return NULL;
	const struct val *out = val_array(c->e, NULL, 0);
	const char *last = "";
	size_t n = 0;
	for (size_t r = 0; r < t->nrows && out; r++) {
		const char *text = cell(t, r, col);
		bool wanted = STREQ(cell(t, r, C_KIND), kind) && *text && (!zone || STREQ(zone, cell(t, r, C_ZONE))) &&
			      (col == C_TEXT || (col == C_ZONE ? !STREQ(text, last) : true));
		if (!wanted)
			continue;
		last = text;
		const struct val *s = val_text(c->e, text);
		if (!s || !val_set_at(c->e, out, n++, s))
			out = NULL;
	}
	mem_free(zone);
	return out;
}

const struct val *network_zones(struct call *c)
{
	return list(c, "name", C_ZONE, false);
}

const struct val *network_groups(struct call *c)
{
	return list(c, "name", C_GROUP, true);
}

const struct val *network_cidrs(struct call *c)
{
	return list(c, "block", C_TEXT, true);
}

/* -- where addresses are --------------------------------------------------------------------------------- */

struct located {
	struct call *c;
	const struct val *list;
};

static bool take_texts(void *arg, struct result *t)
{
	struct located *l = arg;
	if (t->ncols != 1 || !t->col[0].text) {
		throw_err(l->c->e, E_CORRUPT, "Network");
		return false;
	}
	for (size_t r = 0; r < t->nrows; r++) {
		const struct val *v = val_text(l->c->e, t->col[0].text[r]);
		if (!v || !val_set_at(l->c->e, l->list, r, v))
			return false;
	}
	return true;
}

static bool put_addresses(struct call *c, size_t n, struct buf *out)
{
	char what[80];
	snprintf(what, sizeof(what), "%s: addresses", call_name(c));
	for (size_t i = 0; i < n; i++) {
		const struct val *v = val_at(c->e, c->arg[0], i);
		char *s = v ? text_of(c->e, what, v) : NULL;
		if (!s)
			return false;
		put_string(out, s);
		mem_free(s);
	}
	return true;
}

static const struct val *ask(struct call *c, enum locate what)
{
	struct worker *w = worker_self();
	struct buf body = { .ceiling = 8u << 20 };
	struct located l = { .c = c };
	size_t n;
	if (!arg_array(c, 0, "addresses", &n))
		return NULL;
	if (n > MAX_LOCATE)
		return throw_range(c->e, "%s: addresses: at most %d", call_name(c), MAX_LOCATE);
	buf_u8(&body, (uint8_t)what);
	buf_u32(&body, (uint32_t)n);
	bool ok = put_addresses(c, n, &body) && (l.list = val_array(c->e, NULL, 0));
	if (ok && body.bad) {
		throw_err(c->e, body.bad, call_name(c));
		ok = false;
	}
	if (ok) {
		frame_begin(&w->frame, MSG_LOCATE);
		buf_add(&w->frame, body.data, body.len);
		ok = worker_ask_tables(w, take_texts, &l);
	}
	buf_free(&body);
	return ok ? l.list : NULL;
}

const struct val *network_locations(struct call *c)
{
	return ask(c, LOCATE_PORT);
}

const struct val *network_addresses(struct call *c)
{
	return ask(c, LOCATE_OTHER);
}

const struct val *network_names(struct call *c)
{
	return ask(c, LOCATE_NAME);
}
