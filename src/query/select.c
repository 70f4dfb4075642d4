/* The select list: keys, values, functions of either.
 *
 *	select := item { "," item } ;  item := field | function "(" field ")"
 *
 * A name that may not be seen is a name that does not exist: the same words, no suggestion. */
#include "query/exec.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum takes { KEY, VALUE };
enum fn_unit { SAME, PER_SECOND, COUNT };

static const struct {
	const char *name;
	enum takes takes;
	enum fn_unit unit;
} functions[] = {
	{ "", KEY, SAME },
#define FUNCTION(name, takes, unit, help) { #name, takes, unit },
#include "query/functions.def"
#undef FUNCTION
};

/* What is read: the text and where in it. */
struct words_in {
	const char *arg;  /* "select" or "sort" */
	const char *text;
	size_t at;
};

struct token {
	const char *s;
	size_t len, pos;
};

static size_t pos_of(const struct words_in *in, size_t at)
{
	size_t pos = 1;
	for (size_t i = 0; i < at; i++)
		pos += ((unsigned char)in->text[i] & 0xc0) != 0x80;
	return pos;
}

static _printf_(4, 5) enum err refuse(const struct words_in *in, struct problem *why, size_t pos, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return problem_at(why, E_SYNTAX, pos, "%s: error at %zu: %s", in->arg, pos, text);
}

static void blanks(struct words_in *in)
{
	in->at += strspn(in->text + in->at, " \t\r\n");
}

static bool sign(struct words_in *in, char c)
{
	blanks(in);
	if (in->text[in->at] != c)
		return false;
	in->at++;
	return true;
}

static struct token name(struct words_in *in)
{
	blanks(in);
	struct token t = { .s = in->text + in->at, .pos = pos_of(in, in->at) };
	t.len = strspn(t.s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	in->at += t.len;
	return t;
}

static int shown(const struct token *t)
{
	return (int)MIN(t->len, (size_t)60);
}

static enum err find_field(const struct plan *p, const struct words_in *in, const struct token *t,
			   const struct field **ret, struct problem *why)
{
	bool staff = scope_is_everything(p->scope);
	const struct field *f = field_find(p->view, t->s, t->len);
	if (f && f->role != R_DETAIL && scope_shows_field(p->scope, f)) {
		*ret = f;
		return OK;
	}
	const char *near = staff ? field_nearest(p->view, t->s, t->len, staff) : NULL;
	if (near)
		return refuse(in, why, t->pos, "unknown field \"%.*s\", did you mean \"%s\"?", shown(t), t->s, near);
	return refuse(in, why, t->pos, "unknown field \"%.*s\" in view %s", shown(t), t->s, p->view->name);
}

static enum err find_function(const struct words_in *in, const struct token *t, enum function *ret, struct problem *why)
{
	char all[200] = "";
	for (size_t i = 1; i < COUNT_OF(functions); i++) {
		if (strlen(functions[i].name) == t->len && memcmp(functions[i].name, t->s, t->len) == 0) {
			*ret = (enum function)i;
			return OK;
		}
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? ", " : "", functions[i].name);
	}
	return refuse(in, why, t->pos, "unknown function \"%.*s\", there are %s", shown(t), t->s, all);
}

/* Field, or function ( field ). */
static enum err parse_item(struct plan *p, struct words_in *in, struct item *it, struct problem *why)
{
	struct token t = name(in), fn = t;
	if (!t.len)
		return refuse(in, why, t.pos, "a field or a function is missing");
	if (sign(in, '(')) {
		enum err err = find_function(in, &fn, &it->fn, why);
		if (err != OK)
			return err;
		t = name(in);
		if (!t.len || !sign(in, ')'))
			return refuse(in, why, pos_of(in, in->at), "%s is written %s(field)", functions[it->fn].name,
				      functions[it->fn].name);
	}
	enum err err = find_field(p, in, &t, &it->field, why);
	if (err != OK)
		return err;
	assert(it->field);
	bool value = field_is_value(it->field);
	if (it->fn && value != (functions[it->fn].takes == VALUE))
		return refuse(in, why, t.pos, "%s takes a %s, \"%s\" is a %s", functions[it->fn].name, value ? "key" : "value",
			      it->field->name, value ? "value" : "key");
	if (it->fn && p->kind == QUERY_ROWS)
		return refuse(in, why, fn.pos, "raw rows have no functions");
	it->name = it->fn ? arena_printf(p->arena, "%s(%s)", functions[it->fn].name, it->field->name) :
			    arena_strndup(p->arena, t.s, t.len);
	it->is_key = !it->fn && !value;
	return it->name ? OK : E_NOMEM;
}

/* -- what an item needs ------------------------------------------------------------------------------------ */

static unsigned measure(struct plan *p, enum measure_kind kind, int col)
{
	for (unsigned i = 0; i < p->nmeasures; i++)
		if (p->measure[i].kind == kind && p->measure[i].col == col)
			return i;
	assert(p->nmeasures < MAX_MEASURES);
	p->measure[p->nmeasures] = (struct measure){ kind, col };
	return p->nmeasures++;
}

static bool is_share(const struct field *f)
{
	return f->derived == D_IF_ifinutilization || f->derived == D_IF_ifoututilization;
}

static void value_measures(struct plan *p, struct item *it)
{
	it->factor = 1;
	switch (it->field->derived) {
	case D_TR_bits:
		it->measure = measure(p, M_COLUMN, TR_bytes);
		it->factor = 8;
		return;
	case D_TR_samples:
		it->measure = measure(p, M_SAMPLES, TR_frames);
		return;
	case D_TR_flows:
		it->measure = measure(p, M_ROWS, TR_time);
		return;
	case D_IF_ifinbits: case D_IF_ifinutilization:
		it->measure = measure(p, M_COLUMN, IF_ifinoctets);
		break;
	case D_IF_ifoutbits: case D_IF_ifoututilization:
		it->measure = measure(p, M_COLUMN, IF_ifoutoctets);
		break;
	default:
		it->measure = measure(p, M_COLUMN, it->field->col);
		return;
	}
	it->factor = 8;
	if (is_share(it->field)) {
		it->den = measure(p, M_SPEED, p->measure[it->measure].col);
		it->factor = 8 * 100.0 * (double)USEC_PER_SEC; /* octets -> bits, per cent, of bit/s times usec */
	}
}

static void item_type(struct item *it)
{
	bool real = it->fn == FN_rate || it->fn == FN_mean || it->field->type == T_REAL;
	it->type = it->fn == FN_count ? T_UINT : functions[it->fn].takes == VALUE && real ? T_REAL : it->field->type;
	it->unit = it->field->unit;
	if (functions[it->fn].unit == COUNT)
		it->unit = U_COUNT;
	if (functions[it->fn].unit == PER_SECOND)
		it->unit = it->field->unit == U_BIT ? U_BPS : U_NONE;
}

static enum err check_item(const struct plan *p, const struct words_in *in, const struct item *it, size_t pos, struct problem *why)
{
	const struct field *f = it->field;
	bool either = f->derived == D_TR_interface;
	if (either && (it->fn || p->kind == QUERY_ROWS || p->either))
		return refuse(in, why, pos, "%s has two sides: select inputinterface or outputinterface here", f->name);
	if (is_share(f) && (it->fn == FN_rate || it->fn == FN_sum))
		return refuse(in, why, pos, "%s is a share: it has min, max and mean, but no %s", f->name, functions[it->fn].name);
	if (is_share(f) && p->kind == QUERY_ROWS)
		return refuse(in, why, pos, "%s needs two readings: raw rows do not have it", f->name);
	if (it->fn && f->type == T_TIME)
		return refuse(in, why, pos, "%s(%s) is not possible", functions[it->fn].name, f->name);
	return OK;
}

/* Keys first, for their lanes come first; then the rest.  Positions are known no more. */
static enum err lay_out(struct plan *p)
{
	unsigned keys = 0;
	enum err err = OK;
	for (unsigned i = 0; i < p->nitems && err == OK; i++)
		if (p->item[i].is_key) {
			err = key_lanes(p, &p->item[i], true);
			keys++;
		}
	p->nkeylanes = p->nlanes;
	for (unsigned i = 0; i < p->nkeylanes; i++) {
		p->lane[i].word = p->nwords;
		p->nwords += p->lane[i].addr ? 2 : 1;
	}
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		struct item *it = &p->item[i];
		if (it->is_key || !it->fn || functions[it->fn].takes != KEY)
			continue;
		err = key_lanes(p, it, false);
		it->set = p->nsets++;
	}
	return err;
}

static void lay_out_value(struct plan *p, struct item *it)
{
	if (field_is_value(it->field))
		value_measures(p, it);
	p->minutes |= it->fn == FN_min || it->fn == FN_max || it->fn == FN_mean;
	item_type(it);
}

enum err select_parse(struct plan *p, const char *text, struct problem *why)
{
	struct words_in in = { .arg = "select", .text = text ? text : "" };
	unsigned keys = 0;
	blanks(&in);
	if (!in.text[in.at])
		return refuse(&in, why, 1, "nothing is selected");
	do {
		struct item it = { 0 };
		blanks(&in);
		size_t pos = pos_of(&in, in.at);
		if (p->nitems == MAX_ITEMS)
			return refuse(&in, why, pos, "more than %d columns", MAX_ITEMS);
		enum err err = parse_item(p, &in, &it, why);
		if (err == OK)
			err = check_item(p, &in, &it, pos, why);
		if (err != OK)
			return err;
		assert(it.field && "an item that was read has a field");
		keys += it.is_key;
		if (keys > MAX_KEYS && p->kind != QUERY_ROWS)
			return refuse(&in, why, pos, "more than %d keys", MAX_KEYS);
		p->either |= it.field->derived == D_TR_interface;
		lay_out_value(p, &it);
		p->item[p->nitems++] = it;
	} while (sign(&in, ','));
	if (in.text[in.at])
		return refuse(&in, why, pos_of(&in, in.at), "a comma is expected here");
	return p->kind == QUERY_ROWS ? OK : lay_out(p);
}

/* -- sort ----------------------------------------------------------------------------------------------------- */

static bool can_sort(const struct item *it)
{
	return !it->is_key && it->fn != FN_first && it->fn != FN_last;
}

enum err select_sort(struct plan *p, const char *text, struct problem *why)
{
	struct words_in in = { .arg = "sort", .text = text ? text : "" };
	struct item it = { 0 };
	p->sort = -1;
	blanks(&in);
	if (!in.text[in.at]) {
		for (unsigned i = p->nitems; i-- > 0;)
			if (can_sort(&p->item[i]))
				p->sort = (int)i;
		return OK;
	}
	enum err err = parse_item(p, &in, &it, why);
	blanks(&in);
	if (err == OK && in.text[in.at])
		err = refuse(&in, why, pos_of(&in, in.at), "one column is expected");
	if (err != OK)
		return err;
	assert(it.field && "an item that was read has a field");
	for (unsigned i = 0; i < p->nitems; i++) {
		if (p->item[i].fn != it.fn || p->item[i].field != it.field)
			continue;
		if (can_sort(&p->item[i]))
			p->sort = (int)i;
		return can_sort(&p->item[i]) || p->item[i].is_key ? OK : refuse(&in, why, 1, "rows are not sorted by %s", it.name);
	}
	if (!field_is_value(it.field) || it.fn == FN_first || it.fn == FN_last)
		return refuse(&in, why, 1, "\"%s\" is not selected", it.name);
	if ((err = check_item(p, &in, &it, 1, why)) != OK)
		return err;
	lay_out_value(p, &it);
	it.hidden = true;
	p->sort = (int)p->nitems;
	p->item[p->nitems++] = it;
	return OK;
}
