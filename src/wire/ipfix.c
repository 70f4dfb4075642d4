/* NetFlow v9 (RFC 3954) and IPFIX (RFC 7011): one walker, their differences in a table.
 *
 *	message   header | set*
 *	set       id | length, header included | records, padding
 *	template  id | n | n fields            options: v9     id | scope bytes | field bytes | fields
 *	                                                IPFIX  id | n | scopes | n fields
 *	field     element | length             IPFIX: top bit of the element = an enterprise number follows
 *	data      set id = template id; records one after the other, as the template says
 *
 * A template belongs to (exporter, version, domain, id).  A data set whose template has not come
 * yet is held and decoded when it does.  A record that cannot be read costs the rest of its set.
 * A template that cannot be read costs the rest of its message, because what follows may need it
 * (RFC 7011 9 wants such a message dropped); so does a wrong set length, because nobody knows
 * where the next set begins. */
#include "wire/ipfix.h"

#include "base/mem.h"

struct dialect {
	uint16_t version;
	enum export_type type;
	size_t header;
	size_t length_at, uptime_at, time_at, sequence_at, domain_at; /* in the header; 0 = it has none */
	uint16_t template_set, options_set;
	bool ipfix; /* enterprise elements, withdrawals, options as counts; not zeros for an end */
};

static const struct dialect dialect9 = {
	.version = 9, .type = EXPORT_NETFLOW9, .header = 20,
	.uptime_at = 4, .time_at = 8, .sequence_at = 12, .domain_at = 16,
	.template_set = 0, .options_set = 1,
};

static const struct dialect dialect10 = {
	.version = 10, .type = EXPORT_IPFIX, .header = 16,
	.length_at = 2, .time_at = 4, .sequence_at = 8, .domain_at = 12,
	.template_set = 2, .options_set = 3, .ipfix = true,
};

enum { FIRST_DATA_SET = 256, PEN_SCOPE9 = -1 };

static bool all_zero(const struct cur *c)
{
	for (const uint8_t *p = c->pos; p < c->end; p++)
		if (*p)
			return false;
	return true;
}

/* ---- data ----------------------------------------------------------------------------- */

static void record_begin(const struct export *x, const struct template *t, bool first, struct record *rec)
{
	zero_fast(&rec->row, ROW_USUAL);
	zero_fast(&rec->x, ASIDE_USUAL);
	if (first || t->rare)
		zero_fast((uint8_t *)&rec->row + ROW_USUAL, sizeof(rec->row) - ROW_USUAL);
	if (first || t->more)
		zero_fast((uint8_t *)&rec->x + ASIDE_USUAL, sizeof(rec->x) - ASIDE_USUAL);
	rec->row.agent = x->domain->told.address;
	rec->row.domain = x->domain->told.domain;
	rec->row.exporttype = (uint8_t)x->dialect->type;
}

/* The next record of a set.  False at the end: padding, or a record that leaves the set. */
static bool record_next(struct export *x, const struct template *t, struct cur *set, bool first,
			struct record *rec)
{
	if (cur_left(set) < t->min_len)
		return false;
	/* Padding can be longer than a record of one, two or three bytes. */
	if (!first && cur_left(set) < 4 && all_zero(set))
		return false;
	struct cur start = *set;
	if (!first && t->plain)
		record_begin_plain(rec);
	else
		record_begin(x, t, first, rec);
	if (template_run(t, set, rec))
		return true;
	if (!all_zero(&start)) { /* else padding that looks like empty variable fields */
		reject(x->w, NF_RECORD_CUT);
		x->unread = true;
	}
	return false;
}

static void data_set(struct export *x, const struct template *t, struct cur set)
{
	struct record rec;
	if (!t->min_len) {
		reject(x->w, NF_TEMPLATE_EMPTY);
		return;
	}
	for (bool first = true; record_next(x, t, &set, first, &rec); first = false) {
		x->records++;
		x->options += t->options;
		if (t->options)
			record_options(x, t, &rec);
		else
			record_flow(x, t, &rec);
	}
}

static void data_set_or_hold(struct export *x, uint16_t id, struct cur body)
{
	const struct template *t = domain_template(x->domain, id);
	if (t) {
		data_set(x, t, body);
	} else {
		reject(x->w, NF_NO_TEMPLATE);
		x->domain->told.unread_sets++;
		x->unread = true;
		held_add(x->w, x->domain, &x->message, id, &body);
	}
}

static void export_begin(struct export *x)
{
	x->zero = x->domain->told.domain ? domain_zero(x->w, x->domain) : NULL;
	x->rate = x->domain->rate ? x->domain->rate : x->zero ? x->zero->rate : 0;
}

/* Sets that waited for t, in the order they came. */
static void release_held(const struct export *now, const struct template *t)
{
	for (struct held *h; (h = held_take(now->w, now->domain, t->id)); mem_free(h)) {
		struct export then = {
			.w = now->w, .dialect = now->dialect, .domain = now->domain, .message = h->message,
		};
		export_begin(&then);
		now->w->totals.late_sets++;
		data_set(&then, t, cur_of(h->data, h->len));
		now->domain->told.records += then.records;
	}
}

/* ---- templates ------------------------------------------------------------------------ */

struct template_head {
	uint16_t id, fields, scopes;
};

static struct template_head read_head(const struct export *x, struct cur *c, bool options)
{
	struct template_head h = { .id = cur_u16(c) };
	if (options && !x->dialect->ipfix) {
		uint16_t scope_bytes = cur_u16(c), field_bytes = cur_u16(c);
		h.fields = (uint16_t)((scope_bytes + field_bytes) / 4);
		h.scopes = scope_bytes / 4;
	} else {
		h.fields = cur_u16(c);
		/* a withdrawal ends here, RFC 7011 8.1 */
		h.scopes = options && h.fields ? cur_u16(c) : 0;
	}
	return h;
}

static void read_fields(const struct export *x, struct cur *c, const struct template_head *h,
			struct field_spec *ret)
{
	for (uint16_t i = 0; i < h->fields; i++) {
		struct field_spec f = { .id = cur_u16(c), .len = cur_u16(c) };
		if (x->dialect->ipfix && f.id & 0x8000) {
			f.id &= 0x7fff;
			f.pen = cur_u32(c);
		} else if (!x->dialect->ipfix && i < h->scopes) {
			f.pen = (uint32_t)PEN_SCOPE9;
		}
		ret[i] = f;
	}
}

static void learn(struct export *x, const struct template_head *h, bool options, struct cur record)
{
	const struct template *known = domain_template(x->domain, h->id);
	struct wire *w = x->w;
	size_t len = cur_left(&record);
	w->totals.templates++;
	/* Sent again.  One of options is never as long as one that is not: its head has two bytes more. */
	if (known && known->raw_len == len && memcmp(known->raw, record.pos, len) == 0)
		return;

	struct field_spec fields[MAX_TEMPLATE_FIELDS];
	struct cur c = record;
	struct template *t;
	bool is_new;
	struct template_head again = read_head(x, &c, options);
	read_fields(x, &c, &again, fields);
	if (template_new(h->id, options, fields, h->fields, record, &t) != OK)
		reject(w, NF_NO_MEMORY);
	else if (domain_define(w, x->domain, t, &is_new) && is_new)
		release_held(x, t);
}

static bool end_of_templates(struct wire *w, struct cur *set, enum reject why)
{
	set->bad = why != REJECT_NONE;
	if (set->bad)
		reject(w, why);
	return false;
}

/* One template record.  False at the end: padding, or (set->bad) one that cannot be read. */
static bool template_record(struct export *x, struct cur *set, bool options)
{
	struct cur start = *set;
	struct template_head h = read_head(x, set, options);
	uint16_t set_id = options ? x->dialect->options_set : x->dialect->template_set;

	if (x->dialect->ipfix && !set->bad && !h.fields && (h.id >= FIRST_DATA_SET || h.id == set_id)) {
		if (h.id >= FIRST_DATA_SET)
			domain_withdraw(x->w, x->domain, h.id);
		else
			domain_withdraw_all(x->w, x->domain, options);
		return true;
	}
	if (h.id < FIRST_DATA_SET)
		return end_of_templates(x->w, set, all_zero(&start) ? REJECT_NONE : NF_TEMPLATE_ID);
	if (options && (h.scopes > h.fields || !h.scopes))
		reject(x->w, NF_TEMPLATE_SCOPE);
	for (uint16_t i = 0; i < h.fields && !set->bad; i++) {
		uint16_t id = cur_u16(set);
		cur_skip(set, x->dialect->ipfix && id & 0x8000 ? 6 : 2);
	}
	if (set->bad)
		return end_of_templates(x->w, set, NF_TEMPLATE_CUT);
	if (h.fields > MAX_TEMPLATE_FIELDS) {
		reject(x->w, NF_TEMPLATE_BIG);
		return true;
	}
	learn(x, &h, options, cur_of(start.pos, (size_t)(set->pos - start.pos)));
	return true;
}

/* False when the message is not to be read further. */
static bool template_set(struct export *x, struct cur set, bool options)
{
	while (cur_left(&set) >= 4 && template_record(x, &set, options))
		;
	return !set.bad;
}

/* ---- sets and messages ---------------------------------------------------------------- */

struct set_iter {
	struct cur rest;
	uint16_t id;
	struct cur body; /* whole, and inside the message */
	enum reject why; /* why it ended before the message did */
};

static bool set_next(struct set_iter *it)
{
	if (cur_left(&it->rest) < 4)
		return false; /* fewer bytes than a header: padding */
	it->id = cur_u16(&it->rest);
	uint16_t length = cur_u16(&it->rest);
	if (length < 4) {
		it->why = NF_SET_SHORT;
		return false;
	}
	it->body = cur_take(&it->rest, length - 4u);
	if (it->body.bad)
		it->why = NF_SET_LONG;
	return !it->body.bad;
}

static void message_sets(struct export *x, struct cur message)
{
	struct set_iter it = { .rest = message };
	bool readable = true;
	while (readable && set_next(&it)) {
		if (it.id >= FIRST_DATA_SET)
			data_set_or_hold(x, it.id, it.body);
		else if (it.id == x->dialect->template_set)
			readable = template_set(x, it.body, false);
		else if (it.id == x->dialect->options_set)
			readable = template_set(x, it.body, true);
		else
			reject(x->w, NF_SET_UNKNOWN);
	}
	/* v9 messages may end in zeros */
	if (it.why && !(it.why == NF_SET_SHORT && !x->dialect->ipfix && !it.id && all_zero(&it.rest)))
		reject(x->w, it.why);
}

/* v9 numbers messages, IPFIX data records: those before this message (RFC 7011 3.1). */
static void message_number(struct export *x, const uint8_t *header)
{
	const struct dialect *dialect = x->dialect;
	struct domain *d = x->domain;
	struct arrival a = {
		.number = load_be32(header + dialect->sequence_at),
		.records = x->records,
		.flows = x->records - x->options,
		.clock_ms = dialect->ipfix ? load_be32(header + dialect->time_at) * 1000u : x->message.clock.uptime_ms,
		.uptime = !dialect->ipfix,
	};
	d->told.records += x->records;
	domain_step(x->w, d, &a);
	if (x->unread && d->sequence.counts != COUNTS_DATAGRAMS)
		sequence_lose_count(&d->sequence);
}

static void message_decode(struct wire *w, const struct dialect *dialect, const struct datagram *d)
{
	struct cur c = cur_of(d->data, d->len);
	const uint8_t *h = cur_need(&c, dialect->header);
	if (!h) {
		reject(w, NF_SHORT);
		return;
	}
	if (dialect->length_at) {
		size_t length = load_be16(h + dialect->length_at);
		if (length != d->len)
			reject(w, NF_LENGTH);
		if (length >= dialect->header && length < d->len)
			c.end = d->data + length;
	}
	struct export x = {
		.w = w,
		.dialect = dialect,
		.message = { .received = d->received,
			     .clock = { .now = export_time(load_be32(h + dialect->time_at), d->received),
					.uptime_ms = dialect->uptime_at ? load_be32(h + dialect->uptime_at) : 0 } },
		.domain = domain_get(w, d, &d->from, dialect->version, load_be32(h + dialect->domain_at)),
	};
	if (!x.domain)
		return;
	domain_clock(x.domain, load_be32(h + dialect->time_at), x.message.clock.now - d->received);
	export_begin(&x);
	message_sets(&x, c);
	message_number(&x, h);
}

uint16_t ipfix_template_set(uint16_t version, bool options)
{
	const struct dialect *dialect = version == 9 ? &dialect9 : &dialect10;
	return options ? dialect->options_set : dialect->template_set;
}

bool ipfix_learn_again(struct wire *w, struct domain *d, bool options, struct cur record)
{
	const struct dialect *dialect = d->told.version == 9 ? &dialect9 : &dialect10;
	struct export x = { .w = w, .dialect = dialect, .domain = d };
	struct cur c = record;
	struct template_head h = read_head(&x, &c, options);
	if (c.bad || domain_template(d, h.id))
		return !c.bad;
	export_begin(&x);
	return template_record(&x, &record, options) && !record.bad && !cur_left(&record) &&
	       domain_template(d, h.id) != NULL;
}

void netflow9_decode(struct wire *w, const struct datagram *d)
{
	message_decode(w, &dialect9, d);
}

void ipfix_decode(struct wire *w, const struct datagram *d)
{
	message_decode(w, &dialect10, d);
}
