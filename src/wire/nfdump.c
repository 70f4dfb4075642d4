/* Files of nfdump, block by block.  All numbers are little-endian, as on the machines they come from.
 *
 *	layout 1 (1.6)   0 magic a50c  2 version 1  4 flags: compression 1 LZO 8 bzip2 16 LZ4 (4)
 *	                 8 blocks (4)  12 a name (128)  140 statistics (136)  276 blocks
 *	layout 2 (1.7)   0 magic a50c  2 version 2  4 of nfdump (4)  8 made (8)  16 compression
 *	                 17 encryption  18 -  20 creator (4)  24 -  36 blocks (4)  40 blocks, an appendix
 *	block            0 records (4)  4 bytes behind this head (4)  8 type (2)  10 flags (2)  12 bytes
 *	                 type 2 holds records of layout 1, type 3 any (in layout 1: large ones), 4 an array */
#include "wire/nfdump_file.h"

#include "base/file.h"
#include "base/mem.h"
#include "wire/lzo.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <sys/stat.h>
#include <zstd.h>

enum { MAGIC = 0xa50c, HEAD_OLD = 276, HEAD_NEW = 40, HEAD_BLOCK = 12, CREATOR_SFCAPD = 3 };
enum { BLOCK_FIRST = 1, BLOCK_OLD = 2, BLOCK_NEW = 3 };
enum nfdump_packed { PLAIN, LZO, BZIP2, LZ4, ZSTD, PACKINGS };

static enum err unpack_lzo(const struct cur *in, struct nfdump *n)
{
	return lzo_unpack(*in, n->plain, NFDUMP_BLOCK, &n->len);
}

static enum err unpack_lz4(const struct cur *in, struct nfdump *n)
{
	int len = LZ4_decompress_safe((const char *)in->pos, (char *)n->plain, (int)cur_left(in), NFDUMP_BLOCK);
	n->len = len > 0 ? (size_t)len : 0;
	return len > 0 ? OK : E_CORRUPT;
}

static enum err unpack_zstd(const struct cur *in, struct nfdump *n)
{
	size_t len = ZSTD_decompress(n->plain, NFDUMP_BLOCK, in->pos, cur_left(in));
	n->len = ZSTD_isError(len) ? 0 : len;
	return ZSTD_isError(len) ? E_CORRUPT : OK;
}

static enum err unpack_plain(const struct cur *in, struct nfdump *n)
{
	memcpy(n->plain, in->pos, cur_left(in));
	n->len = cur_left(in);
	return OK;
}

static const struct {
	const char *name;
	unsigned old_flag; /* in the flags of layout 1 */
	enum err (*unpack)(const struct cur *in, struct nfdump *n); /* at most NFDUMP_BLOCK bytes go in; NULL: not read */
} packings[PACKINGS] = {
	[PLAIN] = { "nothing", 0, unpack_plain }, [LZO] = { "LZO", 1, unpack_lzo },    [BZIP2] = { "bzip2", 8, NULL },
	[LZ4] = { "LZ4", 16, unpack_lz4 },        [ZSTD] = { "zstd", 0, unpack_zstd },
};

void nfdump_close(struct nfdump *n)
{
	if (!n)
		return;
	fd_close(n->fd);
	for (size_t i = 0; n->map && i < NFDUMP_MAPS; i++)
		mem_free(n->map[i]);
	mem_free(n->map);
	mem_free(n->exporter);
	mem_free(n->packed);
	mem_free(n->plain);
	mem_free(n);
}

/* ---- the head --------------------------------------------------------------------------- */

static enum err read_old_head(struct nfdump *n, struct cur c, struct problem *why)
{
	uint32_t flags = cur_le32(&c), unknown = flags & ~2u; /* 2: addresses were made anonymous */
	n->blocks = cur_le32(&c);
	n->offset = HEAD_OLD;
	for (unsigned p = LZO; p < PACKINGS; p++)
		if (packings[p].old_flag && flags & packings[p].old_flag) {
			n->compression = p;
			unknown &= ~packings[p].old_flag;
		}
	return unknown ? problem_set(why, E_VERSION, "a file of nfdump with flags that are not known: %#x", unknown) : OK;
}

static enum err read_new_head(struct nfdump *n, struct cur c, struct problem *why)
{
	cur_skip(&c, 12);
	n->compression = cur_u8(&c);
	uint8_t encryption = cur_u8(&c);
	cur_skip(&c, 2);
	n->sfcapd = cur_le32(&c) == CREATOR_SFCAPD;
	cur_skip(&c, 12);
	n->blocks = cur_le32(&c);
	n->offset = HEAD_NEW;
	return encryption ? problem_set(why, E_VERSION, "an encrypted file of nfdump") : OK;
}

static enum err read_head(struct nfdump *n, struct problem *why)
{
	uint8_t head[HEAD_NEW];
	enum err err = n->size < 4 ? E_UNKNOWN : read_exact(n->fd, head, (size_t)MIN(n->size, (uint64_t)sizeof(head)), 0);
	if (err != OK)
		return err;
	struct cur c = cur_of(head, sizeof(head));
	uint16_t magic = cur_le16(&c), layout = cur_le16(&c);
	if (magic == __builtin_bswap16(MAGIC))
		return problem_set(why, E_VERSION, "a file of nfdump from a machine of the other byte order");
	if (magic != MAGIC)
		return E_UNKNOWN;
	if (layout != NFDUMP_OLD && layout != NFDUMP_NEW)
		return problem_set(why, E_VERSION, "a file of nfdump of layout %u: 1 and 2 are read", layout);
	if (n->size < (layout == NFDUMP_OLD ? HEAD_OLD : HEAD_NEW))
		return problem_set(why, E_CORRUPT, "the file ends inside its header");
	n->layout = layout;
	err = layout == NFDUMP_OLD ? read_old_head(n, c, why) : read_new_head(n, c, why);
	if (err != OK)
		return err;
	if (n->compression >= PACKINGS)
		return problem_set(why, E_VERSION, "a file of nfdump of compression %u, which is not known", n->compression);
	if (!packings[n->compression].unpack)
		return problem_set(why, E_VERSION, "a file of nfdump compressed by %s, which is not read: nfdump -J 3 -r FILE makes it LZ4",
				   packings[n->compression].name);
	if (!n->blocks && n->size > n->offset)
		return problem_set(why, E_CORRUPT, "a file of nfdump without an end: it is still written, or its writer was killed");
	return OK;
}

enum err nfdump_open(const char *path, struct nfdump **ret, struct problem *why)
{
	_cleanup_(nfdump_closep) struct nfdump *n = mem_new0(1, sizeof(*n));
	struct stat st;
	if (!n)
		return E_NOMEM;
	n->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (n->fd < 0 || fstat(n->fd, &st) < 0)
		return problem_set(why, E_IO, "%s", strerror(errno));
	n->size = (uint64_t)st.st_size;
	enum err err = read_head(n, why);
	if (err != OK)
		return err;
	n->packed = mem_alloc(NFDUMP_BLOCK);
	n->plain = mem_alloc(NFDUMP_BLOCK);
	n->exporter = mem_new0(NFDUMP_EXPORTERS, sizeof(*n->exporter));
	n->map = mem_new0(NFDUMP_MAPS, sizeof(struct nfdump_map *));
	if (!n->packed || !n->plain || !n->exporter || !n->map)
		return E_NOMEM;
	nfdump_index(n);
	*ret = n;
	n = NULL;
	return OK;
}

/* ---- blocks ----------------------------------------------------------------------------- */

static enum err bad_block(const struct nfdump *n, struct problem *why, const char *what)
{
	return problem_set(why, E_CORRUPT, "%s block %u of %u, at byte %llu", what, n->done + 1, n->blocks,
			   (unsigned long long)n->offset);
}

/* Its bytes, unpacked; none of a block that holds other things than flows. */
static enum err read_block(struct nfdump *n, struct problem *why)
{
	uint8_t head[HEAD_BLOCK];
	if (n->size - n->offset < HEAD_BLOCK || read_exact(n->fd, head, HEAD_BLOCK, n->offset) != OK)
		return bad_block(n, why, "the file ends before");
	struct cur c = cur_of(head, sizeof(head));
	n->records = cur_le32(&c);
	uint32_t bytes = cur_le32(&c);
	uint16_t type = cur_le16(&c), flags = cur_le16(&c);
	bool flows = type == BLOCK_OLD || (type == BLOCK_NEW && n->layout == NFDUMP_NEW);
	if (n->layout == NFDUMP_OLD && type == BLOCK_FIRST)
		return bad_block(n, why, "nfdump 1.5, whose records are not read, wrote");
	if (bytes > n->size - n->offset - HEAD_BLOCK)
		return bad_block(n, why, "the file ends inside");
	if (flows && bytes > NFDUMP_BLOCK)
		return bad_block(n, why, "too large is");
	n->len = 0;
	if (!flows)
		n->records = 0;
	if (flows && bytes) {
		bool plain = flags & 1;
		if (read_exact(n->fd, n->packed, bytes, n->offset + HEAD_BLOCK) != OK)
			return bad_block(n, why, "read error in");
		struct cur in = cur_of(n->packed, bytes);
		if (packings[plain ? PLAIN : n->compression].unpack(&in, n) != OK)
			return bad_block(n, why, "damaged is");
	}
	n->offset += HEAD_BLOCK + (uint64_t)bytes;
	n->done++;
	return OK;
}

enum err nfdump_next(struct nfdump *n, struct problem *why)
{
	return n->done == n->blocks ? E_UNKNOWN : read_block(n, why);
}

uint64_t nfdump_offset(const struct nfdump *n)
{
	return n->offset;
}

uint64_t nfdump_size(const struct nfdump *n)
{
	return n->size;
}
