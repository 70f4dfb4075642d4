/* Who exports: per exporter and observation domain how it fares (wire_exporters), its sequence
 * numbers, and for v9 and IPFIX the templates, the sampling rates told in options, and data sets
 * that wait for their template.
 *
 *	struct exporters   all that a struct wire knows
 *	  struct exporter    an address
 *	    struct domain      version + domain (source id, engine; sFlow: agent + sub-agent) + session: the
 *	                       scope of a template id and of sequence numbers
 *	      struct source      sFlow data sources, each with a sequence of its own
 *
 * Everything here grows by what strangers send; the ceilings are in limits.h. */
#pragma once
#include "base/map.h"
#include "wire/flow_time.h"
#include "wire/sequence.h"
#include "wire/template.h"

struct exporter {
	size_t domains, held_sets, held_bytes;
};

/* The samples of one kind (flow, counter) that an sFlow data source takes. */
struct source {
	uint32_t id, next, drops;
	uint16_t round; /* domain.round when it was heard last */
	uint8_t kind;   /* of the sample; 0 = a free place */
};

struct domain {
	struct exporter *exporter;
	struct wire_exporter told; /* address, agent, domain, version; how it fares */
	struct sequence sequence;
	bool left;                 /* its exporter went to another decoder */
	uint16_t round;            /* counts resets, after which sources begin anew too */
	struct source *sources;    /* a hash table of source_slots places, at most half full */
	uint32_t nsources, source_slots;
	struct template **templates; /* sorted by id: few, looked up for every set, seldom changed */
	size_t ntemplates, template_room;
	struct map samplers;  /* by struct sampler_key: packets of which one was looked at */
	struct map applications; /* by applicationId: struct application */
	uint32_t rate;        /* the same, where options tell it of the domain as a whole */
	usec_t boot;          /* the device's start, where options tell it */
	struct held *held, *held_end;
	struct domain *ended; /* the next one of a session that ends */
};

/* What a message's header told; a held set remembers it. */
struct message {
	usec_t received;
	struct uptime_clock clock; /* .now = export time */
};

struct held {
	struct held *next;           /* of the domain, oldest first */
	struct held *older, *newer;  /* of all */
	struct domain *domain;
	struct message message;
	uint16_t template_id;
	size_t len;
	uint8_t data[];
};

/* A sequence of selectors has no rate, but a selector: its `rate` is the selector's id. */
enum sampler_kind { BY_SAMPLER, BY_INTERFACE, BY_SEQUENCE };

/* Find or make the domain that sent d, which is counted there; NULL when a ceiling or memory
 * forbids it (counted). */
struct domain *domain_get(struct wire *w, const struct datagram *d, const struct addr *agent,
			  uint16_t version, uint32_t id);
/* The same for one that was known in an earlier run: nothing is counted, and one that is heard
 * already keeps its times. */
struct domain *domain_again(struct wire *w, const struct datagram *d, uint16_t version, uint32_t id);
/* The domain that sent d, when it was heard already; NULL = it was not. */
const struct domain *domain_known(const struct wire *w, const struct datagram *d, uint16_t version, uint32_t id);
/* Domain 0 of the same exporter: it speaks for all of them (RFC 7011 3.1).  NULL = none. */
const struct domain *domain_zero(const struct wire *w, const struct domain *d);

/* Compares a datagram's sequence number with what should have come, and counts. */
enum sequence_seen domain_step_rare(struct wire *w, struct domain *d, const struct arrival *a);
static inline enum sequence_seen domain_step(struct wire *w, struct domain *d, const struct arrival *a)
{
	return !d->told.shared && sequence_next_usual(&d->sequence, a) ? SEQ_NEXT : domain_step_rare(w, d, a);
}
/* The same for a sample of an sFlow data source; `seen` is what domain_step() said of its datagram,
 * `drops` what the agent itself had to leave out so far. */
struct sample_number {
	uint32_t source, number, drops;
	uint8_t kind;
	enum sequence_seen datagram;
};
void source_step(struct wire *w, struct domain *d, const struct sample_number *n);

/* Is d one of those that are shared (share.c)?  Then share_step() instead of domain_step(). */
void share_domain(const struct wire *w, struct domain *d);
void share_step(struct domain *d, const struct arrival *a);

/* What it told outlives it: templates, and not those of a session. */
static inline bool domain_is_kept(const struct domain *d)
{
	return !d->told.session && (d->told.version == 9 || d->told.version == 10);
}

/* What a message told of the device's clock; unix_s 0 = nothing. */
static inline void domain_clock(struct domain *d, uint32_t unix_s, usec_t skew)
{
	d->told.clock_told = unix_s != 0;
	d->told.skew = unix_s ? skew : 0;
}

/* Where a source is, or would be: looked for first where its hash says, one after the other from there.
 * Numbers that follow each other, as interfaces' do, lie apart. */
static inline __attribute__((always_inline)) struct source *source_place(struct source *at, uint32_t slots, uint32_t id, uint8_t kind)
{
	uint32_t i = (id << 2 | kind) * 2654435769u >> (unsigned)__builtin_clz(slots - 1);
	for (;; i++) {
		struct source *s = &at[i & (slots - 1)];
		if ((s->id == id && s->kind == kind) || !s->kind)
			return s;
	}
}

/* The place of a source that was heard before, when the sample is what should come; else NULL. */
static inline __attribute__((always_inline)) struct source *source_usual(struct domain *d, uint32_t id, uint8_t kind,
									 uint32_t number)
{
	if (!d->source_slots)
		return NULL;
	struct source *s = source_place(d->sources, d->source_slots, id, kind);
	return s->next == number && s->kind && s->round == d->round ? s : NULL;
}

struct template *domain_template(const struct domain *d, uint16_t id);
/* Takes t over, in place of an older one of its id; *ret_new: there was none.  False = refused,
 * counted and freed. */
bool domain_define(struct wire *w, struct domain *d, struct template *t, bool *ret_new);
void domain_withdraw(struct wire *w, struct domain *d, uint16_t id);
void domain_withdraw_all(struct wire *w, struct domain *d, bool options);

void domain_set_rate(struct wire *w, struct domain *d, enum sampler_kind kind, uint64_t id, uint32_t rate);
uint32_t domain_rate(const struct domain *d, enum sampler_kind kind, uint64_t id); /* 0 = not told */

/* The name of an application, by its id as it came. */
struct application {
	uint64_t hash; /* 0: its text was not told yet */
	size_t len;
	char text[];
};
void domain_set_application(struct wire *w, struct domain *d, const struct cur *id, const struct cur *name);
struct application *domain_application(const struct domain *d, const struct cur *id); /* NULL = not told */

struct sampler {
	uint64_t kind, id;
	uint32_t rate;
};

/* The i-th domain and sampling rate there is room for; false at the end, NULL / rate 0 = none there. */
bool domain_at(const struct wire *w, size_t i, struct domain **ret);
bool sampler_at(const struct domain *d, size_t i, struct sampler *ret);

/* Keep a data set until its template comes.  When all there is room for is taken, the oldest
 * of all goes; an exporter's own share is refused to it. */
void held_add(struct wire *w, struct domain *d, const struct message *m, uint16_t template_id,
	      const struct cur *body);
/* The oldest that waits for this template, taken out; the caller frees it.  NULL = none. */
struct held *held_take(struct wire *w, struct domain *d, uint16_t template_id);
