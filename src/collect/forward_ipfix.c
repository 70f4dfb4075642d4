/* IPFIX made of records: what came as NetFlow or IPFIX has counts of many packets, which no sFlow sample
 * can tell.  Two templates, by the family of the addresses; the rows below are their fields.  What a
 * record does not hold is zero. */
#include "collect/forward_in.h"

#define MEMBER(m) offsetof(struct flow_rec, m), sizeof(((struct flow_rec *)0)->m)
enum { TIME = 0xffff }; /* not a member as it is */

struct ipfix_field {
	uint16_t element[IPFIX_FAMILIES], len[IPFIX_FAMILIES];
	size_t offset, size;
};

/* Both families have the same fields in the same order. */
static const struct ipfix_field fields[] = {
	/* element    length       member */
	{ { 8, 27 },   { 4, 16 }, MEMBER(ipsource) },
	{ { 12, 28 },  { 4, 16 }, MEMBER(ipdestination) },
	{ { 4, 4 },    { 1, 1 },  MEMBER(protocol) },
	{ { 5, 5 },    { 1, 1 },  MEMBER(tos) },
	{ { 6, 6 },    { 2, 2 },  MEMBER(tcpflags) },
	{ { 7, 7 },    { 2, 2 },  MEMBER(sourceport) },
	{ { 11, 11 },  { 2, 2 },  MEMBER(destinationport) },
	{ { 32, 139 }, { 2, 2 },  MEMBER(icmptype) },
	{ { 192, 192 }, { 1, 1 }, MEMBER(ttl) },
	{ { 9, 29 },   { 1, 1 },  MEMBER(sourcemask) },
	{ { 13, 30 },  { 1, 1 },  MEMBER(destinationmask) },
	{ { 16, 16 },  { 4, 4 },  MEMBER(sourceas) },
	{ { 17, 17 },  { 4, 4 },  MEMBER(destinationas) },
	{ { 10, 10 },  { 4, 4 },  MEMBER(inputinterface) },
	{ { 14, 14 },  { 4, 4 },  MEMBER(outputinterface) },
	{ { 56, 56 },  { 6, 6 },  MEMBER(macsource) },
	{ { 80, 80 },  { 6, 6 },  MEMBER(macdestination) },
	{ { 256, 256 }, { 2, 2 }, MEMBER(ethertype) },
	{ { 58, 58 },  { 2, 2 },  MEMBER(vlansource) },
	{ { 59, 59 },  { 2, 2 },  MEMBER(vlandestination) },
	{ { 245, 245 }, { 2, 2 }, MEMBER(vlaninner) },
	{ { 244, 244 }, { 1, 1 }, MEMBER(priority) },
	{ { 34, 34 },  { 4, 4 },  MEMBER(samplingrate) },
	{ { 1, 1 },    { 8, 8 },  MEMBER(bytes) },
	{ { 2, 2 },    { 8, 8 },  MEMBER(frames) },
	{ { 152, 152 }, { 8, 8 }, TIME, 1 }, /* start and */
	{ { 153, 153 }, { 8, 8 }, TIME, 0 }, /* end, ms */
};

enum { FIRST_TEMPLATE = 256, TEMPLATE_SET = 2 };

uint16_t ipfix_template_id(size_t family)
{
	return (uint16_t)(FIRST_TEMPLATE + family);
}

size_t ipfix_family(const struct flow_rec *rec)
{
	const struct addr *a = addr_is_none(&rec->ipsource) ? &rec->ipdestination : &rec->ipsource;
	return !addr_is_none(a) && !addr_is_v4(a);
}

size_t ipfix_templates(uint8_t ret[static FORWARD_SAMPLE])
{
	size_t len = 4;
	store_be16(ret, TEMPLATE_SET);
	for (size_t family = 0; family < IPFIX_FAMILIES; family++) {
		store_be16(ret + len, ipfix_template_id(family));
		store_be16(ret + len + 2, COUNT_OF(fields));
		len += 4;
		for (size_t i = 0; i < COUNT_OF(fields); i++, len += 4) {
			store_be16(ret + len, fields[i].element[family]);
			store_be16(ret + len + 2, fields[i].len[family]);
		}
	}
	store_be16(ret + 2, (uint16_t)len);
	return len;
}

static uint64_t value_of(const struct flow_rec *rec, const struct ipfix_field *f)
{
	const uint8_t *p = (const uint8_t *)rec + f->offset;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
	if (f->offset == TIME)
		return rec->time / 1000 - (f->size ? MIN((uint64_t)rec->duration, rec->time / 1000) : 0);
	switch (f->size) {
	case 1:
		return *p;
	case 2:
		memcpy(&two, p, sizeof(two));
		return two;
	case 4:
		memcpy(&four, p, sizeof(four));
		return four;
	default:
		memcpy(&eight, p, sizeof(eight));
		return eight;
	}
}

size_t ipfix_record(uint8_t ret[static FORWARD_SAMPLE], const struct flow_rec *rec)
{
	size_t family = ipfix_family(rec), at = 0;
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		const struct ipfix_field *f = &fields[i];
		size_t len = f->len[family];
		if (f->size == sizeof(struct addr)) {
			const struct addr *a = (const struct addr *)(const void *)((const uint8_t *)rec + f->offset);
			memcpy(ret + at, a->b + 16 - len, len);
		} else {
			uint8_t wide[8];
			store_be64(wide, value_of(rec, f));
			memcpy(ret + at, wide + 8 - len, len);
		}
		at += len;
	}
	return at;
}
