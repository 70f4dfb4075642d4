#include "model/lookup.h"

#include "base/file.h"
#include "base/mem.h"
#include "flow/value.h"
#include "model/lookup_in.h"

#include <errno.h>
#include <stdlib.h>

enum { COLUMNS = 4 };
#define MAX_FILE ((size_t)1 << 30)

/* -- building --------------------------------------------------------------------------------- */

static bool grow(void *pp, size_t n, size_t *cap, size_t each)
{
	void *p, *more;
	memcpy(&p, pp, sizeof(p));
	if (n < *cap)
		return true;
	size_t want = *cap ? *cap * 2 : 1024;
	if (!(more = mem_array(p, want, each)))
		return false;
	memcpy(pp, &more, sizeof(more));
	*cap = want;
	return true;
}

enum err lookup_add(struct lookup *l, const struct addr *lo, const struct addr *hi, uint32_t number)
{
	if (l->n == LOOKUP_RANGES)
		return E_LIMIT;
	if (!grow(&l->range, l->n, &l->cap, sizeof(*l->range)))
		return E_NOMEM;
	l->range[l->n++] = (struct lookup_range){ *lo, *hi, number };
	return OK;
}

enum err lookup_name(struct lookup *l, uint32_t number, const char *text, size_t len)
{
	if (!len)
		return OK;
	if (l->nnames == LOOKUP_NAMES)
		return E_LIMIT;
	const char *copy = arena_strndup(&l->arena, text, MIN(len, (size_t)LOOKUP_TEXT));
	if (!copy || !grow(&l->name, l->nnames, &l->cap_names, sizeof(*l->name)))
		return E_NOMEM;
	l->name[l->nnames++] = (struct lookup_name){ number, copy };
	return OK;
}

uint32_t lookup_code(struct lookup *l, const char *code, size_t len)
{
	struct map_entry *e;
	bool fresh;
	if (map_put(&l->codes, code, len, &e, &fresh) != OK)
		return 0;
	if (fresh) {
		e->num = l->codes.live;
		if (lookup_name(l, (uint32_t)e->num, code, len) != OK)
			return 0;
	}
	return (uint32_t)e->num;
}

/* -- CSV ------------------------------------------------------------------------------------------ */

struct piece {
	const char *s;
	size_t len;
};

/* Columns of a line; in quotes a comma is a comma.  0: too many, or a quote without an end. */
static size_t split(const char *s, size_t len, struct piece col[static COLUMNS])
{
	size_t n = 0;
	for (size_t i = 0; i <= len && n < COLUMNS; i++) {
		while (i < len && (s[i] == ' ' || s[i] == '\t'))
			i++;
		size_t end = i;
		if (i < len && s[i] == '"') {
			const char *quote = memchr(s + i + 1, '"', len - i - 1);
			if (!quote)
				return 0;
			col[n++] = (struct piece){ s + i + 1, (size_t)(quote - s) - i - 1 };
			end = (size_t)(quote - s) + 1;
			while (end < len && s[end] != ',')
				end++;
		} else {
			while (end < len && s[end] != ',')
				end++;
			size_t last = end;
			while (last > i && (s[last - 1] == ' ' || s[last - 1] == '\t'))
				last--;
			col[n++] = (struct piece){ s + i, last - i };
		}
		i = end;
		if (i >= len)
			return n;
	}
	return 0;
}

/* What follows the addresses: a code, or a number and a name. */
static const char *take_rest(struct lookup *l, const struct piece *p, size_t n, uint32_t *ret, enum err *err)
{
	uint64_t asn;
	if (l->kind == LOOKUP_COUNTRY) {
		if (n != 1 || !p->len || p->len > 8)
			return "a country's code is wanted behind the addresses";
		*ret = lookup_code(l, p->s, p->len);
		*err = *ret ? OK : E_NOMEM;
		return NULL;
	}
	if (p->len > 2 && (p->s[0] == 'A' || p->s[0] == 'a') && (p->s[1] == 'S' || p->s[1] == 's')) {
		if (!uint_parse(p->s + 2, p->len - 2, &asn))
			return "an AS number is wanted";
	} else if (!uint_parse(p->s, p->len, &asn)) {
		return "an AS number is wanted";
	}
	if (asn > UINT32_MAX)
		return "an AS number is 0..4294967295";
	*ret = (uint32_t)asn;
	if (n > 1)
		*err = lookup_name(l, *ret, p[1].s, p[1].len);
	return NULL;
}

static const char *take_line(struct lookup *l, const char *s, size_t len, enum err *err)
{
	struct piece col[COLUMNS];
	struct addr lo, hi;
	struct prefix p;
	const char *why, *slash;
	uint32_t number;
	size_t n = split(s, len, col), used = 1;
	if (!n)
		return "too many columns, or a quote without its end";
	slash = memchr(col[0].s, '/', col[0].len);
	if (slash) {
		if (!prefix_parse(col[0].s, col[0].len, &p, &why))
			return why;
		prefix_range(&p, &lo, &hi);
	} else if (addr_parse(col[0].s, col[0].len, &lo)) {
		used = 2;
		if (n < 2 || !addr_parse(col[1].s, col[1].len, &hi) || addr_compare(&lo, &hi) > 0)
			return "the last address is wanted behind the first";
	} else if (l->kind == LOOKUP_ASN) {
		return take_rest(l, col, n, &number, err); /* a name alone */
	} else {
		return "addresses are wanted: 192.0.2.0/24, or the first and the last";
	}
	if (n == used)
		return "nothing is said of these addresses";
	why = take_rest(l, col + used, n - used, &number, err);
	if (!why && *err == OK)
		*err = lookup_add(l, &lo, &hi, number);
	return why;
}

static enum err read_csv(struct lookup *l, const char *text, size_t len, const char *name, struct problem *why)
{
	enum err err = OK;
	size_t line = 1;
	for (size_t at = 0; at < len && err == OK; line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		size_t shown = n && text[at + n - 1] == '\r' ? n - 1 : n;
		const char *bad = shown && text[at] != '#' ? take_line(l, text + at, shown, &err) : NULL;
		if (bad)
			return problem_set(why, E_SYNTAX, "%s:%zu: %s", name, line, bad);
		at += n + 1;
	}
	return err == OK ? OK : problem_set(why, err, "%s: %s", name, err_text(err));
}

/* -- order ------------------------------------------------------------------------------------------ */

static int by_place(const void *pa, const void *pb)
{
	const struct lookup_range *a = pa, *b = pb;
	int d = addr_compare(&a->lo, &b->lo);
	return d ? d : addr_compare(&b->hi, &a->hi);
}

static int by_number(const void *pa, const void *pb)
{
	const struct lookup_name *a = pa, *b = pb;
	return (a->number > b->number) - (a->number < b->number);
}

static struct addr step(struct addr a, bool up)
{
	if (up)
		for (size_t i = sizeof(a.b); i-- > 0 && !++a.b[i];)
			;
	else
		for (size_t i = sizeof(a.b); i-- > 0 && !a.b[i]--;)
			;
	return a;
}

/* Ranges inside others are cut out of them; of two that overlap the one that begins later holds. */
static enum err flatten(struct lookup *l)
{
	struct lookup_range *in = l->range, *open = NULL;
	size_t n = l->n, depth = 0, cap = 0;
	enum err err = OK;
	struct addr from = { 0 };
	qsort(in, n, sizeof(*in), by_place);
	l->range = NULL;
	l->n = l->cap = 0;
	for (size_t i = 0; i <= n && err == OK; i++) {
		while (depth && err == OK && (i == n || addr_compare(&open[depth - 1].hi, &in[i].lo) < 0)) {
			struct lookup_range top = open[--depth];
			if (addr_compare(&from, &top.hi) <= 0) {
				err = lookup_add(l, &from, &top.hi, top.number);
				from = step(top.hi, true);
			}
			while (depth && addr_compare(&open[depth - 1].hi, &top.hi) <= 0)
				depth--;
		}
		if (i == n || err != OK)
			break;
		if (depth && addr_compare(&from, &in[i].lo) < 0) {
			struct addr before = step(in[i].lo, false);
			err = lookup_add(l, &from, &before, open[depth - 1].number);
		}
		if (!grow(&open, depth, &cap, sizeof(*open)))
			err = E_NOMEM;
		else
			open[depth++] = in[i];
		from = in[i].lo;
	}
	mem_free(open);
	mem_free(in);
	return err;
}

static enum err finish(struct lookup *l)
{
	enum err err = l->n ? flatten(l) : OK;
	if (l->nnames)
		qsort(l->name, l->nnames, sizeof(*l->name), by_number);
	map_free(&l->codes);
	return err;
}

/* -- the door ------------------------------------------------------------------------------------------ */

void lookup_free(struct lookup *l)
{
	if (!l)
		return;
	mem_free(l->range);
	mem_free(l->name);
	map_free(&l->codes);
	arena_free(&l->arena);
	mem_free(l);
}

static struct lookup *lookup_new(enum lookup_kind kind)
{
	struct lookup *l = mem_new0(1, sizeof(*l));
	if (l)
		l->kind = kind;
	return l;
}

enum err lookup_parse(enum lookup_kind kind, const void *text, size_t len, const char *name, struct lookup **ret,
		      struct problem *why)
{
	_cleanup_(lookup_freep) struct lookup *l = lookup_new(kind);
	if (!l)
		return problem_set(why, E_NOMEM, "%s: %s", name, err_text(E_NOMEM));
	enum err err = read_csv(l, text, len, name, why);
	if (err == OK && (err = finish(l)) != OK)
		problem_set(why, err, "%s: %s", name, err_text(err));
	if (err != OK)
		return err;
	*ret = l;
	l = NULL;
	return OK;
}

enum err lookup_load(enum lookup_kind kind, const char *file, struct lookup **ret, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_FILE };
	size_t n = strlen(file);
	if (n > 5 && STREQ(file + n - 5, ".mmdb")) {
		_cleanup_(lookup_freep) struct lookup *l = lookup_new(kind);
		enum err err = l ? lookup_mmdb(l, file, why) : problem_set(why, E_NOMEM, "%s: %s", file, err_text(E_NOMEM));
		if (err == OK && (err = finish(l)) != OK)
			problem_set(why, err, "%s: %s", file, err_text(err));
		if (err != OK)
			return err;
		*ret = l;
		l = NULL;
		return OK;
	}
	enum err err = file_read(file, &text);
	if (err != OK)
		return problem_set(why, err, "%s: %s", file, err == E_IO ? strerror(errno) : err_text(err));
	return lookup_parse(kind, text.data, text.len, file, ret, why);
}

uint32_t lookup_number(const struct lookup *l, const struct addr *a)
{
	size_t lo = 0, hi = l->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (addr_compare(&l->range[mid].hi, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && addr_compare(&l->range[lo].lo, a) <= 0 ? l->range[lo].number : 0;
}

const char *lookup_text(const struct lookup *l, uint32_t number)
{
	const struct lookup_name key = { .number = number };
	const struct lookup_name *n = l->nnames ? bsearch(&key, l->name, l->nnames, sizeof(key), by_number) : NULL;
	return n ? n->text : NULL;
}

const struct lookup_range *lookup_ranges(const struct lookup *l, size_t *ret_n)
{
	*ret_n = l->n;
	return l->range;
}

bool lookup_at(const struct lookup *l, size_t i, uint32_t *ret_number, const char **ret_text)
{
	if (i >= l->nnames)
		return false;
	*ret_number = l->name[i].number;
	*ret_text = l->name[i].text;
	return true;
}
