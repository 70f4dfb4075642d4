/* The door of chart/: a chart from a table, drawn with cairo and pango.
 * One drawing makes PNG, SVG and PDF.  Any thread draws its own chart. */
#pragma once
#include "base/buf.h"
#include "query/query.h"

enum chart_type {
#define TYPE(id, name, help) id,
#include "chart/types.def"
#undef TYPE
	CHART_TYPES
};
enum chart_format { CHART_PNG, CHART_SVG, CHART_PDF, CHART_REPORT /* of report_draw alone */ };
enum { CHART_MAX_SERIES = 64, CHART_MAX_PIXELS = 8192 };

struct chart_mark { /* a horizontal line: 95th percentile, commit, port speed */
	double value;
	char label[64];
};

/* What to draw; text is borrowed.  A NULL or empty table draws the "no data" state. */
struct chart {
	enum chart_type type;
	const char *title, *subtitle, *x_label, *y_label, *unit;
	const struct result *table;
	/* On axes: x_col, and a series for each y_col.  TOP, PIE: x_col the label, y_col[0] the value.
	 * HEATMAP, SANKEY: x_col and y_col[0] the labels, y_col[1] the value. */
	size_t x_col, y_col[CHART_MAX_SERIES], ny;
	unsigned width, height; /* pixels of the PNG at scale 1; 0 = 600 x 300 */
	double scale;           /* pixel density; 0 = 1 */
	bool no_legend, dark;
	const char *const *colors; /* "#rrggbb", NULL-ended; NULL = the palette */
	const struct chart_mark *mark;
	size_t nmark;
	const char *zone;       /* for the time axis; NULL = the table's, else the process's */
};

enum err chart_type_parse(const char *s, enum chart_type *ret) _must_check_;
const char *chart_type_name(enum chart_type t);

/* Before a sandbox closes the file system: opens fonts, loads what drawing needs, learns the
 * process's zone.  Call it in the process that will draw (a fork starts with cold fonts). */
void chart_warm_up(void);
/* Likewise for the zone of charts to come, "Europe/Zurich"; at most 8.  A zone that is neither known
 * nor readable is drawn as UTC, and the default subtitle says so.  E_UNKNOWN, E_LIMIT, E_NOMEM. */
enum err chart_warm_up_zone(const char *zone) _must_check_;

/* E_RANGE (size, columns) with *why, E_NOMEM, E_LIMIT (out's ceiling). */
enum err chart_draw(const struct chart *c, enum chart_format f, struct buf *out, struct problem *why) _must_check_;

/* A chart over a socket: self-contained bytes, table included; decoding checks everything. */
struct chart_doc { struct chart chart; struct result table; void *memory; };
enum err chart_encode(const struct chart *c, struct buf *out) _must_check_;
enum err chart_decode(const void *data, size_t len, struct chart_doc *ret) _must_check_;
void chart_doc_free(struct chart_doc *d);

/* A report as PDF.  One side writes its parts into a document, another process draws them: report.c says what the
 * document looks like. */
enum report_part { REPORT_TITLE, REPORT_H1, REPORT_H2, REPORT_H3, REPORT_TEXT, REPORT_TABLE, REPORT_CHART, REPORT_BREAK };

void report_begin(struct buf *doc);
void report_put_text(struct buf *doc, enum report_part part, const char *s); /* up to REPORT_TEXT */
void report_put_table(struct buf *doc, const struct result *t);              /* as HTML shows it */
void report_put_chart(struct buf *doc, const void *chart, size_t len);       /* what chart_encode wrote */
void report_put_break(struct buf *doc);

/* A4 pages, as PDF.  E_SYNTAX: not a report; E_LIMIT: too many pages or columns; E_NOMEM.  *why says what. */
enum err report_draw(const void *doc, size_t len, struct buf *out, struct problem *why) _must_check_;
