#include "filter/parts.h"

enum {
	SET = 1 << FOP_EQ | 1 << FOP_NE,
	MATCH = 1 << FOP_RE | 1 << FOP_NRE,
	ORDER = 1 << FOP_LT | 1 << FOP_LE | 1 << FOP_GT | 1 << FOP_GE,
};

static const struct rule rules[] = {
#define RULE(type, ops, form, looks)                                                               \
	{ D_NONE, T_##type, (ops), read_##form, print_##form, test_##form, looks },
#define FIELD_RULE(derived, ops, form, looks)                                                      \
	{ derived, T_TYPES, (ops), read_##form, print_##form, test_##form, looks },
#include "filter/rules.def"
};

static bool applies(const struct rule *r, const struct field *f)
{
	return r->derived ? r->derived == f->derived : r->type == f->type;
}

const struct rule *rule_find(const struct field *f, enum filter_op op)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (applies(&rules[i], f) && rules[i].ops >> op & 1)
			return &rules[i];
	return NULL;
}

unsigned rule_ops(const struct field *f)
{
	unsigned ops = 0;
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (applies(&rules[i], f))
			ops |= rules[i].ops;
	return ops;
}
