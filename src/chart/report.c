/* A report as PDF: A4 pages of headings, paragraphs, tables and charts, one below the other.
 *
 * The document is parts behind a magic; text is u32 length and bytes, all little-endian:
 *
 *	u32 "WRP1", then of each part a u8 kind and
 *	TITLE, H1, H2, H3, TEXT   text
 *	TABLE   u32 columns, u32 rows; of each column u8 right-aligned, text name; text of each cell, row by row
 *	CHART   text: a chart (doc.c)
 *	BREAK   nothing
 *
 * The bytes come from a script's worker: everything goes through the cursor, and what does not add up ends it all. */
#include "chart/chart.h"

#include "base/arena.h"
#include "base/cursor.h"
#include "chart/draw.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>

enum {
	MAGIC = 0x31505257,
	MAX_COLUMNS = 200,
	MAX_ROWS = 20000,  /* of one table; behind them a line says how many are missing */
	MEASURED = 200,    /* rows that decide how wide columns are */
	MAX_PAGES = 5000,
	MAX_WORD = 400,    /* bytes */
};
#define PAGE_W	595.0 /* A4, in points */
#define PAGE_H	842.0
#define MARGIN	48.0
#define INSIDE	(PAGE_W - 2 * MARGIN)
#define BOTTOM	(PAGE_H - MARGIN - 14)
#define ROW_H	13.0
#define GAP	10.0 /* between columns */
#define SCRATCH ((size_t)256 << 20)

enum { INK = 0x1a1d21, SOFT = 0x5b6572, LINE = 0xd0d5dc };

/* -- writing a document ---------------------------------------------------------------------------- */

static void put(struct buf *doc, const void *data, size_t len)
{
	buf_u32(doc, (uint32_t)len);
	buf_add(doc, data, len);
}

void report_begin(struct buf *doc)
{
	buf_u32(doc, MAGIC);
}

void report_put_text(struct buf *doc, enum report_part part, const char *s)
{
	buf_u8(doc, (uint8_t)part);
	put(doc, s, strlen(s));
}

void report_put_break(struct buf *doc)
{
	buf_u8(doc, REPORT_BREAK);
}

void report_put_chart(struct buf *doc, const void *chart, size_t len)
{
	buf_u8(doc, REPORT_CHART);
	put(doc, chart, len);
}

void report_put_table(struct buf *doc, const struct result *t)
{
	struct buf cell = { .ceiling = 1u << 20 };
	buf_u8(doc, REPORT_TABLE);
	buf_u32(doc, (uint32_t)t->ncols);
	buf_u32(doc, (uint32_t)t->nrows);
	for (size_t c = 0; c < t->ncols; c++) {
		buf_u8(doc, t->col[c].num && t->col[c].type != T_TIME);
		put(doc, t->col[c].name, strlen(t->col[c].name));
	}
	for (size_t r = 0; r < t->nrows; r++)
		for (size_t c = 0; c < t->ncols; c++) {
			buf_reset(&cell);
			result_cell_text(t, r, c, &cell);
			put(doc, cell.len ? (const char *)cell.data : "", cell.len);
		}
	buf_free(&cell);
}

/* -- pages --------------------------------------------------------------------------------------------- */

struct page {
	cairo_t *cr;
	struct pen pen;
	struct arena scratch; /* of one part */
	double y;
	unsigned number;
};

static void page_end(struct page *p)
{
	char number[16];
	snprintf(number, sizeof(number), "%u", p->number);
	pen_write(&p->pen, &(struct words){ FONT_LABEL_SMALL, ALIGN_CENTER, SOFT, PAGE_W / 2, PAGE_H - MARGIN, 0 }, number);
	cairo_show_page(p->cr);
	p->y = MARGIN;
	p->number++;
}

/* Room for this much, on this page or the next. */
static void page_need(struct page *p, double h)
{
	if (p->y + h > BOTTOM && p->y > MARGIN)
		page_end(p);
}

static const char *take_text(struct page *p, struct cur *c)
{
	struct cur text = cur_take(c, cur_le32(c));
	size_t n = cur_left(&text);
	return c->bad ? NULL : arena_strndup(&p->scratch, n ? (const char *)text.pos : "", n);
}

/* -- text ------------------------------------------------------------------------------------------------ */

struct style {
	enum font font;
	double scale, line, before, after;
	uint32_t ink;
};

static const struct style styles[] = {
	[REPORT_TITLE] = { FONT_TITLE, 1.7, 28, 0, 8, INK }, [REPORT_H1] = { FONT_TITLE, 1.25, 21, 10, 4, INK },
	[REPORT_H2] = { FONT_TITLE, 1, 17, 8, 3, INK },	     [REPORT_H3] = { FONT_TITLE_SMALL, 1, 15, 6, 2, SOFT },
	[REPORT_TEXT] = { FONT_LABEL, 1, 14.5, 2, 4, INK },
};

static void write_line(struct page *p, const struct style *s, const char *line)
{
	page_need(p, s->line);
	cairo_save(p->cr);
	cairo_translate(p->cr, MARGIN, p->y);
	cairo_scale(p->cr, s->scale, s->scale);
	pen_write(&p->pen, &(struct words){ s->font, ALIGN_LEFT, s->ink, 0, 0, INSIDE / s->scale }, line);
	cairo_restore(p->cr);
	p->y += s->line;
}

/* The next word, made fit for a line; false: there is none. */
static bool next_word(struct page *p, const char **rest, const char **ret)
{
	char word[MAX_WORD + 1];
	const char *s = *rest + strspn(*rest, " \t\r\n");
	size_t n = strcspn(s, " \t\r\n");
	*rest = s + n;
	n = MIN(n, (size_t)MAX_WORD);
	memcpy(word, s, n);
	word[n] = 0;
	*ret = n ? text_clean(&p->scratch, word) : NULL;
	return *ret != NULL;
}

static void write_text(struct page *p, const struct style *s, const char *text)
{
	char line[1200] = "", longer[1200];
	const char *word;
	p->y += p->y > MARGIN ? s->before : 0;
	page_need(p, s->line * 2); /* a heading is not the last of its page */
	while (p->number <= MAX_PAGES && next_word(p, &text, &word)) {
		int n = snprintf(longer, sizeof(longer), "%s%s%s", line, *line ? " " : "", word);
		bool fits = n < (int)sizeof(longer) && pen_width(&p->pen, s->font, longer) * s->scale <= INSIDE;
		if (!fits && *line)
			write_line(p, s, line);
		snprintf(line, sizeof(line), "%s", fits ? longer : word);
	}
	if (*line)
		write_line(p, s, line);
	p->y += s->after;
}

/* -- tables ------------------------------------------------------------------------------------------------- */

struct paper_column {
	const char *name;
	bool right;
	double wide, left;
};

/* As wide as their text; when that is too much, the widest are cut to what fits. */
static void share_out(struct paper_column *col, size_t n)
{
	double most = INSIDE, left = INSIDE;
	size_t wider = n;
	for (size_t turn = 0; turn < n; turn++) { /* each turn settles those that are narrower than the share */
		double rest = INSIDE;
		size_t more = 0;
		for (size_t c = 0; c < n; c++)
			if (col[c].wide <= most)
				rest -= col[c].wide;
			else
				more++;
		if (rest >= 0 && more == wider && turn)
			break;
		left = rest;
		wider = more;
		double share = more ? left / (double)more : most;
		most = rest < 0 || more == 0 ? most * 0.8 : fmin(most, share);
	}
	double x = MARGIN, total = 0;
	for (size_t c = 0; c < n; c++) {
		col[c].wide = fmin(col[c].wide, most);
		total += col[c].wide;
	}
	for (size_t c = 0; c < n; c++) {
		col[c].wide *= total > INSIDE ? INSIDE / total : 1;
		col[c].left = x;
		x += col[c].wide;
	}
}

static void measure(struct page *p, struct paper_column *col, size_t n, struct cur cells, size_t rows)
{
	for (size_t c = 0; c < n; c++)
		col[c].wide = pen_width(&p->pen, FONT_TITLE_SMALL, col[c].name) + GAP;
	for (size_t r = 0; r < MIN(rows, (size_t)MEASURED); r++)
		for (size_t c = 0; c < n; c++) {
			const char *s = take_text(p, &cells);
			s = s ? text_clean(&p->scratch, s) : NULL;
			if (s)
				col[c].wide = fmax(col[c].wide, pen_width(&p->pen, FONT_LABEL_SMALL, s) + GAP);
		}
	share_out(col, n);
}

static void write_cell(struct page *p, const struct paper_column *col, enum font font, const char *s)
{
	double inside = fmax(col->wide - GAP, 1);
	pen_write(&p->pen, &(struct words){ font, col->right ? ALIGN_RIGHT : ALIGN_LEFT, INK,
					    col->left + (col->right ? inside : 0), p->y + 1, inside }, s);
}

static void end_row(struct page *p)
{
	colour_set(p->cr, LINE, 1);
	cairo_set_line_width(p->cr, 0.5);
	cairo_move_to(p->cr, MARGIN, p->y + ROW_H - 0.5);
	cairo_line_to(p->cr, MARGIN + INSIDE, p->y + ROW_H - 0.5);
	cairo_stroke(p->cr);
	p->y += ROW_H;
}

static void write_heads(struct page *p, const struct paper_column *col, size_t n)
{
	page_need(p, ROW_H * 2);
	for (size_t c = 0; c < n; c++)
		write_cell(p, &col[c], FONT_TITLE_SMALL, col[c].name);
	end_row(p);
}

static enum err write_table(struct page *p, struct cur *c)
{
	size_t n = cur_le32(c), rows = cur_le32(c);
	struct paper_column col[MAX_COLUMNS];
	char more[64];

	if (c->bad || n > MAX_COLUMNS || rows > cur_left(c) / 4 + 1)
		return n > MAX_COLUMNS ? E_LIMIT : E_SYNTAX;
	for (size_t i = 0; i < n; i++) {
		bool right = cur_u8(c);
		const char *name = take_text(p, c);
		if (!name || !(name = text_clean(&p->scratch, name)))
			return E_SYNTAX;
		col[i] = (struct paper_column){ .name = name, .right = right };
	}
	measure(p, col, n, *c, rows);
	p->y += p->y > MARGIN ? 6 : 0;
	write_heads(p, col, n);
	for (size_t r = 0; r < rows; r++) {
		if (r < MAX_ROWS && p->y + ROW_H > BOTTOM) {
			page_end(p);
			write_heads(p, col, n);
		}
		for (size_t i = 0; i < n; i++) {
			struct cur cell = cur_take(c, cur_le32(c));
			char text[MAX_WORD + 1] = "";
			if (c->bad || p->number > MAX_PAGES)
				return c->bad ? E_SYNTAX : E_LIMIT;
			if (r >= MAX_ROWS)
				continue;
			size_t len = MIN(cur_left(&cell), (size_t)MAX_WORD);
			if (len)
				memcpy(text, cell.pos, len);
			struct arena one = { .ceiling = 64 * 1024 };
			const char *s = text_clean(&one, text);
			write_cell(p, &col[i], FONT_LABEL_SMALL, s ? s : "");
			arena_free(&one);
		}
		if (r < MAX_ROWS)
			end_row(p);
	}
	snprintf(more, sizeof(more), "%zu more rows", rows > MAX_ROWS ? rows - MAX_ROWS : 0);
	if (rows > MAX_ROWS)
		write_line(p, &styles[REPORT_H3], more);
	p->y += 6;
	return OK;
}

/* -- charts ---------------------------------------------------------------------------------------------------- */

static enum err place_chart(struct page *p, struct cur *c, struct problem *why)
{
	struct chart_doc doc;
	double w, h;
	struct cur bytes = cur_take(c, cur_le32(c));
	if (c->bad)
		return E_SYNTAX;
	enum err e = chart_decode(bytes.pos, cur_left(&bytes), &doc);
	if (e != OK)
		return e;
	if ((e = chart_extent(&doc.chart, &w, &h, why)) == OK) {
		double zoom = fmin(1, fmin(INSIDE / w, (BOTTOM - MARGIN) / h));
		page_need(p, h * zoom + 6);
		cairo_save(p->cr);
		cairo_translate(p->cr, MARGIN, p->y);
		cairo_scale(p->cr, zoom, zoom);
		cairo_rectangle(p->cr, 0, 0, w, h); /* it paints its ground first */
		cairo_clip(p->cr);
		e = chart_paint(&doc.chart, p->cr, &p->scratch, why);
		cairo_restore(p->cr);
		p->y += h * zoom + 8;
	}
	chart_doc_free(&doc);
	return e;
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static enum err draw_part(struct page *p, struct cur *c, struct problem *why)
{
	unsigned part = cur_u8(c);
	const char *text;
	arena_reset(&p->scratch);
	switch (part) {
	case REPORT_TABLE:
		return write_table(p, c);
	case REPORT_CHART:
		return place_chart(p, c, why);
	case REPORT_BREAK:
		if (p->y > MARGIN)
			page_end(p);
		return OK;
	default:
		if (part > REPORT_TEXT || !(text = take_text(p, c)))
			return E_SYNTAX;
		write_text(p, &styles[part], text);
		return OK;
	}
}

static cairo_status_t put_out(void *arg, const unsigned char *data, unsigned len)
{
	struct buf *out = arg;
	buf_add(out, data, len);
	return out->bad == OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

enum err report_draw(const void *data, size_t len, struct buf *out, struct problem *why)
{
	struct cur c = cur_of(data, len);
	size_t before = out->len;
	if (cur_le32(&c) != MAGIC || c.bad)
		return problem_set(why, E_SYNTAX, "not a report");
	cairo_surface_t *s = cairo_pdf_surface_create_for_stream(put_out, out, PAGE_W, PAGE_H);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z"); /* same report, same bytes */
	struct page p = { .cr = cairo_create(s), .scratch.ceiling = SCRATCH, .y = MARGIN, .number = 1 };
	pen_init(&p.pen, p.cr, false);
	enum err e = OK;
	while (e == OK && cur_left(&c) && out->bad == OK)
		e = p.number > MAX_PAGES ? E_LIMIT : draw_part(&p, &c, why);
	if (e == OK)
		page_end(&p);
	pen_done(&p.pen);
	cairo_status_t status = cairo_status(p.cr);
	cairo_destroy(p.cr);
	cairo_surface_finish(s);
	if (e == OK && (status != CAIRO_STATUS_SUCCESS || cairo_surface_status(s) != CAIRO_STATUS_SUCCESS))
		e = out->bad != OK ? out->bad : E_NOMEM;
	cairo_surface_destroy(s);
	arena_free(&p.scratch);
	if (e != OK)
		out->len = before;
	return e == OK || (why && why->text[0]) ? e : problem_set(why, e, "report: %s", err_text(e));
}
