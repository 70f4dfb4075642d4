/* Random trees: printed, parsed and printed again they must be equal, and pass the same records.
 * Seeds are fixed, so a failure comes back. */
#include "unit.h"

#include "filter/filter.h"

#include <stdio.h>

enum { TREES = 10000, RECORDS = 12, MAX_VALUES = 4 };

/* xorshift64*: any fixed sequence will do. */
struct dice {
	uint64_t s;
};

static uint64_t roll(struct dice *d)
{
	d->s ^= d->s >> 12;
	d->s ^= d->s << 25;
	d->s ^= d->s >> 27;
	return d->s * 0x2545f4914f6cdd1du;
}

static uint64_t below(struct dice *d, uint64_t n)
{
	return (roll(d) >> 32) % n;
}

/* Few different values, so that records do match; now and then any value at all. */
static uint64_t num_of(struct dice *d, uint64_t most)
{
	uint64_t any = roll(d);
	return below(d, 4)          ? below(d, MIN(most, (uint64_t)5) + 1)
	       : most == UINT64_MAX ? any
				    : any % (most + 1);
}

static struct addr addr_of(struct dice *d)
{
	struct addr a = addr_v4((uint32_t)(0xc0000200 + below(d, 8)));
	switch (below(d, 4)) {
	case 0:
		a = (struct addr){ { 0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)below(d, 8) } };
		break;
	case 1:
		a = addr_v4((uint32_t)roll(d));
		break;
	default:
		break;
	}
	return a;
}

/* Text with everything in it that could end a word. */
static size_t text_of(struct dice *d, char *buf, size_t most)
{
	static const char *const pieces[] = { "a",        "b",   " ",  ",",  "|",  "&",
					      ")",        "(",   "\"", "'",  "\\", "and",
					      "OR",       "not", "in", "$a", "=",  "\n",
					      "\xc3\xbc", "!",   "~",  "0/1" };
	size_t n = 0, k = below(d, 4);
	for (size_t i = 0; i < k; i++) {
		const char *p = pieces[below(d, COUNT_OF(pieces))];
		if (n + strlen(p) > most)
			break;
		memcpy(buf + n, p, strlen(p));
		n += strlen(p);
	}
	return n;
}

/* -- trees -- */

static void block_of(struct dice *d, struct filter_value *v)
{
	struct addr x;
	v->addr_lo = addr_of(d);
	v->addr_hi = v->addr_lo;
	if (below(d, 2))
		return;
	if (below(d, 2)) {
		struct prefix p = { v->addr_lo,
				    (uint8_t)(addr_is_v4(&v->addr_lo) ? 96 + below(d, 33)
								      : 64 + below(d, 65)) };
		prefix_range(&p, &v->addr_lo, &v->addr_hi);
		return;
	}
	do
		x = addr_of(d);
	while (addr_is_v4(&x) != addr_is_v4(&v->addr_lo));
	if (addr_compare(&x, &v->addr_lo) < 0)
		v->addr_lo = x;
	else
		v->addr_hi = x;
}

static uint64_t most_of(const struct field *f, const struct view *view)
{
	uint64_t column = f->col < 0 ? UINT64_MAX
			  : view->table->cols[f->col].storage >= 8
				  ? UINT64_MAX
				  : ((uint64_t)1 << 8 * view->table->cols[f->col].storage) - 1;
	switch (f->type) {
	case T_MAC:
		return ((uint64_t)1 << 48) - 1;
	case T_TCPFLAGS:
		return 0x1ff;
	case T_EXPORT:
		return 0; /* filled below */
	case T_PORT:
		return UINT16_MAX;
	case T_IFACE:
		return UINT32_MAX;
	default:
		return column;
	}
}

static void value_of(struct dice *d, const struct field *f, const struct view *view, bool order,
		     struct arena *a, struct filter_value *v)
{
	char text[32];
	bool range = !order && (f->type == T_UINT || f->type == T_HEX16 || f->type == T_PORT) &&
		     below(d, 3) == 0;
	v->lo = num_of(d, most_of(f, view));
	uint64_t other = num_of(d, most_of(f, view));
	v->hi = range ? MAX(v->lo, other) : v->lo;
	switch (f->type) {
	case T_ADDR:
		*v = (struct filter_value){ 0 };
		block_of(d, v);
		break;
	case T_TEXT:
		*v = (struct filter_value){ 0 };
		v->len = text_of(d, text, sizeof(text));
		v->text = arena_strndup(a, text, v->len);
		break;
	case T_REAL:
		*v = (struct filter_value){ .real = (double)below(d, 1000) / 7 };
		break;
	case T_TIME:
		v->lo = below(d, 4000000000u) * (uint64_t)USEC_PER_SEC;
		v->hi = order ? v->lo : v->lo + USEC_PER_SEC - 1;
		break;
	case T_IFACE:
		v->addr_lo = v->addr_hi = addr_of(d);
		break;
	case T_PORT:
		v->of_proto = below(d, 2);
		v->proto = (uint8_t)(!v->of_proto ? 0 : below(d, 2) ? 6 : below(d, 256));
		break;
	case T_PROTOCOL:
		v->lo = v->hi = below(d, 256);
		break;
	case T_ICMP:
		v->lo = num_of(d, 255) << 8;
		v->hi = below(d, 2) ? v->lo | 255 : v->lo;
		break;
	case T_EXPORT:
		v->lo = v->hi = EXPORT_SFLOW + below(d, EXPORT_NETFLOW7);
		break;
	case T_DIRECTION:
		v->lo = v->hi = below(d, 3);
		break;
	case T_DUPLEX:
		v->lo = v->hi = below(d, 5);
		break;
	default:
		break;
	}
}

static bool is_host(const struct field *f)
{
	return f->derived == D_TR_sourceaddress || f->derived == D_TR_destinationaddress;
}

static struct filter *test_of(struct dice *d, const struct view *view, struct arena *a)
{
	const struct field *f;
	do
		f = &view->fields[below(d, view->nfields)];
	while (f->role == R_DETAIL || is_host(f));
	bool order = (f->type == T_UINT || f->type == T_HEX16 || f->type == T_REAL ||
		      f->type == T_TIME || f->type == T_PORT) &&
		     below(d, 2);
	struct filter *t = arena_new0(a, 1, sizeof(*t));
	t->kind = FILTER_TEST;
	t->field = f;
	t->op = order ? (enum filter_op)(FOP_LT + below(d, 4)) : below(d, 3) ? FOP_EQ : FOP_NE;
	t->nvalue = order ? 1 : 1 + below(d, MAX_VALUES);
	t->value = arena_new0(a, t->nvalue, sizeof(*t->value));
	for (size_t i = 0; i < t->nvalue; i++)
		value_of(d, f, view, order, a, &t->value[i]);
	if (f->type == T_TIME && (t->op == FOP_LE || t->op == FOP_GT)) /* to the second's end */
		t->value->lo = t->value->hi += USEC_PER_SEC - 1;
	return t;
}

/* AND below AND does not exist: such lists are flat. */
static struct filter *tree_of(struct dice *d, const struct view *view, struct arena *a,
			      unsigned depth, enum filter_kind parent)
{
	enum filter_kind kind;
	if (!depth || below(d, 3) == 0)
		return test_of(d, view, a);
	do
		kind = (enum filter_kind)(FILTER_AND + below(d, 3));
	while (kind == parent && kind != FILTER_NOT);
	struct filter *f = arena_new0(a, 1, sizeof(*f));
	f->kind = kind;
	f->nsub = kind == FILTER_NOT ? 1 : 2 + below(d, 3);
	f->sub = arena_new0(a, f->nsub, sizeof(struct filter *));
	for (size_t i = 0; i < f->nsub; i++)
		f->sub[i] = tree_of(d, view, a, depth - 1, kind);
	return f;
}

static bool value_equal(const struct filter_value *a, const struct filter_value *b)
{
	return a->lo == b->lo && a->hi == b->hi && a->real == b->real &&
	       addr_equal(&a->addr_lo, &b->addr_lo) && addr_equal(&a->addr_hi, &b->addr_hi) &&
	       a->proto == b->proto && a->of_proto == b->of_proto && a->len == b->len && !a->text == !b->text &&
	       (!a->text || memcmp(a->text, b->text, a->len) == 0);
}

static bool tree_equal(const struct filter *a, const struct filter *b)
{
	if (a->kind != b->kind || a->nsub != b->nsub || a->nvalue != b->nvalue ||
	    a->field != b->field || a->op != b->op)
		return false;
	for (size_t i = 0; i < a->nsub; i++)
		if (!tree_equal(a->sub[i], b->sub[i]))
			return false;
	for (size_t i = 0; i < a->nvalue; i++)
		if (!value_equal(&a->value[i], &b->value[i]))
			return false;
	return true;
}

/* -- records: a value for each field, made from the record's number -- */

struct record {
	uint64_t number;
	const struct view *view;
};

static size_t record_get(void *arg, const struct field *f, struct value ret[static 2])
{
	const struct record *rec = arg;
	struct dice d = { rec->number * 0x9e3779b97f4a7c15u +
			  (uint64_t)(f - rec->view->fields + 1) };
	static const char *const texts[] = { "a", "b", "and", "0/1", "" };
	size_t n = below(&d, 10) == 0 ? 2 : 1;
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct value){ .type = f->type,
					 .null = below(&d, 10) == 0,
					 .num = num_of(&d, most_of(f, rec->view)) };
		ret[i].addr = addr_of(&d);
		ret[i].proto = below(&d, 2) ? 6 : 17;
		ret[i].real = (double)below(&d, 100);
		ret[i].text = texts[below(&d, COUNT_OF(texts))];
		ret[i].text_len = strlen(ret[i].text);
		if (f->type == T_TIME)
			ret[i].num = below(&d, 4000000000u) * (uint64_t)USEC_PER_SEC;
	}
	return n;
}

/* What the words of a test say, written once more and plainly, against filter_match(). */
static bool passes(const struct filter *f, struct record *rec)
{
	struct value v[2];
	bool any = false;
	if (f->kind == FILTER_NOT)
		return !passes(f->sub[0], rec);
	for (size_t i = 0; i < f->nsub; i++)
		if (passes(f->sub[i], rec) == (f->kind == FILTER_OR))
			return f->kind == FILTER_OR;
	if (f->kind != FILTER_TEST)
		return f->kind == FILTER_AND;
	size_t n = record_get(rec, f->field, v);
	struct filter positive = *f;
	positive.op = f->op == FOP_NE ? FOP_EQ : f->op;
	for (size_t i = 0; i < n; i++)
		any = any || filter_test(&positive, &v[i]);
	return any != (f->op == FOP_NE);
}

static void check_tree(uint64_t seed, const struct view *view, size_t matches[2])
{
	struct dice d = { seed * 0x9e3779b97f4a7c15u + 1 };
	struct arena a = { 0 };
	struct buf printed = { 0 }, again = { 0 };
	struct problem why = { .pos = 0 };
	const struct filter_names staff = { .staff = true };
	const struct filter *parsed;
	struct filter *f = tree_of(&d, view, &a, 4, FILTER_ALL);

	filter_print(f, &printed);
	if (filter_parse(buf_str(&printed), printed.len, view, &staff, NULL, &a, &parsed, &why) !=
	    OK)
		fail_msg("seed %llu: error at %zu: %s: %s", (unsigned long long)seed, why.pos,
			 why.text, buf_str(&printed));
	filter_print(parsed, &again);
	assert_string_equal(buf_str(&printed), buf_str(&again));
	if (!tree_equal(f, parsed))
		fail_msg("seed %llu: another tree: %s", (unsigned long long)seed,
			 buf_str(&printed));
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct record rec = { seed * RECORDS + i + 1, view };
		bool match = filter_match(f, record_get, &rec);
		if (match != filter_match(parsed, record_get, &rec) || match != passes(f, &rec))
			fail_msg("seed %llu, record %llu: %s", (unsigned long long)seed,
				 (unsigned long long)i, buf_str(&printed));
		matches[match]++;
	}
	filter_done(parsed);
	buf_free(&printed);
	buf_free(&again);
	arena_free(&a);
}

static void printed_trees_parse_to_equal_trees(void **state _unused_)
{
	size_t matches[2] = { 0 };
	for (uint64_t seed = 0; seed < TREES; seed++)
		check_tree(seed, view_find(seed % 2 ? "traffic" : "ifcounters", seed % 2 ? 7 : 10),
			   matches);
	assert_true(matches[0] > TREES && matches[1] > TREES); /* neither answer is rare */
}

/* Any text at all, quoted, is one value and comes back as it was. */
static void quoted_text_is_one_value(void **state _unused_)
{
	const struct view *view = view_find("ifcounters", 10);
	struct dice d = { 4711 };
	for (int i = 0; i < 10000; i++) {
		struct arena a = { 0 };
		struct buf text = { 0 };
		const struct filter *f;
		char raw[40];
		size_t n = below(&d, sizeof(raw));
		for (size_t k = 0; k < n; k++)
			raw[k] = (char)(below(&d, 2) ? "\\\"'|&),( =$\n\0and"[below(&d, 16)]
						     : (char)roll(&d));
		buf_text(&text, "ifname=");
		filter_quote(raw, n, &text);
		assert_int_equal(filter_parse((const char *)text.data, text.len, view, NULL, NULL,
					      &a, &f, NULL),
				 OK);
		assert_int_equal(f->kind, FILTER_TEST);
		assert_int_equal(f->nvalue, 1);
		assert_int_equal(f->value[0].len, n);
		assert_memory_equal(f->value[0].text, raw, n);
		buf_free(&text);
		arena_free(&a);
	}
}

UNIT_MAIN(cmocka_unit_test(printed_trees_parse_to_equal_trees),
	  cmocka_unit_test(quoted_text_is_one_value))
