/* Bytes to tokens.  "/" and "<" are always operators here; where the parser expects a value it
 * has them read again as a literal, which is the only way to tell them apart. */
#include <stdarg.h>
#include <stdio.h>

#include "script/e4x_parse.h"

static const struct {
	const char *text;
	uint8_t len, first;
	bool reserved;
} words[W_COUNT] = {
#define WORD(id, t, r) [W_##id] = { t, sizeof(t) - 1, t[0], r },
#include "script/e4x_words.def"
#undef WORD
};

bool word_reserved(enum word w)
{
	return words[w].reserved;
}

void parse_fail(struct parser *p, size_t at, const char *fmt, ...)
{
	va_list ap;

	if (!p->failed) {
		va_start(ap, fmt);
		vsnprintf(p->why->message, sizeof(p->why->message), fmt, ap);
		va_end(ap);
		p->why->line = e4x_line((const char *)p->s, p->len, at);
		p->why->column = e4x_column((const char *)p->s, p->len, at);
	}
	p->failed = true;
	p->pos = p->len;
	p->tok = (struct token){ .type = T_END, .start = p->len, .end = p->len, .newline = true };
}

void parse_unexpected(struct parser *p)
{
	size_t n = p->tok.end - p->tok.start;
	if (p->tok.type == T_END)
		parse_fail(p, p->len, "unexpected end of the script");
	else
		parse_fail(p, p->tok.start, "unexpected '%.*s%s'", (int)MIN(n, 40u),
			   (const char *)p->s + p->tok.start, n > 40 ? "..." : "");
}

/* -- characters ---------------------------------------------------------------------------- */

static uint8_t at(const struct parser *p, size_t pos)
{
	return pos < p->len ? p->s[pos] : 0;
}

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool ident_ascii(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '_' || c == '$';
}

/* Bytes of white space beyond ASCII at pos: U+00A0, U+1680, U+2000-200A, U+202F, U+205F, U+3000, U+FEFF. */
static size_t wide_space(const struct parser *p, size_t pos)
{
	uint8_t a = at(p, pos), b = at(p, pos + 1), c = at(p, pos + 2);
	if (a == 0xc2)
		return b == 0xa0 ? 2 : 0;
	if (a == 0xe2)
		return (b == 0x80 && ((c >= 0x80 && c <= 0x8a) || c == 0xaf)) ||
				       (b == 0x81 && c == 0x9f)
			       ? 3
			       : 0;
	return (a == 0xe1 && b == 0x9a && c == 0x80) || (a == 0xe3 && b == 0x80 && c == 0x80) ||
			       (a == 0xef && b == 0xbb && c == 0xbf)
		       ? 3
		       : 0;
}

size_t lex_skip_line_end(const struct parser *p, size_t pos)
{
	uint8_t c = at(p, pos);
	if (c == '\n' || c == '\r')
		return pos < p->len ? (c == '\r' && at(p, pos + 1) == '\n' ? 2 : 1) : 0;
	return c == 0xe2 && at(p, pos + 1) == 0x80 &&
			       (at(p, pos + 2) == 0xa8 || at(p, pos + 2) == 0xa9)
		       ? 3
		       : 0;
}

static bool hex(uint8_t c)
{
	return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Bytes of "\u0041" or "\u{41}" at pos; 0: it is none. */
static size_t escape_len(const struct parser *p, size_t pos)
{
	bool open = at(p, pos + 2) == '{';
	size_t from = pos + 2 + open, n = 0;
	if (at(p, pos) != '\\' || at(p, pos + 1) != 'u')
		return 0;
	while (n < 8 && hex(at(p, from + n)))
		n++;
	if (!open)
		return n >= 4 ? 6 : 0;
	return n && at(p, from + n) == '}' ? n + 4 : 0;
}

bool lex_ident_at(const struct parser *p, size_t pos)
{
	uint8_t c = at(p, pos);
	if (c < 0x80)
		return ident_ascii(c) || (c == '\\' && escape_len(p, pos));
	return !wide_space(p, pos) && !lex_skip_line_end(p, pos);
}

static size_t ident_end(const struct parser *p, size_t pos)
{
	while (pos < p->len) {
		if (ident_ascii(p->s[pos])) {
			pos++;
		} else if (!lex_ident_at(p, pos)) {
			break;
		} else if (p->s[pos] == '\\') {
			pos += escape_len(p, pos);
		} else {
			pos++;
			while ((at(p, pos) & 0xc0) == 0x80)
				pos++;
		}
	}
	return pos;
}

/* -- between tokens --------------------------------------------------------------------------- */

static void skip_comment(struct parser *p)
{
	size_t start = p->pos;
	bool line = p->s[p->pos + 1] != '*';
	for (p->pos += 2; p->pos < p->len; p->pos++) {
		size_t end = lex_skip_line_end(p, p->pos);
		if (end && line)
			return;
		p->tok.newline |= end != 0;
		if (!line && p->s[p->pos] == '*' && at(p, p->pos + 1) == '/') {
			p->pos += 2;
			return;
		}
	}
	if (!line)
		parse_fail(p, start, "this comment has no end");
}

/* "-->" with nothing before it in its line, which then is a comment. */
static bool closes_html(const struct parser *p)
{
	return (p->tok.newline || !p->prev_end) && at(p, p->pos) == '-' && at(p, p->pos + 1) == '-' &&
	       at(p, p->pos + 2) == '>';
}

static void skip_line(struct parser *p)
{
	while (p->pos < p->len && !lex_skip_line_end(p, p->pos))
		p->pos++;
}

static void skip_space(struct parser *p)
{
	while (p->pos < p->len) {
		uint8_t c = p->s[p->pos];
		size_t n;
		if (c == ' ' || c == '\t' || c == '\v' || c == '\f')
			p->pos++;
		else if ((n = lex_skip_line_end(p, p->pos)))
			p->pos += n, p->tok.newline = true;
		else if (c == '/' && (at(p, p->pos + 1) == '/' || at(p, p->pos + 1) == '*'))
			skip_comment(p);
		else if (c == '-' && closes_html(p))
			skip_line(p);
		else if (c >= 0x80 && (n = wide_space(p, p->pos)))
			p->pos += n;
		else
			return;
	}
}

/* -- tokens --------------------------------------------------------------------------------------- */

void lex_init(struct parser *p)
{
	for (unsigned w = W_COUNT - 1; w > 0;
	     w--) /* rows are sorted by their first letter within a case */
		p->first_word[words[w].first & 31] = (uint8_t)w;
	p->says_missing = memmem(p->s, p->len, "__noSuchMethod__", 16) != NULL;
	if (p->len > 1 && p->s[0] == '#' && p->s[1] == '!')
		skip_line(p);
}

static enum word find_word(const struct parser *p, size_t start, size_t len)
{
	if (len > 13 || len < 2)
		return W_NONE;
	for (unsigned w = p->first_word[p->s[start] & 31];
	     w && w < W_COUNT && (words[w].first & 31) == (p->s[start] & 31); w++)
		if (words[w].len == len && memcmp(words[w].text, p->s + start, len) == 0)
			return (enum word)w;
	return W_NONE;
}

static size_t number_end(const struct parser *p, size_t pos)
{
	if (at(p, pos) == '0' && (at(p, pos + 1) | 32) >= 'b' && (at(p, pos + 1) | 32) <= 'x' &&
	    (at(p, pos + 1) | 32) != 'e') {
		for (pos += 2; ident_ascii(at(p, pos));)
			pos++;
		return pos;
	}
	while (digit(at(p, pos)) || at(p, pos) == '_')
		pos++;
	if (at(p, pos) == '.')
		for (pos++; digit(at(p, pos)) || at(p, pos) == '_';)
			pos++;
	if ((at(p, pos) | 32) == 'e') {
		size_t sign = at(p, pos + 1) == '+' || at(p, pos + 1) == '-' ? 1 : 0;
		if (digit(at(p, pos + 1 + sign)))
			for (pos += 1 + sign; digit(at(p, pos)) || at(p, pos) == '_';)
				pos++;
	}
	return at(p, pos) == 'n' ? pos + 1 : pos;
}

static void lex_string(struct parser *p)
{
	uint8_t quote = p->s[p->pos];
	size_t start = p->pos++;
	while (p->pos < p->len && p->s[p->pos] != quote) {
		if (p->s[p->pos] == '\n' || p->s[p->pos] == '\r') {
			parse_fail(p, start, "this string has no end");
			return;
		}
		if (p->s[p->pos] == '\\')
			p->pos +=
				p->pos + 1 < p->len ? MAX(lex_skip_line_end(p, p->pos + 1), 1u) : 0;
		p->pos++;
	}
	if (p->pos >= p->len)
		parse_fail(p, start, "this string has no end");
	else
		p->pos++;
	p->says_xml |= p->pos - start == 5 && memcmp(p->s + start + 1, "xml", 3) == 0;
	p->tok.type = T_STRING;
}

/* Longest match; rows by their first byte would gain nothing measurable. */
static uint32_t punct_at(const struct parser *p)
{
	static const char *const
		four = ">>>=",
		*const three = "... === !== **= <<= >>= >>> &&= ||= ?\?=",
		*const two =
			"=> == != <= >= && || ?? ?. ++ -- += -= *= /= %= &= |= ^= << >> ** .. ::";
	uint8_t a = at(p, p->pos), b = at(p, p->pos + 1), c = at(p, p->pos + 2),
		d = at(p, p->pos + 3);
	if (a == '?' && b == '.' && digit(c))
		return a; /* x?.5:1 */
	if (a == (uint8_t)four[0] && b == '>' && c == '>' && d == '=')
		return P4(a, b, c, d);
	if (!strchr("=.&|?+-*<>:!/%^", a) || !a || !b || !strchr("=.&|?+-*<>:", b))
		return a;
	for (const char *t = three; c && *t; t += t[3] ? 4 : 3)
		if ((uint8_t)t[0] == a && (uint8_t)t[1] == b && (uint8_t)t[2] == c)
			return P3(a, b, c);
	for (const char *t = two; *t; t += t[2] ? 3 : 2)
		if ((uint8_t)t[0] == a && (uint8_t)t[1] == b)
			return P2(a, b);
	return a;
}

static void lex_punct(struct parser *p)
{
	uint32_t code = punct_at(p);
	if (!code || !strchr("{}()[];,<>+-*/%&|^!~?:=.@", (int)(code & 0xff))) {
		parse_fail(p, p->pos, "unexpected character");
		return;
	}
	p->tok.type = T_PUNCT;
	p->tok.punct = code;
	p->pos += code >> 24 ? 4 : code >> 16 ? 3 : code >> 8 ? 2 : 1;
}

void lex_next(struct parser *p)
{
	p->prev_end = p->tok.end;
	p->tok = (struct token){ .type = T_END };
	skip_space(p);
	p->tok.start = p->pos;
	if (p->pos >= p->len || p->failed) {
		p->tok.start = p->tok.end = p->len;
		return;
	}
	uint8_t c = p->s[p->pos];
	if (digit(c) || (c == '.' && digit(at(p, p->pos + 1)))) {
		p->tok.type = T_NUMBER;
		p->pos = number_end(p, p->pos);
	} else if (lex_ident_at(p, p->pos)) {
		p->tok.type = T_NAME;
		p->pos = ident_end(p, p->pos);
		p->tok.word = find_word(p, p->tok.start, p->pos - p->tok.start);
		if (p->tok.word == W_STOP_ITERATION || p->tok.word == W_ITERATOR_HOOK)
			use_old(p);
	} else if (c == '#' && lex_ident_at(p, p->pos + 1)) {
		p->tok.type = T_PRIVATE;
		p->pos = ident_end(p, p->pos + 1);
		if (digit(p->s[p->tok.start + 1]) && (at(p, p->pos) == '=' || at(p, p->pos) == '#'))
			p->pos++; /* #1=, #1# */
	} else if (c == '"' || c == '\'') {
		lex_string(p);
	} else if (c == '`') {
		p->tok.type = T_TEMPLATE;
		p->pos++;
	} else {
		lex_punct(p);
	}
	if (!p->failed)
		p->tok.end = p->pos;
}

struct token lex_peek(struct parser *p)
{
	struct token now = p->tok, next;
	size_t pos = p->pos, prev_end = p->prev_end;
	lex_next(p);
	next = p->tok;
	if (!p->failed) {
		p->tok = now;
		p->pos = pos;
		p->prev_end = prev_end;
	}
	return next;
}

void lex_from(struct parser *p, size_t pos)
{
	if (p->failed)
		return;
	p->pos = pos;
	p->tok.end = pos;
	lex_next(p);
}

void lex_regexp(struct parser *p)
{
	size_t start = p->tok.start;
	bool in_class = false;

	if (p->failed)
		return;
	for (p->pos = start + 1; p->pos < p->len; p->pos++) {
		uint8_t c = p->s[p->pos];
		if (c == '\\')
			p->pos++;
		if (lex_skip_line_end(p, p->pos))
			break;
		if (c == '[' || c == ']')
			in_class = c == '[';
		if (c == '/' && !in_class) {
			p->pos = ident_end(p, p->pos + 1);
			p->tok.type = T_STRING;
			p->tok.end = p->pos;
			return;
		}
	}
	parse_fail(p, start, "this regular expression has no end");
}

bool lex_is(const struct parser *p, uint32_t punct)
{
	return p->tok.type == T_PUNCT && p->tok.punct == punct;
}

bool lex_take(struct parser *p, uint32_t punct)
{
	if (!lex_is(p, punct))
		return false;
	lex_next(p);
	return true;
}

void lex_expect(struct parser *p, uint32_t punct)
{
	if (lex_take(p, punct))
		return;
	if (p->tok.type == T_END && !p->failed)
		parse_fail(p, p->len, "unexpected end of the script, '%c' is missing", (char)punct);
	parse_unexpected(p);
}

void lex_separator(struct parser *p, uint32_t close)
{
	if (!lex_is(p, close) && !lex_take(p, P1(',')))
		lex_expect(p, close);
}
