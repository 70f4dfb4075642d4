/* The select list: keys, values, functions of either.
 *
 *	select := item { "," item } ;  item := field | function "(" field [ "," number ] ")"
 *
 * A name that may not be seen is a name that does not exist: the same words, no suggestion. */
#include "query/exec.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum takes { KEY, VALUE, PART };
enum args { NONE, PERCENT, BITS, CHARS, LEVELS, REGEX, WORDS };
enum gives { AS_FIELD, UINT, REAL, TEXT };
enum fn_unit { SAME, PER_SECOND, COUNT, OF_TOTAL };

static const struct {
	unsigned min, max;
} bounds[] = { [PERCENT] = { 1, 100 }, [BITS] = { 0, 128 }, [CHARS] = { 1, 255 }, [LEVELS] = { 1, 127 } };

static const struct {
	const char *name;
	enum takes takes;
	enum args args;
	enum gives gives;
	enum fn_unit unit;
} functions[] = {
	{ "", KEY, NONE, AS_FIELD, SAME },
#define FUNCTION(name, takes, args, gives, unit, help) { #name, takes, args, gives, unit },
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

/* The view that has it, when this one has not; NULL = none that the asker is shown. */
static const char *view_with(const struct plan *p, const struct token *t)
{
	for (size_t i = 0; i < nviews; i++) {
		const struct field *f = field_find(&views[i], t->s, t->len);
		if (f && f->role != R_DETAIL && scope_shows_field(p->scope, f))
			return views[i].name;
	}
	return NULL;
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
	const char *other = view_with(p, t);
	return refuse(in, why, t->pos, "unknown field \"%.*s\" in view %s%s%s", shown(t), t->s, p->view->name, other ? ", it is one of " : "",
		      other ? other : "");
}

/* A number of digits; false when it is none, or beyond what any argument may be. */
static bool number(const char *t, size_t len, unsigned *ret)
{
	unsigned v = 0;
	for (size_t i = 0; i < len; i++) {
		if (t[i] < '0' || t[i] > '9' || v > 100000)
			return false;
		v = v * 10 + (unsigned)(t[i] - '0');
	}
	*ret = v;
	return len > 0;
}

static enum err set_arg(const struct words_in *in, const struct token *t, size_t skip, struct item *it, struct problem *why)
{
	enum args args = functions[it->fn].args;
	if (number(t->s + skip, t->len - skip, &it->arg) && it->arg >= bounds[args].min && it->arg <= bounds[args].max)
		return OK;
	return refuse(in, why, t->pos + skip, "%s must be %u..%u, not \"%.*s\"", functions[it->fn].name, bounds[args].min,
		      bounds[args].max, (int)MIN(t->len - skip, (size_t)60), t->s + skip);
}

/* A row of functions.def; p95 is percentile with its number. */
static enum err find_function(const struct words_in *in, const struct token *t, struct item *it, struct problem *why)
{
	char all[300] = "";
	unsigned percent;
	if (t->len > 1 && t->s[0] == 'p' && number(t->s + 1, t->len - 1, &percent)) {
		it->fn = FN_percentile;
		return set_arg(in, t, 1, it, why);
	}
	for (size_t i = 1; i < COUNT_OF(functions); i++) {
		if (strlen(functions[i].name) == t->len && memcmp(functions[i].name, t->s, t->len) == 0) {
			it->fn = (enum function)i;
			return OK;
		}
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? ", " : "", functions[i].name);
	}
	return refuse(in, why, t->pos, "unknown function \"%.*s\", there are %s", shown(t), t->s, all);
}

static bool takes_text(enum function fn)
{
	return functions[fn].args == REGEX || functions[fn].args == WORDS;
}

/* In quotes, or up to the bracket that ends the call; a pattern's own brackets belong to it. */
static size_t text_len(const char *s, char *ret_quote)
{
	size_t n = 0;
	unsigned depth = 0;
	*ret_quote = *s == '"' || *s == '\'' ? *s : 0;
	for (n = *ret_quote != 0; s[n]; n++) {
		if (s[n] == '\\' && s[n + 1]) {
			n++;
			continue;
		}
		if (*ret_quote ? s[n] == *ret_quote : s[n] == ')' && !depth)
			break;
		depth += s[n] == '(';
		depth -= s[n] == ')' && depth;
	}
	return n;
}

/* A pattern, or the name of a table. */
static enum err text_arg(struct plan *p, struct words_in *in, struct item *it, struct problem *why)
{
	struct problem part = { 0 };
	char quote;
	blanks(in);
	size_t pos = pos_of(in, in->at), n = text_len(in->text + in->at, &quote);
	const char *s = in->text + in->at + (quote != 0);
	if (quote && in->text[in->at + n] != quote)
		return refuse(in, why, pos, "the quote has no end");
	in->at += n + (quote != 0);
	n -= quote != 0;
	while (!quote && n && strchr(" \t\r\n", s[n - 1]))
		n--;
	if (!(it->text = arena_strndup(p->arena, s, n)))
		return E_NOMEM;
	if (functions[it->fn].args == WORDS) {
		bool known = p->env.table_text && p->env.table_text(p->env.table_arg, it->text, NULL, 0);
		return known ? OK : refuse(in, why, pos, "there is no table \"%.60s\": `tables` of the configuration names them", it->text);
	}
	assert(p->nregex < COUNT_OF(p->regex)); /* one a column, and one to sort by */
	enum err err = filter_regex(p->arena, it->text, n, &it->re, &part);
	if (err == OK)
		p->regex[p->nregex++] = it->re;
	return err == E_SYNTAX ? refuse(in, why, pos, "%s", part.text) : err;
}

/* What follows the function's field: its number, and the bracket. */
static enum err end_call(struct plan *p, struct words_in *in, const struct token *field, struct item *it, struct problem *why)
{
	const char *fn = functions[it->fn].name;
	bool wants = functions[it->fn].args != NONE && !it->arg, text = takes_text(it->fn);
	if (field->len && text && sign(in, ',')) {
		enum err err = text_arg(p, in, it, why);
		if (err != OK)
			return err;
		wants = false;
	} else if (field->len && wants && !text && sign(in, ',')) {
		struct token t = name(in);
		enum err err = set_arg(in, &t, 0, it, why);
		if (err != OK)
			return err;
		wants = false;
	}
	if (field->len && !wants && sign(in, ')'))
		return OK;
	bool number = functions[it->fn].args != NONE && (wants || !it->short_form);
	const char *then = functions[it->fn].args == REGEX ? ",pattern" : functions[it->fn].args == WORDS ? ",table" : number ? ",number" : "";
	return refuse(in, why, pos_of(in, in->at), "%s is written %s(field%s)", fn, fn, then);
}

static const char *item_name(struct plan *p, const struct item *it, const struct token *t)
{
	if (!it->fn)
		return arena_strndup(p->arena, t->s, t->len);
	if (it->short_form)
		return arena_printf(p->arena, "p%u(%s)", it->arg, it->field->name);
	if (it->text)
		return arena_printf(p->arena, "%s(%s,%s)", functions[it->fn].name, it->field->name, it->text);
	if (functions[it->fn].args != NONE)
		return arena_printf(p->arena, "%s(%s,%u)", functions[it->fn].name, it->field->name, it->arg);
	return arena_printf(p->arena, "%s(%s)", functions[it->fn].name, it->field->name);
}

/* Field, or function ( field [, number] ). */
static enum err parse_item(struct plan *p, struct words_in *in, struct item *it, struct problem *why)
{
	struct token t = name(in), fn = t;
	if (!t.len)
		return refuse(in, why, t.pos, "a field or a function is missing");
	if (sign(in, '(')) {
		enum err err = find_function(in, &fn, it, why);
		if (err != OK)
			return err;
		if ((it->fn == FN_name || it->fn == FN_map) && !scope_is_everything(p->scope))
			return refuse(in, why, fn.pos, "%s is for operators", functions[it->fn].name);
		it->short_form = it->arg > 0;
		t = name(in);
		if ((err = end_call(p, in, &t, it, why)) != OK)
			return err;
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
	it->name = item_name(p, it, &t);
	it->is_key = !value && (!it->fn || is_part(it->fn));
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

/* A level: what is asked for is its mean over the time it was told of. */
static bool is_level(const struct field *f)
{
	return f->role == R_GAUGE;
}

static void value_measures(struct plan *p, struct item *it)
{
	it->factor = 1;
	if (it->fn == FN_error) {
		int col = it->field->derived == D_TR_bits ? TR_bytes : it->field->col;
		it->measure = measure(p, M_VARIANCE, col);
		it->den = measure(p, M_SAMPLED, col);
		it->looked = measure(p, M_LOOKED, TR_frames);
		it->factor = it->field->derived == D_TR_bits ? 8 : 1;
		return;
	}
	if (is_level(it->field)) {
		it->measure = measure(p, M_LEVEL, it->field->col);
		it->den = measure(p, M_COVERED, it->field->col);
		it->factor = it->field->type == T_REAL ? 0.001 : 1;
		return;
	}
	switch (it->field->derived) {
	case D_TR_bits:
		it->measure = measure(p, M_COLUMN, TR_bytes);
		it->factor = 8;
		return;
	case D_TR_samples:
		it->measure = measure(p, M_SAMPLES, TR_frames);
		return;
	case D_TR_flows: case D_EV_events: case D_HS_hosts:
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
	static const enum field_type types[] = { [UINT] = T_UINT, [REAL] = T_REAL, [TEXT] = T_TEXT };
	enum gives gives = functions[it->fn].gives;
	it->type = gives == AS_FIELD ? it->field->type : types[gives];
	it->unit = it->field->unit;
	if (functions[it->fn].unit == COUNT)
		it->unit = is_part(it->fn) ? U_NONE : U_COUNT;
	if (functions[it->fn].unit == OF_TOTAL)
		it->unit = U_PERCENT;
	if (functions[it->fn].unit == PER_SECOND)
		it->unit = it->field->unit == U_BIT ? U_BPS : U_NONE;
}

static bool is_either(const struct field *f)
{
	return f->derived == D_TR_interface || f->derived == D_TR_customer;
}

static enum err check_item(const struct plan *p, const struct words_in *in, const struct item *it, size_t pos, struct problem *why)
{
	const struct field *f = it->field;
	if (is_either(f) && (it->fn || p->kind == QUERY_ROWS || p->either))
		return refuse(in, why, pos, "%s has two sides: select %s here", f->name,
			      f->derived == D_TR_interface ? "inputinterface or outputinterface" : "sourcecustomer or destinationcustomer");
	const char *wants = is_part(it->fn) ? part_refuses(it) : NULL;
	if (wants)
		return refuse(in, why, pos, "%s %s", functions[it->fn].name, wants);
	if (it->fn == FN_error && (p->view->table->id != TABLE_TRAFFIC || f->derived == D_TR_samples || f->derived == D_TR_flows))
		return refuse(in, why, pos, "%s is counted and not estimated: it has no error", f->name);
	if (is_level(f) && (it->fn == FN_rate || it->fn == FN_sum || it->fn == FN_share))
		return refuse(in, why, pos, "%s is a level: it has min, max and mean, but no %s", f->name, functions[it->fn].name);
	if (is_share(f) && (it->fn == FN_rate || it->fn == FN_sum || it->fn == FN_share))
		return refuse(in, why, pos, "%s is a share: it has min, max and mean, but no %s", f->name, functions[it->fn].name);
	if (is_share(f) && p->kind == QUERY_ROWS)
		return refuse(in, why, pos, "%s needs two readings: raw rows do not have it", f->name);
	if (it->fn && f->type == T_TIME && !is_part(it->fn))
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
			err = key_lanes(p, &p->item[i], !p->item[i].fn);
			if (err == OK && p->item[i].fn && p->item[i].type == T_TEXT && p->item[i].fn != FN_mask)
				p->lane[p->item[i].lane[0]].text = true;
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
	p->minutes |= it->fn == FN_min || it->fn == FN_max || it->fn == FN_mean || it->fn == FN_sdev || it->fn == FN_percentile;
	p->parts |= is_part(it->fn);
	p->clock |= it->fn == FN_hour || it->fn == FN_weekday;
	p->share |= it->fn == FN_share;
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
		p->either |= is_either(it.field);
		p->by_customer |= it.field->derived == D_TR_customer;
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
		if (p->item[i].fn != it.fn || p->item[i].field != it.field || p->item[i].arg != it.arg ||
		    !STREQ(p->item[i].text ? p->item[i].text : "", it.text ? it.text : ""))
			continue;
		if (can_sort(&p->item[i]))
			p->sort = (int)i;
		return can_sort(&p->item[i]) || p->item[i].is_key ? OK : refuse(&in, why, 1, "rows are not sorted by %s", it.name);
	}
	if (!field_is_value(it.field))
		return refuse(&in, why, 1, "\"%s\" is not selected", it.name);
	if ((err = check_item(p, &in, &it, 1, why)) != OK)
		return err;
	lay_out_value(p, &it);
	it.hidden = true;
	p->sort = (int)p->nitems;
	p->item[p->nitems++] = it;
	return OK;
}
