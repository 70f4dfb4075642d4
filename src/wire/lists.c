/* Structured data of IPFIX (RFC 6313): records inside a record.
 *
 *	basicList              semantic | element | length | enterprise number where its bit is set | values
 *	subTemplateList        semantic | template id | records
 *	subTemplateMultiList   semantic | (template id | length, with these four bytes | records)*
 *
 * Some exporters put there what is told of a flow for some protocols only, some whole flows that share
 * what stands outside.  A record of a template with counters is a flow: it is given as a row that begins
 * as the outer one.  Of others what the outer row lacks is taken over.  Of a list of values the first one is
 * taken over so, of communities all; counts are not, for nobody knows what they count. */
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

/* What stands in no place of its own yet goes to the row, and from there to the outer one. */
static void end_inner(struct export *x, struct record *inner, struct record *outer, bool texts)
{
	if (texts)
		record_texts(x, inner);
	if (inner->x.lists)
		record_lists(x, inner);
	fill_in(&outer->row, &inner->row);
}

static void value_list(struct export *x, struct cur c, struct record *outer)
{
	enum { NONE_OF = 0, COMMUNITY = 483 };
	uint32_t semantic = cur_u8(&c);
	struct field_spec f = { .id = cur_u16(&c) };
	f.len = cur_u16(&c);
	if (f.id & 0x8000) {
		f.id &= 0x7fff;
		f.pen = cur_u32(&c);
	}
	struct record inner;
	struct cur all = c;
	begin_inner(&inner, outer);
	for (bool first = true; f.len && cur_left(&c) && !c.bad; first = false) {
		size_t len = f.len == LEN_VARIABLE ? template_variable_length(&c) : f.len;
		const uint8_t *p = cur_need(&c, len);
		if (p && first)
			template_value(&f, p, len, &inner);
	}
	if (c.bad) {
		reject(x->w, NF_LIST_CUT);
		return;
	}
	if (semantic == NONE_OF)
		return; /* what the flow is not */
	if (f.id == COMMUNITY && !f.pen && f.len == 4)
		inner.x.communities = all;
	inner.row.bytes = inner.row.frames = 0;
	end_inner(x, &inner, outer, true);
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
			end_inner(x, &inner, outer, t->texts);
		}
	}
	if (cur_left(c))
		reject(x->w, NF_LIST_CUT);
}

static void one_list(struct export *x, const struct list *list, struct record *outer)
{
	struct cur c = list->body;
	if (list->kind == LIST_OF_VALUES) {
		value_list(x, c, outer);
		return;
	}
	cur_skip(&c, 1);
	if (list->kind == LIST_OF_RECORDS) {
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
