/* The Table as CSV, HTML, JSON and aligned text.
 *
 *	CSV    RFC 4180; numbers plain: no grouping, no exponent, integers without decimals; times
 *	       ISO 8601 with offset; null is empty; lines end in \n; a text that a spreadsheet would
 *	       take for a formula begins with an apostrophe
 *	HTML   one <table>; numbers grouped and of class "n"; every value escaped; no value holds a
 *	       line break, so that joining the lines changes nothing
 *	JSON   one object: start, end, bucket (seconds), zone, columns, rows (arrays), flags
 *	text   columns padded with blanks, numbers to the right; "?" for what could steer a terminal
 *
 * HTML and text, which people read, name the row of all others "rest".
 *
 * Names and texts come from strangers (an ifAlias is what a switch says): bytes that are no
 * UTF-8 become U+FFFD in HTML and JSON. */
#include "query/table.h"

#include "base/mem.h"
#include "base/zone.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_TEXT = 400 };

static const struct zone *table_zone(const struct result *t)
{
	const struct zone *z;
	const char *name = STREQ(t->zone, "local") ? "" : t->zone[0] ? t->zone : "UTC";
	if (zone_find(name, &z) == OK || zone_find("UTC", &z) == OK)
		return z;
	return NULL;
}

/* Plain digits, at most 15 of them counting; "" for what is no number. */
static const char *number_plain(double v, char buf[static NUMBER_TEXT])
{
	buf[0] = 0;
	if (!isfinite(v))
		return buf;
	if (v == rint(v)) {
		snprintf(buf, NUMBER_TEXT, "%.0f", v == 0 ? 0.0 : v);
		return buf;
	}
	int digits = 14 - (int)floor(log10(fabs(v)));
	snprintf(buf, NUMBER_TEXT, "%.*f", digits < 1 ? 1 : digits > 350 ? 350 : digits, v);
	size_t n = strlen(buf);
	while (n && buf[n - 1] == '0')
		n--;
	if (n && buf[n - 1] == '.')
		n--;
	buf[n] = 0;
	return buf;
}

/* For people: thousands grouped, at most three decimals (more where all would be zero). */
static const char *number_grouped(double v, char buf[static NUMBER_TEXT])
{
	char plain[NUMBER_TEXT];
	number_plain(isfinite(v) && fabs(v) >= 0.001 ? rint(v * 1000) / 1000 : v, plain);
	if (isfinite(v) && fabs(v) >= 1e15)
		number_plain(v, plain);
	const char *s = plain;
	size_t n = 0;
	if (*s == '-')
		buf[n++] = *s++;
	size_t whole = strcspn(s, ".");
	for (size_t i = 0; s[i] && n < NUMBER_TEXT - 2; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			buf[n++] = ',';
		buf[n++] = s[i];
	}
	buf[n] = 0;
	return buf;
}

/* ISO 8601 with offset, and milliseconds where there are any. */
static const char *time_iso(const struct zone *z, double v, char buf[static NUMBER_TEXT])
{
	char iso[40];
	buf[0] = 0;
	if (!isfinite(v) || fabs(v) > 2.5e17 || !z) /* year 9999 */
		return buf;
	usec_t t = (usec_t)v, part = ((t % USEC_PER_SEC) + USEC_PER_SEC) % USEC_PER_SEC;
	zone_iso(z, t - part, iso);
	if (part)
		snprintf(buf, NUMBER_TEXT, "%.19s.%03d%s", iso, (int)(part / 1000), iso + MIN(strlen(iso), (size_t)19));
	else
		snprintf(buf, NUMBER_TEXT, "%s", iso);
	return buf;
}

/* 2026-11-23 14:05:00, local; the zone stands with the table. */
static const char *time_local(const struct zone *z, double v, char buf[static NUMBER_TEXT])
{
	time_iso(z, v, buf);
	if (buf[0])
		buf[10] = ' ';
	char *offset = buf[0] ? buf + strcspn(buf + 19, "+-") + 19 : buf;
	*offset = 0;
	return buf;
}

/* What a cell has as text; NULL: nothing. */
static const char *cell_text(const struct result *t, size_t row, size_t col)
{
	const char *s = t->col[col].text[row];
	if (s || !t->rest || t->bucket || row + 1 != t->nrows)
		return s;
	for (size_t c = 0; c < col; c++) /* the first text of the row */
		if (t->col[c].text)
			return NULL;
	return "rest";
}

/* -- CSV --------------------------------------------------------------------------------- */

/* A user's name or a URL may be "=HYPERLINK(...)"; a number is none, even when it is a text. */
static bool is_formula(const char *s)
{
	char *end;
	if (!*s || !s[1] || !strchr("=+-@\t\r", *s))
		return false;
	strtod(s, &end);
	return *end;
}

static void csv_text(const char *s, struct buf *out)
{
	bool formula = is_formula(s);
	if (!s[strcspn(s, ",\"\r\n")]) {
		buf_text(out, formula ? "'" : "");
		buf_text(out, s);
		return;
	}
	buf_text(out, formula ? "\"'" : "\"");
	for (; *s; s++) {
		if (*s == '"')
			buf_u8(out, '"');
		buf_u8(out, (uint8_t)*s);
	}
	buf_u8(out, '"');
}

void result_csv(const struct result *t, bool heading, struct buf *out)
{
	const struct zone *z = table_zone(t);
	char buf[NUMBER_TEXT];
	for (size_t c = 0; heading && c < t->ncols; c++) {
		csv_text(t->col[c].name, out);
		buf_u8(out, c + 1 < t->ncols ? ',' : '\n');
	}
	for (size_t r = 0; r < t->nrows; r++)
		for (size_t c = 0; c < t->ncols; c++) {
			const struct table_col *col = &t->col[c];
			if (col->type == T_TIME)
				buf_text(out, time_iso(z, col->num[r], buf));
			else if (col->num)
				buf_text(out, number_plain(col->num[r], buf));
			else if (col->text[r])
				csv_text(col->text[r], out);
			buf_u8(out, c + 1 < t->ncols ? ',' : '\n');
		}
}

/* -- UTF-8 ------------------------------------------------------------------------------- */

/* Length of the well-formed sequence (RFC 3629) that begins s, 0 = none does. */
static size_t utf8_len(const char *str)
{
	const uint8_t *s = (const uint8_t *)str;
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80) /* the closing zero byte ends up here too */
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* -- HTML -------------------------------------------------------------------------------- */

void result_html_text(const char *s, struct buf *out)
{
	for (size_t n; *s; s += n ? n : 1) {
		n = utf8_len(s);
		switch (*s) {
		case '&':  buf_text(out, "&amp;"); break;
		case '<':  buf_text(out, "&lt;"); break;
		case '>':  buf_text(out, "&gt;"); break;
		case '"':  buf_text(out, "&quot;"); break;
		case '\'': buf_text(out, "&#39;"); break;
		case '\t': case '\n': case '\r': buf_text(out, " "); break;
		default:
			if (!n || (uint8_t)*s < 0x20 || *s == 0x7f)
				buf_text(out, replacement);
			else
				buf_add(out, s, n);
		}
	}
}

static const char *html_class(const struct table_col *c)
{
	return c->type == T_TIME ? " class=\"time\"" : c->num ? " class=\"n\"" : "";
}

void result_cell_text(const struct result *t, size_t row, size_t col, struct buf *out)
{
	const struct table_col *c = &t->col[col];
	char buf[NUMBER_TEXT];
	if (c->type == T_TIME)
		buf_text(out, time_local(table_zone(t), c->num[row], buf));
	else if (c->num)
		buf_text(out, number_grouped(c->num[row], buf));
	else if (cell_text(t, row, col))
		buf_text(out, cell_text(t, row, col));
}

void result_html(const struct result *t, bool heading, struct buf *out)
{
	const struct zone *z = table_zone(t);
	char buf[NUMBER_TEXT];
	buf_text(out, "<table class=\"weir\">\n");
	for (size_t c = 0; heading && c < t->ncols; c++) {
		buf_printf(out, "%s<th%s>", c ? "" : "<thead><tr>", html_class(&t->col[c]));
		result_html_text(t->col[c].name, out);
		buf_text(out, c + 1 < t->ncols ? "</th>" : "</th></tr></thead>\n");
	}
	buf_text(out, "<tbody>\n");
	for (size_t r = 0; r < t->nrows; r++) {
		bool rest = t->rest && !t->bucket && r + 1 == t->nrows;
		buf_text(out, rest ? "<tr class=\"rest\">" : "<tr>");
		for (size_t c = 0; c < t->ncols; c++) {
			const struct table_col *col = &t->col[c];
			buf_printf(out, "<td%s>", html_class(col));
			if (col->type == T_TIME)
				buf_text(out, time_local(z, col->num[r], buf));
			else if (col->num)
				buf_text(out, number_grouped(col->num[r], buf));
			else if (cell_text(t, r, c))
				result_html_text(cell_text(t, r, c), out);
			buf_text(out, "</td>");
		}
		buf_text(out, "</tr>\n");
	}
	buf_text(out, "</tbody>\n</table>\n");
}

/* -- JSON -------------------------------------------------------------------------------- */

static void json_text(const char *s, struct buf *out)
{
	buf_u8(out, '"');
	for (size_t n; *s; s += n ? n : 1) {
		n = utf8_len(s);
		if (!n)
			buf_text(out, replacement);
		else if (*s == '"' || *s == '\\')
			buf_printf(out, "\\%c", *s);
		else if ((uint8_t)*s < 0x20 || *s == 0x7f || *s == '<') /* "<": safe inside a <script> */
			buf_printf(out, "\\u%04x", (unsigned)(uint8_t)*s);
		else
			buf_add(out, s, n);
	}
	buf_u8(out, '"');
}

static void json_time(const struct zone *z, double v, struct buf *out)
{
	char buf[NUMBER_TEXT];
	time_iso(z, v, buf);
	buf_printf(out, buf[0] ? "\"%s\"" : "null", buf);
}

static void json_cell(const struct zone *z, const struct table_col *c, size_t r, struct buf *out)
{
	char buf[NUMBER_TEXT];
	if (c->type == T_TIME)
		json_time(z, c->num[r], out);
	else if (c->num)
		buf_text(out, number_plain(c->num[r], buf)[0] ? buf : "null");
	else if (c->text[r])
		json_text(c->text[r], out);
	else
		buf_text(out, "null");
}

static void json_head(const struct result *t, const struct zone *z, struct buf *out)
{
	bool told = t->span.start || t->span.end;
	buf_text(out, "{\"start\":");
	json_time(z, told ? (double)t->span.start : NAN, out);
	buf_text(out, ",\"end\":");
	json_time(z, told ? (double)t->span.end : NAN, out);
	buf_printf(out, t->bucket ? ",\"bucket\":%lld" : ",\"bucket\":null", (long long)(t->bucket / USEC_PER_SEC));
	buf_text(out, ",\"zone\":");
	json_text(t->zone[0] ? t->zone : "UTC", out);
	if (t->approximate)
		buf_text(out, ",\"approximate\":true");
	buf_printf(out, ",\"rest\":%s,\"overlapping\":%s", t->rest ? "true" : "false", t->overlapping ? "true" : "false");
	if (t->dedup[0]) {
		buf_text(out, ",\"dedup\":");
		json_text(t->dedup, out);
	}
	if (t->folded.start < t->folded.end) {
		buf_text(out, ",\"folded\":[");
		json_time(z, (double)t->folded.start, out);
		buf_u8(out, ',');
		json_time(z, (double)t->folded.end, out);
		buf_u8(out, ']');
	}
	buf_text(out, ",\"incomplete\":[");
	for (size_t i = 0; i < t->nincomplete; i++) {
		buf_text(out, i ? ",[" : "[");
		json_time(z, (double)t->incomplete[i].start, out);
		buf_u8(out, ',');
		json_time(z, (double)t->incomplete[i].end, out);
		buf_u8(out, ']');
	}
	buf_text(out, "]");
}

void result_json(const struct result *t, struct buf *out)
{
	const struct zone *z = table_zone(t);
	json_head(t, z, out);
	buf_text(out, ",\"columns\":[");
	for (size_t c = 0; c < t->ncols; c++) {
		buf_text(out, c ? ",{\"name\":" : "{\"name\":");
		json_text(t->col[c].name, out);
		buf_text(out, ",\"type\":");
		json_text(type_name(t->col[c].type), out);
		buf_text(out, ",\"unit\":");
		json_text(unit_name(t->col[c].unit), out);
		buf_text(out, "}");
	}
	buf_text(out, "],\"rows\":[");
	for (size_t r = 0; r < t->nrows; r++) {
		buf_text(out, r ? ",\n[" : "\n[");
		for (size_t c = 0; c < t->ncols; c++) {
			if (c)
				buf_u8(out, ',');
			json_cell(z, &t->col[c], r, out);
		}
		buf_u8(out, ']');
	}
	buf_text(out, "]}\n");
}

/* -- aligned text -------------------------------------------------------------------------- */

/* A cell as shown; text cells as they are, but for signs that would move a terminal's cursor. */
static const char *shown(const struct result *t, const struct zone *z, size_t r, size_t c, char buf[static NUMBER_TEXT])
{
	const struct table_col *col = &t->col[c];
	if (col->type == T_TIME)
		return time_local(z, col->num[r], buf);
	if (col->num)
		return number_grouped(col->num[r], buf);
	const char *text = cell_text(t, r, c);
	return text ? text : "";
}

static size_t width_of(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((uint8_t)*s & 0xc0) != 0x80; /* characters, not bytes */
	return n;
}

static void text_cell(const char *s, size_t width, bool right, bool last, struct buf *out)
{
	size_t pad = width - MIN(width, width_of(s));
	for (size_t i = 0; right && i < pad; i++)
		buf_u8(out, ' ');
	for (size_t n; *s; s += n) {
		n = utf8_len(s);
		bool steers = !n || (uint8_t)*s < 0x20 || *s == 0x7f || (n == 2 && *s == '\xc2' && (uint8_t)s[1] < 0xa0); /* C1 */
		n = MAX(n, (size_t)1);
		if (steers)
			buf_u8(out, '?');
		else
			buf_add(out, s, n);
	}
	for (size_t i = 0; !right && !last && i < pad; i++)
		buf_u8(out, ' ');
	buf_text(out, last ? "\n" : "  ");
}

void result_text(const struct result *t, struct buf *out)
{
	const struct zone *z = table_zone(t);
	char buf[NUMBER_TEXT];
	size_t *width = mem_new0(MAX(t->ncols, (size_t)1), sizeof(*width));
	if (!width) {
		out->bad = out->bad ? out->bad : E_NOMEM;
		return;
	}
	for (size_t c = 0; c < t->ncols; c++) {
		width[c] = width_of(t->col[c].name);
		for (size_t r = 0; r < t->nrows; r++)
			width[c] = MAX(width[c], width_of(shown(t, z, r, c, buf)));
	}
	for (size_t c = 0; c < t->ncols; c++)
		text_cell(t->col[c].name, width[c], t->col[c].num && t->col[c].type != T_TIME, c + 1 == t->ncols, out);
	for (size_t r = 0; r < t->nrows; r++)
		for (size_t c = 0; c < t->ncols; c++)
			text_cell(shown(t, z, r, c, buf), width[c], t->col[c].num && t->col[c].type != T_TIME,
				  c + 1 == t->ncols, out);
	mem_free(width);
}
