/* Before the file system closes: everything that drawing would open later is opened now.
 *
 * Fontconfig reads its configuration and caches, pango finds fonts for each of our sizes and for
 * each script it is asked to write, FreeType maps the font files, the C library its zone.  The
 * surest way to do all that is to draw; so one chart of every format and size class is drawn,
 * whose words are a sample of the scripts a customer's name may be written in. */
#include "chart/chart.h"
#include "chart/tz.h"

/* One word each: a letter that no font has ends it, for the box that stands for such letters. */
static const char *const samples[] = {
	"Ag 0123456789 \u2013\u2191\u2026 \u00e4\u00f6\u00fc\u00df\u0142\u00e7", "\u0391\u03b8\u03ae\u03bd\u03b1",
	"\u041c\u043e\u0441\u043a\u0432\u0430", "\u05e9\u05dc\u05d5\u05dd", "\u0633\u0644\u0627\u0645",
	"\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
	"\u4e2d\u6587", "\u65e5\u672c\u8a9e\u306e\u30ab\u30ca", "\ud55c\uad6d\uc5b4", "\u0540\u0561\u0575",
	"\u10e5\u10d0\u10e0", "\U0001f600", "\ufffd \u0378",
};

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
	warm_zone(NULL);
	warm_zone("UTC");
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct chart c = { .title = samples[i], .subtitle = samples[i], .width = 400, .height = 200 };
		warm_draw(&c, CHART_PNG);
		c.width = 200;
		c.height = 120;
		warm_draw(&c, CHART_PNG);
	}
	for (int f = CHART_PNG; f <= CHART_PDF; f++)
		warm_draw(&(struct chart){ .title = samples[0], .subtitle = samples[0] }, (enum chart_format)f);
}

enum err chart_warm_up_zone(const char *zone)
{
	return tz_warm_up(zone);
}
