/* Between the files of sFlow: sflow.c reads datagrams, sflow_flow.c flow samples and
 * sflow_extended.c what is beside their packet, sflow_app.c samples of operations, sflow_counters.c
 * counter samples, sflow_drops.c discarded packets; sflow4.c versions 2 and 4, whose parts have no lengths. */
#pragma once
#include "wire/exporter.h"

/* A flow sample while it is read. */
struct flow_sample {
	struct wire *w;
	bool quiet;     /* a dropped packet: in no total of traffic */
	bool operation; /* an operation of a service was read into *app */
	bool rare;      /* row, behind ROW_USUAL, is not all zeros */
	struct application_rec *app;
	struct flow_rec row;
	struct told {
		bool header;                          /* the raw header was read into row */
		const uint8_t *ethernet, *ipv4, *ipv6; /* structures 2, 3, 4, whole; NULL = not there */
		uint32_t vlan_in, priority, vlan_out; /* extended switch; ~0 = not told */
		uint32_t outer_tag, inner_tag; /* taken off before the header was sampled; 0 = none */
		struct addr gateway;                  /* BGP next hop, where no router told a nearer one */
	} told;
};

/* A counter sample while it is read. */
struct counter_sample {
	struct wire *w;
	usec_t received;
	uint32_t source_class, source_index;
	struct ifcounters_rec row;
	bool generic;       /* the generic interface structure was read into row */
	bool host_measured; /* host has more than a description */
	struct cur name;    /* the port name structure */
	uint32_t touched;   /* 1 << enum table_id: those of these that were begun */
	struct ifextra_rec extra;
	struct host_rec host;
	struct vm_rec vm;
	struct services_rec services;
};

/* One datagram while it is decoded. */
struct sflow {
	struct wire *w;
	struct {              /* what all rows of the datagram share */
		uint64_t time;
		struct addr agent;
		uint32_t domain;
		uint8_t exporttype;
	} row;
	uint32_t uptime_ms, sequence;
	uint16_t version;
	usec_t received;
	struct domain *from;     /* the sub-agent; NULL where there was no room for it */
	uint64_t before;         /* samples of others and of earlier ones, in the totals */
	enum sequence_seen seen; /* what its sequence number said of the datagram */
	struct usual_sums {      /* of usual samples, not yet in the totals */
		uint64_t bytes;
		uint32_t samples, rate;
	} usual;
	struct flow_sample sample;  /* made once a datagram: most of a row stays zero from one to the next */
	struct application_rec app; /* of the sample being read; not zeroed before it is needed */
	struct counter_sample counters; /* likewise */
};

enum sample_of { SAMPLE_FLOW = 1, SAMPLE_COUNTERS, SAMPLE_DROPS };

/* An expanded data source, class and index, as one number: those have indexes of 32 bits. */
static inline uint32_t sflow_source(const uint8_t *p)
{
	return load_be32(p) * 2654435761u ^ load_be32(p + 4);
}

/* A sample of a data source; drops: what the agent itself left out so far. */
static inline __attribute__((always_inline)) void sflow_number(struct sflow *f, enum sample_of kind, uint32_t source,
							       uint32_t number, uint32_t drops)
{
	if (!f->from)
		return;
	struct source *s = source_usual(f->from, source, (uint8_t)kind, number);
	if (s && s->drops == drops && f->seen <= SEQ_GAP) {
		s->next++;
		return;
	}
	struct sample_number n = {
		.source = source, .number = number, .drops = drops, .kind = (uint8_t)kind, .datagram = f->seen,
	};
	source_step(f->w, f->from, &n);
}

/* A sample or structure: format | length | body. */
struct part {
	uint32_t format;
	struct cur body; /* whole, and inside its parent */
};

static inline bool part_next(struct cur *c, struct part *ret)
{
	const uint8_t *h = cur_need(c, 8);
	size_t len = h ? load_be32(h + 4) : 0;
	const uint8_t *body = cur_need(c, len);
	if (!body)
		return false;
	ret->format = load_be32(h);
	ret->body.pos = body; /* word by word: copying a struct that was just written is slow */
	ret->body.end = body + len;
	ret->body.bad = false;
	return true;
}

/* Up to the number of samples; false = refused.  Nobody is counted yet: f->from is NULL. */
bool sflow_head(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c);
/* The same, of a domain whose numbers are kept. */
bool sflow_begin(struct sflow *f, struct wire *w, const struct datagram *d, struct cur *c);
/* One sample of a v5 datagram. */
void sflow_sample(struct sflow *f, struct part *p);
/* Counts the samples that were read since. */
void sflow_end(const struct sflow *f);

/* type | address.  Type 0 = unknown, and no bytes follow; what follows a type nobody knows is not known. */
static inline size_t sflow_address_bytes(uint32_t type)
{
	return type == 1 ? 4 : type == 2 ? 16 : type ? SIZE_MAX / 2 : 0;
}

/* So many bytes are at p. */
static inline struct addr sflow_address_at(uint32_t type, const uint8_t *p)
{
	struct addr a = { 0 };
	if (type == 1)
		a = addr_v4(load_be32(p));
	else if (type == 2)
		memcpy(a.b, p, 16);
	return a;
}

/* False for a type nobody knows. */
bool sflow_address(struct cur *c, struct addr *ret);

/* length | bytes, filled up to whole words.  Where the filling is cut off, the string still stands. */
static inline struct cur sflow_string(struct cur *c)
{
	size_t len = cur_u32(c);
	struct cur s = cur_take(c, len);
	cur_skip(c, MIN(-len & 3, cur_left(c)));
	return s;
}

/* Counts what is stepped over; false: nobody has published it. */
enum skip_kind { SKIP_IN_NONE, SKIP_IN_SAMPLE, SKIP_IN_FLOW, SKIP_IN_COUNTER };
bool sflow_skip(struct wire *w, enum skip_kind kind, uint32_t format);

/* Counts what is wrong where a sample ends. */
static inline void sflow_sample_end(struct wire *w, const struct cur *c)
{
	if (c->bad)
		reject(w, SF_SAMPLE_SHORT);
	else if (cur_left(c))
		reject(w, SF_SAMPLE_TRAILING);
}

/* ---- flow samples (sflow_flow.c) -------------------------------------------------------- */

/* Blank again: of the row only what is usual has to be zeroed each time. */
static inline struct flow_sample *flow_sample_begin(struct sflow *f)
{
	struct flow_sample *s = &f->sample;
	zero_fast(&s->row, ROW_USUAL);
	if (s->rare)
		zero_fast((uint8_t *)&s->row + ROW_USUAL, sizeof(s->row) - ROW_USUAL);
	s->row.time = f->row.time; /* what all rows of the datagram share */
	s->row.agent = f->row.agent;
	s->row.domain = f->row.domain;
	s->row.exporttype = f->row.exporttype;
	s->quiet = s->operation = s->rare = false;
	s->told = (struct told){ .vlan_in = ~0u, .priority = ~0u, .vlan_out = ~0u };
	return s;
}

/* A string, told as text. */
static inline uint64_t string_text(struct flow_sample *s, struct cur *c)
{
	struct cur t = sflow_string(c);
	return t.bad ? 0 : give_text(s->w, t.pos, cur_left(&t), (usec_t)s->row.time);
}

/* Counts it, once its rate is known. */
static inline void flow_sample_count(struct sflow *f, const struct flow_sample *s)
{
	if (f->from && s->row.samplingrate) {
		f->from->told.samplingrate = s->row.samplingrate;
		f->from->told.rate_from = RATE_HEADER;
	}
	struct wire_totals *t = &s->w->totals;
	t->flow_samples++;
	t->frames++;
	t->estimated_frames += MAX(s->row.samplingrate, 1u);
}

/* A raw packet header. */
void flow_sample_header(struct flow_sample *s, uint32_t protocol, uint32_t frame_length, const uint8_t *packet,
			size_t len);
/* The raw header of one more frame of the sample (v5): its bytes are added. */
void flow_sample_more(struct flow_sample *s, struct cur *c);
/* Structures that v5 and v4 have in common.  Each reads exactly its own bytes; too few: c->bad. */
void sampled_ipv4(struct flow_sample *s, struct cur *c);
void sampled_ipv6(struct flow_sample *s, struct cur *c);
void extended_switch(struct flow_sample *s, struct cur *c);
void extended_router(struct flow_sample *s, struct cur *c);
void extended_gateway(struct flow_sample *s, struct cur *c);
/* user names; URL: v4 has no host */
void extended_user(struct flow_sample *s, struct cur *c);
void extended_url(struct flow_sample *s, struct cur *c);

/* Any structure of v5; what nobody knows is counted and stepped over. */
struct flow_structure {
	uint32_t format;
	void (*read)(struct flow_sample *s, struct cur *body);
};
extern const struct flow_structure extended_structures[], app_structures[];
extern const size_t n_extended_structures, n_app_structures;
void flow_structure(struct flow_sample *s, struct part *p);

/* What is known of the packet goes to the row; false: nothing is. */
bool flow_sample_packet(struct flow_sample *s);
void operation_give(struct flow_sample *s);
/* Makes the row; `whole` = the sample was read to its end. */
void flow_sample_give(struct flow_sample *s, bool whole);
/* A flow sample of v5. */
void flow_sample(struct sflow *f, struct cur *c, bool expanded);

/* ---- counter samples (sflow_counters.c) ---------------------------------------------------------- */

struct counter_sample *counter_sample_begin(struct sflow *f);
void generic_interface(struct counter_sample *s, struct cur *body);
/* A structure of sflow_counters.def, from the bytes at c; false = there is none of that format. */
bool counter_structure_rows(struct counter_sample *s, uint32_t format, struct cur *c);
void counter_sample_give(struct counter_sample *s);
/* A counter sample of v5. */
void counter_sample(struct sflow *f, struct cur *c, bool expanded);

/* ---- discarded packets (sflow_drops.c) ---------------------------------------------------- */
void drop_sample(struct sflow *f, struct cur *c);
