/* Any bytes as a MANIFEST: parsed, with and without a checksum that fits; what comes out is written and parsed
 * again, to the same. */
#include "base/hash.h"
#include "base/mem.h"
#include "store/manifest.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(const uint8_t *text, size_t len)
{
	struct manifest m, again;
	struct buf out = { 0 }, twice = { 0 };
	if (manifest_parse(text, len, &m) != OK)
		return;
	manifest_format(&m, &out);
	if (out.bad == OK && manifest_parse(out.data, out.len, &again) != OK)
		abort(); /* what we write can be read */
	if (out.bad == OK) {
		manifest_format(&again, &twice);
		if (twice.bad == OK && (twice.len != out.len || memcmp(twice.data, out.data, out.len) != 0))
			abort();
		manifest_free(&again);
	}
	buf_free(&out);
	buf_free(&twice);
	manifest_free(&m);
}

/* The last line is "end CRC", of all lines before. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf mended = { 0 };
	size_t lines = size;
	read_one(data, size);
	if (lines && data[lines - 1] == '\n')
		lines--;
	while (lines && data[lines - 1] != '\n')
		lines--;
	if (lines)
		buf_add(&mended, data, lines);
	buf_printf(&mended, "end %08x\n", crc32c(0, mended.data, lines));
	if (mended.bad == OK)
		read_one(mended.data, mended.len);
	buf_free(&mended);
	return 0;
}
