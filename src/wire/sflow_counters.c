/* Counter samples of sFlow v5: structures -> rows of the tables they are about.
 *
 *	generic interface, Ethernet, LAG, OpenFlow     ifcounters
 *	802.11, radio, token ring, VLAN, queues        ifextra; a row for each queue
 *	processor, host                                host, and what a host is in vm
 *	hypervisor, virtual machine, Java              vm
 *	application, HTTP, memcache                    services
 *
 * What is numbers one after the other is read by the rows of sflow_counters.def; what is not has a
 * function here.  A row is given when a structure told something for it. */
#include "wire/sflow.h"

#include <math.h>
#include <stdio.h>

enum reads { SKIP_BYTES, MORE_MAY_FOLLOW, U32, U64, ADD, FLOAT, PCT, TEXT, MAC, UUID };

/* A row of sflow_counters.def. */
struct reading {
	uint16_t format;
	uint8_t how, width; /* width: bytes of the column, or to be skipped */
	uint8_t table;
	uint16_t at;        /* of the column in the record */
};

#define REC_IFCOUNTERS struct ifcounters_rec
#define REC_IFEXTRA    struct ifextra_rec
#define REC_HOST       struct host_rec
#define REC_VM         struct vm_rec
#define REC_SERVICES   struct services_rec
#define READ(format, T, name, how)                                                                 \
	{ format, how, sizeof(((REC_##T *)NULL)->name), TABLE_##T, offsetof(REC_##T, name) },
#define SKIP(format, bytes) { format, SKIP_BYTES, bytes, 0, 0 },
#define MORE(format)        { format, MORE_MAY_FOLLOW, 0, 0, 0 },
static const struct reading readings[] = {
#include "wire/sflow_counters.def"
};
#undef READ
#undef SKIP
#undef MORE

/* ---- records -------------------------------------------------------------------------- */

/* The record of a table; its first use fills in what all its rows have. */
static void *record_of(struct counter_sample *s, enum table_id t)
{
	bool first = !(s->touched >> t & 1);
	s->touched |= 1u << t;
	switch (t) {
	case TABLE_IFEXTRA:
		if (first)
			s->extra = (struct ifextra_rec){ .interface = s->source_class ? 0 : s->source_index };
		return &s->extra;
	case TABLE_HOST:
		if (first)
			s->host = (struct host_rec){ 0 };
		return &s->host;
	case TABLE_VM:
		if (first)
			s->vm = (struct vm_rec){ 0 };
		return &s->vm;
	case TABLE_SERVICES:
		if (first)
			s->services = (struct services_rec){ 0 };
		return &s->services;
	default:
		return &s->row;
	}
}

static void store(void *at, size_t width, uint64_t v)
{
	switch (width) {
	case 1:
		*(uint8_t *)at = (uint8_t)MIN(v, (uint64_t)UINT8_MAX);
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)MIN(v, (uint64_t)UINT16_MAX);
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)MIN(v, (uint64_t)UINT32_MAX);
		break;
	default:
		*(uint64_t *)at = v;
	}
}

static uint64_t load(const void *at, size_t width)
{
	return width == 4 ? *(const uint32_t *)at : *(const uint64_t *)at;
}

static void give_extra(struct counter_sample *s)
{
	struct ifextra_rec *r = &s->extra;
	r->time = s->row.time;
	r->agent = s->row.agent;
	r->uptime = s->row.uptime;
	r->countersource = COUNTERS_SFLOW;
	if (s->generic && !s->source_class)
		r->interface = s->row.interface;
	give_row(s->w, TABLE_IFEXTRA, r);
}

/* What host, virtual machine and service have in common; a macro, for they are three types. */
#define FILL(s, r)                                                                                 \
	((r)->time = (s)->row.time, (r)->agent = (s)->row.agent, (r)->uptime = (s)->row.uptime,    \
	 (r)->countersource = COUNTERS_SFLOW,                                                      \
	 (r)->datasource = (s)->source_class << 24 | ((s)->source_index & 0xffffff))

/* A virtual machine is described by the same structures as a host. */
static void describe(struct vm_rec *vm, const struct host_rec *h)
{
	vm->hostname = h->hostname;
	vm->uuid = h->uuid;
	vm->machine_type = h->machine_type;
	vm->os_name = h->os_name;
	vm->os_release = h->os_release;
	vm->parent = h->parent;
	vm->mac = h->mac;
}

static __attribute__((noinline)) void give_others(struct counter_sample *s)
{
	bool vm = s->touched >> TABLE_VM & 1, services = s->touched >> TABLE_SERVICES & 1;
	bool described = s->touched >> TABLE_HOST & 1 && (s->host.hostname || s->host.uuid);
	if (s->touched >> TABLE_IFEXTRA & 1)
		give_extra(s);
	if (s->host_measured || (!vm && !services && described)) {
		FILL(s, &s->host);
		give_row(s->w, TABLE_HOST, &s->host);
	}
	if (vm) {
		FILL(s, &s->vm);
		describe(&s->vm, record_of(s, TABLE_HOST));
		give_row(s->w, TABLE_VM, &s->vm);
	}
	if (services) {
		FILL(s, &s->services);
		give_row(s->w, TABLE_SERVICES, &s->services);
	}
}

/* ---- readings ------------------------------------------------------------------------- */

/* All ones means that the agent does not have the counter. */
static uint64_t told32(uint32_t v)
{
	return v == UINT32_MAX ? 0 : v;
}

static uint64_t told64(uint64_t v)
{
	return v == UINT64_MAX ? 0 : v;
}

/* -1 means unknown; what is no sane load does as well. */
static uint64_t thousandths(struct cur *c)
{
	uint32_t bits = cur_u32(c);
	float f;
	memcpy(&f, &bits, sizeof(f));
	return f > 0 && f < 4e6f ? (uint64_t)lrintf(f * 1000) : 0;
}

static uint64_t text(struct counter_sample *s, struct cur *c)
{
	struct cur t = sflow_string(c);
	return t.bad ? 0 : give_text(s->w, t.pos, cur_left(&t), (usec_t)s->row.time);
}

/* As people write it. */
static uint64_t uuid(struct counter_sample *s, struct cur *c)
{
	static const uint8_t zero[16];
	const uint8_t *p = cur_need(c, 16);
	char buf[40], *at = buf;
	if (!p || memcmp(p, zero, 16) == 0)
		return 0;
	for (size_t i = 0; i < 16; i++)
		at += snprintf(at, 4, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", p[i]);
	return give_text(s->w, buf, (size_t)(at - buf), (usec_t)s->row.time);
}

static void read_one(struct counter_sample *s, const struct reading *r, struct cur *c)
{
	s->host_measured |= r->table == TABLE_HOST && r->format != 2000;
	void *at = (uint8_t *)record_of(s, r->table) + r->at;
	uint64_t v = 0;
	switch ((enum reads)r->how) {
	case U32:
		v = told32(cur_u32(c));
		break;
	case U64:
		v = told64(cur_u64(c));
		break;
	case ADD:
		v = load(at, r->width) + told32(cur_u32(c));
		break;
	case FLOAT:
		v = thousandths(c);
		break;
	case PCT:
		v = told32(cur_u32(c)) * 10;
		break;
	case TEXT:
		v = text(s, c);
		break;
	case UUID:
		v = uuid(s, c);
		break;
	case MAC:
		v = cur_u64(c) >> 16;
		break;
	case SKIP_BYTES:
	case MORE_MAY_FOLLOW:
		break;
	}
	if (!c->bad)
		store(at, r->width, v);
}

/* The rows of one structure, from its first on. */
static void read_rows(struct counter_sample *s, const struct reading *r, struct cur *c)
{
	bool enough = false;
	for (uint16_t format = r->format; r < readings + COUNT_OF(readings) && r->format == format && !c->bad; r++) {
		if (enough && !cur_left(c))
			return;
		enough |= r->how == MORE_MAY_FOLLOW;
		if (r->how == SKIP_BYTES)
			cur_skip(c, r->width);
		else if (r->how != MORE_MAY_FOLLOW)
			read_one(s, r, c);
	}
}

static const struct reading *readings_of(uint32_t format)
{
	for (size_t i = 0; i < COUNT_OF(readings); i++)
		if (readings[i].format == format)
			return &readings[i];
	return NULL;
}

/* ---- structures with a function ----------------------------------------------------------- */

void generic_interface(struct counter_sample *s, struct cur *body)
{
	const uint8_t *p = cur_need(body, 88);
	if (!p)
		return;
	struct ifcounters_rec *r = &s->row;
	r->interface = load_be32(p);
	r->iftype = load_be32(p + 4);
	r->ifspeed = load_be64(p + 8);
	r->ifdirection = (uint8_t)MIN(load_be32(p + 16), 255u);
	r->ifstatus = p[23] & 3;
	r->ifinoctets = told64(load_be64(p + 24));
	r->ifinucastpkts = told32(load_be32(p + 32));
	r->ifinmulticastpkts = told32(load_be32(p + 36));
	r->ifinbroadcastpkts = told32(load_be32(p + 40));
	r->ifindiscards = told32(load_be32(p + 44));
	r->ifinerrors = told32(load_be32(p + 48));
	r->ifinunknownprotos = told32(load_be32(p + 52));
	r->ifoutoctets = told64(load_be64(p + 56));
	r->ifoutucastpkts = told32(load_be32(p + 64));
	r->ifoutmulticastpkts = told32(load_be32(p + 68));
	r->ifoutbroadcastpkts = told32(load_be32(p + 72));
	r->ifoutdiscards = told32(load_be32(p + 76));
	r->ifouterrors = told32(load_be32(p + 80)); /* then promiscuous mode */
	s->generic = true;
}

static void port_name(struct counter_sample *s, struct cur *body)
{
	s->name = cur_take(body, cur_u32(body));
	if (!s->name.bad && !cur_left(&s->name))
		reject(s->w, SF_NAME_EMPTY);
}

/* n | n times (ifIndex | m | m MACs); the first MAC stands for the host. */
static void adapters(struct counter_sample *s, struct cur *body)
{
	struct host_rec *r = record_of(s, TABLE_HOST);
	for (uint32_t n = cur_u32(body); n && !body->bad; n--) {
		cur_skip(body, 4);
		for (uint32_t macs = cur_u32(body); macs && !body->bad; macs--) {
			uint64_t mac = cur_u64(body) >> 16;
			r->mac = r->mac ? r->mac : mac;
		}
	}
}

static void parent(struct counter_sample *s, struct cur *body)
{
	struct host_rec *r = record_of(s, TABLE_HOST);
	uint32_t class = cur_u32(body);
	r->parent = class << 24 | (cur_u32(body) & 0xffffff);
}

/* A row of its own. */
static void queue_length(struct counter_sample *s, struct cur *body)
{
	struct ifextra_rec kept = s->extra;
	uint32_t touched = s->touched;
	s->touched &= ~(1u << TABLE_IFEXTRA);
	read_rows(s, readings_of(1003), body);
	if (!body->bad)
		give_extra(s);
	s->touched = touched;
	s->extra = kept;
}

static const struct counter_structure {
	uint32_t format;
	void (*read)(struct counter_sample *s, struct cur *body);
} counter_structures[] = {
	{ 1003, queue_length },
	{ 2001, adapters },
	{ 2002, parent },
};

bool counter_structure_rows(struct counter_sample *s, uint32_t format, struct cur *c)
{
	const struct reading *r = readings_of(format);
	if (r)
		read_rows(s, r, c);
	return r;
}

static __attribute__((noinline)) void other_structure(struct counter_sample *s, struct part *p)
{
	for (size_t i = 0; i < COUNT_OF(counter_structures); i++)
		if (counter_structures[i].format == p->format) {
			counter_structures[i].read(s, &p->body);
			return;
		}
	if (!counter_structure_rows(s, p->format, &p->body))
		sflow_skip(s->w, SKIP_IN_COUNTER, p->format);
}

/* Nearly all are of two kinds. */
static inline void counter_structure(struct counter_sample *s, struct part *p)
{
	if (p->format == 1)
		generic_interface(s, &p->body);
	else if (p->format == 1005)
		port_name(s, &p->body);
	else
		other_structure(s, p);
	if (p->body.bad)
		reject(s->w, SF_STRUCTURE_SHORT);
}

/* ---- the sample ------------------------------------------------------------------------- */

/* A name belongs to the interface of the generic structure, else to the one that the data
 * source is; 0 = it is none. */
static void give_name(const struct counter_sample *s)
{
	struct wire *w = s->w;
	char buf[MAX_NAME];
	struct wire_ifname name = {
		.agent = s->row.agent,
		.ifindex = s->generic ? s->row.interface : s->source_class ? 0 : s->source_index,
		.name = clean_text(s->name.pos, cur_left(&s->name), buf, sizeof(buf)),
		.speed = s->generic ? s->row.ifspeed : 0,
		.when = s->received,
	};
	if (!name.name || !name.ifindex)
		reject(w, SF_NAME_EMPTY);
	else if (w->sink.ifname)
		w->sink.ifname(w->sink.arg, &name);
}

/* The large records are zeroed when they are first needed, the row when it has more than what the generic
 * interface structure fills anew. */
static __attribute__((noinline)) void blank(struct counter_sample *s, const struct sflow *f)
{
	s->w = f->w;
	s->received = f->received;
	zero_fast(&s->row, sizeof(s->row));
	s->row.time = f->row.time;
	s->row.agent = f->row.agent;
	s->row.uptime = f->uptime_ms;
	s->row.countersource = COUNTERS_SFLOW;
}

struct counter_sample *counter_sample_begin(struct sflow *f)
{
	struct counter_sample *s = &f->counters;
	if (s->touched >> TABLE_IFCOUNTERS & 1)
		blank(s, f);
	s->generic = s->host_measured = false;
	s->source_class = s->source_index = s->touched = 0;
	s->name = (struct cur){ 0 };
	return s;
}

void counter_sample_give(struct counter_sample *s)
{
	if (s->generic)
		give_counters(s->w, &s->row);
	if (s->touched)
		give_others(s);
	if (!s->name.bad && cur_left(&s->name))
		give_name(s);
}

/* sequence 0 | source 4, one word or two | n */
void counter_sample(struct sflow *f, struct cur *c, bool expanded)
{
	struct counter_sample *s = counter_sample_begin(f);
	const uint8_t *h = cur_need(c, expanded ? 16 : 12);
	uint32_t n = !h ? 0 : load_be32(h + (expanded ? 12 : 8));
	if (h) {
		s->source_class = expanded ? load_be32(h + 4) : h[4];
		s->source_index = expanded ? load_be32(h + 8) : load_be32(h + 4) & 0xffffff;
		sflow_number(f, SAMPLE_COUNTERS, expanded ? sflow_source(h + 4) : load_be32(h + 4), load_be32(h), 0);
	}
	f->w->totals.counter_samples++;
	for (struct part p; n && part_next(c, &p); n--)
		counter_structure(s, &p);
	sflow_sample_end(f->w, c);
	counter_sample_give(s);
}
