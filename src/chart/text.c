#include "chart/text.h"

#include "chart/fonts.h"

#include <pthread.h>
#include <unistd.h>

enum { TEXT_MAX_BYTES = 512 };

static const struct font_row {
	const char *describe;
	double size; /* in the chart's units */
} fonts[FONTS] = {
	[FONT_TITLE] = { "DejaVu Sans, sans-serif bold", 12 },
	[FONT_LABEL] = { "DejaVu Sans, sans-serif", 10 },
	[FONT_TITLE_SMALL] = { "DejaVu Sans, sans-serif bold", 10 },
	[FONT_LABEL_SMALL] = { "DejaVu Sans, sans-serif", 8.5 },
};

/* Pango asks fontconfig in a thread of the font map.  A fork does not copy it, and a question
 * to a thread that is not there is never answered: so a child starts a map of its own. */
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

static void child_forgets_fonts(void)
{
	pango_cairo_font_map_set_default(NULL);
}

static void start(void)
{
	fonts_choose();
	pthread_atfork(NULL, NULL, child_forgets_fonts);
}

static PangoContext *context_new(void)
{
	PangoContext *c = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *o = cairo_font_options_create();

	/* Set all of it: the machine's taste must not change the picture. */
	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_ON);
	pango_cairo_context_set_font_options(c, o);
	cairo_font_options_destroy(o);
	pango_cairo_context_set_resolution(c, 96);
	/* No language in particular, so that pango does not ask for fonts once more for each script:
	 * that would start a thread, which a closed drawing process cannot. */
	pango_context_set_language(c, pango_language_from_string("xx"));
	pango_context_set_base_dir(c, PANGO_DIRECTION_LTR);
	pango_context_set_round_glyph_positions(c, TRUE);
	return c;
}

void pen_init(struct pen *p, cairo_t *cr, bool small)
{
	pthread_once(&start_once, start);
	*p = (struct pen){ .cr = cr, .context = context_new(), .small = small };
	for (int f = 0; f < FONTS; f++) {
		PangoFontDescription *d = pango_font_description_from_string(fonts[f].describe);
		pango_font_description_set_absolute_size(d, fonts[f].size * PANGO_SCALE);
		p->layout[f] = pango_layout_new(p->context);
		pango_layout_set_font_description(p->layout[f], d);
		pango_layout_set_single_paragraph_mode(p->layout[f], TRUE);
		pango_font_description_free(d);
	}
	enum font used[] = { pen_title(p), pen_label(p) };
	for (size_t i = 0; i < COUNT_OF(used); i++) {
		int height;
		pango_layout_set_text(p->layout[used[i]], "Ag", 2);
		pango_layout_get_pixel_size(p->layout[used[i]], NULL, &height);
		p->line[used[i]] = height;
	}
}

void pen_done(struct pen *p)
{
	for (int f = 0; f < FONTS; f++)
		g_object_unref(p->layout[f]);
	g_object_unref(p->context);
}

static PangoLayout *lay_out(struct pen *p, enum font f, const char *s, double max)
{
	PangoLayout *l = p->layout[f];
	pango_layout_set_ellipsize(l, max > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
	pango_layout_set_width(l, max > 0 ? (int)(max * PANGO_SCALE) : -1);
	pango_layout_set_text(l, s, -1);
	return l;
}

double pen_width(struct pen *p, enum font f, const char *s)
{
	int width;
	pango_layout_get_pixel_size(lay_out(p, f, s, 0), &width, NULL);
	return width;
}

double pen_write(struct pen *p, const struct words *w, const char *s)
{
	double max = w->max >= 8192 ? 0 : w->max;
	int width;

	if (max > 0 && pen_width(p, w->font, s) <= max)
		max = 0; /* fits as it is */
	PangoLayout *l = lay_out(p, w->font, s, max);
	pango_layout_get_pixel_size(l, &width, NULL);
	double left = w->x - (w->align == ALIGN_CENTER ? width / 2.0 : w->align == ALIGN_RIGHT ? width : 0);
	cairo_move_to(p->cr, (double)(long)(left + 0.5), (double)(long)(w->y + 0.5));
	colour_set(p->cr, w->colour, 1);
	pango_cairo_show_layout(p->cr, l);
	return width;
}

void colour_set(cairo_t *cr, uint32_t rgb, double alpha)
{
	cairo_set_source_rgba(cr, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0,
			      alpha);
}

/* -- cleaning ---------------------------------------------------------------------- */

static bool is_blanked(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static bool is_dropped(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

const char *text_clean(struct arena *a, const char *s)
{
	if (!s)
		return "";
	char *out = arena_alloc(a, TEXT_MAX_BYTES + 8);
	size_t n = 0;
	if (!out)
		return NULL;
	for (size_t left = strnlen(s, 4 * TEXT_MAX_BYTES); left && n < TEXT_MAX_BYTES;) {
		gunichar c = g_utf8_get_char_validated(s, (gssize)left);
		bool bad = c == (gunichar)-1 || c == (gunichar)-2;
		size_t used = bad ? 1 : (size_t)g_unichar_to_utf8(c, NULL);
		if (bad)
			c = 0xfffd;
		if (is_blanked(c))
			c = ' ';
		if (!is_dropped(c))
			n += (size_t)g_unichar_to_utf8(c, out + n);
		s += used;
		left -= used;
	}
	out[n] = 0;
	return out;
}
