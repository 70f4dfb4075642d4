/* Which fonts a chart may use.  Private to chart/. */
#pragma once

/* Once per process, before pango is first used: fontconfig gets a configuration of ours. */
void fonts_choose(void);
