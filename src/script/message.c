/* Frames and their fields (message.h has the picture). */
#include "script/message.h"

#include <assert.h>

static const struct {
	const char *name;
	enum message_to to;
	uint32_t ceiling;
} rows[MSG_KINDS] = {
#define MESSAGE(id, to, ceiling, help) [MSG_##id] = { #id, to, ceiling },
#include "script/message.def"
#undef MESSAGE
};

const char *message_name(enum message_kind kind)
{
	assert(kind > MSG_NONE && kind < MSG_KINDS);
	return rows[kind].name;
}

enum frame_state frame_cut(struct cur *in, enum message_to to, struct message *ret)
{
	struct cur c = *in;
	uint32_t len = cur_le32(&c);
	unsigned kind = cur_le16(&c), zero = cur_le16(&c);
	if (c.bad)
		return FRAME_MORE;
	if (kind == MSG_NONE || kind >= MSG_KINDS || zero || rows[kind].to != to || len > rows[kind].ceiling)
		return FRAME_BAD;
	struct cur body = cur_take(&c, len);
	if (c.bad)
		return FRAME_MORE;
	*in = c;
	*ret = (struct message){ .kind = (enum message_kind)kind, .body = body, .fd = -1 };
	return FRAME_WHOLE;
}

void frame_begin(struct buf *out, enum message_kind kind)
{
	buf_reset(out);
	buf_u32(out, 0);
	buf_u16(out, (uint16_t)kind);
	buf_u16(out, 0);
}

enum err frame_end(struct buf *out)
{
	if (out->bad)
		return out->bad;
	assert(out->len >= FRAME_HEADER);
	struct cur c = cur_of(out->data, out->len);
	cur_skip(&c, 4);
	unsigned kind = cur_le16(&c);
	size_t len = out->len - FRAME_HEADER;
	if (len > rows[kind].ceiling)
		return E_LIMIT;
	uint32_t le = __builtin_bswap32((uint32_t)len);
	store_be32(out->data, le);
	return OK;
}

void put_text(struct buf *out, const char *s, size_t len)
{
	if (!s) {
		buf_u32(out, 0);
		return;
	}
	if (len >= UINT32_MAX) {
		out->bad = E_LIMIT;
		return;
	}
	buf_u32(out, (uint32_t)len + 1);
	buf_add(out, s, len);
}

void put_string(struct buf *out, const char *s)
{
	put_text(out, s, s ? strlen(s) : 0);
}

struct cur get_bytes(struct cur *c)
{
	uint32_t len = cur_le32(c);
	if (!len)
		return (struct cur){ .bad = true }; /* left out, or c is bad */
	return cur_take(c, len - 1);
}

char *get_text(struct cur *c, struct arena *a)
{
	struct cur t = get_bytes(c);
	if (t.bad)
		return NULL;
	size_t len = cur_left(&t);
	if (len && memchr(t.pos, 0, len)) {
		c->bad = true;
		return NULL;
	}
	char *s = arena_strndup(a, len ? (const char *)t.pos : "", len);
	if (!s)
		c->bad = true;
	return s;
}

bool message_end(const struct cur *c)
{
	return !c->bad && cur_left(c) == 0;
}

static void put_request(struct buf *out, const struct request *rq)
{
	buf_u8(out, (uint8_t)rq->kind);
	put_string(out, rq->view);
	put_string(out, rq->select);
	put_string(out, rq->where);
	put_string(out, rq->interval);
	put_string(out, rq->bucket);
	put_string(out, rq->sort);
	put_string(out, rq->tz);
	buf_u64(out, (uint64_t)rq->n);
	buf_u16(out, (uint16_t)rq->nparam);
	for (size_t i = 0; i < rq->nparam; i++) {
		put_string(out, rq->param[i].name);
		put_string(out, rq->param[i].value);
	}
}

void put_queries(struct buf *out, const struct queries *q)
{
	buf_u8(out, q->stream);
	buf_u16(out, (uint16_t)q->n);
	for (size_t i = 0; i < q->n; i++)
		put_request(out, &q->rq[i]);
}

static enum err get_request(struct cur *c, struct arena *a, struct request *rq)
{
	unsigned kind = cur_u8(c);
	rq->view = get_text(c, a);
	rq->select = get_text(c, a);
	rq->where = get_text(c, a);
	rq->interval = get_text(c, a);
	rq->bucket = get_text(c, a);
	rq->sort = get_text(c, a);
	rq->tz = get_text(c, a);
	rq->n = (int64_t)cur_le64(c);
	rq->nparam = cur_le16(c);
	if (c->bad || kind > QUERY_ROWS || !rq->view || !rq->select || rq->n < 0 || rq->nparam > MAX_PARAMS)
		return E_SYNTAX;
	rq->kind = (enum query_kind)kind;
	struct request_param *param = arena_new0(a, rq->nparam, sizeof(*param));
	if (rq->nparam && !param)
		return E_NOMEM;
	for (size_t i = 0; i < rq->nparam; i++) {
		param[i].name = get_text(c, a);
		param[i].value = get_text(c, a);
		if (!param[i].name || !param[i].value)
			return E_SYNTAX;
	}
	rq->param = param;
	return c->bad ? E_SYNTAX : OK;
}

enum err get_queries(struct cur *c, struct arena *a, struct queries *ret)
{
	unsigned stream = cur_u8(c);
	size_t n = cur_le16(c);
	if (c->bad || stream > 1 || n < 1 || n > MAX_REQUESTS || (stream && n > 1))
		return E_SYNTAX;
	struct request *rq = arena_new0(a, n, sizeof(*rq));
	if (!rq)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		enum err err = get_request(c, a, &rq[i]);
		if (err != OK)
			return err;
	}
	if (!message_end(c))
		return E_SYNTAX;
	*ret = (struct queries){ .stream = stream, .rq = rq, .n = n };
	return OK;
}

void put_end(struct buf *out, const struct script_end *end)
{
	buf_u8(out, (uint8_t)end->how);
	buf_u32(out, (uint32_t)end->code);
	buf_u32(out, end->line);
	buf_u32(out, end->column);
	put_string(out, end->message);
	put_string(out, end->file);
	put_string(out, end->source);
}

enum err get_end(struct cur *c, struct arena *a, struct script_end *ret)
{
	struct script_end end = { 0 };
	unsigned how = cur_u8(c);
	uint32_t code = cur_le32(c);
	end.line = cur_le32(c);
	end.column = cur_le32(c);
	end.message = get_text(c, a);
	end.file = get_text(c, a);
	end.source = get_text(c, a);
	if (!message_end(c) || how > END_FAILED || code > 255 || (how == END_FAILED && !end.message))
		return E_SYNTAX;
	end.how = (enum end_how)how;
	end.code = (int)code;
	*ret = end;
	return OK;
}

enum err get_results(struct cur *c, struct results *ret)
{
	unsigned in_memfd = cur_u8(c);
	ret->n = cur_le16(c);
	if (c->bad || in_memfd > 1 || ret->n > MAX_PARTS)
		return E_SYNTAX;
	for (size_t i = 0; i < ret->n; i++)
		ret->len[i] = cur_le64(c);
	ret->in_memfd = in_memfd;
	ret->rest = *c;
	return c->bad ? E_SYNTAX : OK;
}
