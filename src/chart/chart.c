/* The door: checks what is asked, picks a surface, draws, hands over the bytes. */
#include "chart/chart.h"

#include "chart/draw.h"
#include "chart/groups.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <stdlib.h>

enum { MIN_WIDTH = 40, MIN_HEIGHT = 30, DEFAULT_WIDTH = 600, DEFAULT_HEIGHT = 300 };
#define MAX_SCALE 16.0
#define SCRATCH_BYTES ((size_t)256 << 20) /* rows of a table, sorted and thinned */

static const char *const type_names[] = {
#define TYPE(id, name, help) [id] = name,
#include "chart/types.def"
#undef TYPE
};

const char *chart_type_name(enum chart_type t)
{
	return type_names[t];
}

enum err chart_type_parse(const char *s, enum chart_type *ret)
{
	for (size_t i = 0; i < COUNT_OF(type_names); i++)
		if (STREQ(s, type_names[i])) {
			*ret = (enum chart_type)i;
			return OK;
		}
	return STREQ(s, "line") ? (*ret = CHART_TREND, OK) : E_UNKNOWN;
}

struct size {
	double width, height; /* in the chart's units */
	double grain;         /* device pixels a unit, for whole-pixel edges */
	double zoom;          /* what one unit of a large chart is in asked-for pixels */
	int pixel_w, pixel_h;
};

/* Large charts are drawn larger, not emptier: words and lines grow with the picture. */
static double zoom_of(double width, double height)
{
	double z = fmin(width / 1000, height / 500);
	return z < 1.25 ? 1 : z;
}

static enum err size_of(const struct chart *c, struct size *ret, struct problem *why)
{
	double w = c->width ? c->width : DEFAULT_WIDTH, h = c->height ? c->height : DEFAULT_HEIGHT;
	double scale = c->scale == 0 ? 1 : c->scale;

	if (w < MIN_WIDTH || w > CHART_MAX_PIXELS)
		return problem_set(why, E_RANGE, "width must be %d..%d pixels", MIN_WIDTH, CHART_MAX_PIXELS);
	if (h < MIN_HEIGHT || h > CHART_MAX_PIXELS)
		return problem_set(why, E_RANGE, "height must be %d..%d pixels", MIN_HEIGHT, CHART_MAX_PIXELS);
	if (!(scale >= 0.25 && scale <= MAX_SCALE))
		return problem_set(why, E_RANGE, "scale must be 0.25..%.0f", MAX_SCALE);
	if (w * scale > CHART_MAX_PIXELS || h * scale > CHART_MAX_PIXELS)
		return problem_set(why, E_RANGE, "width and height times scale must be at most %d pixels",
				   CHART_MAX_PIXELS);
	double zoom = zoom_of(w, h);
	*ret = (struct size){ .width = w / zoom,
			      .height = h / zoom,
			      .grain = zoom * scale,
			      .zoom = zoom,
			      .pixel_w = (int)lround(w * scale),
			      .pixel_h = (int)lround(h * scale) };
	return OK;
}

/* -- formats ---------------------------------------------------------------------------------- */

static cairo_status_t put(void *arg, const unsigned char *data, unsigned len)
{
	struct buf *out = arg;
	buf_add(out, data, len);
	return out->bad == OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *png_open(const struct size *z, struct buf *out)
{
	(void)out;
	return cairo_image_surface_create(CAIRO_FORMAT_RGB24, z->pixel_w, z->pixel_h);
}

static cairo_status_t png_finish(cairo_surface_t *s, struct buf *out)
{
	return cairo_surface_write_to_png_stream(s, put, out);
}

static cairo_surface_t *svg_open(const struct size *z, struct buf *out)
{
	cairo_surface_t *s = cairo_svg_surface_create_for_stream(put, out, z->width * z->zoom, z->height * z->zoom);
	cairo_svg_surface_restrict_to_version(s, CAIRO_SVG_VERSION_1_2);
	cairo_svg_surface_set_document_unit(s, CAIRO_SVG_UNIT_PX);
	return s;
}

#define PDF_POINTS 0.75 /* a CSS pixel is 1/96 inch, a point 1/72 */

static cairo_surface_t *pdf_open(const struct size *z, struct buf *out)
{
	cairo_surface_t *s = cairo_pdf_surface_create_for_stream(put, out, z->width * z->zoom * PDF_POINTS,
								 z->height * z->zoom * PDF_POINTS);
	/* The same chart is the same bytes, whenever it is drawn. */
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
	return s;
}

static cairo_status_t surface_finish(cairo_surface_t *s, struct buf *out)
{
	(void)out;
	cairo_surface_finish(s);
	return cairo_surface_status(s);
}

static const struct format_row {
	cairo_surface_t *(*open)(const struct size *, struct buf *);
	cairo_status_t (*finish)(cairo_surface_t *, struct buf *);
	bool pixels;   /* scale counts */
	double points; /* surface units per asked-for pixel, for those without pixels */
} formats[] = {
	[CHART_PNG] = { png_open, png_finish, true, 1 },
	[CHART_SVG] = { svg_open, surface_finish, false, 1 },
	[CHART_PDF] = { pdf_open, surface_finish, false, PDF_POINTS },
};

/* cairo numbers its SVG surfaces through the life of the process: <g id="surface17">.  Nothing
 * refers to the number; without it the same chart is the same bytes.  Words are glyphs in
 * cairo's SVG, so no title can hold the pattern. */
static void svg_forget_number(struct buf *out, size_t from)
{
	static const char pattern[] = "id=\"surface";
	size_t len = sizeof(pattern) - 1;
	for (size_t i = from; i + len < out->len; i++) {
		if (memcmp(out->data + i, pattern, len) != 0)
			continue;
		size_t a = i + len, b = a;
		while (b < out->len && out->data[b] >= '0' && out->data[b] <= '9')
			b++;
		memmove(out->data + a, out->data + b, out->len - b);
		out->len -= b - a;
	}
}

/* -- drawing --------------------------------------------------------------------------------- */

/* A unit stands behind every number: a few letters, whole ones. */
static const char *unit_clean(struct arena *a, const char *unit)
{
	enum { UNIT_LETTERS = 8 };
	const char *clean = text_clean(a, unit);
	if (!clean || g_utf8_strlen(clean, -1) <= UNIT_LETTERS)
		return clean;
	return arena_strndup(a, clean, (size_t)(g_utf8_offset_to_pointer(clean, UNIT_LETTERS) - clean));
}

static enum err zone_of(const struct chart *c, struct span span, struct tz *ret)
{
	const char *zone = c->zone ? c->zone : c->table && c->table->zone[0] ? c->table->zone : NULL;
	if (tz_find(zone, span, ret) != OK)
		tz_utc_only(ret); /* and the subtitle says so */
	return OK;
}

static enum err paint_groups(const struct chart *c, cairo_t *cr, const struct size *z, struct arena *a,
			     struct problem *why)
{
	struct tz tz;
	struct pen pen;
	struct picture_of_groups g = { .cr = cr, .pen = &pen, .chart = c, .scratch = a, .tz = &tz, .width = z->width,
				       .height = z->height, .grain = z->grain };
	enum err e = zone_of(c, c->table ? c->table->span : (struct span){ 0 }, &tz);
	if (e != OK || !(g.unit = unit_clean(a, c->unit ? c->unit : groups_unit(c))))
		return e != OK ? e : E_NOMEM;
	pen_init(&pen, cr, z->width < 300 || z->height < 160);
	theme_pick(c, &g.theme, g.colour);
	e = draw_groups(&g, why);
	pen_done(&pen);
	return e;
}

static enum err paint(const struct chart *c, cairo_t *cr, const struct size *z, struct arena *a,
		      struct problem *why)
{
	if (c->type >= CHART_TOP)
		return paint_groups(c, cr, z, a, why);
	struct plot plot;
	struct tz tz;
	struct layout at;
	enum err e = plot_make(c, (size_t)MAX(z->pixel_w, 64), a, &plot, why);
	if (e != OK)
		return e;
	if (!(plot.unit = unit_clean(a, plot.unit)))
		return E_NOMEM;
	if ((e = zone_of(c, plot.span, &tz)) != OK)
		return e;
	struct pen pen;
	pen_init(&pen, cr, z->width < 300 || z->height < 160);
	e = layout_plan(c, &plot, &tz, &pen, a, z->width, z->height, &at);
	if (e == OK) {
		struct canvas v = { .cr = cr,
				    .pen = &pen,
				    .chart = c,
				    .plot = &plot,
				    .at = &at,
				    .scratch = a,
				    .grain = z->grain };
		theme_pick(c, &v.theme, v.series);
		e = draw_all(&v);
	}
	pen_done(&pen);
	return e;
}

static enum err check_chart(const struct chart *c, struct problem *why)
{
	if ((unsigned)c->type >= COUNT_OF(type_names))
		return problem_set(why, E_RANGE, "no such chart type");
	if (c->nmark > CHART_MAX_SERIES)
		return problem_set(why, E_RANGE, "a chart has at most %d marks", CHART_MAX_SERIES);
	return OK;
}

enum err chart_draw(const struct chart *c, enum chart_format f, struct buf *out, struct problem *why)
{
	struct arena scratch = { .ceiling = SCRATCH_BYTES };
	struct size z = { 0 };
	size_t before = out->len;
	enum err e = check_chart(c, why);

	if (e != OK || (e = size_of(c, &z, why)) != OK)
		return e;
	if ((unsigned)f >= COUNT_OF(formats))
		return problem_set(why, E_RANGE, "no such chart format");
	if (!formats[f].pixels)
		z.grain = z.zoom;
	cairo_surface_t *s = formats[f].open(&z, out);
	cairo_t *cr = cairo_create(s);
	double unit = formats[f].pixels ? z.grain : z.zoom * formats[f].points;
	cairo_scale(cr, unit, unit);
	e = paint(c, cr, &z, &scratch, why);
	cairo_status_t status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_status_t finished = formats[f].finish(s, out);
	cairo_surface_destroy(s);
	arena_free(&scratch);
	if (e == OK && out->bad != OK)
		e = out->bad;
	if (e == OK && (status != CAIRO_STATUS_SUCCESS || finished != CAIRO_STATUS_SUCCESS))
		e = E_NOMEM;
	if (e != OK)
		out->len = before; /* nothing half-drawn */
	else if (f == CHART_SVG)
		svg_forget_number(out, before);
	return e;
}

enum err chart_extent(const struct chart *c, double *ret_width, double *ret_height, struct problem *why)
{
	struct size z = { 0 };
	enum err e = check_chart(c, why);
	if (e != OK || (e = size_of(c, &z, why)) != OK)
		return e;
	*ret_width = z.width * z.zoom * PDF_POINTS;
	*ret_height = z.height * z.zoom * PDF_POINTS;
	return OK;
}

enum err chart_paint(const struct chart *c, cairo_t *cr, struct arena *scratch, struct problem *why)
{
	struct size z = { 0 };
	enum err e = size_of(c, &z, why);
	if (e != OK)
		return e;
	z.grain = z.zoom;
	cairo_scale(cr, z.zoom * PDF_POINTS, z.zoom * PDF_POINTS);
	return paint(c, cr, &z, scratch, why);
}
