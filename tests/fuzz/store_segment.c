/* Any bytes as a segment file: opened, every column prepared, every block decoded.  The CRCs that
 * would keep nearly all inputs out are put right first where the directory can be found, so that
 * what lies behind them is reached. */
#include "base/hash.h"
#include "base/mem.h"
#include "store/rollup.h"
#include "store/segment.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_crc(uint8_t *at, const uint8_t *from, size_t len)
{
	uint32_t crc = crc32c(0, from, len);
	memcpy(at, &crc, 4);
}

/* The CRC of one piece, if it lies in the file. */
static void mend_piece(uint8_t *file, size_t size, uint32_t front, size_t piece)
{
	uint64_t offset;
	uint32_t bytes;
	memcpy(&offset, file + piece, 8);
	memcpy(&bytes, file + piece + 8, 4);
	if (offset <= size - front && bytes <= size - front - offset)
		put_crc(file + piece + 12, file + front + offset, bytes);
}

/* Recompute the CRCs of pieces and then of the front, as far as sizes make sense. */
static void mend(uint8_t *file, size_t size)
{
	uint32_t front = size < SEGMENT_HEAD ? 0 : segment_front_bytes(file);
	if (!front || front > size)
		return;
	size_t at = SEGMENT_HEAD + (((size_t)file[SEGMENT_HEAD] + 1 + 7) & ~(size_t)7);
	while (at + ENTRY_FIXED <= front) {
		uint16_t len;
		memcpy(&len, file + at, 2);
		for (size_t piece = at + 40; piece < at + 88; piece += 16)
			mend_piece(file, size, front, piece);
		size_t index =
			at + (((size_t)ENTRY_FIXED + 1 + file[at + ENTRY_FIXED] + 7) & ~(size_t)7);
		if (index + 16 <= at + len && at + len <= front)
			mend_piece(file, size, front, index);
		if (len < ENTRY_FIXED)
			break;
		at += len;
	}
	uint64_t all = size;
	memcpy(file + 72, &all, 8);
	put_crc(file + 8, file + 12, front - 12);
}

/* No block comes out of the index that the segment has not. */
static void read_index(struct seg *s, size_t col)
{
	uint64_t blocks;
	if (seg_prepare_index(s, col) != OK)
		return;
	for (uint64_t code = 0; code < seg_column(s, col)->dict_n; code += 1 + code / 64)
		if (seg_addr_blocks(s, col, (uint32_t)code, &blocks) &&
		    (!blocks ||
		     (seg_blocks(seg_rows(s)) < 64 && blocks >> seg_blocks(seg_rows(s)))))
			abort();
}

static void read_all(const uint8_t *data, size_t size, const struct table *t)
{
	static uint32_t codes[SEG_BLOCK];
	static uint64_t uints[SEG_BLOCK];
	struct seg *s;
	if (seg_of_bytes("fuzz", data, size, t, &s) != OK)
		return;
	for (size_t c = 0; c < t->ncols && seg_rows(s) <= 1 << 20; c++) {
		uint64_t min, max;
		if (seg_prepare(s, (uint64_t)1 << c) != OK)
			continue;
		const struct seg_col *col = seg_column(s, c);
		read_index(s, c);
		for (size_t b = 0; b < seg_blocks(seg_rows(s)); b++) {
			size_t rows = seg_rows(s) - b * SEG_BLOCK;
			seg_bounds(s, c, b, &min, &max);
			if (col->kind == SEG_DICT)
				seg_codes(s, c, b, codes);
			for (size_t i = 0; col->kind == SEG_DICT && i < rows && i < SEG_BLOCK; i++)
				if (codes[i] < min || codes[i] > max || codes[i] >= col->dict_n)
					abort();
			if (t->cols[c].storage != ST_addr)
				seg_uints(s, c, b, uints);
			for (size_t i = 0; col->kind == SEG_INT && i < rows && i < SEG_BLOCK; i++)
				if (uints[i] < min || uints[i] > max)
					abort();
		}
	}
	seg_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = mem_alloc(size);
	if (!copy)
		return 0;
	const struct table *rolled = rollup_kind(TABLE_TRAFFIC, ROLLUP_HOUR)->columns;
	if (size)
		memcpy(copy, data, size);
	mend(copy, size);
	for (size_t t = 0; t <= TABLES; t++) {
		read_all(data, size, t < TABLES ? &tables[t] : rolled);
		read_all(copy, size, t < TABLES ? &tables[t] : rolled);
	}
	mem_free(copy);
	return 0;
}
