/* Who exports: per exporter and observation domain the templates, the sampling rates told in
 * options, and data sets that wait for their template.
 *
 *	struct exporters   all that a struct wire knows
 *	  struct exporter    an address
 *	    struct domain      version + domain (source id): the scope of a template id
 *
 * Everything here grows by what strangers send; the ceilings are in limits.h. */
#pragma once
#include "base/map.h"
#include "wire/flow_time.h"
#include "wire/template.h"

struct exporter {
	size_t domains, held_sets, held_bytes;
};

struct domain {
	struct exporter *exporter;
	struct addr from;
	uint16_t version;
	uint32_t id;
	struct template **templates; /* sorted by id: few, looked up for every set, seldom changed */
	size_t ntemplates, template_room;
	struct map samplers;  /* by struct sampler_key: packets of which one was looked at */
	uint32_t rate;        /* the same, where options tell it of the domain as a whole */
	usec_t boot;          /* the device's start, where options tell it */
	struct held *held, *held_end;
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

enum sampler_kind { BY_SAMPLER, BY_INTERFACE };

/* Find or make; NULL when a ceiling or memory forbids it (counted). */
struct domain *domain_get(struct wire *w, const struct addr *from, uint16_t version, uint32_t id);
/* Domain 0 of the same exporter: it speaks for all of them (RFC 7011 3.1).  NULL = none. */
const struct domain *domain_zero(const struct wire *w, const struct domain *d);

struct template *domain_template(const struct domain *d, uint16_t id);
/* Takes t over, in place of an older one of its id; *ret_new: there was none.  False = refused,
 * counted and freed. */
bool domain_define(struct wire *w, struct domain *d, struct template *t, bool *ret_new);
void domain_withdraw(struct wire *w, struct domain *d, uint16_t id);
void domain_withdraw_all(struct wire *w, struct domain *d, bool options);

void domain_set_rate(struct wire *w, struct domain *d, enum sampler_kind kind, uint64_t id, uint32_t rate);
uint32_t domain_rate(const struct domain *d, enum sampler_kind kind, uint64_t id); /* 0 = not told */

/* Keep a data set until its template comes.  When all there is room for is taken, the oldest
 * of all goes; an exporter's own share is refused to it. */
void held_add(struct wire *w, struct domain *d, const struct message *m, uint16_t template_id,
	      const struct cur *body);
/* The oldest that waits for this template, taken out; the caller frees it.  NULL = none. */
struct held *held_take(struct wire *w, struct domain *d, uint16_t template_id);
