/* Notices of discarded packets (sflow.org/sflow_drops.txt): a row of drops each.
 *
 *	sequence 0 | source 4, two words | drops 12 | input 16 | output 20 | reason 24 | n 28 | structures
 *
 * They are not traffic: a packet that was dropped is in no flow sample for it.  `drops` counts notices
 * that the device could not send; what it grew by is told with the next row.  The packet itself is read
 * as in a flow sample. */
#include "wire/sflow.h"

#include <stdio.h>

static const struct {
	uint32_t number;
	const char *name;
} reasons[] = {
#define REASON(number, name) { number, #name },
#include "wire/sflow_drops.def"
#undef REASON
};

static uint64_t reason_text(struct wire *w, uint32_t number, usec_t when)
{
	char text[32];
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].number == number)
			return give_text(w, reasons[i].name, strlen(reasons[i].name), when);
	int n = snprintf(text, sizeof(text), "reason_%u", (unsigned)number);
	return give_text(w, text, (size_t)n, when);
}

/* Group and name as one text, "l2_drops/ingress_vlan_filter". */
static uint64_t trap_text(struct wire *w, struct cur *c, usec_t when)
{
	char text[2 * MAX_NAME];
	struct cur group = sflow_string(c), name = sflow_string(c);
	if (c->bad || !cur_left(&name))
		return 0;
	size_t n = MIN(cur_left(&group), (size_t)MAX_NAME - 2), m = MIN(cur_left(&name), (size_t)MAX_NAME);
	if (n) {
		memcpy(text, group.pos, n);
		text[n++] = '/';
	}
	memcpy(text + n, name.pos, m);
	return give_text(w, text, n + m, when);
}

enum { HARDWARE_TRAP = 1041, LINUX_REASON = 1042 };

static void drop_structure(struct flow_sample *s, struct drops_rec *r, struct part *p)
{
	struct wire *w = s->w;
	if (p->format == HARDWARE_TRAP || p->format == LINUX_REASON) {
		struct cur name = p->body;
		r->trap = p->format == HARDWARE_TRAP ? trap_text(w, &p->body, (usec_t)r->time) : 0;
		if (p->format == LINUX_REASON) {
			name = sflow_string(&p->body);
			r->trap = name.bad ? 0 : give_text(w, name.pos, cur_left(&name), (usec_t)r->time);
		}
		if (p->body.bad)
			reject(w, SF_STRUCTURE_SHORT);
		return;
	}
	flow_structure(s, p);
}

/* The device and its numbers are in the header, the packet is what a flow sample made of it. */
static void packet_of(struct drops_rec *r, const struct flow_rec *p)
{
	r->ipsource = p->ipsource;
	r->ipdestination = p->ipdestination;
	r->macsource = p->macsource;
	r->macdestination = p->macdestination;
	r->ethertype = p->ethertype;
	r->vlan = p->vlansource;
	r->protocol = p->protocol;
	r->sourceport = p->sourceport;
	r->destinationport = p->destinationport;
	r->tos = p->tos;
	r->ttl = p->ttl;
	r->tcpflags = p->tcpflags;
	r->icmptype = p->icmptype;
	r->egressqueue = p->egressqueue;
	r->function = p->function;
	r->acl = p->acl;
	r->bytes = p->bytes;
}

void drop_sample(struct sflow *f, struct cur *c)
{
	struct wire *w = f->w;
	const uint8_t *h = cur_need(c, 32);
	w->totals.drop_samples++;
	if (!h) {
		reject(w, SF_SAMPLE_SHORT);
		return;
	}
	uint64_t before = w->totals.samples_dropped;
	sflow_number(f, SAMPLE_DROPS, sflow_source(h + 4), load_be32(h), load_be32(h + 12));
	uint32_t missed = (uint32_t)MIN(w->totals.samples_dropped - before, (uint64_t)UINT32_MAX);
	struct flow_sample *s = flow_sample_begin(f);
	s->quiet = true; /* these bytes are no traffic */
	struct drops_rec r = { .time = f->row.time, .agent = f->row.agent, .domain = f->row.domain,
			       .datasource = load_be32(h + 4) << 24 | (load_be32(h + 8) & 0xffffff),
			       .inputinterface = load_be32(h + 16), .outputinterface = load_be32(h + 20),
			       .frames = 1, .missed = missed };
	r.reason = reason_text(w, load_be32(h + 24), (usec_t)r.time);
	uint32_t n = load_be32(h + 28);
	for (struct part p; n && part_next(c, &p); n--)
		drop_structure(s, &r, &p);
	sflow_sample_end(w, c);
	(void)flow_sample_packet(s);
	packet_of(&r, &s->row);
	give_row(w, TABLE_DROPS, &r);
}
