/* Segments read: a file's head at open, columns when they are asked for. */
#include "store/seg.h"

#include "store/deltas.h"
#include "store/journal.h"
#include "store/patch.h"

#include "base/cursor.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/vector.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static void unload(struct loaded *l)
{
	mem_free(l->raw);
	mem_free(l->codes);
	mem_free(l->block);
	mem_free(l->dict_uint);
	mem_free(l->dict_addr);
	mem_free(l->index_raw);
	mem_free(l->index.skip);
	*l = (struct loaded){ 0 };
}

void seg_release(struct seg *s)
{
	for (size_t c = 0; c < s->table->ncols; c++)
		if (s->loaded[c].touched)
			unload(&s->loaded[c]);
	sidecar_close(s->own);
	s->own = NULL;
	encoder_free(s->encoder);
	s->encoder = NULL;
}

void seg_free(struct seg *s)
{
	if (!s)
		return;
	seg_release(s);
	if (s->journal)
		journal_free(s->journal);
	mem_free(s->journal);
	mem_free(s);
}

size_t seg_rows(const struct seg *s)
{
	return s->front.rows;
}

struct span seg_span(const struct seg *s)
{
	return s->front.span;
}

const char *seg_name(const struct seg *s)
{
	return s->name;
}

const struct seg_front *seg_head(const struct seg *s)
{
	return &s->front;
}

static struct seg *seg_new(const char *name, const struct table *t)
{
	struct seg *s = mem_new0(1, sizeof(*s));
	size_t len = strlen(name);
	if (!s)
		return NULL;
	s->table = t;
	s->folder = -1;
	memcpy(s->name, name, MIN(len, sizeof(s->name) - 1));
	return s;
}

/* -- opening -------------------------------------------------------------------------------- */

static enum err read_front(struct seg *s, int fd)
{
	uint8_t head[SEGMENT_HEAD];
	struct stat st;
	if (fstat(fd, &st) < 0)
		return E_IO;
	enum err e = read_exact(fd, head, sizeof(head), 0);
	if (e != OK)
		return e;
	uint32_t len = segment_front_bytes(head);
	if (!len)
		return E_CORRUPT;
	_cleanup_(mem_freep) uint8_t *front = mem_alloc(len);
	if (!front)
		return E_NOMEM;
	e = read_exact(fd, front, len, 0);
	if (e == OK)
		e = segment_front_read(front, len, s->table, &s->front, s->entry);
	return e == OK && s->front.file_bytes != (uint64_t)st.st_size ? E_CORRUPT : e;
}

enum err seg_open(int folder, const char *path, const struct table *t, struct seg **ret)
{
	_cleanup_(fd_closep) int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? E_UNKNOWN : E_IO;
	struct seg *s = seg_new(path, t);
	if (!s)
		return E_NOMEM;
	s->folder = folder;
	enum err e = read_front(s, fd);
	if (e == OK)
		*ret = s;
	else
		seg_free(s);
	return e;
}

enum err seg_of_bytes(const char *name, const void *data, size_t len, const struct table *t,
		      struct seg **ret)
{
	uint32_t front = len < SEGMENT_HEAD ? 0 : segment_front_bytes(data);
	if (!front || front > len)
		return E_CORRUPT;
	struct seg *s = seg_new(name, t);
	if (!s)
		return E_NOMEM;
	s->bytes = data;
	enum err e = segment_front_read(data, front, t, &s->front, s->entry);
	if (e == OK && s->front.file_bytes != len)
		e = E_CORRUPT;
	if (e == OK)
		*ret = s;
	else
		seg_free(s);
	return e;
}

enum err seg_of_journal(const char *path, struct journal *j, struct span span, struct seg **ret)
{
	struct seg *s = seg_new(path, j->table);
	if (!s)
		return E_NOMEM;
	s->journal = mem_alloc(sizeof(*j));
	if (!s->journal) {
		mem_free(s);
		return E_NOMEM;
	}
	s->span = span;
	s->front.rows = journal_rows(j, span, &s->front.span);
	*s->journal = *j;
	*j = (struct journal){ 0 };
	*ret = s;
	return OK;
}

/* -- preparing a column ------------------------------------------------------------------------ */

/* The three pieces of a column lie side by side; one read gets them. */
struct extent {
	uint64_t at, end;
};

static struct extent extent_of(const struct seg_entry *e)
{
	const struct seg_piece *piece[3] = { &e->dict, &e->blocks, &e->rows };
	struct extent x = { UINT64_MAX, 0 };
	for (size_t i = 0; i < 3; i++) {
		if (!piece[i]->len)
			continue;
		x.at = MIN(x.at, piece[i]->at);
		x.end = MAX(x.end, piece[i]->at + piece[i]->len);
	}
	x.at = MIN(x.at, x.end);
	return x;
}

/* Bytes of the body from memory or file; SLACK more, zeroed, behind them. */
enum { SLACK = 64, DICT_BYTES = 17 }; /* the most that a value takes in a plain dictionary */

static enum err read_body(const struct seg *s, struct extent x, uint8_t **ret)
{
	size_t len = x.end - x.at;
	uint64_t offset = s->front.front_bytes + x.at;
	uint8_t *p = mem_alloc(len + SLACK);
	enum err e = OK;
	if (!p)
		return E_NOMEM;
	memset(p + len, 0, SLACK);
	if (s->bytes) {
		if (len)
			memcpy(p, s->bytes + offset, len);
	} else {
		_cleanup_(fd_closep) int fd = openat(s->folder, s->name, O_RDONLY | O_CLOEXEC);
		e = fd >= 0 ? read_exact(fd, p, len, offset) : errno == ENOENT ? E_CORRUPT : E_IO;
	}
	if (e == OK)
		*ret = p;
	else
		mem_free(p);
	return e;
}

/* A journal's column is encoded now, by what seals segments, and read like a file's. */
static enum err encode_now(struct seg *s, size_t col, uint8_t **ret)
{
	struct parts parts = { 0 };
	struct buf body = { 0 };
	struct seg_entry entry;
	enum err e = s->encoder ? OK : encoder_new(&s->encoder);
	if (e == OK)
		e = journal_parts(s->journal, col, s->span, &parts);
	if (e == OK)
		e = encode_column(s->encoder, s->table, col, &parts, &body, &entry);
	mem_free(parts.at);
	if (e == OK && !buf_room(&body, SLACK))
		e = body.bad;
	if (e != OK) {
		buf_free(&body);
		return e;
	}
	memset(body.data + body.len - SLACK, 0, SLACK);
	s->entry[col] = entry;
	*ret = body.data;
	return OK;
}

static bool piece_good(const uint8_t *raw, struct extent x, const struct seg_piece *p)
{
	return crc32c(0, raw + (p->len ? p->at - x.at : 0), p->len) == p->crc;
}

static struct cur piece_cur(const uint8_t *raw, struct extent x, const struct seg_piece *p)
{
	return cur_of(raw + (p->len ? p->at - x.at : 0), p->len);
}

static enum err load_number_dict(struct loaded *l, const struct seg_entry *e, struct cur c)
{
	struct deltas d;
	if (!deltas_take(&c, e->dict_n, deltas_number, &d))
		return E_CORRUPT;
	l->dict_uint = mem_array(NULL, e->dict_n, sizeof(*l->dict_uint));
	if (!l->dict_uint)
		return E_NOMEM;
	deltas_next(&d, e->dict_n, l->dict_uint);
	return d.wrapped || d.repeated ? E_CORRUPT : OK;
}

static bool load_v4(struct addr *out, struct deltas *d, size_t n)
{
	uint64_t v[256];
	for (size_t at = 0; at < n; at += COUNT_OF(v)) {
		size_t m = MIN(n - at, COUNT_OF(v));
		deltas_next(d, m, v);
		for (size_t i = 0; i < m; i++)
			out[at + i] = addr_v4((uint32_t)v[i]);
	}
	return !d->wrapped && !d->repeated && d->now <= UINT32_MAX;
}

/* Addresses below and above the IPv4 ones: n of them, ascending, all on one side. */
static bool load_others(struct addr *out, struct deltas *d, struct cur *lower, size_t n, bool above)
{
	uint64_t hi_before = 0, lo_before = 0, hi;
	for (size_t i = 0; i < n; i++) {
		deltas_next(d, 1, &hi);
		uint64_t lo = cur_le64(lower);
		bool ascends = i == 0 || hi > hi_before || (hi == hi_before && lo > lo_before);
		bool is_above = hi != 0 || lo >> 32 > 0xffff,
		     is_below = hi == 0 && lo >> 32 < 0xffff;
		if (!ascends || !(above ? is_above : is_below))
			return false;
		store_be64(out[i].b, hi);
		store_be64(out[i].b + 8, lo);
		hi_before = hi;
		lo_before = lo;
	}
	return !d->wrapped && !lower->bad;
}

static enum err load_addr_dict(struct loaded *l, const struct seg_entry *e, struct cur c)
{
	struct deltas v4, others;
	uint32_t low = cur_le32(&c), v4_n = cur_le32(&c), high = cur_le32(&c);
	cur_skip(&c, 4);
	if (c.bad || (uint64_t)low + v4_n + high != e->dict_n ||
	    !deltas_take(&c, v4_n, deltas_v4, &v4) ||
	    !deltas_take(&c, (size_t)low + high, deltas_number, &others))
		return E_CORRUPT;
	struct addr *a = l->dict_addr = mem_array(NULL, e->dict_n, sizeof(*l->dict_addr));
	if (!a)
		return E_NOMEM;
	return load_others(a, &others, &c, low, false) && load_v4(a + low, &v4, v4_n) &&
			       load_others(a + low + v4_n, &others, &c, high, true)
		       ? OK
		       : E_CORRUPT;
}

/* Chunks fill the block exactly, so decoding needs no further look at sizes.  A start is not
 * above the block's largest; that numbers stay below it is unpack's care. */
static bool patched_fit(const struct block *b, size_t rows)
{
	struct cur c = cur_of(b->data, b->len);
	for (size_t at = 0; at < rows; at += PACK_CHUNK)
		if (!patch_take(&c, MIN(rows - at, (size_t)PACK_CHUNK), b->max - b->min))
			return false;
	return cur_left(&c) == 0;
}

static bool chunks_fit(const struct block *b, size_t rows, unsigned most_width)
{
	struct cur c = cur_of(b->data, b->len);
	for (size_t at = 0; at < rows; at += PACK_CHUNK) {
		uint64_t head = cur_le64(&c);
		unsigned width = head & 255;
		if (width > most_width || head >> 8 > b->max - b->min)
			return false;
		cur_skip(&c, pack_bytes(MIN(rows - at, (size_t)PACK_CHUNK), width));
	}
	return !c.bad && cur_left(&c) == 0;
}

static enum err load_blocks(const struct seg *s, struct loaded *l, const struct seg_entry *e,
			    struct cur table, struct cur rows)
{
	size_t n = seg_blocks(s->front.rows);
	l->block = mem_array(NULL, n, sizeof(*l->block));
	if (!l->block)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct block b = { .min = cur_le64(&table), .max = cur_le64(&table) };
		uint64_t at = (uint64_t)cur_le32(&table) * 8;
		b.len = cur_le32(&table);
		struct cur all = rows;
		cur_skip(&all, at);
		struct cur data = cur_take(&all, b.len);
		b.data = data.pos;
		if (table.bad || all.bad || b.min > b.max || b.max > e->top)
			return E_CORRUPT;
		if (e->codec == SEG_PACKED &&
		    !chunks_fit(&b, block_rows(s, i), e->kind == SEG_DICT ? 32 : 64))
			return E_CORRUPT;
		if (e->codec == SEG_PATCHED && !patched_fit(&b, block_rows(s, i)))
			return E_CORRUPT;
		l->block[i] = b;
	}
	return OK;
}

/* Planes of differences become planes of the numbers themselves. */
_vectorize_ static void add_up(const uint8_t *restrict in, size_t n, unsigned planes,
			       uint32_t *restrict v, uint8_t *restrict out)
{
	uint32_t now = 0;
	for (size_t i = 0; i < n; i++)
		v[i] = in[i];
	for (unsigned k = 1; k < planes; k++)
		for (size_t i = 0; i < n; i++)
			v[i] |= (uint32_t)in[k * n + i] << k * 8;
	for (size_t i = 0; i < n; i++)
		v[i] = v[i] >> 1 ^ -(v[i] & 1);
	for (size_t i = 0; i < n; i++)
		v[i] = now += v[i];
	for (unsigned k = 0; k < planes; k++)
		for (size_t i = 0; i < n; i++)
			out[k * n + i] = (uint8_t)(v[i] >> k * 8);
}

/* zstd: all blocks at once, since decoding a block must not fail.  Afterwards data points at
 * the planes of codes. */
static enum err unsqueeze(const struct seg *s, struct loaded *l, const struct seg_entry *e)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	bool add = e->codec == SEG_ZSTD_DELTA;
	_cleanup_(mem_freep) uint32_t *sums = mem_alloc(SEG_BLOCK * 8);
	uint8_t *differences = sums ? (uint8_t *)(sums + SEG_BLOCK) : NULL;
	l->codes = mem_array(NULL, s->front.rows, e->code_bytes);
	enum err err = z && l->codes && sums ? OK : E_NOMEM;
	for (size_t i = 0; i < seg_blocks(s->front.rows) && err == OK; i++) {
		struct block *b = &l->block[i];
		uint8_t *out = l->codes + i * SEG_BLOCK * e->code_bytes;
		size_t raw = block_rows(s, i) * e->code_bytes;
		if (ZSTD_decompressDCtx(z, add ? differences : out, raw, b->data, b->len) != raw)
			err = E_CORRUPT;
		else if (add)
			add_up(differences, block_rows(s, i), e->code_bytes, sums, out);
		b->data = out;
	}
	ZSTD_freeDCtx(z);
	return err;
}

/* *piece becomes the plain bytes, `most` or fewer; the caller frees what holds them. */
static enum err unsqueeze_piece(struct cur *piece, uint64_t most, uint8_t **ret)
{
	uint32_t len = cur_le32(piece);
	if (piece->bad || len > most)
		return E_CORRUPT;
	uint8_t *p = mem_alloc((size_t)len + SLACK);
	if (!p)
		return E_NOMEM;
	*ret = p;
	size_t n = cur_left(piece);
	if (ZSTD_decompress(p, len, cur_need(piece, n), n) != len)
		return E_CORRUPT;
	*piece = cur_of(p, len);
	return OK;
}

static void describe(struct seg *s, size_t col)
{
	const struct seg_entry *e = &s->entry[col];
	const struct loaded *l = &s->loaded[col];
	s->col[col] = (struct seg_col){ .kind = e->kind,
					.dict_n = e->dict_n,
					.dict_uint = l->dict_uint,
					.dict_addr = l->dict_addr };
	struct seg_col *c = &s->col[col];
	switch (e->kind) {
	case SEG_CONST:
		c->uint = c->min = c->max = e->base;
		c->addr = e->addr;
		break;
	case SEG_DICT:
		c->max = e->top;
		break;
	case SEG_INT:
		c->base = e->base;
		c->step = e->step;
		c->narrow = e->top <= UINT32_MAX;
		c->min = e->base;
		c->max = e->base + e->step * e->top;
		break;
	}
}

static enum err load_pieces(struct seg *s, size_t col, struct loaded *l, struct extent x)
{
	const struct seg_entry *e = &s->entry[col];
	enum err err = OK;
	if (!piece_good(l->raw, x, &e->dict) || !piece_good(l->raw, x, &e->blocks) ||
	    !piece_good(l->raw, x, &e->rows))
		return E_CORRUPT;
	if (e->kind == SEG_DICT) {
		_cleanup_(mem_freep) uint8_t *plain = NULL;
		struct cur dict = piece_cur(l->raw, x, &e->dict);
		if (e->dict_squeezed)
			err = unsqueeze_piece(&dict, (uint64_t)e->dict_n * DICT_BYTES + 64, &plain);
		if (err == OK)
			err = s->table->cols[col].storage == ST_addr ? load_addr_dict(l, e, dict)
								     : load_number_dict(l, e, dict);
	}
	if (err == OK)
		err = load_blocks(s, l, e, piece_cur(l->raw, x, &e->blocks),
				  piece_cur(l->raw, x, &e->rows));
	if (err == OK && codec_squeezes(e->codec)) {
		err = unsqueeze(s, l, e);
		mem_free(l->raw);
		l->raw = NULL;
	}
	return err;
}

static enum err load(struct seg *s, size_t col)
{
	struct loaded *l = &s->loaded[col];
	struct extent x = { 0 };
	enum err e = OK;
	l->touched = true;
	if (s->journal)
		e = encode_now(s, col, &l->raw);
	else if (s->entry[col].kind != SEG_CONST) {
		x = extent_of(&s->entry[col]);
		e = read_body(s, x, &l->raw);
	}
	if (e == OK && s->entry[col].kind != SEG_CONST)
		e = load_pieces(s, col, l, x);
	if (e != OK) {
		unload(l);
		return e;
	}
	describe(s, col);
	l->ready = true;
	return OK;
}

enum err seg_prepare(struct seg *s, uint64_t cols)
{
	for (size_t c = 0; c < s->table->ncols; c++) {
		enum err e = cols >> c & 1 && !s->loaded[c].ready ? load(s, c) : OK;
		if (e != OK)
			return e;
	}
	return OK;
}

/* -- the index of addresses ----------------------------------------------------------------------
 */

enum err seg_prepare_index(struct seg *s, size_t col)
{
	struct loaded *l = &s->loaded[col];
	const struct seg_entry *e = &s->entry[col];
	assert(col < s->table->ncols && l->ready);
	if (!e->index.len || l->index.n)
		return OK;
	_cleanup_(mem_freep) uint8_t *raw = NULL;
	struct extent x = { e->index.at, e->index.at + e->index.len };
	struct cur c = { 0 };
	enum err err = read_body(s, x, &raw);
	if (err == OK && !piece_good(raw, x, &e->index))
		err = E_CORRUPT;
	if (err == OK) {
		c = piece_cur(raw, x, &e->index);
		err = unsqueeze_piece(&c, (uint64_t)e->dict_n * INDEX_MOST, &l->index_raw);
	}
	if (err == OK)
		err = index_take(c, e->dict_n, seg_blocks(s->front.rows), &l->index);
	if (err != OK) {
		mem_free(l->index_raw);
		l->index_raw = NULL;
	}
	return err;
}

bool seg_addr_blocks(const struct seg *s, size_t col, uint32_t code, uint64_t *ret_blocks)
{
	const struct loaded *l = &s->loaded[col];
	if (!l->index.n)
		return false;
	*ret_blocks = index_blocks(&l->index, code);
	return true;
}
