/* Fuzz: what goes on to others.  Input as wire_datagram's: { exporter and seconds (1 byte), length (2 bytes,
 * big-endian), bytes }*.  Each datagram is thinned; each row of it is made anew, as sFlow and as IPFIX, and
 * must be read as the row it was made of, and as one. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/zone.h"
#include "collect/forward_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mapping[] =
	"<customers><customer id='all'><cidr address='0.0.0.0' bits='1'/><cidr address='128.0.0.0' bits='1'/>"
	"<cidr address='2000::' bits='3'/><port agent='192.0.2.0' ifIndex='1'/><mac address='02:00:00:00:00:01'/></customer></customers>";

struct again {
	struct flow_rec row;
	size_t n;
};

static void read_again(void *arg, const struct flow_rec *rec)
{
	struct again *a = arg;
	a->row = *rec;
	a->n++;
}

/* Reads one datagram that was made here: nothing of it is refused, and it holds one row. */
static struct flow_rec reads(const uint8_t *data, size_t len, uint64_t when)
{
	struct again a = { 0 };
	const struct wire_sink sink = { .arg = &a, .flow = read_again };
	const struct datagram d = { .data = data, .len = len, .from = addr_v4(1), .received = (usec_t)when };
	struct wire *w;
	if (wire_new(&sink, &w) != OK)
		abort();
	wire_decode(w, &d);
	assert(a.n == 1);
	for (enum reject r = 0; r < REJECTS; r++)
		if (wire_totals(w)->rejects[r] && strncmp(reject_name(r), "pk.", 3) != 0) {
			fprintf(stderr, "%s\n", reject_name(r)); /* of pk.: a protocol's number may stand for headers that are not there */
			abort();
		}
	wire_free(w);
	return a.row;
}

/* What both forms tell. */
static void same(const struct flow_rec *is, const struct flow_rec *was)
{
	assert(is->sourceas == was->sourceas && is->destinationas == was->destinationas);
	assert(is->inputinterface == was->inputinterface && is->outputinterface == was->outputinterface);
	assert(is->macsource == was->macsource && is->macdestination == was->macdestination);
	assert(addr_is_none(&is->nexthop) || is->nexthop.b[15] == 0);
	assert((!is->mplslabel || is->mplslabel == 2) && !is->vni && addr_is_none(&is->innersource));
	if ((was->protocol != 6 && was->protocol != 17) || addr_is_none(&was->ipsource) || addr_is_none(&was->ipdestination) ||
	    addr_is_v4(&was->ipsource) != addr_is_v4(&was->ipdestination))
		return;
	assert(addr_equal(&is->ipsource, &was->ipsource) && addr_equal(&is->ipdestination, &was->ipdestination));
	assert(is->protocol == was->protocol && is->tos == was->tos && is->ttl == was->ttl);
	if (was->fragment != FRAG_LATER)
		assert(is->sourceport == was->sourceport && is->destinationport == was->destinationport);
}

static void as_sflow(const struct flow_rec *seen)
{
	uint8_t data[28 + FORWARD_SAMPLE] = { 0 };
	const struct sample_numbers n = { .sequence = 1, .pool = 1 };
	store_be32(data, 5);
	store_be32(data + 4, 1);
	store_be32(data + 24, 1);
	size_t len = sflow_flow_sample(data + 28, seen, &n);
	assert(len <= FORWARD_SAMPLE && len % 4 == 0);
	struct flow_rec is = reads(data, 28 + len, seen->time);
	assert(is.bytes == MIN(seen->bytes, (uint64_t)UINT32_MAX) && is.samplingrate == seen->samplingrate);
	same(&is, seen);
}

static void as_ipfix(const struct flow_rec *seen)
{
	uint8_t data[16 + 3 * FORWARD_SAMPLE] = { 0 };
	size_t len = 16 + ipfix_templates(data + 16), set = len;
	store_be16(data + set, ipfix_template_id(ipfix_family(seen)));
	len += 4;
	size_t record = ipfix_record(data + len, seen);
	assert(record <= FORWARD_SAMPLE);
	len += record;
	store_be16(data + set + 2, (uint16_t)(4 + record));
	store_be16(data, 10);
	store_be16(data + 2, (uint16_t)len);
	store_be32(data + 4, (uint32_t)(seen->time / USEC_PER_SEC));
	if (!seen->bytes && !seen->frames)
		return; /* tells of no traffic: it may be no row */
	struct flow_rec is = reads(data, len, seen->time);
	assert(is.bytes == seen->bytes && is.frames == seen->frames);
	same(&is, seen);
}

struct own_rows {
	struct own_question q;
};

static void flow(void *arg, const struct flow_rec *rec)
{
	const struct own_rows *o = arg;
	struct flow_rec seen;
	uint32_t set = 0;
	bool port;
	if (customers_owners_of(o->q.owners, o->q.sets, rec, SIDE_EITHER, &set) != OK || !own_set_has(&o->q, set))
		return;
	own_flow(&o->q, rec, &seen, &port);
	as_sflow(&seen);
	as_ipfix(&seen);
}

static void counters(void *arg, const struct ifcounters_rec *rec)
{
	uint8_t sample[FORWARD_SAMPLE];
	(void)arg;
	assert(sflow_counter_sample(sample, rec, 1) == 8 + 4 + 8 + 4 + 8 + 88);
}

/* A thinned datagram is never longer, and reads as the export it was. */
static void thinned(struct thin *t, const struct datagram *d)
{
	struct forward_counts n = { 0 };
	struct datagram less;
	if (!thin_datagram(t, d, &less, &n))
		return;
	assert(less.len <= d->len && (less.len < 4 || load_be16(less.data) == load_be16(d->data)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct customers *c;
	struct attributor *owners;
	struct owner_sets *sets;
	const struct zone *utc;
	struct wire *w;
	struct thin *t = malloc(sizeof(*t));
	if (!t || zone_find("UTC", &utc) != OK ||
	    customers_parse(mapping, strlen(mapping), "m.xml", utc, NULL, NULL, &c, NULL) != OK ||
	    attributor_new(c, NULL, &owners) != OK || owner_sets_new(owners, &sets) != OK)
		abort();
	struct own who_sees = { .index = 0 };
	if (own_learn(&who_sees, c, 0) != OK)
		abort();
	struct own_rows own = { .q = { .own = &who_sees, .owners = owners, .sets = sets } };
	const struct wire_sink sink = { .arg = &own, .flow = flow, .counters = counters };
	thin_init(t, 2);
	if (wire_new(&sink, &w) != OK)
		abort();
	while (size >= 3) {
		uint8_t who = data[0];
		size_t len = MIN((size_t)load_be16(data + 1), size - 3);
		uint8_t *exact = malloc(len ? len : 1); /* so that a read past the end is seen */
		if (!exact)
			break;
		memcpy(exact, data + 3, len);
		struct datagram d = { .data = exact, .len = len, .from = addr_v4(0xc0000200u | (who & 3)),
				      .received = (1790000000 + (who >> 2)) * USEC_PER_SEC + who };
		thinned(t, &d);
		wire_decode(w, &d);
		free(exact);
		data += 3 + len;
		size -= 3 + len;
	}
	wire_free(w);
	thin_free(t);
	free(t);
	own_free(&who_sees);
	owner_sets_free(sets);
	attributor_free(owners);
	customers_free(c);
	return 0;
}
