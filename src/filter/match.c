/* The plain evaluator: one record, value by value.  A value that is null, or a field of which the
 * record has no value, passes no positive test; only the empty text "" and the address "::" after "=" ask
 * for it.  What is shown as nothing passes no pattern, be it "^$" or ".*". */
#include "filter/parts.h"

static bool in_order(enum filter_op op, int cmp)
{
	return op == FOP_LT   ? cmp < 0
	       : op == FOP_LE ? cmp <= 0
	       : op == FOP_GT ? cmp > 0
	       : op == FOP_GE ? cmp >= 0
			      : cmp == 0;
}

static bool num_passes(enum filter_op op, const struct filter_value *want, uint64_t num)
{
	if (op_is_order(op))
		return in_order(op, (num > want->lo) - (num < want->lo));
	return want->lo <= num && num <= want->hi;
}

bool test_number(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

bool test_time(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

bool test_real(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return in_order(op, (v->real > want->real) - (v->real < want->real));
}

bool test_text(enum filter_op op _unused_, const struct filter_value *want, const struct value *v)
{
	return want->len == v->text_len &&
	       (!want->len || memcmp(want->text, v->text, want->len) == 0);
}

bool test_pattern(enum filter_op op _unused_, const struct filter_value *want,
		  const struct value *v)
{
	char buf[VALUE_TEXT];
	const char *text = v->type == T_TEXT ? v->text : value_format(v, buf);
	size_t len = v->type == T_TEXT ? v->text_len : strlen(text);
	return len && regex_match(want->re, text, len);
}

bool test_block(enum filter_op op _unused_, const struct filter_value *want, const struct value *v)
{
	return addr_compare(&want->addr_lo, &v->addr) <= 0 &&
	       addr_compare(&v->addr, &want->addr_hi) <= 0;
}

/* The record's value is text, or still an address or a MAC. */
bool test_host(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	struct value as = *v;
	if (want->text) {
		bool mac = v->type == T_MAC ||
			   (v->type == T_TEXT && mac_parse(v->text, v->text_len, &as.num));
		return mac && as.num == want->lo;
	}
	if (v->type == T_TEXT && !addr_parse(v->text, v->text_len, &as.addr))
		return false;
	return v->type != T_MAC && test_block(op, want, &as);
}

bool test_mac(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

bool test_iface(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return addr_equal(&want->addr_lo, &v->addr) && num_passes(op, want, v->num);
}

bool test_port(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return (!want->of_proto || want->proto == v->proto) && num_passes(op, want, v->num);
}

bool test_protocol(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

bool test_flags(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

bool test_icmp(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

bool test_word(enum filter_op op, const struct filter_value *want, const struct value *v)
{
	return num_passes(op, want, v->num);
}

static bool any_passes(const struct filter *test, const struct value *v)
{
	static const struct value nothing = { .type = T_TEXT, .text = "" };
	static const struct value no_address = { .type = T_ADDR };
	const struct rule *rule = rule_find(test->field, test->op);
	if (v->null && (op_is_pattern(test->op) || (test->field->type != T_TEXT && test->field->type != T_ADDR)))
		return false;
	if (v->null)
		v = test->field->type == T_ADDR ? &no_address : &nothing;
	for (size_t i = 0; i < test->nvalue; i++)
		if (rule->test(test->op, &test->value[i], v))
			return true;
	return false;
}

bool filter_test(const struct filter *test, const struct value *v)
{
	return any_passes(test, v) != op_is_negative(test->op);
}

static bool test_record(const struct filter *test, filter_get *get, void *arg)
{
	struct value v[2] = { { .null = true } };
	size_t n = MAX(get(arg, test->field, v), (size_t)1); /* no value is one null */
	bool any = false;
	for (size_t i = 0; !any && i < MIN(n, COUNT_OF(v)); i++)
		any = any_passes(test, &v[i]);
	return any != op_is_negative(test->op);
}

bool filter_match(const struct filter *f, filter_get *get, void *arg)
{
	switch (f->kind) {
	case FILTER_ALL:
		return true;
	case FILTER_TEST:
		return test_record(f, get, arg);
	case FILTER_NOT:
		return !filter_match(f->sub[0], get, arg);
	case FILTER_AND:
		for (size_t i = 0; i < f->nsub; i++)
			if (!filter_match(f->sub[i], get, arg))
				return false;
		return true;
	case FILTER_OR:
		for (size_t i = 0; i < f->nsub; i++)
			if (filter_match(f->sub[i], get, arg))
				return true;
		return false;
	}
	return false;
}
