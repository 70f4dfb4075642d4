/* What a worker that was taken over may send: bytes cut into frames, their fields read the way the broker,
 * the worker and the drawing child read them.  The first byte says who listens. */
#include "chart/chart.h"
#include "script/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void read_queries(struct cur *c, struct arena *a)
{
	struct queries q;
	if (get_queries(c, a, &q) != OK)
		return;
	check(q.n >= 1 && q.n <= MAX_REQUESTS && message_end(c));
	for (size_t i = 0; i < q.n; i++)
		check(q.rq[i].view && q.rq[i].select && q.rq[i].n >= 0 && q.rq[i].nparam <= MAX_PARAMS);
}

static void read_end(struct cur *c, struct arena *a)
{
	struct script_end end;
	if (get_end(c, a, &end) == OK)
		check(end.code >= 0 && end.code <= 255 && (end.how != END_FAILED || end.message));
}

static void read_results(struct cur *c)
{
	struct results r;
	if (get_results(c, &r) != OK)
		return;
	for (size_t i = 0; i < r.n; i++) {
		struct cur part = cur_take(&r.rest, (size_t)r.len[i]);
		struct result t = { 0 };
		if (part.bad)
			return;
		if (result_decode(part.pos, cur_left(&part), &t) == OK)
			result_free(&t);
	}
}

static void read_chart(struct cur *c)
{
	struct chart_doc doc;
	cur_skip(c, 1);
	if (!c->bad && chart_decode(c->pos, cur_left(c), &doc) == OK)
		chart_doc_free(&doc);
}

static void read_fields(struct message *m, struct arena *a)
{
	struct cur *c = &m->body;
	switch (m->kind) {
	case MSG_QUERIES:
	case MSG_EXPLAIN:
		read_queries(c, a);
		break;
	case MSG_END:
		read_end(c, a);
		break;
	case MSG_RESULTS:
		read_results(c);
		break;
	case MSG_DRAW_THIS:
		read_chart(c);
		break;
	default: { /* texts and bytes */
		const char *s = get_text(c, a);
		struct cur bytes = get_bytes(c);
		check(!s || strlen(s) < a->used);
		check(bytes.bad || bytes.end >= bytes.pos);
	}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur in = cur_of(data, size);
	struct arena a = { .ceiling = 16u << 20 };
	struct message m;
	enum message_to to = (enum message_to)(cur_u8(&in) % 4);
	while (!in.bad && frame_cut(&in, to, &m) == FRAME_WHOLE) {
		read_fields(&m, &a);
		arena_reset(&a);
	}
	arena_free(&a);
	return 0;
}
