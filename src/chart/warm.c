/* Before the file system closes: everything that drawing would open later is opened now.
 *
 * Fontconfig reads its caches, pango picks fonts for our sizes, FreeType maps the font files,
 * libthai its word list, the C library its zone.  The surest way to do all that is to draw; so one
 * chart of every format and size class is drawn, and one whose words need every font there is. */
#include "chart/chart.h"
#include "chart/tz.h"

#include <stdlib.h>

/* Letters of the main font, then of the others of fonts.c; the last one no font has: a box with
 * its number stands for it, and that too is a font. */
static const char common[] = "Ag 0123456789 \u2013\u2191\u2026 \u00e4\u00f6\u00fc\u00df\u0142";
static const char every_font[] = "\u0928\u092e \u0e2a\u0e27\u0e31\u0e2a \u4e2d\u30ab\ud55c \ufffd\u0378";

/* What fails here fails again when a chart is drawn, and is told then. */
static void warm_draw(const struct chart *c, enum chart_format f)
{
	struct buf out = { 0 };
	enum err e = chart_draw(c, f, &out, NULL);
	(void)e;
	buf_free(&out);
}

static void warm_zone(const char *zone)
{
	enum err e = tz_warm_up(zone);
	(void)e;
}

void chart_warm_up(void)
{
	const char *tz = getenv("TZ");
	warm_zone(NULL);
	warm_zone("UTC");
	if (tz && *tz)
		warm_zone(tz); /* tables call it by its name */
	for (int f = CHART_PNG; f <= CHART_PDF; f++)
		warm_draw(&(struct chart){ .title = common, .subtitle = common }, (enum chart_format)f);
	warm_draw(&(struct chart){ .title = every_font, .subtitle = every_font, .width = 400, .height = 200 },
		  CHART_PNG);
	warm_draw(&(struct chart){ .title = common, .subtitle = common, .width = 200, .height = 120 }, CHART_PNG);
}

enum err chart_warm_up_zone(const char *zone)
{
	return tz_warm_up(zone);
}
