/* Words on a chart: a pen that measures and draws single lines of text.
 *
 * Layout is done in the chart's own units with hinted metrics and whole glyph positions, never
 * under the surface's scale: so the same chart has the same layout as PNG at any density, SVG
 * and PDF, and the fonts a process needs are these four and no more (chart_warm_up). */
#pragma once
#include "base/arena.h"

#include <pango/pangocairo.h>

enum font { FONT_TITLE, FONT_LABEL, FONT_TITLE_SMALL, FONT_LABEL_SMALL, FONTS };
enum align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT };

struct pen {
	cairo_t *cr;
	PangoContext *context;
	PangoLayout *layout[FONTS];
	double line[FONTS]; /* height of a line */
	bool small;         /* which pair of fonts this chart uses */
};

/* The process's fonts.  A child of fork() gets fonts of its own (pango's font map has a thread). */
void pen_init(struct pen *p, cairo_t *cr, bool small);
void pen_done(struct pen *p);

static inline enum font pen_title(const struct pen *p)
{
	return p->small ? FONT_TITLE_SMALL : FONT_TITLE;
}
static inline enum font pen_label(const struct pen *p)
{
	return p->small ? FONT_LABEL_SMALL : FONT_LABEL;
}

double pen_width(struct pen *p, enum font f, const char *s);

struct words {
	enum font font;
	enum align align;
	uint32_t colour; /* 0xrrggbb */
	double x, y;     /* top of the line; x is left edge, middle or right edge, as align says */
	double max;      /* wider text is cut with an ellipsis; 0 = no bound */
};
/* Width as drawn. */
double pen_write(struct pen *p, const struct words *w, const char *s);

/* Foreign text made fit for a line: valid UTF-8 (others become U+FFFD), control characters and
 * line ends become blanks, direction overrides go, at most 512 bytes.  NULL gives "".
 * NULL when out of memory. */
const char *text_clean(struct arena *a, const char *s);

void colour_set(cairo_t *cr, uint32_t rgb, double alpha);
