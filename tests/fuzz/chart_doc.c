/* Fuzz: bytes that a script's worker claims are a chart.  What decodes is drawn, at a size that does
 * not cost the fuzzer its time; what is drawn must be a whole picture. */
#include <assert.h>
#include <stdlib.h>

#include "chart/chart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_CELLS = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chart_doc d;
	if (chart_decode(data, size, &d) != OK)
		return 0;
	struct buf out = { .ceiling = 32u << 20 };
	d.chart.width %= 600;
	d.chart.height %= 400;
	if (d.table.nrows * d.table.ncols <= MAX_CELLS) {
		enum err e = chart_draw(&d.chart, CHART_SVG, &out, NULL);
		assert((e == OK) == (out.len > 0));
	}
	buf_free(&out);
	chart_doc_free(&d);
	return 0;
}
