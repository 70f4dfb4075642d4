/* A chart over a socket.  Little-endian, nothing aligned:
 *
 *	u32 magic "WCH1"   u8 type   u8 flags (1 no legend, 2 dark)
 *	u32 width, height  u64 scale (bits of a double)
 *	text title, subtitle, x_label, y_label, unit, zone     text = u32 length (~0 = NULL), bytes
 *	u32 ncolors + 1 (0 = NULL), text each
 *	u32 nmark, each: u64 value bits, text label
 *	u32 ny, x_col, y_col[ny]
 *	u8 has table, and to the end: the table as result_encode wrote it
 *
 * The bytes come from a script's worker, so decoding believes nothing: every count has a ceiling,
 * every text is free of zero bytes, and not a byte may be left over.  Columns and sizes are checked
 * when the chart is drawn. */
#include "chart/chart.h"

#include "base/arena.h"
#include "base/cursor.h"
#include "base/mem.h"

#include <math.h>

enum { MAGIC = 0x31484357, TEXT_NULL = -1, MAX_TEXT = 64 * 1024, MAX_COLORS = 256, MAX_MARKS = 64 };
enum { FLAG_NO_LEGEND = 1, FLAG_DARK = 2, FLAGS = 3 };
#define DOC_MEMORY ((size_t)8 << 20) /* texts, colours and marks together */

static void put_bytes(struct buf *out, const char *s, size_t len)
{
	buf_u32(out, (uint32_t)len);
	buf_add(out, s, len);
}

static void put_text(struct buf *out, const char *s)
{
	if (s)
		put_bytes(out, s, strnlen(s, MAX_TEXT));
	else
		buf_u32(out, (uint32_t)TEXT_NULL);
}

static void put_double(struct buf *out, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	buf_u64(out, bits);
}

static void put_colors(struct buf *out, const char *const *colors)
{
	uint32_t n = 0;
	while (colors && colors[n] && n < MAX_COLORS)
		n++;
	buf_u32(out, colors ? n + 1 : 0);
	for (uint32_t i = 0; i < n; i++)
		put_text(out, colors[i]);
}

enum err chart_encode(const struct chart *c, struct buf *out)
{
	if (c->ny > CHART_MAX_SERIES || c->nmark > MAX_MARKS)
		return E_LIMIT;
	buf_u32(out, MAGIC);
	buf_u8(out, (uint8_t)c->type);
	buf_u8(out, (uint8_t)((c->no_legend ? FLAG_NO_LEGEND : 0) | (c->dark ? FLAG_DARK : 0)));
	buf_u32(out, c->width);
	buf_u32(out, c->height);
	put_double(out, c->scale);
	const char *const texts[] = { c->title, c->subtitle, c->x_label, c->y_label, c->unit, c->zone };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		put_text(out, texts[i]);
	put_colors(out, c->colors);
	buf_u32(out, (uint32_t)c->nmark);
	for (size_t i = 0; i < c->nmark; i++) {
		put_double(out, c->mark[i].value);
		put_bytes(out, c->mark[i].label, strnlen(c->mark[i].label, sizeof(c->mark[i].label) - 1));
	}
	buf_u32(out, (uint32_t)c->ny);
	buf_u32(out, (uint32_t)MIN(c->x_col, (size_t)UINT32_MAX));
	for (size_t i = 0; i < c->ny; i++)
		buf_u32(out, (uint32_t)MIN(c->y_col[i], (size_t)UINT32_MAX));
	buf_u8(out, c->table != NULL);
	if (out->bad != OK)
		return out->bad;
	return c->table ? result_encode(c->table, out) : OK;
}

/* -- decoding: a cursor that also remembers why it stopped ------------------------------------ */

struct reader {
	struct cur in;
	struct arena memory;
	enum err bad;
};

static void refuse(struct reader *r, enum err e)
{
	if (r->bad == OK)
		r->bad = e;
}

static double get_double(struct reader *r)
{
	uint64_t bits = cur_le64(&r->in);
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* NULL for a NULL text, and after a refusal. */
static const char *get_text(struct reader *r)
{
	uint32_t len = cur_le32(&r->in);
	if (r->in.bad || len == (uint32_t)TEXT_NULL)
		return NULL;
	const uint8_t *p = len <= MAX_TEXT ? cur_need(&r->in, len) : NULL;
	if (!p || memchr(p, 0, len)) {
		refuse(r, E_CORRUPT);
		return NULL;
	}
	char *s = arena_strndup(&r->memory, (const char *)p, len);
	if (!s)
		refuse(r, E_NOMEM);
	return s;
}

static uint32_t get_count(struct reader *r, uint32_t most)
{
	uint32_t n = cur_le32(&r->in);
	if (n > most) {
		refuse(r, E_CORRUPT);
		return 0;
	}
	return n;
}

static const char *const *get_colors(struct reader *r)
{
	uint32_t n = get_count(r, MAX_COLORS + 1);
	if (!n)
		return NULL;
	const char **colors = arena_new0(&r->memory, n, sizeof(*colors)); /* the last stays NULL */
	if (!colors) {
		refuse(r, E_NOMEM);
		return NULL;
	}
	for (uint32_t i = 0; i + 1 < n; i++)
		if (!(colors[i] = get_text(r)))
			refuse(r, E_CORRUPT);
	return colors;
}

static void get_marks(struct reader *r, struct chart *c)
{
	uint32_t n = get_count(r, MAX_MARKS);
	struct chart_mark *mark = arena_new0(&r->memory, MAX(n, 1u), sizeof(*mark));
	if (!mark) {
		refuse(r, E_NOMEM);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		mark[i].value = get_double(r);
		const char *label = get_text(r);
		size_t len = label ? strlen(label) : 0;
		if (len >= sizeof(mark[i].label)) {
			refuse(r, E_CORRUPT);
			return;
		}
		if (len)
			memcpy(mark[i].label, label, len);
	}
	c->mark = mark;
	c->nmark = n;
}

static void get_columns(struct reader *r, struct chart *c)
{
	c->ny = get_count(r, CHART_MAX_SERIES);
	c->x_col = cur_le32(&r->in);
	for (size_t i = 0; i < c->ny; i++)
		c->y_col[i] = cur_le32(&r->in);
}

static void get_chart(struct reader *r, struct chart *c)
{
	if (cur_le32(&r->in) != MAGIC)
		refuse(r, E_CORRUPT);
	uint8_t type = cur_u8(&r->in), flags = cur_u8(&r->in);
	if (type >= CHART_TYPES || (flags & ~FLAGS))
		refuse(r, E_CORRUPT);
	c->type = (enum chart_type)type;
	c->no_legend = flags & FLAG_NO_LEGEND;
	c->dark = flags & FLAG_DARK;
	c->width = cur_le32(&r->in);
	c->height = cur_le32(&r->in);
	c->scale = get_double(r);
	const char **const texts[] = { &c->title, &c->subtitle, &c->x_label, &c->y_label, &c->unit, &c->zone };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = get_text(r);
	c->colors = get_colors(r);
	get_marks(r, c);
	get_columns(r, c);
}

static enum err get_table(struct reader *r, struct result *ret)
{
	uint8_t has = cur_u8(&r->in);
	if (r->in.bad || has > 1 || (!has && cur_left(&r->in)))
		return E_CORRUPT;
	return has ? result_decode(r->in.pos, cur_left(&r->in), ret) : OK;
}

static void memory_free(void *memory)
{
	if (memory)
		arena_free(memory);
	mem_free(memory);
}

enum err chart_decode(const void *data, size_t len, struct chart_doc *ret)
{
	struct reader r = { .in = cur_of(data, len), .memory.ceiling = DOC_MEMORY };
	struct chart_doc d = { 0 };

	get_chart(&r, &d.chart);
	enum err e = r.in.bad ? E_CORRUPT : r.bad;
	bool has = e == OK && cur_left(&r.in) && r.in.pos[0] == 1;
	if (e == OK)
		e = get_table(&r, &d.table);
	struct arena *keep = e == OK ? mem_alloc(sizeof(*keep)) : NULL;
	if (e == OK && !keep)
		e = E_NOMEM;
	if (e != OK) {
		result_free(&d.table);
		arena_free(&r.memory);
		return e;
	}
	*keep = r.memory;
	d.memory = keep;
	*ret = d;
	ret->chart.table = has ? &ret->table : NULL; /* points into the caller's doc */
	return OK;
}

void chart_doc_free(struct chart_doc *d)
{
	result_free(&d->table);
	memory_free(d->memory);
	*d = (struct chart_doc){ 0 };
}
