/* A template of NetFlow v9 or IPFIX, turned once into a flat program.
 *
 * The program reads a record from its first byte to its last: each step takes its bytes and
 * puts them somewhere or nowhere.  Which element goes where is elements.def's business.
 * Where all lengths are fixed a step knows where its bytes lie, and none is left for those
 * that nobody wants. */
#pragma once
#include "wire/record.h"

enum how { /* how bytes become a value; the order is that of the switch in template_run */
	HOW_SKIP,
	HOW_UINT,      /* 0..8 bytes, big-endian (reduced-size encoding, RFC 7011 6.2) */
	HOW_ADDR4, HOW_ADDR6,
	HOW_NEXT4, HOW_NEXT6, /* an address whose zero means none */
	HOW_MAC,
	HOW_TIME_S, HOW_TIME_MS,
	HOW_TIME_NTP,  /* seconds since 1900 and a binary fraction, RFC 7011 6.1.9 */
	HOW_DSCP,      /* the upper six bits of the type of service */
	HOW_HIGH_BYTE, HOW_LOW_BYTE, /* halves of a 16-bit value */
	HOW_LABEL,     /* an MPLS stack entry of three bytes */
	HOW_SEGMENT,   /* the low 24 bits are the network identifier (RFC 7348) */
	HOW_DIRECTION, /* 0 ingress, 1 egress */
	HOW_FRAGMENT,  /* fragment offset */
	HOW_INVERSE,   /* a floating-point probability, as "one in" */
	HOW_BYTES,     /* a struct cur on the bytes */
	HOW_BASIC,     /* one more of aside.list: a basicList */
	HOW_LIST,      /* the same, a subTemplateList */
	HOW_MULTI,     /* the same, a subTemplateMultiList */
	/* chosen where lengths are the usual ones: from bytes, to bytes */
	HOW_TIME_MS_8,
	HOW_UINT_1_1, HOW_UINT_2_2, HOW_UINT_4_4, HOW_UINT_4_8, HOW_UINT_8_8,
};

struct step {
	uint8_t how;
	uint8_t width;     /* of the place, in bytes */
	bool variable;     /* its length comes with the data (RFC 7011 7) */
	bool keep_nonzero; /* a zero does not replace what another element put there */
	uint16_t at;       /* offset in struct record */
	uint16_t len;
	uint32_t from;     /* offset in a record whose lengths are fixed */
};

struct field_spec {
	uint16_t id, len;
	uint32_t pen;
};

enum { LEN_VARIABLE = 65535 };

struct template {
	uint16_t id;
	bool options, variable;
	bool counters;    /* tells of traffic, so its records become rows */
	bool delta_bytes, delta_frames; /* row.bytes is element 1, row.frames element 2 */
	bool sampler, rate, section, sequence, texts, lists, nat; /* has elements of these kinds */
	bool rare;        /* fills columns of the row that few fill */
	bool more;        /* fills what stands behind ASIDE_USUAL */
	bool plain;       /* its program fills the same places with each record, and record_begin_plain()
			   * is all that has to be done between two */
	size_t min_len;   /* bytes of the shortest record */
	size_t nsteps, raw_len, bytes;
	struct step *steps;
	uint8_t *raw;     /* the template record, to see whether it came again unchanged */
};

/* The program of a template record of n fields; the first `scopes` of them are v9 scope types. */
enum err template_new(uint16_t id, bool options, const struct field_spec *fields, size_t n,
		      struct cur raw, struct template **ret) _must_check_;
void template_free(struct template *t);

/* What of a record before may still be there: a zero does not replace a next hop, and record_flow() filled the
 * others when the template did not. */
static inline void record_begin_plain(struct record *rec)
{
	rec->row.icmptype = rec->row.ethertype = 0;
	rec->row.nexthop = (struct addr){ 0 };
}

/* Run over the record at *c, which has at least min_len bytes.  False when the record leaves
 * the set; *rec is then half filled and must not be used. */
bool template_run(const struct template *t, struct cur *c, struct record *rec);
/* One value of an element, where there is no template; f->len may be LEN_VARIABLE.  A zero changes nothing.  False: it is
 * of no use here, and *rec as it was. */
bool template_value(const struct field_spec *f, const uint8_t *p, size_t len, struct record *rec);
size_t template_variable_length(struct cur *c);
