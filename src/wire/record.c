/* Records of v9 and IPFIX -> rows, and what options records teach. */
#include "wire/ipfix.h"

/* ---- time ----------------------------------------------------------------------------- */

/* 0 = not told.  Uptimes count from the header's clock (v9) or the boot time (IPFIX). */
static usec_t time_of_uptime(const struct export *x, const struct aside *a, uint32_t uptime_ms)
{
	usec_t boot = a->boot ? a->boot : x->domain->boot;
	if (!uptime_ms)
		return 0;
	if (x->domain->told.version == 9)
		return uptime_to_time(&x->message.clock, uptime_ms);
	return boot ? boot + (usec_t)uptime_ms * 1000 : 0;
}

static usec_t time_ago(const struct export *x, uint32_t ago_us)
{
	return ago_us ? x->message.clock.now - ago_us : 0;
}

static usec_t first_of(usec_t a, usec_t b, usec_t c)
{
	return a ? a : b ? b : c;
}

static void set_time(const struct export *x, struct record *rec)
{
	const struct aside *a = &rec->x;
	usec_t start = first_of(a->start, time_of_uptime(x, a, a->first_uptime), time_ago(x, a->start_ago_us));
	usec_t end = first_of(a->end, time_of_uptime(x, a, a->last_uptime), time_ago(x, a->end_ago_us));
	usec_t duration = a->duration_ms ? (usec_t)a->duration_ms * 1000
					 : (usec_t)MIN(a->duration_us, (uint64_t)UINT32_MAX * 1000);

	if (start && end)
		duration = end - start;
	else if (!end && start && duration)
		end = start + duration;
	else if (a->first_uptime && a->last_uptime)
		duration = (usec_t)(int32_t)(a->last_uptime - a->first_uptime) * 1000;
	duration = MAX(duration / 1000, 0);
	rec->row.time = whole_ms(first_of(end, a->seen, x->message.clock.now));
	rec->row.duration = (uint32_t)MIN(duration, (usec_t)UINT32_MAX);
}

/* ---- sampling ------------------------------------------------------------------------- */

/* The rate that these elements tell, 0 = none.  An interval without a space is meant as "one
 * in": sampling N packets and leaving out none would be no sampling. */
static uint32_t rate_told(const struct aside *a)
{
	if (a->interval)
		return a->interval;
	if (a->packet_interval && a->packet_space)
		return (uint32_t)MIN(((uint64_t)a->packet_interval + a->packet_space) / a->packet_interval,
				     (uint64_t)UINT32_MAX);
	if (a->packet_interval)
		return a->packet_interval;
	if (a->population)
		return a->population / MAX(a->sample_size, 1u);
	return a->one_in;
}

static uint32_t rate_of_sampler(struct export *x, uint64_t id)
{
	if (!x->last_valid || x->last_sampler != id) {
		x->last_valid = true;
		x->last_sampler = id;
		x->last_rate = domain_rate(x->domain, BY_SAMPLER, id);
	}
	return x->last_rate;
}

static uint32_t rate_of(struct export *x, const struct template *t, const struct record *rec)
{
	uint32_t rate = t->rate ? rate_told(&rec->x) : 0;
	if (!rate && t->sampler)
		rate = rate_of_sampler(x, rec->x.sampler);
	if (!rate && x->domain->samplers.live)
		rate = domain_rate(x->domain, BY_INTERFACE, rec->row.inputinterface);
	return rate ? rate : x->rate;
}

/* ---- rows ----------------------------------------------------------------------------- */

/* A sampled packet inside the record: its header tells more than the elements beside it. */
static void read_section(struct export *x, struct record *rec)
{
	struct flow_rec *r = &rec->row;
	bool ethernet = cur_left(&rec->x.frame) > 0;
	struct cur c = ethernet ? rec->x.frame : rec->x.packet;
	if (!cur_left(&c))
		return;
	if (rec->x.section_length && rec->x.section_length < cur_left(&c))
		c.end = c.pos + rec->x.section_length; /* the rest of the field is filled up */
	if (!r->frames)
		r->frames = 1;
	if (!r->bytes)
		r->bytes = cur_left(&c);
	uint32_t ip = c.pos[0] >> 4 == 6 ? HEADER_PROTOCOL_IPV6 : HEADER_PROTOCOL_IPV4;
	packet_decode(x->w, ethernet ? HEADER_PROTOCOL_ETHERNET : ip, c.pos, cur_left(&c), r);
}

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swap_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = swap_;                                                                       \
	} while (0)

/* The other direction of a record that tells of both; what was told of the first alone goes. */
static void turn_around(struct record *rec)
{
	struct flow_rec *r = &rec->row;
	SWAP(r->inputinterface, r->outputinterface);
	SWAP(r->ipsource, r->ipdestination);
	SWAP(r->macsource, r->macdestination);
	SWAP(r->vlansource, r->vlandestination);
	SWAP(r->sourceport, r->destinationport);
	SWAP(r->sourceas, r->destinationas);
	SWAP(r->sourcemask, r->destinationmask);
	r->nexthop = (struct addr){ 0 };
	r->icmptype = 0;
	r->ttl = 0;
	r->tos = rec->x.reverse_tos;
	r->tcpflags = rec->x.reverse_tcpflags;
	r->bytes = rec->x.reverse_bytes;
	r->frames = rec->x.reverse_frames;
}

void record_flow(struct export *x, const struct template *t, struct record *rec)
{
	struct flow_rec *r = &rec->row;
	x->w->totals.flow_records++;
	set_time(x, rec);
	r->samplingrate = rate_of(x, t, rec);
	if (r->samplingrate)
		x->domain->told.samplingrate = r->samplingrate;
	count_exported(x->w, t->delta_bytes ? r->bytes : 0, t->delta_frames ? r->frames : 0, r->samplingrate);
	if (t->section)
		read_section(x, rec);
	if (!t->counters)
		return; /* events: NAT, firewall ... */
	icmp_from_port(r);
	if (!r->ethertype && !addr_is_none(&r->ipsource))
		r->ethertype = addr_is_v4(&r->ipsource) ? 0x0800 : 0x86dd;
	if (r->bytes || r->frames || !addr_is_none(&r->ipsource) || r->macsource)
		give_flow(x->w, r);
	if (rec->x.reverse_bytes || rec->x.reverse_frames) {
		turn_around(rec);
		give_flow(x->w, r);
	}
}

/* ---- options -------------------------------------------------------------------------- */

static void learn_name(struct export *x, const struct record *rec, uint32_t ifindex)
{
	struct wire *w = x->w;
	char name[MAX_NAME], alias[MAX_NAME];
	const struct cur *n = &rec->x.name, *a = &rec->x.description;
	struct wire_ifname told = {
		.agent = x->domain->told.address,
		.ifindex = ifindex,
		.name = cur_left(n) ? clean_text(n->pos, cur_left(n), name, sizeof(name)) : NULL,
		.alias = cur_left(a) ? clean_text(a->pos, cur_left(a), alias, sizeof(alias)) : NULL,
		.when = x->message.received,
	};
	if ((told.name || told.alias) && w->sink.ifname)
		w->sink.ifname(w->sink.arg, &told);
}

void record_options(struct export *x, const struct template *t, const struct record *rec)
{
	uint32_t rate = rate_told(&rec->x);
	uint32_t ifindex = rec->row.inputinterface ? rec->row.inputinterface : rec->row.outputinterface;

	x->w->totals.option_records++;
	if (rec->x.boot)
		x->domain->boot = rec->x.boot;
	if (rate && t->sampler)
		domain_set_rate(x->w, x->domain, BY_SAMPLER, rec->x.sampler, rate);
	else if (rate && ifindex)
		domain_set_rate(x->w, x->domain, BY_INTERFACE, ifindex, rate);
	else if (rate)
		x->domain->rate = x->rate = rate;
	x->last_valid = false;
	if (ifindex) /* software exporters name the interface they listen on and do not number it */
		learn_name(x, rec, ifindex);
}
