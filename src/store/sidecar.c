#include "store/sidecar_file.h"

#include "store/patch.h"
#include "store/rollup.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct side_block {
	uint32_t min, max;
	const uint8_t *data;
};

struct sidecar {
	struct buf bytes; /* the whole file, and some zeros for readers that look ahead */
	size_t rows, sides, nsets, nmembers, nowners, words;
	const uint32_t *end, *member, *owner; /* in bytes */
	const uint64_t *bits;
	uint32_t *sets, *sets_end; /* by owner: its sets; where they end there */
	struct side_block *block; /* of the first side, then of the second */
	size_t nblocks;
};

void sidecar_path(char out[static PATH_ROOM], const char *segment,
		  const uint8_t digest[static OWNING_DIGEST])
{
	size_t len = strlen(segment), end = len > 4 ? len - 4 : 0; /* without ".seg" */
	int n = snprintf(out, PATH_ROOM, "%.*s-", (int)end, segment);
	for (size_t i = 0; i < 8 && n > 0 && (size_t)n + 3 < PATH_ROOM; i++)
		n += snprintf(out + n, PATH_ROOM - (size_t)n, "%02x", digest[i]);
	snprintf(out + n, PATH_ROOM - (size_t)n, ".own");
}

bool sidecar_segment(char out[static PATH_ROOM], const char *path)
{
	static const char end[] = "-0123456789abcdef.own";
	size_t len = strlen(path);
	if (len < sizeof(end) || len >= PATH_ROOM || !STREQ(path + len - 4, ".own"))
		return false;
	size_t stem = len - (sizeof(end) - 1);
	if (path[stem] != '-' || strspn(path + stem + 1, "0123456789abcdef") != 16)
		return false;
	snprintf(out, PATH_ROOM, "%.*s.seg", (int)stem, path);
	return true;
}

/* -- opening --------------------------------------------------------------------------------------
 */

static size_t round8(size_t n)
{
	return (n + 7) / 8 * 8;
}

/* n numbers of 4 bytes as they lie there. */
static const uint32_t *take_words(struct cur *c, size_t n)
{
	return (const uint32_t *)(const void *)cur_need(c, round8(n * 4));
}

/* Sets end one behind the other, owners ascend, and members are owners. */
static bool lists_good(const struct sidecar *k)
{
	uint32_t before = 0;
	for (size_t i = 0; i < k->nsets; i++) {
		if (k->end[i] < before || k->end[i] > k->nmembers)
			return false;
		for (uint32_t m = before + 1; m < k->end[i]; m++)
			if (k->member[m] <= k->member[m - 1])
				return false;
		before = k->end[i];
	}
	for (size_t i = 1; i < k->nowners; i++)
		if (k->owner[i] <= k->owner[i - 1])
			return false;
	return before == k->nmembers;
}

static int ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static const uint32_t *place_of(const struct sidecar *k, uint32_t owner)
{
	return bsearch(&owner, k->owner, k->nowners, sizeof(owner), ascending);
}

/* Owners by set, the other way round. */
static enum err list_sets(struct sidecar *k)
{
	_cleanup_(mem_freep) uint32_t *place = mem_array(NULL, k->nmembers + 1, sizeof(*place));
	k->sets_end = mem_new0(k->nowners + 1, sizeof(*k->sets_end));
	k->sets = mem_array(NULL, k->nmembers + 1, sizeof(*k->sets));
	if (!place || !k->sets_end || !k->sets)
		return E_NOMEM;
	for (size_t m = 0; m < k->nmembers; m++) {
		const uint32_t *at = place_of(k, k->member[m]);
		if (!at)
			return E_CORRUPT;
		place[m] = (uint32_t)(at - k->owner);
		k->sets_end[place[m] + 1]++;
	}
	for (size_t i = 0; i < k->nowners; i++) /* where they begin, until they are there */
		k->sets_end[i + 1] += k->sets_end[i];
	for (uint32_t set = 0, m = 0; set < k->nsets; set++)
		for (; m < k->end[set]; m++)
			k->sets[k->sets_end[place[m]]++] = set;
	return OK;
}

static bool blocks_good(struct sidecar *k, struct cur *c)
{
	struct cur rows = *c;
	cur_skip(&rows, k->nblocks * k->sides * SIDECAR_BLOCK);
	for (size_t i = 0; i < k->nblocks * k->sides; i++) {
		uint64_t at = cur_le64(c);
		struct side_block b = { .min = cur_le32(c), .max = cur_le32(c) };
		struct cur in = rows;
		cur_skip(&in, at);
		b.data = in.pos;
		size_t first = i % k->nblocks * SEG_BLOCK, n = MIN(k->rows - first, (size_t)SEG_BLOCK);
		if (c->bad || in.bad || at % 8 || b.min > b.max || b.max >= k->nsets)
			return false;
		for (size_t r = 0; r < n; r += PACK_CHUNK)
			if (!patch_take(&in, MIN(n - r, (size_t)PACK_CHUNK), b.max - b.min))
				return false;
		k->block[i] = b;
	}
	return true;
}

static enum err parse(struct sidecar *k, const struct seg *s, const uint8_t *digest)
{
	struct cur c = cur_of(k->bytes.data, k->bytes.len);
	const uint8_t *magic = cur_need(&c, 8);
	uint32_t crc = cur_le32(&c), version = cur_le32(&c);
	const uint8_t *made = cur_need(&c, OWNING_DIGEST);
	uint64_t rows = cur_le64(&c);
	uint32_t head = cur_le32(&c);
	k->sides = cur_le32(&c);
	k->nsets = cur_le32(&c);
	k->nmembers = cur_le32(&c);
	k->nowners = cur_le32(&c);
	cur_skip(&c, 4);
	if (c.bad || memcmp(magic, "weirowns", 8) != 0 ||
	    crc32c(0, k->bytes.data + 12, k->bytes.len - 12) != crc)
		return E_CORRUPT;
	if (version > SIDECAR_VERSION)
		return E_VERSION;
	if (memcmp(made, digest, OWNING_DIGEST) != 0)
		return E_UNKNOWN; /* the first 8 bytes are alike, and no more */
	if (rows != seg_rows(s) || head != seg_head(s)->crc || k->sides < 1 ||
	    k->sides > OWNING_SIDES || k->nsets < 1 || k->nsets > SIDECAR_SETS ||
	    k->nmembers > SIDECAR_MEMBERS || k->nowners > k->nmembers)
		return E_CORRUPT;
	k->rows = rows;
	k->nblocks = seg_blocks(rows);
	k->words = (k->nblocks + 63) / 64;
	k->end = take_words(&c, k->nsets);
	k->member = take_words(&c, k->nmembers);
	k->owner = take_words(&c, k->nowners);
	k->bits = (const uint64_t *)(const void *)cur_need(&c, k->nowners * k->words * 8);
	if (c.bad || !lists_good(k))
		return E_CORRUPT;
	k->block = mem_array(NULL, k->nblocks * k->sides, sizeof(*k->block));
	if (!k->block)
		return E_NOMEM;
	return blocks_good(k, &c) ? list_sets(k) : E_CORRUPT;
}

enum err sidecar_open(const struct seg *s, const uint8_t digest[static OWNING_DIGEST],
		      struct sidecar **ret)
{
	enum { LOOK_AHEAD = 8 };
	char path[PATH_ROOM];
	if (s->folder < 0)
		return E_UNKNOWN;
	struct sidecar *k = mem_new0(1, sizeof(*k));
	if (!k)
		return E_NOMEM;
	k->bytes.ceiling = SIDECAR_MOST;
	sidecar_path(path, s->name, digest);
	enum err e = file_read_at(s->folder, path, &k->bytes);
	if (e == E_IO && errno == ENOENT)
		e = E_UNKNOWN;
	size_t len = k->bytes.len;
	if (e == OK && !buf_room(&k->bytes, LOOK_AHEAD))
		e = k->bytes.bad;
	if (e == OK) {
		memset(k->bytes.data + len, 0, LOOK_AHEAD);
		k->bytes.len = len;
		e = parse(k, s, digest);
	}
	if (e == OK)
		*ret = k;
	else
		sidecar_close(k);
	return e;
}

void sidecar_close(struct sidecar *k)
{
	if (!k)
		return;
	mem_free(k->block);
	mem_free(k->sets);
	mem_free(k->sets_end);
	buf_free(&k->bytes);
	mem_free(k);
}

size_t sidecar_bytes(const struct sidecar *k)
{
	return sizeof(*k) + k->bytes.cap + k->nblocks * k->sides * sizeof(*k->block) +
	       (k->nowners + k->nmembers) * sizeof(*k->sets);
}

const struct sidecar *seg_own(const struct seg *s, const uint8_t digest[static OWNING_DIGEST])
{
	return s->own && memcmp(s->own_digest, digest, OWNING_DIGEST) == 0 ? s->own : NULL;
}

const struct sidecar *seg_prepare_own(struct seg *s, const uint8_t digest[static OWNING_DIGEST])
{
	struct sidecar *k;
	if (seg_own(s, digest) || sidecar_open(s, digest, &k) != OK)
		return seg_own(s, digest);
	sidecar_close(s->own);
	s->own = k;
	memcpy(s->own_digest, digest, OWNING_DIGEST);
	return k;
}

/* -- asking ----------------------------------------------------------------------------------------
 */

size_t sidecar_sides(const struct sidecar *k)
{
	return k->sides;
}

uint32_t sidecar_sets(const struct sidecar *k)
{
	return (uint32_t)k->nsets;
}

const uint32_t *sidecar_set(const struct sidecar *k, uint32_t set, size_t *ret_n)
{
	assert(set < k->nsets);
	uint32_t from = set ? k->end[set - 1] : 0;
	*ret_n = k->end[set] - from;
	return k->member + from;
}

const uint64_t *sidecar_blocks(const struct sidecar *k, uint32_t owner)
{
	const uint32_t *at = place_of(k, owner);
	return at ? k->bits + (size_t)(at - k->owner) * k->words : NULL;
}

const uint32_t *sidecar_sets_of(const struct sidecar *k, uint32_t owner, size_t *ret_n)
{
	const uint32_t *at = place_of(k, owner);
	*ret_n = at ? k->sets_end[at - k->owner] - (at == k->owner ? 0 : k->sets_end[at - k->owner - 1]) : 0;
	return *ret_n ? k->sets + k->sets_end[at - k->owner] - *ret_n : NULL;
}

static const struct side_block *block_of(const struct sidecar *k, size_t side, size_t block)
{
	assert(side < k->sides && block < k->nblocks);
	return &k->block[side * k->nblocks + block];
}

void sidecar_bounds(const struct sidecar *k, size_t side, size_t block, uint32_t *ret_min,
		    uint32_t *ret_max)
{
	const struct side_block *b = block_of(k, side, block);
	*ret_min = b->min;
	*ret_max = b->max;
}

static size_t rows_of(const struct sidecar *k, size_t block)
{
	return MIN(k->rows - block * SEG_BLOCK, (size_t)SEG_BLOCK);
}

void sidecar_codes_some(const struct sidecar *k, size_t side, size_t block, uint32_t chunks, uint32_t *out)
{
	const struct side_block *b = block_of(k, side, block);
	const uint8_t *p = b->data;
	size_t n = rows_of(k, block);
	for (size_t at = 0; at < n; at += PACK_CHUNK) {
		size_t some = MIN(n - at, (size_t)PACK_CHUNK);
		p = chunks >> at / PACK_CHUNK & 1 ? patch_read(p, some, b->min, b->max - b->min, out + at) : patch_skip(p, some);
	}
}

void sidecar_codes(const struct sidecar *k, size_t side, size_t block, uint32_t *out)
{
	sidecar_codes_some(k, side, block, UINT32_MAX, out);
}

void sidecar_chunk_bounds(const struct sidecar *k, size_t side, size_t block, uint32_t ret_min[static SEG_CHUNKS],
			  uint32_t ret_max[static SEG_CHUNKS])
{
	const struct side_block *b = block_of(k, side, block);
	const uint8_t *p = b->data;
	size_t n = rows_of(k, block);
	for (size_t at = 0, i = 0; at < n; at += PACK_CHUNK, i++) {
		size_t some = MIN(n - at, (size_t)PACK_CHUNK);
		patch_bounds(p, some, b->max - b->min, &ret_min[i], &ret_max[i]);
		ret_min[i] += b->min;
		ret_max[i] += b->min;
		p = patch_skip(p, some);
	}
}

/* -- for store_check ----------------------------------------------------------------------------------
 */

static enum err bitmaps_exact(const struct sidecar *k)
{
	_cleanup_(mem_freep) uint64_t *bits = mem_new0(k->nowners * k->words + 1, sizeof(*bits));
	_cleanup_(mem_freep) uint32_t *code = mem_array(NULL, SEG_BLOCK, sizeof(*code));
	bool good = true;
	if (!bits || !code)
		return E_NOMEM;
	for (size_t i = 0; i < k->nblocks * k->sides && good; i++) {
		size_t block = i % k->nblocks, n = MIN(k->rows - block * SEG_BLOCK, (size_t)SEG_BLOCK);
		sidecar_codes(k, i / k->nblocks, block, code);
		for (size_t r = 0; r < n && good; r++) {
			size_t owners;
			const uint32_t *owner = sidecar_set(k, code[r], &owners);
			if (r && code[r] == code[r - 1])
				continue;
			for (size_t o = 0; o < owners && good; o++) {
				const uint32_t *at = place_of(k, owner[o]);
				good = at != NULL;
				if (at)
					bits[(size_t)(at - k->owner) * k->words + block / 64] |=
						(uint64_t)1 << block % 64;
			}
		}
	}
	return good && memcmp(bits, k->bits, k->nowners * k->words * 8) == 0 ? OK : E_CORRUPT;
}

/* Of roll-ups only those of traffic have owners. */
static const struct table *rollups_columns(const struct table *t)
{
	const struct rollup_kind *k = rollup_kind(t->id, ROLLUP_HOUR);
	return k ? k->columns : t;
}

enum err sidecar_verify(int folder, const struct table *t, const char *path)
{
	enum { DIGEST_AT = 16 };
	uint8_t head[SIDECAR_HEAD];
	char of[PATH_ROOM];
	_cleanup_(seg_freep) struct seg *s = NULL;
	_cleanup_(sidecar_closep) struct sidecar *k = NULL;
	_cleanup_(fd_closep) int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? OK : E_IO;
	if (!sidecar_segment(of, path))
		return OK;
	if (seg_open(folder, of, t, &s) != OK && seg_open(folder, of, rollups_columns(t), &s) != OK)
		return OK;
	enum err e = read_exact(fd, head, sizeof(head), 0);
	if (e == OK)
		e = sidecar_open(s, head + DIGEST_AT, &k);
	if (e == OK)
		return bitmaps_exact(k);
	return e == E_UNKNOWN ? E_CORRUPT : e; /* not under the name of its digest */
}
