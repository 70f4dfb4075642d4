/* What exporters of NetFlow v9 and IPFIX told all workers, as one piece of bytes that outlives the
 * process.  Who comes back after a restart may reach another worker, and there may be more or fewer
 * of them: each is given everything.
 *
 *	kept   "WTPF" | format 2 | pieces 2 | piece* | CRC-32C 4         little-endian
 *	piece  length 4 | a snapshot of wire/
 *
 * Only the last piece, the first worker's, repeats what was loaded and not heard since; of a source
 * that stands in two pieces the first is taken, so what was heard goes before what was kept. */
#include "base/hash.h"
#include "base/cursor.h"
#include "collect/worker.h"

enum { KEPT_FORMAT = 1 };
static const uint8_t magic[4] = { 'W', 'T', 'P', 'F' };

static enum err save_piece(struct worker *w, bool all, struct buf *b)
{
	size_t at = b->len;
	buf_u32(b, 0);
	pthread_mutex_lock(&w->lock);
	enum err err = all ? wire_save_templates(w->wire, b) : wire_save_heard(w->wire, b);
	pthread_mutex_unlock(&w->lock);
	if (err != OK)
		return err;
	uint32_t len = (uint32_t)(b->len - at - 4);
	for (size_t i = 0; i < 4; i++)
		b->data[at + i] = (uint8_t)(len >> 8 * i);
	return OK;
}

enum err collector_save_templates(struct collector *c, struct buf *b)
{
	size_t start = b->len;
	enum err err = OK;
	buf_add(b, magic, sizeof(magic));
	buf_u16(b, KEPT_FORMAT);
	buf_u16(b, (uint16_t)collector_workers(c));
	for (unsigned k = collector_workers(c); k-- > 0 && err == OK;)
		err = save_piece(collector_worker(c, k), k == 0, b);
	if (err == OK)
		buf_u32(b, crc32c(0, b->data + start, b->len - start));
	return err == OK ? b->bad : err;
}

static enum err load_piece(struct collector *c, const struct cur *piece)
{
	struct wire *forwarder = collector_forward_wire(c);
	enum err err = forwarder ? wire_load_templates(forwarder, piece->pos, cur_left(piece)) : OK;
	for (unsigned k = 0; k < collector_workers(c); k++) {
		struct worker *w = collector_worker(c, k);
		pthread_mutex_lock(&w->lock);
		enum err e = wire_load_templates(w->wire, piece->pos, cur_left(piece));
		pthread_mutex_unlock(&w->lock);
		err = err == OK ? e : err;
	}
	return err;
}

enum err collector_load_templates(struct collector *c, const uint8_t *data, size_t len)
{
	struct cur all = cur_of(data, len);
	size_t body = len < 4 ? 0 : len - 4;
	struct cur in = cur_take(&all, body);
	uint32_t crc = cur_le32(&all);
	const uint8_t *m = cur_need(&in, sizeof(magic));
	uint16_t format = cur_le16(&in), pieces = cur_le16(&in);
	if (all.bad || in.bad || memcmp(m, magic, sizeof(magic)) != 0 || crc != crc32c(0, data, body))
		return E_CORRUPT;
	if (format != KEPT_FORMAT)
		return E_VERSION;
	enum err err = OK;
	for (; pieces && err == OK; pieces--) {
		struct cur piece = cur_take(&in, cur_le32(&in));
		err = in.bad ? E_CORRUPT : load_piece(c, &piece);
	}
	return err == OK && cur_left(&in) ? E_CORRUPT : err;
}
