/* sFlow v5 made of records: what the record says and nothing else, so that nothing can come along.
 *
 *	flow sample      3 | length | sequence | source 0:0 | rate | pool | drops 0 | input | output | n | structures
 *	  header         1 | length | Ethernet 1 | frame length | stripped | header length | header
 *	  switch         1001 | 16 | VLAN in | priority | VLAN out | 0          where one is known
 *	  router         1002 | 16 | 1, next hop 0 | masks                      where one is known
 *	  gateway        1003 | .. | 1, next hop 0 | own AS 0 | source AS | 0 | path: destination AS | no communities
 *	counter sample   4 | length | sequence | source 0:ifIndex | 1 | 1 | 88 | generic interface counters
 *
 * The header is written anew from the record's fields, with no payload:
 *
 *	MACs | tags, where there are two | type | (label stack without a label) | IP | (fragment header) | ports, flags
 *
 * Each agent's samples are one data source, so their numbers and their pool are counted here; the pool is
 * what the rates of the samples add up to. */
#include "collect/forward_in.h"

struct out {
	uint8_t *data;
	size_t len;
};

static void u8(struct out *o, uint32_t v)
{
	o->data[o->len++] = (uint8_t)v;
}

static void u16(struct out *o, uint32_t v)
{
	store_be16(o->data + o->len, (uint16_t)v);
	o->len += 2;
}

static void u32(struct out *o, uint32_t v)
{
	store_be32(o->data + o->len, v);
	o->len += 4;
}

static void u64(struct out *o, uint64_t v)
{
	store_be64(o->data + o->len, v);
	o->len += 8;
}

static void bytes(struct out *o, const void *data, size_t len)
{
	memcpy(o->data + o->len, data, len);
	o->len += len;
}

/* A length that is known later: of what follows it. */
static size_t open_length(struct out *o)
{
	u32(o, 0);
	return o->len;
}

static void close_length(struct out *o, size_t at)
{
	store_be32(o->data + at - 4, (uint32_t)(o->len - at));
}

/* -- the packet ------------------------------------------------------------------------------------------- */

enum { TYPE_VLAN = 0x8100, TYPE_QINQ = 0x88a8, TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_MPLS = 0x8847, TYPE_MPLS_MULTI = 0x8848 };
#define NULL_LABEL6 2u
enum { ICMP = 1, TCP = 6, UDP = 17, FRAGMENT = 44, ICMP6 = 58, LABEL_END = 0x100, MORE_FRAGMENTS4 = 0x2000 };

static void put_mac(struct out *o, uint64_t mac)
{
	u16(o, (uint32_t)(mac >> 32) & 0xffff);
	u32(o, (uint32_t)mac);
}

static void put_ethernet(struct out *o, const struct flow_rec *r, bool has_ip, bool v4)
{
	uint32_t type = r->ethertype;
	bool labels = has_ip && (type == TYPE_MPLS || type == TYPE_MPLS_MULTI);
	if (has_ip && !labels)
		type = v4 ? TYPE_IPV4 : TYPE_IPV6;
	put_mac(o, r->macdestination);
	put_mac(o, r->macsource);
	if (r->vlaninner) {
		u16(o, TYPE_QINQ);
		u16(o, (uint32_t)(r->priority & 7) << 13 | (r->vlansource & 0xfff));
		u16(o, TYPE_VLAN);
		u16(o, r->vlaninner & 0xfffu);
	}
	u16(o, type);
	if (labels)
		u32(o, (v4 ? 0u : NULL_LABEL6) << 12 | LABEL_END); /* explicit null, RFC 3032 2.1 */
}

static void put_ip(struct out *o, const struct flow_rec *r, bool v4)
{
	if (v4) {
		u8(o, 0x45);
		u8(o, r->tos);
		u16(o, 0); /* put_ip_length */
		u16(o, 0);
		u16(o, r->fragment == FRAG_FIRST ? MORE_FRAGMENTS4 : r->fragment == FRAG_LATER ? 1u : 0u);
		u8(o, r->ttl);
		u8(o, r->protocol);
		u16(o, 0);
		bytes(o, r->ipsource.b + 12, 4);
		bytes(o, r->ipdestination.b + 12, 4);
		return;
	}
	u32(o, 6u << 28 | (uint32_t)r->tos << 20);
	u16(o, 0); /* put_ip_length */
	u8(o, r->fragment ? FRAGMENT : r->protocol);
	u8(o, r->ttl);
	bytes(o, r->ipsource.b, 16);
	bytes(o, r->ipdestination.b, 16);
	if (!r->fragment)
		return;
	u8(o, r->protocol);
	u8(o, 0);
	u16(o, r->fragment == FRAG_FIRST ? 1 : 8); /* more | offset, in units of eight bytes from bit 3 */
	u32(o, 0);
}

/* As long as the frame was, and no shorter than what is here: a reader stops where IP ends. */
static void put_ip_length(struct out *o, size_t ip, bool v4, uint64_t frame)
{
	enum { ETHERNET = 18 /* with its checksum */, IPV6 = 40 };
	size_t here = o->len - ip, was = frame > ETHERNET ? (size_t)MIN(frame - ETHERNET, (uint64_t)UINT16_MAX) : 0;
	size_t len = MAX(here, was);
	if (v4)
		store_be16(o->data + ip + 2, (uint16_t)len);
	else
		store_be16(o->data + ip + 4, (uint16_t)(len - IPV6));
}

static void put_transport(struct out *o, const struct flow_rec *r)
{
	if (r->fragment == FRAG_LATER)
		return;
	if (r->protocol == ICMP || r->protocol == ICMP6) {
		u16(o, r->icmptype);
		u16(o, 0);
		u32(o, 0);
		return;
	}
	if (r->protocol != TCP && r->protocol != UDP && !r->sourceport && !r->destinationport)
		return;
	u16(o, r->sourceport);
	u16(o, r->destinationport);
	u32(o, r->protocol == UDP ? 8 << 16 : 0); /* length and checksum; sequence */
	if (r->protocol != TCP)
		return;
	u32(o, 0);
	u16(o, 5u << 12 | (r->tcpflags & 0x1ff));
	u16(o, 0);
	u32(o, 0);
}

static void put_header(struct out *o, const struct flow_rec *r)
{
	bool has_ip = !addr_is_none(&r->ipsource) || !addr_is_none(&r->ipdestination);
	bool v4 = addr_is_v4(addr_is_none(&r->ipsource) ? &r->ipdestination : &r->ipsource);
	u32(o, 1);
	size_t structure = open_length(o);
	u32(o, 1); /* Ethernet */
	u32(o, (uint32_t)MIN(r->bytes, (uint64_t)UINT32_MAX));
	u32(o, 0);
	size_t header = open_length(o);
	put_ethernet(o, r, has_ip, v4);
	if (has_ip) {
		size_t ip = o->len;
		put_ip(o, r, v4);
		put_transport(o, r);
		put_ip_length(o, ip, v4, r->bytes);
	}
	close_length(o, header);
	while (o->len % 4) /* XDR */
		u8(o, 0);
	close_length(o, structure);
}

/* -- what the network knew of it ------------------------------------------------------------------------------ */

static bool put_switch(struct out *o, const struct flow_rec *r)
{
	if (!r->vlansource && !r->vlandestination && !r->priority)
		return false;
	u32(o, 1001);
	u32(o, 16);
	u32(o, r->vlansource);
	u32(o, r->priority);
	u32(o, r->vlandestination);
	u32(o, 0);
	return true;
}

static void put_no_next_hop(struct out *o)
{
	u32(o, 1);
	u32(o, 0);
}

static bool put_router(struct out *o, const struct flow_rec *r)
{
	if (!r->sourcemask && !r->destinationmask)
		return false;
	u32(o, 1002);
	u32(o, 16);
	put_no_next_hop(o);
	u32(o, r->sourcemask);
	u32(o, r->destinationmask);
	return true;
}

static bool put_gateway(struct out *o, const struct flow_rec *r)
{
	if (!r->sourceas && !r->destinationas)
		return false;
	u32(o, 1003);
	size_t structure = open_length(o);
	put_no_next_hop(o);
	u32(o, 0);
	u32(o, r->sourceas);
	u32(o, 0);
	u32(o, r->destinationas != 0); /* segments of the path */
	if (r->destinationas) {
		u32(o, 2); /* a sequence of one */
		u32(o, 1);
		u32(o, r->destinationas);
	}
	u32(o, 0); /* communities */
	u32(o, 0); /* local preference */
	close_length(o, structure);
	return true;
}

static void put_interface(struct out *o, uint32_t ifindex)
{
	u32(o, 0);
	u32(o, ifindex);
}

size_t sflow_flow_sample(uint8_t ret[static FORWARD_SAMPLE], const struct flow_rec *rec, const struct sample_numbers *n)
{
	struct out o = { .data = ret };
	u32(&o, 3);
	size_t sample = open_length(&o);
	u32(&o, n->sequence);
	put_interface(&o, 0); /* source */
	u32(&o, rec->samplingrate);
	u32(&o, n->pool);
	u32(&o, 0);
	put_interface(&o, rec->inputinterface);
	put_interface(&o, rec->outputinterface);
	u32(&o, 1);
	size_t structures = o.len - 4;
	uint32_t count = 1;
	put_header(&o, rec);
	count += put_switch(&o, rec);
	count += put_router(&o, rec);
	count += put_gateway(&o, rec);
	store_be32(ret + structures, count);
	close_length(&o, sample);
	return o.len;
}

/* Frames are counted with 32 bits. */
size_t sflow_counter_sample(uint8_t ret[static FORWARD_SAMPLE], const struct ifcounters_rec *rec, uint32_t sequence)
{
	struct out o = { .data = ret };
	u32(&o, 4);
	size_t sample = open_length(&o);
	u32(&o, sequence);
	put_interface(&o, rec->interface); /* source */
	u32(&o, 1);
	u32(&o, 1);
	size_t structure = open_length(&o);
	u32(&o, rec->interface);
	u32(&o, rec->iftype);
	u64(&o, rec->ifspeed);
	u32(&o, rec->ifdirection);
	u32(&o, rec->ifstatus);
	u64(&o, rec->ifinoctets);
	u32(&o, (uint32_t)rec->ifinucastpkts);
	u32(&o, (uint32_t)rec->ifinmulticastpkts);
	u32(&o, (uint32_t)rec->ifinbroadcastpkts);
	u32(&o, (uint32_t)rec->ifindiscards);
	u32(&o, (uint32_t)rec->ifinerrors);
	u32(&o, (uint32_t)rec->ifinunknownprotos);
	u64(&o, rec->ifoutoctets);
	u32(&o, (uint32_t)rec->ifoutucastpkts);
	u32(&o, (uint32_t)rec->ifoutmulticastpkts);
	u32(&o, (uint32_t)rec->ifoutbroadcastpkts);
	u32(&o, (uint32_t)rec->ifoutdiscards);
	u32(&o, (uint32_t)rec->ifouterrors);
	u32(&o, 0); /* promiscuous */
	close_length(&o, structure);
	close_length(&o, sample);
	return o.len;
}
