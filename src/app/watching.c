#include "app/watching.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* all: 0 when nobody knows. */
static void show(void *arg, const char *doing, uint64_t done, uint64_t all)
{
	struct watching *w = arg;
	usec_t now = clock_monotonic();
	if (now - w->shown < USEC_PER_SEC / 10)
		return;
	w->shown = now;
	if (all)
		fprintf(stderr, "\r\033[K%s: %.0f %%", doing, (double)done * 100 / (double)all);
	else
		fprintf(stderr, "\r\033[K%s: %" PRIu64, doing, done);
	fflush(stderr);
}

const struct store_watch *watching_begin(struct watching *w)
{
	w->watch = (struct store_watch){ .at = show, .arg = w };
	return isatty(STDERR_FILENO) ? &w->watch : NULL;
}

void watching_end(struct watching *w)
{
	if (w->shown)
		fputs("\r\033[K", stderr);
	w->shown = 0;
}
