/* Structures of flow samples that tell what is beside the packet: who, where to, by which path. */
#include "base/hash.h"
#include "wire/sflow.h"

#include <stdio.h>

/* ---- gateway ---------------------------------------------------------------------------- */

/* Writes pieces into a text that is cut where it is full. */
struct pen {
	char buf[MAX_NAME];
	size_t n;
};

static void pen_write(struct pen *p, const char *sep, uint32_t a, const char *between, uint32_t b)
{
	char piece[32];
	int n = between ? snprintf(piece, sizeof(piece), "%s%u%s%u", p->n ? sep : "", (unsigned)a, between, (unsigned)b)
			: snprintf(piece, sizeof(piece), "%s%u", p->n ? sep : "", (unsigned)a);
	if (p->n + (size_t)n >= sizeof(p->buf))
		return;
	memcpy(p->buf + p->n, piece, (size_t)n);
	p->n += (size_t)n;
}

static void pen_char(struct pen *p, char c)
{
	if (p->n + 1 < sizeof(p->buf))
		p->buf[p->n++] = c;
}

/* The same paths come again and again: their texts are made once a minute. */
static uint64_t remembered(struct flow_sample *s, const uint8_t *from, const uint8_t *to, uint64_t kind,
			   struct remembered_text **ret)
{
	uint64_t raw = hash_bytes(from, (size_t)(to - from), kind);
	struct remembered_text *r = *ret = &s->w->remembered[raw % REMEMBERED_TEXTS];
	usec_t now = (usec_t)s->row.time;
	if (r->raw == raw && now >= r->told && now - r->told < USEC_PER_MIN)
		return r->hash;
	r->raw = raw;
	r->told = now;
	return 0;
}

enum { AS_SET = 1 };

/* "64500 64501 {64510,64511}" */
static void write_path(struct cur c, struct pen *p)
{
	for (uint32_t segments = cur_u32(&c); segments && !c.bad; segments--) {
		bool set = cur_u32(&c) == AS_SET;
		uint32_t count = cur_u32(&c);
		for (uint32_t i = 0; i < count && !c.bad; i++) {
			uint32_t as = cur_u32(&c);
			if (c.bad)
				break;
			if (set && i == 0) {
				if (p->n)
					pen_char(p, ' ');
				pen_char(p, '{');
				struct pen first = { 0 };
				pen_write(&first, "", as, NULL, 0);
				for (size_t k = 0; k < first.n; k++)
					pen_char(p, first.buf[k]);
			} else {
				pen_write(p, set ? "," : " ", as, NULL, 0);
			}
		}
		if (set && count)
			pen_char(p, '}');
	}
}

static void write_communities(struct cur c, struct pen *p)
{
	for (uint32_t n = cur_u32(&c); n && !c.bad; n--) {
		uint32_t v = cur_u32(&c);
		if (!c.bad)
			pen_write(p, " ", v >> 16, ":", v & 0xffff);
	}
}

static uint64_t list_text(struct flow_sample *s, const uint8_t *from, const uint8_t *to,
			  void (*write)(struct cur c, struct pen *p))
{
	struct remembered_text *r;
	if (to - from <= 4)
		return 0; /* a list of none */
	uint64_t hash = remembered(s, from, to, write == write_path, &r);
	if (hash)
		return hash;
	struct pen p = { .n = 0 };
	write(cur_of(from, (size_t)(to - from)), &p);
	return r->hash = give_text(s->w, p.buf, p.n, (usec_t)s->row.time);
}

/* The destination's AS is the last of the path; an empty path is the router's own network. */
void extended_gateway(struct flow_sample *s, struct cur *c)
{
	struct addr next;
	if (!sflow_address(c, &next))
		c->bad = true;
	cur_skip(c, 4); /* the router's own AS */
	uint32_t source = cur_u32(c), peer = cur_u32(c), destination = 0;
	const uint8_t *path = c->pos;
	for (uint32_t segments = cur_u32(c); segments && !c->bad; segments--) {
		cur_skip(c, 4); /* set or sequence */
		uint32_t count = cur_u32(c);
		if (!count)
			continue;
		cur_skip(c, ((size_t)count - 1) * 4);
		destination = cur_u32(c);
	}
	if (c->bad)
		return;
	s->row.sourceas = source;
	s->row.destinationas = destination;
	s->row.sourcepeeras = peer;
	s->told.gateway = next;
	s->row.aspath = list_text(s, path, c->pos, write_path);
	if (!cur_left(c))
		return; /* communities and preference were left out by some */
	const uint8_t *communities = c->pos;
	size_t n = cur_u32(c);
	cur_skip(c, n * 4);
	if (!c->bad)
		s->row.communities = list_text(s, communities, c->pos, write_communities);
}

/* ---- the others ------------------------------------------------------------------------- */

/* next hop | labels in | labels out; a label is a stack entry, the top one first. */
static void extended_mpls(struct flow_sample *s, struct cur *c)
{
	struct addr next;
	if (!sflow_address(c, &next))
		c->bad = true;
	size_t labels = cur_u32(c);
	struct cur in = cur_take(c, labels * 4);
	cur_skip(c, (size_t)cur_u32(c) * 4);
	if (c->bad)
		return;
	if (addr_is_none(&s->told.gateway))
		s->told.gateway = next;
	if (!labels || s->row.mplslabel)
		return;
	s->row.mplslabel = cur_u32(&in) >> 12;
	s->row.mplsinner = labels > 1 ? cur_u32(&in) >> 12 : 0;
}

/* Name | number | class of service: a tunnel, a virtual circuit; description | mask: a class of packets (FTN).
 * What is told first is nearest to the packet; one without a name has its number. */
static void extended_mpls_path(struct flow_sample *s, struct cur *c, bool class)
{
	char number[16];
	uint64_t name = string_text(s, c);
	uint32_t id = cur_u32(c);
	cur_skip(c, class ? 4 : 0);
	if (c->bad || s->row.lsp)
		return;
	if (!name && class && id) {
		int n = snprintf(number, sizeof(number), "%u", (unsigned)id);
		name = give_text(s->w, number, (size_t)n, (usec_t)s->row.time);
	}
	s->row.lsp = name;
}

static void extended_mpls_lsp(struct flow_sample *s, struct cur *c)
{
	extended_mpls_path(s, c, true);
}

static void extended_mpls_ftn(struct flow_sample *s, struct cur *c)
{
	extended_mpls_path(s, c, false);
}

/* How long the prefix is that the label was made for: the route to the destination. */
static void extended_mpls_fec(struct flow_sample *s, struct cur *c)
{
	uint32_t len = cur_u32(c);
	if (!c->bad && !s->row.destinationmask)
		s->row.destinationmask = (uint8_t)MIN(len, 128u);
}

/* Tags that were taken off before the header was sampled, the outermost first: type << 16 | tag. */
static void extended_vlan_tunnel(struct flow_sample *s, struct cur *c)
{
	size_t n = cur_u32(c);
	struct cur tags = cur_take(c, n * 4);
	if (c->bad || !n)
		return;
	s->told.outer_tag = cur_u32(&tags);
	s->told.inner_tag = n > 1 ? cur_u32(&tags) : 0;
}

/* Twice: character set | name. */
void extended_user(struct flow_sample *s, struct cur *c)
{
	cur_skip(c, 4);
	s->row.usersource = string_text(s, c);
	cur_skip(c, 4);
	s->row.userdestination = string_text(s, c);
}

/* direction | URL | host */
void extended_url(struct flow_sample *s, struct cur *c)
{
	cur_skip(c, 4);
	s->row.url = string_text(s, c);
	s->row.urlhost = string_text(s, c);
}

static void extended_nat(struct flow_sample *s, struct cur *c)
{
	struct addr source, destination;
	if (!sflow_address(c, &source) || !sflow_address(c, &destination))
		c->bad = true;
	if (c->bad)
		return;
	s->row.natsource = source;
	s->row.natdestination = destination;
}

static void extended_nat_port(struct flow_sample *s, struct cur *c)
{
	s->row.natsourceport = (uint16_t)cur_u32(c);
	s->row.natdestinationport = (uint16_t)cur_u32(c);
}

/* cipher | what the frame carried, deciphered, from LLC on: its header was sampled without it. */
static void extended_80211_payload(struct flow_sample *s, struct cur *c)
{
	cur_skip(c, 4);
	struct cur data = sflow_string(c);
	if (!data.bad && !s->row.ethertype)
		packet_decode(s->w, HEADER_PROTOCOL_LLC, data.pos, cur_left(&data), &s->row);
}

/* Received: SSID | BSSID | version | channel | speed | signal to noise | power | usec
 * sent:     SSID | BSSID | version | transmissions | usec | usec of those that failed | channel | speed | power */
static void extended_80211(struct flow_sample *s, struct cur *c)
{
	s->row.ssid = string_text(s, c);
	s->row.bssid = cur_u64(c) >> 16;
}

/* n | n frames that were sent as one, each n | n structures.  The row's packet is that of the first, its bytes are
 * those of all. */
static void extended_80211_aggregation(struct flow_sample *s, struct cur *c)
{
	uint32_t frames = cur_u32(c);
	for (uint32_t k = 0; k < frames && !c->bad; k++) {
		uint32_t n = cur_u32(c);
		for (struct part p; n && part_next(c, &p); n--) {
			if (p.format == 1 && s->told.header) {
				flow_sample_more(s, &p.body);
				c->bad |= p.body.bad;
			} else if (k == 0 && p.format != 1016) { /* none inside another */
				flow_structure(s, &p);
			}
		}
	}
}

/* number | name | direction */
static void extended_acl(struct flow_sample *s, struct cur *c)
{
	char number[16];
	uint32_t id = cur_u32(c);
	s->row.acl = string_text(s, c);
	cur_skip(c, 4);
	if (s->row.acl || c->bad)
		return;
	int n = snprintf(number, sizeof(number), "%u", (unsigned)id);
	s->row.acl = give_text(s->w, number, (size_t)n, (usec_t)s->row.time);
}

static void extended_function(struct flow_sample *s, struct cur *c)
{
	s->row.function = string_text(s, c);
}

static void extended_vni(struct flow_sample *s, struct cur *c)
{
	uint32_t vni = cur_u32(c);
	if (!s->row.vni)
		s->row.vni = vni;
}

static void extended_egress_queue(struct flow_sample *s, struct cur *c)
{
	s->row.egressqueue = cur_u32(c);
}

static void extended_transit(struct flow_sample *s, struct cur *c)
{
	s->row.transitdelay = cur_u32(c);
}

static void extended_queue(struct flow_sample *s, struct cur *c)
{
	s->row.queuedepth = cur_u32(c);
}

const struct flow_structure extended_structures[] = {
	{ 1003, extended_gateway }, { 1004, extended_user },         { 1005, extended_url },
	{ 1006, extended_mpls },    { 1007, extended_nat },          { 1008, extended_mpls_lsp },
	{ 1009, extended_mpls_lsp }, { 1010, extended_mpls_ftn },    { 1011, extended_mpls_fec },
	{ 1012, extended_vlan_tunnel }, { 1013, extended_80211_payload }, { 1014, extended_80211 },
	{ 1015, extended_80211 },   { 1016, extended_80211_aggregation }, { 1020, extended_nat_port },
	{ 1029, extended_vni },     { 1030, extended_vni },          { 1036, extended_egress_queue },
	{ 1037, extended_acl },     { 1038, extended_function },     { 1039, extended_transit },
	{ 1040, extended_queue },
};
const size_t n_extended_structures = COUNT_OF(extended_structures);
