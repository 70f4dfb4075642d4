/* Any bytes as a journal file: loaded, its marks listed, its columns read as a segment; then once
 * more with the CRCs of header and frames put right, so that what lies behind them is reached. */
#include "base/hash.h"
#include "base/mem.h"
#include "store/journal.h"
#include "store/segment.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_crc(uint8_t *at, const uint8_t *from, size_t len)
{
	uint32_t crc = crc32c(0, from, len);
	memcpy(at, &crc, 4);
}

static void mend(uint8_t *file, size_t size)
{
	uint32_t header, len;
	uint16_t kind;
	uint64_t number = 1;
	if (size < 32)
		return;
	memcpy(&header, file + 12, 4);
	if (header < 32 || header > size)
		return;
	memcpy(file + 24, &number, 8);
	put_crc(file + 8, file + 12, header - 12);
	for (size_t at = header; at + FRAME_HEAD <= size; at += FRAME_HEAD + (size_t)len) {
		uint64_t offset = at;
		memcpy(&len, file + at + 8, 4);
		memcpy(&kind, file + at + 12, 2);
		if (len > size - at - FRAME_HEAD)
			return;
		memcpy(file + at, "WEJF", 4);
		memcpy(file + at + 16, &number, 8);
		memcpy(file + at + 24, &offset, 8);
		uint16_t check = frame_head_check(len, kind, number, at);
		memcpy(file + at + 14, &check, 2);
		put_crc(file + at + 4, file + at + 8, FRAME_HEAD - 8 + (size_t)len);
	}
}

static enum err see_mark(void *arg, const struct mark *m)
{
	uint64_t *sum = arg;
	*sum += hash_bytes(m->key, m->key_len, 0) + hash_bytes(m->value, m->value_len, 0);
	return OK;
}

static void read_columns(struct journal *j)
{
	static uint64_t uints[SEG_BLOCK];
	static uint32_t codes[SEG_BLOCK];
	const struct table *t = j->table;
	struct seg *s;
	if (!j->rows || j->rows > 1 << 20 ||
	    seg_of_journal("fuzz", j, (struct span){ 0, INT64_MAX }, &s) != OK)
		return;
	if (seg_prepare(s, UINT64_MAX) == E_CORRUPT)
		abort(); /* what the encoder writes is never damaged */
	for (size_t c = 0; c < t->ncols; c++)
		for (size_t b = 0; b < seg_blocks(seg_rows(s)); b++) {
			if (seg_column(s, c)->kind == SEG_DICT)
				seg_codes(s, c, b, codes);
			if (t->cols[c].storage != ST_addr)
				seg_uints(s, c, b, uints);
		}
	seg_free(s);
}

static void read_all(const uint8_t *data, size_t size, const struct table *t)
{
	struct journal j = { 0 };
	struct buf bytes = { 0 };
	uint64_t sum = 0;
	buf_add(&bytes, data, size);
	if (journal_load(&j, t, 1, &bytes, 0) == OK && journal_marks(&j, see_mark, &sum) == OK)
		read_columns(&j);
	journal_free(&j);
	buf_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = mem_alloc(size);
	if (!copy)
		return 0;
	for (size_t t = 0; t < TABLES; t++)
		read_all(data, size, &tables[t]);
	if (size)
		memcpy(copy, data, size);
	mend(copy, size);
	for (size_t t = 0; t < TABLES; t++)
		read_all(copy, size, &tables[t]);
	mem_free(copy);
	return 0;
}
