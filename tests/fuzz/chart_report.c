/* Fuzz: bytes that a script's worker claims are a report.  What is drawn is a whole PDF, what is refused leaves nothing. */
#include <assert.h>

#include "chart/chart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { MAX_INPUT = 8192 };
	struct buf out = { .ceiling = 8u << 20 };
	if (size > MAX_INPUT)
		return 0;
	enum err e = report_draw(data, size, &out, NULL);
	assert((e == OK) == (out.len > 0));
	buf_free(&out);
	return 0;
}
