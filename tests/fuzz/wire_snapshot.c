/* Fuzz: kept templates of an earlier run.  Whatever was taken from them can be kept again, and
 * what is kept again is taken whole. */
#include <assert.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(wire_freep) struct wire *w = NULL, *again = NULL;
	struct wire_sink sink = { 0 };
	struct buf first = { 0 }, second = { 0 };
	if (wire_new(&sink, &w) != OK || wire_new(&sink, &again) != OK)
		return 0;
	enum err e = wire_load_templates(w, data, size);
	assert(e == OK || e == E_CORRUPT || e == E_VERSION);
	if (wire_save_templates(w, &first) == OK) {
		e = wire_load_templates(again, first.data, first.len);
		assert(e == OK);
		if (wire_save_templates(again, &second) == OK)
			assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	}
	buf_free(&first);
	buf_free(&second);
	return 0;
}
