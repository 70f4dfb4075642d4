/* Records of v9 and IPFIX -> rows, and what options records teach. */
#include "wire/ipfix.h"

#include <stdio.h>

/* ---- time ----------------------------------------------------------------------------- */

/* 0 = not told.  Uptimes count from the header's clock (v9) or the boot time (IPFIX).  They have 32 bits:
 * one that lies before the boot, or after 49.7 days behind it, is the one that is near the export. */
static usec_t time_of_uptime(const struct export *x, const struct aside *a, uint32_t uptime_ms)
{
	struct uptime_clock clock = x->message.clock;
	usec_t boot = a->boot ? a->boot : x->domain->boot;
	if (!uptime_ms || (x->domain->told.version != 9 && !boot))
		return 0;
	if (x->domain->told.version != 9) {
		clock.uptime_ms = (uint32_t)((clock.now - boot) / 1000);
		clock.now = boot + (clock.now - boot) / 1000 * 1000;
	}
	return uptime_to_time(&clock, uptime_ms);
}

static usec_t time_ago(const struct export *x, uint32_t ago_us)
{
	return ago_us ? x->message.clock.now - ago_us : 0;
}

static usec_t first_of(usec_t a, usec_t b, usec_t c)
{
	return a ? a : b ? b : c;
}

/* A clock that is ahead of ours would put rows where no query looks for them yet. */
static usec_t not_ahead(const struct export *x, usec_t t)
{
	usec_t received = x->message.received;
	if (!is_ahead(t, received))
		return t;
	reject(x->w, NF_TIME_AHEAD);
	t -= MAX(x->message.clock.now - received, 0); /* as long before the receipt as before the export */
	return is_ahead(t, received) ? received : t;
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
	rec->row.time = whole_ms(not_ahead(x, first_of(end, a->seen, x->message.clock.now)));
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

/* What options told: of this domain, else of domain 0. */
static uint32_t rate_by(const struct export *x, enum sampler_kind kind, uint64_t id)
{
	uint32_t rate = domain_rate(x->domain, kind, id);
	return rate || !x->zero ? rate : domain_rate(x->zero, kind, id);
}

static uint32_t rate_of_sampler(struct export *x, uint64_t id)
{
	if (!x->last_valid || x->last_sampler != id) {
		x->last_valid = true;
		x->last_sampler = id;
		x->last_rate = rate_by(x, BY_SAMPLER, id);
	}
	return x->last_rate;
}

static uint32_t rate_in_options(struct export *x, const struct template *t, const struct record *rec)
{
	uint32_t rate = t->sampler ? rate_of_sampler(x, rec->x.sampler) : 0;
	if (!rate && t->sequence) {
		uint32_t selector = rate_by(x, BY_SEQUENCE, rec->x.sequence);
		rate = selector ? rate_of_sampler(x, selector) : 0;
	}
	if (!rate) /* of the interface where it was measured */
		rate = rate_by(x, BY_INTERFACE, rec->row.direction == DIR_EGRESS ? rec->row.outputinterface : rec->row.inputinterface);
	return rate ? rate : x->rate;
}

static uint32_t rate_of(struct export *x, const struct template *t, const struct record *rec)
{
	struct wire_exporter *told = &x->domain->told;
	enum rate_from from = RATE_HEADER;
	uint32_t rate = t->rate ? rate_told(&rec->x) : 0;
	if (!rate && (rate = rate_in_options(x, t, rec)))
		from = RATE_OPTIONS;
	if (!rate && x->w->configured.live && (rate = configured_rate(x->w, &rec->row.agent, rec->row.inputinterface)))
		from = RATE_CONFIGURED;
	if (rate) {
		told->samplingrate = rate;
		told->rate_from = from;
	}
	return rate;
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

/* A text that is not told again for each record. */
static uint64_t record_text(struct export *x, const struct cur *c)
{
	return cur_left(c) ? give_text(x->w, c->pos, cur_left(c), x->message.received) : 0;
}

/* The name that options told, else engine and number: the first byte of the id, and the rest (RFC 6759 4). */
static uint64_t application_text(struct export *x, const struct cur *id)
{
	const struct application *a = domain_application(x->domain, id);
	char number[32];
	if (!a && x->zero)
		a = domain_application(x->zero, id);
	if (a)
		return give_text(x->w, a->text, a->len, x->message.received);
	size_t len = cur_left(id);
	if (len < 2 || len > 9)
		return 0;
	int n = snprintf(number, sizeof(number), "%u:%llu", (unsigned)id->pos[0],
			 (unsigned long long)load_be(id->pos + 1, len - 1));
	return give_text(x->w, number, (size_t)n, x->message.received);
}

/* "64500:100 64500:666" */
static uint64_t communities_text(struct export *x, struct cur c)
{
	char text[MAX_NAME];
	size_t n = 0;
	while (cur_left(&c) >= 4 && n + sizeof(" 65535:65535") < sizeof(text)) {
		uint32_t v = cur_u32(&c);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u:%u", n ? " " : "", v >> 16, v & 0xffff);
	}
	return n ? give_text(x->w, text, n, x->message.received) : 0;
}

/* A stack as it was on the wire, the top label first, three bytes each. */
static void set_labels(struct flow_rec *r, struct cur c)
{
	const uint8_t *top = cur_need(&c, 3), *next = top && top[2] & 1 ? NULL : cur_need(&c, 3); /* the last says so */
	if (top && !r->mplslabel)
		r->mplslabel = (uint32_t)load_be(top, 3) >> 4;
	if (next && !r->mplsinner)
		r->mplsinner = (uint32_t)load_be(next, 3) >> 4;
}

void record_texts(struct export *x, struct record *rec)
{
	struct flow_rec *r = &rec->row;
	const struct aside *a = &rec->x;
	r->usersource = record_text(x, &a->user);
	r->url = record_text(x, &a->url);
	r->urlhost = record_text(x, &a->urlhost);
	r->ssid = record_text(x, &a->ssid);
	r->application = record_text(x, &a->application_name);
	if (!r->application && cur_left(&a->application))
		r->application = application_text(x, &a->application);
	r->communities = communities_text(x, a->communities);
	set_labels(r, a->labels);
}

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
	SWAP(r->usersource, r->userdestination);
	r->natsource = r->natdestination = (struct addr){ 0 };
	r->natsourceport = r->natdestinationport = 0;
	r->sourcepeeras = 0;
	r->droppedframes = 0;
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
	count_exported(x->w, t->delta_bytes ? r->bytes : 0, t->delta_frames ? r->frames : 0, r->samplingrate);
	if (t->section)
		read_section(x, rec);
	if (t->texts)
		record_texts(x, rec);
	if (t->lists)
		record_lists(x, rec);
	if (!t->counters && !t->nat)
		return; /* other events: of firewalls ... */
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
	if (!rate && t->sequence && t->sampler && rec->x.sampler && rec->x.sampler <= UINT32_MAX)
		domain_set_rate(x->w, x->domain, BY_SEQUENCE, rec->x.sequence, (uint32_t)rec->x.sampler);
	if (cur_left(&rec->x.application) && cur_left(&rec->x.application_name))
		domain_set_application(x->w, x->domain, &rec->x.application, &rec->x.application_name);
	x->last_valid = false;
	if (ifindex) /* software exporters name the interface they listen on and do not number it */
		learn_name(x, rec, ifindex);
}
