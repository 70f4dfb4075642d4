#include "store/manifest.h"

#include "store/journal.h"
#include "store/rollup.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { VERSION = 4, VERSION_OLDS = 2, VERSION_ROLLUPS = 3, VERSION_NAMED = 4 };

void marks_free(struct map *marks)
{
	for (size_t i = 0; i < marks->n; i++)
		if (marks->at[i].key)
			mem_free(marks->at[i].ptr);
	map_free(marks);
}

void manifest_free(struct manifest *m)
{
	for (size_t t = 0; t < TABLES; t++) {
		mem_free(m->table[t].seg);
		mem_free(m->table[t].roll);
		mem_free(m->table[t].old);
		mem_free(m->table[t].gap);
	}
	marks_free(&m->marks);
	*m = (struct manifest){ 0 };
}

bool mark_key_valid(const char *key, size_t len)
{
	if (len < 1 || len > MARK_KEY_MOST || key[0] == ' ' || key[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if (key[i] < 0x20 || key[i] > 0x7e)
			return false;
	return true;
}

enum err marks_put(struct map *marks, const char *key, size_t key_len, const void *value,
		   size_t len)
{
	struct map_entry *entry;
	struct mark_value *v = mem_alloc(sizeof(*v) + len);
	if (!v)
		return E_NOMEM;
	v->len = len;
	if (len)
		memcpy(v->bytes, value, len);
	marks->ceiling = MARKS_MOST;
	enum err e = map_put(marks, key, key_len, &entry, NULL);
	if (e != OK) {
		mem_free(v);
		return e;
	}
	mem_free(entry->ptr);
	entry->ptr = v;
	return OK;
}

enum err marks_get(const struct map *marks, const char *key, struct buf *out)
{
	const struct map_entry *entry = map_get_str(marks, key);
	if (!entry)
		return E_UNKNOWN;
	const struct mark_value *v = entry->ptr;
	buf_add(out, v->bytes, v->len);
	return out->bad;
}

/* One more item in a list that doubles. */
static enum err more(void **list, size_t n, size_t *cap, size_t each)
{
	if (n < *cap)
		return OK;
	if (n >= SEGMENTS_MOST)
		return E_LIMIT;
	size_t room = MAX(*cap * 2, (size_t)16);
	void *p = mem_array(*list, room, each);
	if (!p)
		return E_NOMEM;
	*list = p;
	*cap = room;
	return OK;
}

enum err manifest_add_segment(struct manifest_table *t, const struct manifest_segment *s)
{
	void *list = t->seg;
	enum err e = more(&list, t->nseg, &t->seg_cap, sizeof(*t->seg));
	t->seg = list;
	if (e == OK)
		t->seg[t->nseg++] = *s;
	return e;
}

enum err manifest_add_rollup(struct manifest_table *t, const struct manifest_rollup *r)
{
	void *list = t->roll;
	enum err e = more(&list, t->nroll, &t->roll_cap, sizeof(*t->roll));
	t->roll = list;
	if (e == OK)
		t->roll[t->nroll++] = *r;
	return e;
}

enum err manifest_add_gap(struct manifest_table *t, struct span span, const char *name)
{
	void *list = t->gap;
	enum err e = more(&list, t->ngap, &t->gap_cap, sizeof(*t->gap));
	t->gap = list;
	if (e != OK)
		return e;
	struct store_gap g = { .span = span };
	snprintf(g.name, sizeof(g.name), "%s", name);
	t->gap[t->ngap++] = g;
	return OK;
}

uint64_t manifest_bytes(const struct manifest *m)
{
	uint64_t n = 0;
	for (size_t t = 0; t < TABLES; t++) {
		for (size_t i = 0; i < m->table[t].nseg; i++)
			n += m->table[t].seg[i].bytes;
		for (size_t i = 0; i < m->table[t].nroll; i++)
			n += m->table[t].roll[i].file.bytes;
	}
	return n;
}

void manifest_leave_alone(struct manifest_table *t, const char *segment)
{
	size_t beside = 0;
	char name[sizeof(t->roll->of)] = "";
	for (size_t i = 0; i < t->nroll; i++)
		beside += STREQ(t->roll[i].of, segment);
	if (beside > 1 && strlen(segment) + 1 < sizeof(name))
		snprintf(name, sizeof(name), "-%s", segment);
	for (size_t i = 0; i < t->nroll; i++)
		if (STREQ(t->roll[i].of, segment))
			memcpy(t->roll[i].of, name, sizeof(name));
}

enum err manifest_add_old(struct manifest_table *t, const char *path, usec_t since)
{
	void *list = t->old;
	enum err e = more(&list, t->nold, &t->old_cap, sizeof(*t->old));
	t->old = list;
	if (e != OK)
		return e;
	struct manifest_old o = { .since = since };
	snprintf(o.path, sizeof(o.path), "%s", path);
	t->old[t->nold++] = o;
	return OK;
}

enum err manifest_copy(const struct manifest *from, struct manifest *ret)
{
	struct manifest m = { .generation = from->generation, .next = from->next };
	enum err e = OK;
	for (size_t t = 0; t < TABLES && e == OK; t++) {
		const struct manifest_table *old = &from->table[t];
		m.table[t].journal = old->journal;
		m.table[t].live = old->live;
		for (size_t i = 0; i < old->nseg && e == OK; i++)
			e = manifest_add_segment(&m.table[t], &old->seg[i]);
		for (size_t i = 0; i < old->nroll && e == OK; i++)
			e = manifest_add_rollup(&m.table[t], &old->roll[i]);
		for (size_t i = 0; i < old->nold && e == OK; i++)
			e = manifest_add_old(&m.table[t], old->old[i].path, old->old[i].since);
		for (size_t i = 0; i < old->ngap && e == OK; i++)
			e = manifest_add_gap(&m.table[t], old->gap[i].span, old->gap[i].name);
	}
	for (size_t i = 0; i < from->marks.n && e == OK; i++) {
		const struct map_entry *entry = &from->marks.at[i];
		const struct mark_value *v = entry->ptr;
		if (entry->key)
			e = marks_put(&m.marks, (const char *)entry->key, entry->len, v->bytes,
				      v->len);
	}
	if (e == OK)
		*ret = m;
	else
		manifest_free(&m);
	return e;
}

/* -- text ------------------------------------------------------------------------------------ */

static void format_rollup(struct buf *out, const char *table, const struct manifest_rollup *r)
{
	const struct manifest_segment *f = &r->file;
	buf_printf(out, "rollup %s %s %s %s %llu %llu %lld %lld ", table,
		   rollup_level_name((enum rollup_level)r->level), f->path, *r->of ? r->of : "-",
		   (unsigned long long)f->rows, (unsigned long long)f->bytes,
		   (long long)f->span.start, (long long)f->span.end);
	for (size_t i = 0; i < sizeof(r->digest); i++)
		buf_printf(out, "%02x", r->digest[i]);
	buf_text(out, "\n");
}

void manifest_format(const struct manifest *m, struct buf *out)
{
	bool olds = false, rolls = false, named = false;
	for (size_t t = 0; t < TABLES; t++) {
		olds |= m->table[t].nold > 0;
		rolls |= m->table[t].nroll > 0;
		for (size_t i = 0; i < m->table[t].nroll; i++)
			named |= *m->table[t].roll[i].of == '-';
	}
	buf_printf(out, "weir-manifest %d\ngeneration %llu\nnext %llu\n",
		   named   ? VERSION_NAMED
		   : rolls ? VERSION_ROLLUPS
		   : olds ? VERSION_OLDS
			  : 1,
		   (unsigned long long)m->generation, (unsigned long long)m->next);
	for (size_t t = 0; t < TABLES; t++) {
		const struct manifest_table *mt = &m->table[t];
		if (mt->journal)
			buf_printf(out, "journal %s %llu %llu\n", tables[t].name,
				   (unsigned long long)mt->journal, (unsigned long long)mt->live);
		for (size_t i = 0; i < mt->nseg; i++)
			buf_printf(out, "segment %s %s %llu %llu %lld %lld\n", tables[t].name,
				   mt->seg[i].path, (unsigned long long)mt->seg[i].rows,
				   (unsigned long long)mt->seg[i].bytes,
				   (long long)mt->seg[i].span.start,
				   (long long)mt->seg[i].span.end);
		for (size_t i = 0; i < mt->nroll; i++)
			format_rollup(out, tables[t].name, &mt->roll[i]);
		for (size_t i = 0; i < mt->nold; i++)
			buf_printf(out, "old %s %s %lld\n", tables[t].name, mt->old[i].path,
				   (long long)mt->old[i].since);
		for (size_t i = 0; i < mt->ngap; i++)
			buf_printf(out, "gap %s %lld %lld %s\n", tables[t].name,
				   (long long)mt->gap[i].span.start, (long long)mt->gap[i].span.end,
				   mt->gap[i].name);
	}
	for (size_t i = 0; i < m->marks.n; i++) {
		const struct map_entry *e = &m->marks.at[i];
		const struct mark_value *v = e->ptr;
		if (!e->key)
			continue;
		buf_text(out, "mark x");
		for (size_t k = 0; k < v->len; k++)
			buf_printf(out, "%02x", v->bytes[k]);
		buf_printf(out, " %s\n", (const char *)e->key);
	}
	if (!out->bad)
		buf_printf(out, "end %08x\n", crc32c(0, out->data, out->len));
}

/* A line, cut into words as they are taken. */
struct line {
	const char *pos, *end;
	bool bad;
};

static struct line take_word(struct line *l)
{
	const char *start = l->pos;
	while (l->pos < l->end && *l->pos != ' ')
		l->pos++;
	struct line word = { start, l->pos, false };
	if (start == l->pos)
		l->bad = true;
	if (l->pos < l->end)
		l->pos++;
	return word;
}

static bool word_is(struct line w, const char *text)
{
	return (size_t)(w.end - w.pos) == strlen(text) && memcmp(w.pos, text, strlen(text)) == 0;
}

static uint64_t take_number(struct line *l)
{
	struct line w = take_word(l);
	uint64_t v = 0;
	for (const char *p = w.pos; p < w.end; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			l->bad = true;
	}
	return v;
}

static usec_t take_time(struct line *l)
{
	uint64_t v = take_number(l);
	if (v > INT64_MAX)
		l->bad = true;
	return (usec_t)(v & INT64_MAX);
}

/* A name of a file below the store: what could end it early or lead elsewhere is none. */
static void take_name(struct line *l, char *out, size_t cap)
{
	struct line w = take_word(l);
	size_t n = (size_t)(w.end - w.pos);
	bool plain = n < cap && (!n || *w.pos != '/') && !memmem(w.pos, n, "..", 2);
	for (const char *p = w.pos; p < w.end; p++)
		plain &= *p > ' ' && *p <= '~';
	if (!plain) {
		l->bad = true;
		n = 0;
	}
	memcpy(out, w.pos, n);
	out[n] = 0;
}

static struct manifest_table *take_table(struct line *l, struct manifest *m)
{
	struct line w = take_word(l);
	for (size_t t = 0; t < TABLES; t++)
		if (word_is(w, tables[t].name))
			return &m->table[t];
	l->bad = true;
	return &m->table[0];
}

static enum err parse_generation(struct line *l, struct manifest *m)
{
	m->generation = take_number(l);
	return OK;
}

static enum err parse_next(struct line *l, struct manifest *m)
{
	m->next = take_number(l);
	return OK;
}

static enum err parse_journal(struct line *l, struct manifest *m)
{
	struct manifest_table *t = take_table(l, m);
	if (t->journal)
		l->bad = true; /* one each */
	t->journal = take_number(l);
	t->live = take_number(l);
	return OK;
}

static enum err parse_segment(struct line *l, struct manifest *m)
{
	struct manifest_segment s = { .path = "" };
	struct manifest_table *t = take_table(l, m);
	take_name(l, s.path, sizeof(s.path));
	s.rows = take_number(l);
	s.bytes = take_number(l);
	s.span.start = take_time(l);
	s.span.end = take_time(l);
	return l->bad ? OK : manifest_add_segment(t, &s);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err parse_rollup(struct line *l, struct manifest *m)
{
	struct manifest_rollup r = { .level = ROLLUP_LEVELS };
	struct manifest_table *t = take_table(l, m);
	struct line level = take_word(l);
	for (unsigned i = 0; i < ROLLUP_LEVELS; i++)
		if (word_is(level, rollup_level_name((enum rollup_level)i)))
			r.level = i;
	take_name(l, r.file.path, sizeof(r.file.path));
	take_name(l, r.of, sizeof(r.of));
	if (STREQ(r.of, "-"))
		r.of[0] = 0;
	r.file.rows = take_number(l);
	r.file.bytes = take_number(l);
	r.file.span.start = take_time(l);
	r.file.span.end = take_time(l);
	struct line hex = take_word(l);
	if (hex.end - hex.pos != 2 * (ptrdiff_t)sizeof(r.digest) || l->bad) {
		l->bad = true;
		return OK;
	}
	for (size_t i = 0; i < sizeof(r.digest); i++) {
		int high = hex_digit(hex.pos[i * 2]), low = hex_digit(hex.pos[i * 2 + 1]);
		l->bad |= high < 0 || low < 0;
		r.digest[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	if (r.level == ROLLUP_LEVELS || !rollup_kind((enum table_id)(t - m->table), r.level))
		l->bad = true;
	return l->bad ? OK : manifest_add_rollup(t, &r);
}

static enum err parse_old(struct line *l, struct manifest *m)
{
	struct manifest_old o = { .path = "" };
	struct manifest_table *t = take_table(l, m);
	take_name(l, o.path, sizeof(o.path));
	o.since = take_time(l);
	return l->bad ? OK : manifest_add_old(t, o.path, o.since);
}

static enum err parse_gap(struct line *l, struct manifest *m)
{
	char name[sizeof(((struct store_gap *)0)->name)];
	struct manifest_table *t = take_table(l, m);
	struct span span = { .start = take_time(l) };
	span.end = take_time(l);
	take_name(l, name, sizeof(name));
	return l->bad ? OK : manifest_add_gap(t, span, name);
}

static enum err parse_mark(struct line *l, struct manifest *m)
{
	uint8_t value[MARK_VALUE_MOST];
	struct line hex = take_word(l);
	size_t len = 0, digits = (size_t)(hex.end - hex.pos);
	if (digits % 2 != 1 || *hex.pos != 'x' || digits / 2 > sizeof(value)) {
		l->bad = true;
		return OK;
	}
	for (const char *p = hex.pos + 1; p < hex.end; p += 2) {
		int high = hex_digit(p[0]), low = hex_digit(p[1]);
		l->bad |= high < 0 || low < 0;
		value[len++] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	size_t key_len = (size_t)(l->end - l->pos);
	const char *key = l->pos;
	l->pos = l->end;
	if (l->bad || !mark_key_valid(key, key_len)) {
		l->bad = true;
		return OK;
	}
	return marks_put(&m->marks, key, key_len, value, len);
}

static const struct {
	const char *word;
	enum err (*parse)(struct line *l, struct manifest *m);
} words[] = {
	{ "generation", parse_generation },
	{ "next", parse_next },
	{ "journal", parse_journal },
	{ "segment", parse_segment },
	{ "rollup", parse_rollup },
	{ "old", parse_old },
	{ "gap", parse_gap },
	{ "mark", parse_mark },
};

static enum err parse_line(struct line l, struct manifest *m)
{
	struct line w = take_word(&l);
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!word_is(w, words[i].word))
			continue;
		enum err e = words[i].parse(&l, m);
		return e != OK ? e : l.bad || l.pos != l.end ? E_CORRUPT : OK;
	}
	return E_CORRUPT;
}

/* The lines between the first and the last, after the CRC was found right. */
static enum err parse_lines(const char *p, const char *end, struct manifest *m)
{
	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			return E_CORRUPT;
		enum err e = parse_line((struct line){ p, eol, false }, m);
		if (e != OK)
			return e;
		p = eol + 1;
	}
	for (size_t t = 0; t < TABLES; t++)
		if (m->table[t].journal >= m->next)
			return E_CORRUPT; /* none: the store is older than this table */
	return OK;
}

enum err manifest_parse(const uint8_t *text, size_t len, struct manifest *ret)
{
	enum { LAST = 13 }; /* "end 01234567\n" */
	static const char first[] = "weir-manifest ";
	const char *start = (const char *)text;
	if (len < sizeof(first) + LAST)
		return E_CORRUPT;
	char last[LAST + 1];
	snprintf(last, sizeof(last), "end %08x\n", crc32c(0, text, len - LAST));
	if (memcmp(start, first, sizeof(first) - 1) != 0 ||
	    memcmp(start + len - LAST, last, LAST) != 0)
		return E_CORRUPT;
	struct line l = { start + sizeof(first) - 1, memchr(start, '\n', len - LAST), false };
	if (!l.end)
		return E_CORRUPT;
	const char *rest = l.end + 1;
	uint64_t version = take_number(&l);
	if (version > VERSION)
		return E_VERSION;
	struct manifest m = { 0 };
	enum err e = l.bad || version < 1 ? E_CORRUPT : parse_lines(rest, start + len - LAST, &m);
	if (e == OK)
		*ret = m;
	else
		manifest_free(&m);
	return e;
}
