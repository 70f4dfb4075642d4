#include "filter/parts.h"

#include <stdio.h>

enum {
	SET = 1 << FOP_EQ | 1 << FOP_NE,
	MATCH = 1 << FOP_RE | 1 << FOP_NRE,
	ORDER = 1 << FOP_LT | 1 << FOP_LE | 1 << FOP_GT | 1 << FOP_GE,
};

static const struct rule rules[] = {
#define RULE(type, ops, form, looks)                                                               \
	{ NULL, D_NONE, T_##type, (ops), read_##form, print_##form, test_##form, looks },
#define FIELD_RULE(table, name, ops, form, looks)                                                  \
	{ #name, D_##table##_##name, T_TYPES, (ops), read_##form, print_##form, test_##form, looks },
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

/* All operators of a type in one line; what a pattern looks like needs none of its own. */
void filter_help(struct buf *out)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		const struct rule *r = &rules[i];
		const struct field f = { .type = r->derived ? T_TEXT : r->type, .derived = r->derived };
		char ops[32] = "";
		if (r->read == read_pattern)
			continue;
		for (size_t op = 0, n = 0; op < FILTER_OPS; op++)
			if (rule_ops(&f) >> op & 1)
				n += (size_t)snprintf(ops + n, sizeof(ops) - n, n ? " %s" : "%s",
						      op_text[op]);
		buf_printf(out, "%-18s %-17s  %s\n", r->name ? r->name : type_name(r->type), ops,
			   r->looks);
	}
}
