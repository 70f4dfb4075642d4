/* What fuzzes datagrams through one struct wire, so that data can follow its template.
 * Input: { exporter and seconds (1 byte), length (2 bytes, big-endian), bytes }*, the last one cut
 * where the input ends. */
#pragma once
#include <assert.h>
#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void flow(void *arg, const struct flow_rec *rec)
{
	assert(rec->time % 1000 == 0 && rec->exporttype != EXPORT_NONE);
	*(uint64_t *)arg += rec->bytes;
}

static void counters(void *arg, const struct ifcounters_rec *rec)
{
	assert(rec->time % 1000 == 0);
	*(uint64_t *)arg += rec->ifinoctets;
}

static void no_controls(const char *text)
{
	assert(!text || *text);
	for (; text && *text; text++)
		assert((uint8_t)*text >= 0x20 && *text != 0x7f);
}

static void name(void *arg, const struct wire_ifname *n)
{
	assert(n->name || n->alias);
	no_controls(n->name);
	no_controls(n->alias);
	*(uint64_t *)arg += n->ifindex;
}

static void row(void *arg, enum table_id t, const void *rec)
{
	uint64_t time;
	memcpy(&time, rec, sizeof(time));
	assert(time % 1000 == 0 && t > TABLE_IFCOUNTERS && t < TABLES);
	for (size_t i = 0; i < tables[t].rec_size; i++) /* all of it is there to be read */
		*(uint64_t *)arg += ((const uint8_t *)rec)[i];
}

static void text(void *arg, const struct wire_text *t)
{
	assert(t->len > 0 && t->len < WIRE_TEXT && t->len == strlen(t->text) && t->hash == text_hash(t->text, t->len));
	no_controls(t->text);
	*(uint64_t *)arg += t->hash;
}

struct sums {
	uint64_t datagrams, records, samples;
};

static void add_up(void *arg, const struct wire_exporter *x)
{
	struct sums *sums = arg;
	assert(x->datagrams > 0 && x->first_seen > 0);
	sums->datagrams += x->datagrams;
	sums->records += x->records;
	sums->samples += x->samples;
}

/* How a datagram begins: a target of one protocol does not waste its time with those of others. */
struct beginning {
	size_t bytes;
	uint32_t number;
};

static void begin_as(const struct beginning *b, uint8_t *data, size_t len)
{
	if (b->bytes == 4 && len >= 4)
		store_be32(data, b->number);
	else if (b->bytes == 2 && len >= 2)
		store_be16(data, (uint16_t)b->number);
}

static int fuzz_datagrams(const uint8_t *data, size_t size, const struct beginning *versions, size_t nversions)
{
	uint64_t sum = 0, most = 2 * size; /* a row of a list inside a record takes a byte at least, and may be two */
	struct wire_sink sink = { .arg = &sum, .flow = flow, .counters = counters, .ifname = name,
				  .row = row, .text = text };
	struct wire *w;
	if (wire_new(&sink, &w) != OK)
		return 0;
	while (size >= 3) {
		uint8_t who = data[0];
		size_t len = MIN((size_t)load_be16(data + 1), size - 3);
		uint8_t *exact = malloc(len ? len : 1); /* so that a read past the end is seen */
		if (!exact)
			break;
		memcpy(exact, data + 3, len);
		if (nversions)
			begin_as(&versions[(who >> 2) % nversions], exact, len);
		struct datagram d = {
			.data = exact,
			.len = len,
			.from = addr_v4(0xc0000200u | (who & 3)),
			.received = (1790000000 + (who >> 2)) * USEC_PER_SEC + who,
		};
		wire_decode(w, &d);
		free(exact);
		data += 3 + len;
		size -= 3 + len;
	}
	const struct wire_totals *t = wire_totals(w);
	assert(t->rows <= most);
	struct sums sums = { 0 };
	wire_exporters(w, add_up, &sums);
	assert(sums.datagrams <= t->datagrams && sums.samples <= t->flow_samples + t->counter_samples);
	wire_free(w);
	return 0;
}
