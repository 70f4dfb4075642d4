/* Structured data of IPFIX (RFC 6313): records inside a record.
 *
 *	subTemplateList        semantic | template id | records
 *	subTemplateMultiList   semantic | (template id | length, with these four bytes | records)*
 *
 * Some exporters put there what is told of a flow for some protocols only, some whole flows that share
 * what stands outside.  A record of a template with counters is a flow: it is given as a row that begins
 * as the outer one.  Of others what the outer row lacks is taken over.  A basicList has values of one
 * element and is no record; it is stepped over like any element that nobody wants. */
#include "wire/ipfix.h"

static void fill_in(struct flow_rec *to, const struct flow_rec *from)
{
	static const uint8_t zero[16];
	const struct table *t = &tables[TABLE_TRAFFIC];
	for (size_t c = 0; c < t->ncols; c++) {
		uint8_t *at = (uint8_t *)to + t->cols[c].offset;
		if (memcmp(at, zero, t->cols[c].storage) == 0)
			memcpy(at, (const uint8_t *)from + t->cols[c].offset, t->cols[c].storage);
	}
}

/* How an inner record begins: all that its flow has in common with the outer one. */
static void begin_inner(struct record *inner, const struct record *outer)
{
	inner->row = outer->row;
	inner->x = (struct aside){ 0 };
	inner->row.bytes = inner->row.frames = inner->row.droppedframes = 0;
	inner->row.natevent = 0;
	inner->x.seen = (usec_t)outer->row.time; /* unless it has times of its own */
	inner->x.duration_ms = outer->row.duration;
	inner->x.sampler = outer->x.sampler;
	inner->x.sequence = outer->x.sequence;
}

static void inner_records(struct export *x, uint16_t id, struct cur *c, struct record *outer)
{
	const struct template *t = domain_template(x->domain, id);
	if (!t || !t->min_len) {
		if (cur_left(c))
			reject(x->w, NF_LIST_TEMPLATE);
		return;
	}
	while (cur_left(c) >= t->min_len) {
		struct record inner;
		begin_inner(&inner, outer);
		if (!template_run(t, c, &inner)) {
			reject(x->w, NF_LIST_CUT);
			return;
		}
		if (t->counters && (inner.row.bytes || inner.row.frames)) {
			x->w->totals.flow_records--; /* those of the message are counted, not those inside */
			record_flow(x, t, &inner);
		} else {
			if (t->lists)
				record_lists(x, &inner);
			fill_in(&outer->row, &inner.row);
		}
	}
	if (cur_left(c))
		reject(x->w, NF_LIST_CUT);
}

static void one_list(struct export *x, const struct list *list, struct record *outer)
{
	struct cur c = list->body;
	cur_skip(&c, 1);
	if (!list->multi) {
		uint16_t id = cur_u16(&c);
		if (!c.bad)
			inner_records(x, id, &c, outer);
		return;
	}
	while (cur_left(&c) >= 4) {
		uint16_t id = cur_u16(&c), len = cur_u16(&c);
		struct cur body = cur_take(&c, len < 4 ? SIZE_MAX : len - 4u);
		if (body.bad) {
			reject(x->w, NF_LIST_CUT);
			return;
		}
		inner_records(x, id, &body, outer);
	}
}

void record_lists(struct export *x, struct record *rec)
{
	if (rec->x.lists && x->depth == MAX_LIST_DEPTH) {
		reject(x->w, NF_LIST_DEEP);
		return;
	}
	x->depth++;
	for (uint32_t i = 0; i < rec->x.lists; i++)
		one_list(x, &rec->x.list[i], rec);
	x->depth--;
}
