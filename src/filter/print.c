/* A tree as text: what filter_parse() takes and gives the same tree for.  Words are quoted when
 * they could be read as something else; patterns keep their backslashes (see word_text). */
#include "filter/parts.h"

#include <inttypes.h>

void filter_quote(const char *s, size_t len, struct buf *out)
{
	buf_u8(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_u8(out, '\\');
		buf_u8(out, (uint8_t)s[i]);
	}
	buf_u8(out, '"');
}

/* Letters, digits and . : / _ - at any place are safe as they stand, unless they make a keyword. */
static bool is_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
		      (s[i] >= '0' && s[i] <= '9') || s[i] == '.' || s[i] == ':' || s[i] == '/' ||
		      s[i] == '_' || s[i] == '-'))
			return false;
	return len && !is_keyword(s, len);
}

void print_text(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	if (is_plain(v->text, v->len))
		buf_add(out, v->text, v->len);
	else
		filter_quote(v->text, v->len, out);
}

/* Always quoted; the pattern's own backslash pairs pass as they are. */
void print_pattern(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	buf_u8(out, '"');
	for (size_t i = 0; i < v->len; i++) {
		if (v->text[i] == '"')
			buf_u8(out, '\\');
		buf_u8(out, (uint8_t)v->text[i]);
		if (v->text[i] == '\\' && i + 1 < v->len)
			buf_u8(out, (uint8_t)v->text[++i]);
	}
	buf_u8(out, '"');
}

static void print_bound(uint64_t v, bool hex, struct buf *out)
{
	if (hex)
		buf_printf(out, "0x%04" PRIx64, v);
	else
		buf_printf(out, "%" PRIu64, v);
}

void print_number(const struct field *f, const struct filter_value *v, struct buf *out)
{
	print_bound(v->lo, f->type == T_HEX16, out);
	if (v->hi != v->lo) {
		buf_u8(out, '-');
		print_bound(v->hi, f->type == T_HEX16, out);
	}
}

void print_real(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	buf_printf(out, "%.17g", v->real);
}

void print_time(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	buf_printf(out, "%" PRIu64, v->lo / (uint64_t)USEC_PER_SEC);
}

/* The bits that a block's two ends share, when it is a CIDR block; else -1. */
static int block_bits(const struct filter_value *v)
{
	struct prefix p = { .addr = v->addr_lo };
	struct addr first, last;
	unsigned bits = 0;
	while (bits < 128 &&
	       !((v->addr_lo.b[bits / 8] ^ v->addr_hi.b[bits / 8]) >> (7 - bits % 8) & 1))
		bits++;
	p.bits = (uint8_t)bits;
	prefix_range(&p, &first, &last);
	return addr_equal(&first, &v->addr_lo) && addr_equal(&last, &v->addr_hi) ? (int)bits : -1;
}

static void print_addr(const struct addr *a, struct buf *out)
{
	char text[ADDR_TEXT];
	buf_text(out, addr_is_none(a) ? "::" : addr_format(a, text));
}

void print_block(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	char text[ADDR_TEXT + 4];
	int bits = block_bits(v);
	if (bits >= 0 && bits < 128) {
		buf_text(out, prefix_format(
				      &(struct prefix){ .addr = v->addr_lo, .bits = (uint8_t)bits },
				      text));
		return;
	}
	print_addr(&v->addr_lo, out);
	if (bits < 0) {
		buf_u8(out, '-');
		print_addr(&v->addr_hi, out);
	}
}

void print_host(const struct field *f, const struct filter_value *v, struct buf *out)
{
	if (v->text)
		buf_add(out, v->text, v->len);
	else
		print_block(f, v, out);
}

void print_mac(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	char text[MAC_TEXT];
	buf_text(out, mac_format(v->lo, text));
}

void print_iface(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	print_addr(&v->addr_lo, out);
	buf_printf(out, ">%" PRIu64, v->lo);
}

static void print_named(uint8_t proto, struct buf *out)
{
	if (protocol_name(proto))
		buf_text(out, protocol_name(proto));
	else
		buf_printf(out, "%u", proto);
}

void print_port(const struct field *f, const struct filter_value *v, struct buf *out)
{
	if (v->of_proto) {
		print_named(v->proto, out);
		buf_u8(out, ':');
	}
	print_number(f, v, out);
}

void print_protocol(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	print_named((uint8_t)v->lo, out);
}

void print_flags(const struct field *f, const struct filter_value *v, struct buf *out)
{
	char text[VALUE_TEXT];
	if (v->lo > 0xff)
		buf_printf(out, "0x%" PRIx64, v->lo);
	else
		buf_text(out, value_format(&(struct value){ .type = f->type, .num = v->lo }, text));
}

void print_icmp(const struct field *f _unused_, const struct filter_value *v, struct buf *out)
{
	buf_printf(out, "%" PRIu64, v->lo >> 8);
	if (v->lo == v->hi)
		buf_printf(out, ".%" PRIu64, v->lo & 255);
}

/* A direction is called "in", as the operator. */
void print_word(const struct field *f, const struct filter_value *v, struct buf *out)
{
	char text[VALUE_TEXT];
	const char *word = value_format(&(struct value){ .type = f->type, .num = v->lo }, text);
	print_text(f, &(struct filter_value){ .text = word, .len = strlen(word) }, out);
}

/* -- the tree -- */

static void print_test(const struct filter *f, struct buf *out)
{
	const struct rule *rule = rule_find(f->field, f->op);
	buf_text(out, f->field->name);
	buf_text(out, op_text[f->op]);
	for (size_t i = 0; i < f->nvalue; i++) {
		if (i)
			buf_u8(out, ',');
		rule->print(f->field, &f->value[i], out);
	}
}

/* Brackets where the parent binds tighter. */
static void print_part(const struct filter *f, enum filter_kind parent, struct buf *out)
{
	bool brackets = (f->kind == FILTER_OR && parent != FILTER_OR) ||
			(f->kind == FILTER_AND && parent == FILTER_NOT);
	if (brackets)
		buf_u8(out, '(');
	filter_print(f, out);
	if (brackets)
		buf_u8(out, ')');
}

void filter_print(const struct filter *f, struct buf *out)
{
	switch (f->kind) {
	case FILTER_ALL:
		return;
	case FILTER_TEST:
		print_test(f, out);
		return;
	case FILTER_NOT:
		buf_u8(out, '!');
		break;
	case FILTER_AND:
	case FILTER_OR:
		break;
	}
	for (size_t i = 0; i < f->nsub; i++) {
		if (i)
			buf_text(out, f->kind == FILTER_AND ? " & " : " | ");
		print_part(f->sub[i], f->kind, out);
	}
}
