/* A short list instead of all fonts of the machine, for three reasons.  The same chart looks the
 * same everywhere.  Start-up reads one page of configuration and not fifty files.  And cairo keeps
 * ten font files open and then closes one at random: a drawing process without a file system
 * could not open it again, so a name in a dozen scripts would cost everybody else their letters.
 * Regular and bold of these five, of which a chart of Latin, Greek, Cyrillic, Arabic, Hebrew,
 * Armenian or Georgian letters needs the first alone, are ten. */
#include "chart/fonts.h"

#include "base/util.h"

#include <fontconfig/fontconfig.h>

#define ACCEPT(family) "<pattern><patelt name='family'><string>" family "</string></patelt></pattern>"
#define REJECT(yes)    "<pattern><patelt name='scalable'><bool>" yes "</bool></patelt></pattern>"

static const FcChar8 configuration[] =
	"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
	"<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
	"<cachedir>/var/cache/fontconfig</cachedir><cachedir prefix='xdg'>fontconfig</cachedir>"
	"<selectfont><acceptfont>" /* accepting wins over rejecting */
	ACCEPT("DejaVu Sans") ACCEPT("DejaVu Sans Mono") ACCEPT("Noto Sans CJK JP")
	ACCEPT("Noto Sans Devanagari") ACCEPT("Noto Sans Thai")
	"</acceptfont><rejectfont>" REJECT("true") REJECT("false") "</rejectfont></selectfont>"
	"</fontconfig>";

void fonts_choose(void)
{
	FcConfig *c = FcConfigCreate();
	if (!c)
		return;
	/* Where none of them is installed, whatever the machine has must do. */
	if (FcConfigParseAndLoadFromMemory(c, configuration, FcTrue) && FcConfigBuildFonts(c)) {
		FcFontSet *found = FcConfigGetFonts(c, FcSetSystem);
		if (found && found->nfont > 0)
			FcConfigSetCurrent(c);
	}
	FcConfigDestroy(c); /* the current one is counted */
}

/* Fontconfig keeps offsets where others keep pointers, so the leak check of a sanitized build
 * cannot see that its patterns are still held by pango's font map.  (Drawing ten thousand charts
 * takes no more memory than drawing a hundred.)  Nobody calls this in other builds. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}
