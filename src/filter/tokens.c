/* Filter text to names, operators and words.
 *
 *	blank    space, tab, line ends
 *	name     letter { letter | digit | "_" }        fields, keywords
 *	word     '"' { char } '"' | "'" { char } "'"
 *	       | { char } up to , | & ) or a blank
 *
 * In a word "\" takes the next character as it is.  Text is bytes with a length; a zero byte ends
 * nothing. */
#include "filter/parts.h"

#include "base/utf8.h"

#include <ctype.h>
#include <strings.h>

const char *const op_text[] = {
	[FOP_EQ] = "=", [FOP_NE] = "!=", [FOP_RE] = "~", [FOP_NRE] = "!~",
	[FOP_LT] = "<", [FOP_LE] = "<=", [FOP_GT] = ">", [FOP_GE] = ">=",
};

static const char *const keywords[] = { "and", "or", "not", "in" };

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool ends_word(char c)
{
	return c == ',' || c == '|' || c == '&' || c == ')' || is_blank(c);
}

size_t scan_pos(struct scan *s, size_t at)
{
	if (at < s->counted_at)
		s->counted_at = s->counted = 0;
	for (; s->counted_at < at; s->counted_at++)
		s->counted += ((uint8_t)s->text[s->counted_at] & 0xc0) != 0x80;
	return s->counted + 1;
}

void scan_blanks(struct scan *s)
{
	while (s->at < s->len && is_blank(s->text[s->at]))
		s->at++;
}

bool scan_sign(struct scan *s, char sign)
{
	scan_blanks(s);
	if (s->at == s->len || s->text[s->at] != sign)
		return false;
	s->at++;
	return true;
}

size_t scan_name(struct scan *s)
{
	size_t n = 0;
	if (s->at < s->len && s->text[s->at] >= '0' && s->text[s->at] <= '9')
		return 0;
	while (n < s->len - s->at && is_name_char(s->text[s->at + n]))
		n++;
	return n;
}

bool scan_keyword(struct scan *s, const char *word)
{
	scan_blanks(s);
	size_t n = scan_name(s);
	if (n != strlen(word) || strncasecmp(s->text + s->at, word, n) != 0)
		return false;
	s->at += n;
	return true;
}

bool is_keyword(const char *s, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(keywords); i++)
		if (strlen(keywords[i]) == len && strncasecmp(keywords[i], s, len) == 0)
			return true;
	return false;
}

bool scan_op(struct scan *s, enum filter_op *ret)
{
	struct scan start = *s;
	bool negative = scan_keyword(s, "not");
	if (scan_keyword(s, "in")) {
		*ret = negative ? FOP_NE : FOP_EQ;
		return true;
	}
	*s = start;
	scan_blanks(s);
	size_t best = 0; /* the longest: "<=" before "<" */
	for (size_t i = 0; i < COUNT_OF(op_text); i++) {
		size_t n = strlen(op_text[i]);
		if (n > best && n <= s->len - s->at &&
		    memcmp(s->text + s->at, op_text[i], n) == 0) {
			*ret = (enum filter_op)i;
			best = n;
		}
	}
	s->at += best;
	return best > 0;
}

static enum word_fault quoted_word(struct scan *s, struct word *w)
{
	size_t from = ++s->at;
	for (; s->at < s->len; s->at++) {
		if (s->text[s->at] == '\\' && s->at + 1 < s->len) {
			s->at++;
		} else if (s->text[s->at] == w->quote) {
			w->raw = s->text + from;
			w->len = s->at - from;
			s->at++;
			if (s->at == s->len || ends_word(s->text[s->at]))
				return WORD_OK;
			w->at = s->at;
			return WORD_TAIL;
		}
	}
	return WORD_NO_END;
}

enum word_fault scan_word(struct scan *s, struct word *ret)
{
	scan_blanks(s);
	size_t from = s->at;
	*ret = (struct word){ .at = from };
	if (from < s->len && (s->text[from] == '"' || s->text[from] == '\'')) {
		ret->quote = s->text[from];
		return quoted_word(s, ret);
	}
	for (; s->at < s->len && !ends_word(s->text[s->at]); s->at++)
		if (s->text[s->at] == '\\' && ++s->at == s->len) {
			ret->at = s->len - 1;
			return WORD_LONE_BACKSLASH;
		}
	ret->raw = s->text + from;
	ret->len = s->at - from;
	return ret->len ? WORD_OK : WORD_NONE;
}

bool word_text(const struct word *w, bool pattern, struct arena *a, const char **ret,
	       size_t *ret_len)
{
	*ret = w->raw;
	*ret_len = w->len;
	if (!w->len || !memchr(w->raw, '\\', w->len))
		return true;
	char *copy = arena_alloc(a, w->len);
	size_t n = 0;
	if (!copy)
		return false;
	for (size_t i = 0; i < w->len; i++) {
		if (w->raw[i] == '\\' && i + 1 < w->len) {
			char next = w->raw[++i];
			if (pattern && next != '"' && next != '\'')
				copy[n++] = '\\';
			copy[n++] = next;
		} else {
			copy[n++] = w->raw[i];
		}
	}
	*ret = n == w->len ? w->raw : copy; /* as written: places in it are places in the text */
	*ret_len = n;
	return true;
}

const char *shown(const char *s, size_t len, char buf[static SHOWN_BYTES])
{
	return utf8_excerpt(s, len, buf, SHOWN_BYTES);
}
