/* Values as text: printf, formatdate, formatnumber, formatbits. */
#include "script/bind.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* -- printf --------------------------------------------------------------------------------------------
 *	%[flags][width][.precision]conversion     flags: - + space 0 #     conversions: d i u f e g x X o c s %
 */

enum { MAX_WIDTH = 1000, MAX_PRECISION = 60 };

struct spec {
	char flags[8];
	int width, precision; /* -1 = none */
	char conversion;
};

static int read_int(const char **s)
{
	int n = 0;
	while (isdigit((unsigned char)**s) && n <= MAX_WIDTH)
		n = n * 10 + (*(*s)++ - '0');
	return n;
}

/* From behind the "%"; NULL: not a conversion we know. */
static const char *read_spec(const char *s, struct spec *ret)
{
	size_t n = 0;
	*ret = (struct spec){ .width = -1, .precision = -1 };
	while (*s && strchr("-+ 0#", *s) && n + 1 < sizeof(ret->flags))
		ret->flags[n++] = *s++;
	if (isdigit((unsigned char)*s))
		ret->width = read_int(&s);
	if (*s == '.') {
		s++;
		ret->precision = read_int(&s);
	}
	ret->conversion = *s;
	if (!*s || !strchr("diufFeEgGxXocs%", *s) || ret->width > MAX_WIDTH || ret->precision > MAX_PRECISION)
		return NULL;
	return s + 1;
}

static void pad(const struct spec *f, const char *s, size_t len, struct buf *out)
{
	size_t chars = 0;
	for (size_t i = 0; i < len; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	size_t gap = f->width > 0 && (size_t)f->width > chars ? (size_t)f->width - chars : 0;
	bool left = strchr(f->flags, '-');
	for (size_t i = 0; i < gap && !left; i++)
		buf_u8(out, ' ');
	buf_add(out, s, len);
	for (size_t i = 0; i < gap && left; i++)
		buf_u8(out, ' ');
}

/* The C library does the digits; the format it sees is made here of parts that were checked. */
static void format_number(const struct spec *f, double d, struct buf *out)
{
	char fmt[40], text[MAX_WIDTH + 400];
	bool integer = strchr("diuxXo", f->conversion);
	size_t n = (size_t)snprintf(fmt, sizeof(fmt), "%%%s", f->flags);
	if (f->width >= 0)
		n += (size_t)snprintf(fmt + n, sizeof(fmt) - n, "%d", f->width);
	if (f->precision >= 0)
		n += (size_t)snprintf(fmt + n, sizeof(fmt) - n, ".%d", f->precision);
	char conversion = f->conversion == 'i' || f->conversion == 'u' ? 'd' : f->conversion;
	if (integer && (!isfinite(d) || fabs(d) >= 9.2e18)) { /* no integer of ours: as a whole number all the same */
		integer = false;
		conversion = 'f';
		n = (size_t)snprintf(fmt, sizeof(fmt), "%%.0");
	}
	snprintf(fmt + n, sizeof(fmt) - n, "%s%c", integer ? "ll" : "", conversion);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (integer)
		snprintf(text, sizeof(text), fmt, (long long)d);
	else
		snprintf(text, sizeof(text), fmt, d);
#pragma GCC diagnostic pop
	buf_text(out, text);
}

static bool format_text(struct call *c, const struct spec *f, const struct val *v, struct buf *out)
{
	struct buf text = { .ceiling = (size_t)64 << 20 };
	double d;
	if (f->conversion == 'c' && val_kind(c->e, v) == VAL_NUMBER) {
		if (!val_to_number(c->e, v, &d))
			return false;
		buf_u8(&text, d >= 1 && d < 128 ? (uint8_t)d : '?');
	} else if (!val_to_text(c->e, v, &text)) {
		buf_free(&text);
		return false;
	}
	size_t len = text.len;
	if (f->precision >= 0) { /* characters, not bytes */
		size_t chars = 0, i = 0;
		for (; i < text.len; i++)
			if ((text.data[i] & 0xc0) != 0x80 && chars++ == (size_t)f->precision)
				break;
		len = i;
	}
	pad(f, len ? (const char *)text.data : "", len, out);
	buf_free(&text);
	return true;
}

static bool format_one(struct call *c, const struct spec *f, size_t *i, struct buf *out)
{
	double d;
	if (f->conversion == '%') {
		buf_u8(out, '%');
		return true;
	}
	if (*i >= c->n) {
		throw_type(c->e, "%s: the format wants more values than the %zu given", call_name(c), c->n - 1);
		return false;
	}
	const struct val *v = c->arg[(*i)++];
	if (!convertible(c->e, "printf: value", v))
		return false;
	if (strchr("cs", f->conversion))
		return format_text(c, f, v, out);
	if (!val_to_number(c->e, v, &d))
		return false;
	format_number(f, d, out);
	return true;
}

static bool format_all(struct call *c, struct buf *out)
{
	char *format;
	size_t i = 1;
	bool ok = true;
	if (!arg_text(c, 0, "format", "a format like \"%-20s %10.2f\\n\"", &format))
		return false;
	for (const char *s = format; *s && ok;) {
		struct spec f;
		size_t plain = strcspn(s, "%");
		buf_add(out, s, plain);
		s += plain;
		if (!*s)
			break;
		const char *next = read_spec(s + 1, &f);
		if (!next) {
			throw_type(c->e, "%s: format: \"%.20s\" is no conversion", call_name(c), s);
			ok = false;
			break;
		}
		ok = format_one(c, &f, &i, out);
		s = next;
	}
	mem_free(format);
	if (ok && out->bad)
		throw_err(c->e, out->bad, call_name(c));
	return ok && !out->bad;
}

static const struct val *print_format(struct call *c)
{
	struct buf b = { .ceiling = (size_t)512 << 20 };
	bool ok = format_all(c, &b) && output(worker_self(), b.data, b.len);
	buf_free(&b);
	return ok ? val_undefined(c->e) : NULL;
}

static const struct val *sprintf_(struct call *c)
{
	struct buf b = { .ceiling = (size_t)512 << 20 };
	if (format_all(c, &b))
		return val_buf(c->e, &b);
	buf_free(&b);
	return NULL;
}

/* -- formatdate: the letters of Java's SimpleDateFormat ----------------------------------------------------- */

static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July",
				      "August", "September", "October", "November", "December" };
static const char *const days[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };

struct moment {
	struct civil c;
	int millisecond;
	int day_of_year;
	const char *zone;
};

static void put_int(int v, int digits, struct buf *out)
{
	buf_printf(out, "%0*d", digits, v);
}

static void put_year(const struct moment *m, int n, struct buf *out)
{
	if (n == 2)
		put_int(((m->c.year % 100) + 100) % 100, 2, out);
	else
		put_int(m->c.year, n, out);
}

static void put_month(const struct moment *m, int n, struct buf *out)
{
	const char *name = months[m->c.month - 1];
	if (n >= 3)
		buf_add(out, name, n == 3 ? 3 : strlen(name));
	else
		put_int(m->c.month, n, out);
}

static void put_weekday(const struct moment *m, int n, struct buf *out)
{
	const char *name = days[m->c.weekday];
	buf_add(out, name, n <= 3 ? 3 : strlen(name));
}

static void put_day(const struct moment *m, int n, struct buf *out) { put_int(m->c.day, n, out); }
static void put_year_day(const struct moment *m, int n, struct buf *out) { put_int(m->day_of_year, n, out); }
static void put_week_day(const struct moment *m, int n, struct buf *out) { put_int(m->c.weekday + 1, n, out); }
static void put_hour23(const struct moment *m, int n, struct buf *out) { put_int(m->c.hour, n, out); }
static void put_hour24(const struct moment *m, int n, struct buf *out) { put_int(m->c.hour ? m->c.hour : 24, n, out); }
static void put_hour11(const struct moment *m, int n, struct buf *out) { put_int(m->c.hour % 12, n, out); }
static void put_hour12(const struct moment *m, int n, struct buf *out) { put_int(m->c.hour % 12 ? m->c.hour % 12 : 12, n, out); }
static void put_minute(const struct moment *m, int n, struct buf *out) { put_int(m->c.minute, n, out); }
static void put_second(const struct moment *m, int n, struct buf *out) { put_int(m->c.second, n, out); }
static void put_milli(const struct moment *m, int n, struct buf *out) { put_int(m->millisecond, n, out); }

static void put_half(const struct moment *m, int n _unused_, struct buf *out)
{
	buf_text(out, m->c.hour < 12 ? "AM" : "PM");
}

static void put_zone(const struct moment *m, int n _unused_, struct buf *out)
{
	buf_text(out, m->zone);
}

static void put_offset(const struct moment *m, const char *colon, bool minutes, struct buf *out)
{
	int off = abs(m->c.offset_sec);
	buf_printf(out, "%c%02d", m->c.offset_sec < 0 ? '-' : '+', off / 3600);
	if (minutes)
		buf_printf(out, "%s%02d", colon, off / 60 % 60);
}

static void put_rfc_zone(const struct moment *m, int n _unused_, struct buf *out)
{
	put_offset(m, "", true, out);
}

static void put_iso_zone(const struct moment *m, int n, struct buf *out)
{
	if (m->c.offset_sec == 0)
		buf_u8(out, 'Z');
	else
		put_offset(m, n >= 3 ? ":" : "", n >= 2, out);
}

static const struct letter {
	char letter;
	void (*put)(const struct moment *m, int n, struct buf *out);
} letters[] = {
	{ 'y', put_year },    { 'M', put_month },   { 'd', put_day },     { 'D', put_year_day }, { 'E', put_weekday },
	{ 'u', put_week_day }, { 'H', put_hour23 }, { 'k', put_hour24 },  { 'K', put_hour11 },   { 'h', put_hour12 },
	{ 'm', put_minute },  { 's', put_second },  { 'S', put_milli },   { 'a', put_half },     { 'z', put_zone },
	{ 'Z', put_rfc_zone }, { 'X', put_iso_zone },
};

/* 'text' with '' for a quote; returns where it ends. */
static const char *put_quoted(const char *s, struct buf *out)
{
	if (s[1] == '\'') {
		buf_u8(out, '\'');
		return s + 2;
	}
	for (s++; *s; s++) {
		if (s[0] == '\'' && s[1] == '\'')
			s++;
		else if (s[0] == '\'')
			return s + 1;
		buf_u8(out, (uint8_t)*s);
	}
	return s;
}

/* NULL: a letter that means nothing; *ret_bad points at it. */
static bool put_pattern(const char *s, const struct moment *m, struct buf *out, char *ret_bad)
{
	while (*s) {
		if (*s == '\'') {
			s = put_quoted(s, out);
			continue;
		}
		if (!isalpha((unsigned char)*s)) {
			buf_u8(out, (uint8_t)*s++);
			continue;
		}
		const struct letter *l = NULL;
		for (size_t i = 0; i < COUNT_OF(letters) && !l; i++)
			if (letters[i].letter == *s)
				l = &letters[i];
		if (!l) {
			*ret_bad = *s;
			return false;
		}
		int n = 0;
		while (n < 20 && s[n] == l->letter)
			n++;
		l->put(m, n, out);
		s += n;
	}
	return true;
}

static bool read_date(struct call *c, size_t i, double *ret_ms)
{
	const struct val *v = arg(c, i);
	if (val_kind(c->e, v) == VAL_STRING) {
		const struct val *date = val_get(c->e, val_global(c->e), "Date");
		const struct val *parse = date ? val_get(c->e, date, "parse") : NULL;
		v = parse ? val_call(c->e, parse, date, &v, 1) : NULL;
	}
	if (!v || (given(c->e, v) && !number_of(c->e, "formatdate: date", v, ret_ms)))
		return false;
	if (!given(c->e, v) || isnan(*ret_ms) || fabs(*ret_ms) > 8.64e15) {
		throw_type(c->e, "%s: date: a Date, milliseconds since 1970, or an ISO 8601 text is wanted", call_name(c));
		return false;
	}
	return true;
}

static const struct val *formatdate(struct call *c)
{
	double ms = NAN;
	char *pattern = NULL, bad = 0;
	if (!read_date(c, 0, &ms) || !arg_text(c, 1, "pattern", "a pattern like \"yyyy-MM-dd HH:mm\"", &pattern))
		return NULL;
	const struct zone *z = worker_self()->zone;
	usec_t t = (usec_t)floor(ms) * 1000;
	struct moment m = { .c = zone_civil(z, t), .zone = worker_self()->zone_name };
	m.millisecond = (int)(floor(ms) - floor(floor(ms) / 1000) * 1000);
	for (int month = 1; month < m.c.month; month++) {
		static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30 };
		bool leap = (m.c.year % 4 == 0 && m.c.year % 100 != 0) || m.c.year % 400 == 0;
		m.day_of_year += length[month - 1] + (month == 2 && leap);
	}
	m.day_of_year += m.c.day;
	struct buf b = { 0 };
	bool ok = put_pattern(pattern, &m, &b, &bad);
	mem_free(pattern);
	if (ok)
		return val_buf(c->e, &b);
	buf_free(&b);
	return throw_type(c->e, "formatdate: pattern: the letter \"%c\" means nothing; text goes into '...'", bad);
}

/* -- formatnumber: patterns like "#,##0.00" -------------------------------------------------------------------- */

struct number_pattern {
	const char *prefix, *suffix;
	int prefix_len, suffix_len;
	int least, group, least_fraction, most_fraction;
	bool percent;
};

static struct number_pattern read_number_pattern(const char *s)
{
	struct number_pattern p = { .prefix = s };
	size_t n = strcspn(s, "#0,.");
	p.prefix_len = (int)n;
	bool fraction = false, comma = false;
	for (s += n; *s && strchr("#0,.", *s); s++) {
		if (*s == '.') {
			fraction = true;
		} else if (*s == ',') {
			comma = true;
			p.group = 0;
		} else if (fraction) {
			p.most_fraction++;
			p.least_fraction += *s == '0';
		} else {
			p.least += *s == '0';
			p.group += comma;
		}
	}
	p.suffix = s;
	p.suffix_len = (int)strlen(s);
	p.most_fraction = MIN(p.most_fraction, 20);
	p.least_fraction = MIN(p.least_fraction, 20);
	p.least = MIN(p.least, 40);
	p.percent = strchr(s, '%') || memchr(p.prefix, '%', n);
	return p;
}

static void put_grouped(const char *digits, int n, const struct number_pattern *p, struct buf *out)
{
	int zeros = MAX(p->least - n, 0);
	for (int left = n + zeros; left > 0; left--) {
		int at = n + zeros - left;
		buf_u8(out, at < zeros ? '0' : (uint8_t)digits[at - zeros]);
		if (p->group > 0 && left > 1 && (left - 1) % p->group == 0)
			buf_u8(out, ',');
	}
}

static void put_number(double d, const struct number_pattern *p, struct buf *out)
{
	char text[400];
	if (!isfinite(d)) {
		buf_text(out, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
		return;
	}
	snprintf(text, sizeof(text), "%.*f", p->most_fraction, fabs(d) * (p->percent ? 100 : 1));
	char *dot = strchr(text, '.');
	int whole = dot ? (int)(dot - text) : (int)strlen(text);
	int fraction = dot ? (int)strlen(dot + 1) : 0;
	while (fraction > p->least_fraction && dot[fraction] == '0')
		fraction--;
	bool zero = strspn(text, "0.") == strlen(text);
	if (d < 0 && !zero)
		buf_u8(out, '-');
	buf_add(out, p->prefix, (size_t)p->prefix_len);
	if (whole == 1 && text[0] == '0' && p->least == 0 && fraction > 0)
		whole = 0;
	put_grouped(text, whole, p, out);
	if (fraction > 0) {
		buf_u8(out, '.');
		buf_add(out, dot + 1, (size_t)fraction);
	}
	buf_add(out, p->suffix, (size_t)p->suffix_len);
}

static const struct val *formatnumber(struct call *c)
{
	double d;
	char *pattern = NULL;
	if (!arg_number(c, 0, "n", &d) || !arg_text_or_null(c, 1, "pattern", &pattern))
		return NULL;
	struct number_pattern p = read_number_pattern(pattern ? pattern : "#,##0.###");
	struct buf b = { 0 };
	put_number(d, &p, &b);
	mem_free(pattern);
	return val_buf(c->e, &b);
}

/* 1234567 -> "1.23 Mbit" */
static const struct val *formatbits(struct call *c)
{
	static const char *const prefix[] = { "", "k", "M", "G", "T", "P", "E" };
	double d;
	size_t i = 0;
	if (!arg_number(c, 0, "n", &d))
		return NULL;
	/* 999.5 and more would round to 1000 of the smaller unit */
	for (; fabs(d) >= 999.5 && i + 1 < COUNT_OF(prefix); i++)
		d /= 1000;
	struct buf b = { 0 };
	int decimals = i == 0 || fabs(d) >= 99.95 ? 0 : fabs(d) >= 9.995 ? 1 : 2;
	buf_printf(&b, "%.*f %sbit", decimals, d, prefix[i]);
	return val_buf(c->e, &b);
}

const struct host_fn format_functions[] = {
	{ "printf", print_format, "format, value...", "write values by a C format: %s %d %f %e %g %x %o %c %%" },
	{ "sprintf", sprintf_, "format, value...", "the same as a string" },
	{ "formatdate", formatdate, "date, pattern", "a date by a pattern like \"yyyy-MM-dd HH:mm:ss\" (letters as in Java)" },
	{ "formatnumber", formatnumber, "n[, pattern = \"#,##0.###\"]", "a number, grouped and rounded by a pattern" },
	{ "formatbits", formatbits, "n", "a number of bits with its SI prefix: \"1.23 Mbit\"" },
	{ 0 },
};
