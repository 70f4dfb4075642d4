/* Records of nfdump files -> rows.  A block is a list of records, each type (2) and size (2) first:
 *
 *	11  flow, layout 2     4 elements (2)  6 engine type, id  8 exporter (2)  10 flags  11 version of NetFlow
 *	                       12 { type (2) | length with these four bytes (2) | bytes }*
 *	 1  flow, layout 1     4 flags  5 exporter
 *	10  the same           4 flags (2)                               28 exporter (2)  30 -
 *	                       6 map (2)  8 ms of first, last (2 each)  12 first, last (s)
 *	                       20 forwarding status  21 TCP flags  22 protocol  23 tos  24 ports (2 each)
 *	                       28 or 32: addresses, packets, bytes, then what the map says
 *	 2  map of layout 1    4 number (2)  6 -  8 { extension (2) }*, ends with 0
 *	 7  exporter           4 version (4)  8 address (16)  24 family (2)  26 number (2)  28 domain (4)
 *
 * What elements and extensions hold is nfdump.def's business.  Counters have been multiplied by the
 * sampling rate already where the flags say so. */
#include "base/mem.h"
#include "wire/flow_time.h"
#include "wire/nfdump_file.h"

#include <sys/socket.h>

enum { OLD = 64, OLD_LONG = 128, IDS = 192 /* nfdump.def's numbers */ };
enum { RECORD_OLD = 1, RECORD_MAP = 2, RECORD_EXPORTER = 7, RECORD_OLD_WIDE = 10, RECORD_NEW = 11 };
enum { FLAG_ADDR6 = 1, FLAG_PACKETS8 = 2, FLAG_BYTES8 = 4, FLAG_OLD_SAMPLED = 128, FLAG_NEW_SAMPLED = 2 };
enum { EXPORTER_SFLOW = 9999 };

struct aside {
	uint64_t first_ms, last_ms, received_ms, event_ms;
	uint64_t mac_out_source, mac_out_destination;
	struct addr bgp_next;
};

struct found {
	struct flow_rec row;
	struct aside x;
};

enum how { UINT, ADDR4, ADDR6, NEXT4, LABEL, EGRESS, TEXT };

struct held {
	uint8_t id, at, bytes, how;
	uint16_t to, width;
};

#define ROW(m)   offsetof(struct found, row.m), sizeof(((struct found *)0)->row.m)
#define ASIDE(m) offsetof(struct found, x.m), sizeof(((struct found *)0)->x.m)
static const struct held all_held[] = {
#define HELD(id, at, bytes, how, place) { id, at, bytes, how, place },
#include "wire/nfdump.def"
};

_Static_assert(COUNT_OF(all_held) < UINT8_MAX && (int)IDS == (int)NFDUMP_IDS, "struct nfdump, first");

void nfdump_index(struct nfdump *n)
{
	memset(n->first, UINT8_MAX, sizeof(n->first));
	for (size_t i = COUNT_OF(all_held); i-- > 0;)
		n->first[all_held[i].id] = (uint8_t)i;
}

static const uint8_t piece_bytes[IDS] = { /* 0: not known */
#define PIECE(id, bytes, help) [id] = bytes,
#include "wire/nfdump.def"
};

/* ---- a piece ---------------------------------------------------------------------------- */

static uint64_t le(struct cur *c, size_t bytes)
{
	return bytes == 1 ? cur_u8(c) : bytes == 2 ? cur_le16(c) : bytes == 4 ? cur_le32(c) : cur_le64(c);
}

static void store_uint(void *at, size_t width, uint64_t v)
{
	memcpy(at, &v, width); /* both are little-endian, and what is wider is cut */
}

/* One that no clock can mean counts as not told. */
static uint64_t told_ms(uint64_t ms)
{
	return ms > TIME_MOST / 1000 ? 0 : ms;
}

static void take_held(struct wire *w, const struct held *h, struct cur c, struct found *f)
{
	uint8_t *at = (uint8_t *)f + h->to;
	struct addr a = { 0 };
	switch ((enum how)h->how) {
	case UINT:
		store_uint(at, h->width, le(&c, h->bytes));
		return;
	case LABEL: /* a stack entry of three bytes: label, class, end */
		store_uint(at, h->width, le(&c, h->bytes) >> 4 & 0xfffff);
		return;
	case EGRESS: /* zero is also what nobody told */
		store_uint(at, h->width, le(&c, h->bytes) == 1 ? DIR_EGRESS : DIR_UNKNOWN);
		return;
	case TEXT:
		store_uint(at, h->width, give_text(w, c.pos, strnlen((const char *)c.pos, h->bytes), (usec_t)told_ms(f->x.received_ms) * 1000));
		return;
	case ADDR6: /* two numbers, the upper half first */
		store_be64(a.b, cur_le64(&c));
		store_be64(a.b + 8, cur_le64(&c));
		break;
	case NEXT4:
	case ADDR4: {
		uint32_t v4 = cur_le32(&c);
		if (!v4 && h->how == NEXT4)
			return;
		a = addr_v4(v4);
	}
	}
	memcpy(at, &a, sizeof(a));
}

/* False: the piece ends inside something that it should have. */
static bool take_piece(struct wire *w, const struct nfdump *n, unsigned id, struct cur piece, struct found *f)
{
	for (size_t i = n->first[id]; i < COUNT_OF(all_held) && all_held[i].id == id; i++) {
		const struct held *h = &all_held[i];
		struct cur c = piece;
		cur_skip(&c, h->at);
		c = cur_take(&c, h->bytes);
		if (c.bad)
			return reject(w, ND_PIECE_CUT);
		take_held(w, h, c, f);
	}
	return true;
}

/* ---- a row ------------------------------------------------------------------------------ */

static uint8_t export_of(uint32_t version, bool sfcapd)
{
	static const struct {
		uint32_t version;
		enum export_type type;
	} types[] = { { 1, EXPORT_NETFLOW1 }, { 5, EXPORT_NETFLOW5 }, { 7, EXPORT_NETFLOW7 }, { 9, EXPORT_NETFLOW9 },
		      { 10, EXPORT_IPFIX }, { EXPORTER_SFLOW, EXPORT_SFLOW } };
	for (size_t i = 0; i < COUNT_OF(types) && !sfcapd; i++)
		if (types[i].version == version)
			return (uint8_t)types[i].type;
	return sfcapd ? EXPORT_SFLOW : EXPORT_NONE;
}

static void give(struct wire *w, const struct nfdump *n, struct found *f, const struct nfdump_exporter *from)
{
	struct flow_rec *r = &f->row;
	const struct aside *x = &f->x;
	uint64_t first = told_ms(x->first_ms), last = told_ms(x->last_ms);
	if (!last)
		last = told_ms(x->event_ms);
	if (!last)
		last = told_ms(x->received_ms);
	r->time = last * 1000;
	r->duration = (uint32_t)MIN(last > first && first ? last - first : 0, (uint64_t)UINT32_MAX);
	if (addr_is_none(&r->agent))
		r->agent = from->addr;
	if (addr_is_none(&r->nexthop))
		r->nexthop = x->bgp_next;
	if (!r->macsource)
		r->macsource = x->mac_out_source;
	if (!r->macdestination)
		r->macdestination = x->mac_out_destination;
	if (!r->ethertype && !addr_is_none(&r->ipsource))
		r->ethertype = addr_is_v4(&r->ipsource) ? 0x0800 : 0x86dd;
	if (!r->domain)
		r->domain = from->domain;
	r->exporttype = export_of(from->version, n->sfcapd);
	icmp_from_port(r);
	w->totals.flow_records++;
	count_exported(w, r->bytes, r->frames, r->samplingrate);
	give_flow(w, r);
}

/* ---- records ---------------------------------------------------------------------------- */

static bool take_new(struct wire *w, const struct nfdump *n, struct cur c)
{
	struct found f = { 0 };
	bool flow = false;
	uint16_t elements = cur_le16(&c);
	uint16_t engine = cur_u16(&c); /* type and id, as NetFlow has them */
	const struct nfdump_exporter *told = &n->exporter[cur_le16(&c)];
	uint8_t flags = cur_u8(&c), version = cur_u8(&c);
	struct nfdump_exporter from = *told;
	if (c.bad)
		return reject(w, ND_RECORD_CUT);
	if (!from.version)
		from.version = version;
	for (; elements && cur_left(&c); elements--) {
		uint16_t id = cur_le16(&c), len = cur_le16(&c);
		struct cur piece = len >= 4 ? cur_take(&c, len - 4u) : (struct cur){ .bad = true };
		if (piece.bad)
			return reject(w, ND_PIECE_CUT);
		if (id < OLD && !take_piece(w, n, id, piece, &f))
			return false;
		flow |= id == 1;
	}
	if (!flow)
		return reject(w, ND_NO_FLOW);
	f.row.samplingrate = flags & FLAG_NEW_SAMPLED ? 1 : 0;
	if (engine)
		f.row.domain = engine;
	give(w, n, &f, &from);
	return true;
}

static bool take_sized(struct wire *w, const struct nfdump *n, unsigned id, struct cur *c, struct found *f)
{
	struct cur piece = cur_take(c, piece_bytes[id]);
	return piece.bad ? reject(w, ND_PIECE_CUT) : take_piece(w, n, id, piece, f);
}

static bool take_old(struct wire *w, const struct nfdump *n, struct cur c, bool wide)
{
	struct found f = { 0 };
	uint16_t flags = wide ? cur_le16(&c) : cur_u8(&c);
	uint16_t exporter = wide ? 0 : cur_u8(&c);
	const struct nfdump_map *map = n->map[cur_le16(&c)];
	uint16_t first_ms = cur_le16(&c), last_ms = cur_le16(&c);
	f.x.first_ms = cur_le32(&c) * (uint64_t)1000 + first_ms;
	f.x.last_ms = cur_le32(&c) * (uint64_t)1000 + last_ms;
	f.row.forwardingstatus = cur_u8(&c);
	f.row.tcpflags = cur_u8(&c);
	f.row.protocol = cur_u8(&c);
	f.row.tos = cur_u8(&c);
	f.row.sourceport = cur_le16(&c);
	f.row.destinationport = cur_le16(&c);
	f.row.samplingrate = flags & FLAG_OLD_SAMPLED ? 1 : 0;
	if (wide) {
		exporter = cur_le16(&c);
		cur_skip(&c, 2);
	}
	if (c.bad)
		return reject(w, ND_RECORD_CUT);
	if (!map)
		return reject(w, ND_NO_MAP);
	if (!take_sized(w, n, (flags & FLAG_ADDR6 ? OLD_LONG : OLD) + 1, &c, &f) ||
	    !take_sized(w, n, (flags & FLAG_PACKETS8 ? OLD_LONG : OLD) + 2, &c, &f) ||
	    !take_sized(w, n, (flags & FLAG_BYTES8 ? OLD_LONG : OLD) + 3, &c, &f))
		return false;
	for (size_t i = 0; i < map->n; i++)
		if (!take_sized(w, n, OLD + map->id[i], &c, &f))
			return false;
	give(w, n, &f, &n->exporter[exporter]);
	return true;
}

/* A map that names what we do not know is as good as none: nobody can tell where it ends. */
static bool take_map(struct wire *w, const struct nfdump *n, struct cur c)
{
	struct nfdump_map m = { 0 };
	uint16_t number = cur_le16(&c);
	cur_skip(&c, 2);
	for (uint16_t id; (id = cur_le16(&c));) {
		if (m.n == NFDUMP_PIECES)
			return reject(w, ND_MAP_BAD);
		if (id > 3 && (id >= OLD || !piece_bytes[OLD + id]))
			return reject(w, ND_NO_MAP);
		if (id > 3) /* the others are always there */
			m.id[m.n++] = id;
	}
	if (c.bad)
		return reject(w, ND_MAP_BAD);
	if (!n->map[number])
		n->map[number] = mem_alloc(sizeof(m));
	if (!n->map[number])
		return reject(w, ND_MAP_BAD);
	*n->map[number] = m;
	return true;
}

static bool take_exporter(struct wire *w, const struct nfdump *n, struct cur c)
{
	struct nfdump_exporter x = { .version = cur_le32(&c) };
	uint64_t high = cur_le64(&c), low = cur_le64(&c);
	uint16_t family = cur_le16(&c), number = cur_le16(&c);
	x.domain = cur_le32(&c);
	if (c.bad)
		return reject(w, ND_RECORD_CUT);
	if (family == AF_INET) {
		x.addr = addr_v4((uint32_t)low);
	} else {
		store_be64(x.addr.b, high);
		store_be64(x.addr.b + 8, low);
	}
	n->exporter[number] = x;
	return true;
}

void nfdump_decode(struct nfdump *n, struct wire *w)
{
	struct cur block = cur_of(n->plain, n->len);
	uint32_t records = 0;
	for (; cur_left(&block); records++) {
		uint16_t type = cur_le16(&block), size = cur_le16(&block);
		struct cur c = size >= 4 ? cur_take(&block, size - 4u) : (struct cur){ .bad = true };
		if (c.bad) {
			reject(w, ND_RECORD_CUT);
			return;
		}
		switch (type) {
		case RECORD_NEW:
			take_new(w, n, c);
			break;
		case RECORD_OLD:
		case RECORD_OLD_WIDE:
			take_old(w, n, c, type == RECORD_OLD_WIDE);
			break;
		case RECORD_MAP:
			take_map(w, n, c);
			break;
		case RECORD_EXPORTER:
			take_exporter(w, n, c);
			break;
		default: /* statistics, samplers, names */
			break;
		}
	}
	if (records != n->records)
		reject(w, ND_COUNT);
}
