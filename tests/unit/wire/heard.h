/* What the tests of wire/ share: building datagrams, and a sink that remembers.
 *
 *	struct bytes b = {0};
 *	U16(&b, 5, 1); U32(&b, 0, 0);              numbers, big-endian
 *	size_t at = open_u32(&b); ... close_u32(&b, at);   a length that is known later
 *	struct heard h = hear();
 *	feed(&h, &b);  feed_prefixes(&h, &b);      then look at h.flows[0], rejects(&h, SF_...)
 *	deaf(&h);                                  frees */
#pragma once
#include <stdio.h>

#include "base/mem.h"
#include "unit.h"
#include "wire/wire.h"

struct bytes {
	uint8_t data[70000];
	size_t len;
};

static inline void put_number(struct bytes *b, size_t width, uint64_t v)
{
	assert_true(b->len + width <= sizeof(b->data));
	for (size_t i = 0; i < width; i++)
		b->data[b->len++] = (uint8_t)(v >> 8 * (width - 1 - i));
}

static inline void put_numbers(struct bytes *b, size_t width, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_number(b, width, v[i]);
}

#define PUT_(b, width, ...)                                                                        \
	put_numbers(b, width, (const uint64_t[]){ __VA_ARGS__ },                                   \
		    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define U8(b, ...)  PUT_(b, 1, __VA_ARGS__)
#define U16(b, ...) PUT_(b, 2, __VA_ARGS__)
#define U32(b, ...) PUT_(b, 4, __VA_ARGS__)
#define U64(b, ...) PUT_(b, 8, __VA_ARGS__)

static inline void put(struct bytes *b, const void *data, size_t len)
{
	assert_true(b->len + len <= sizeof(b->data));
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void put_hex(struct bytes *b, const char *hex)
{
	while (*hex) {
		unsigned v;
		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		U8(b, v);
		hex += 2;
	}
}

/* A length to be filled in: of what follows it, or (from) counted from an earlier byte. */
static inline size_t open_u32(struct bytes *b)
{
	U32(b, 0);
	return b->len;
}

static inline void close_u32(struct bytes *b, size_t at)
{
	store_be32(b->data + at - 4, (uint32_t)(b->len - at));
}

/* Sets of v9 and IPFIX: id, length with the header. */
static inline size_t open_set(struct bytes *b, uint16_t id)
{
	U16(b, id, 0);
	return b->len - 4;
}

static inline void close_set(struct bytes *b, size_t at)
{
	store_be16(b->data + at + 2, (uint16_t)(b->len - at));
}

/* -- the sink -------------------------------------------------------------------------- */

struct heard_name {
	struct addr agent;
	uint32_t ifindex;
	uint64_t speed;
	char name[300], alias[300];
};

struct heard_text {
	uint64_t hash;
	char text[WIRE_TEXT];
};

struct heard {
	struct wire *w;
	struct datagram from; /* sender and time of what is fed */
	struct flow_rec flows[64];
	struct ifcounters_rec counters[8];
	struct heard_name names[8];
	union any_rec rows[16];
	enum table_id row_of[16];
	struct heard_text texts[64];
	size_t nflows, ncounters, nnames, nrows, ntexts;
};

static inline void hear_flow(void *arg, const struct flow_rec *rec)
{
	struct heard *h = arg;
	assert_true(rec->time % 1000 == 0);
	if (h->nflows < COUNT_OF(h->flows))
		h->flows[h->nflows] = *rec;
	h->nflows++;
}

static inline void hear_counters(void *arg, const struct ifcounters_rec *rec)
{
	struct heard *h = arg;
	assert_true(rec->time % 1000 == 0);
	if (h->ncounters < COUNT_OF(h->counters))
		h->counters[h->ncounters] = *rec;
	h->ncounters++;
}

static inline void hear_name(void *arg, const struct wire_ifname *name)
{
	struct heard *h = arg;
	assert_true(name->name || name->alias);
	if (h->nnames < COUNT_OF(h->names)) {
		struct heard_name *n = &h->names[h->nnames];
		*n = (struct heard_name){ .agent = name->agent, .ifindex = name->ifindex, .speed = name->speed };
		snprintf(n->name, sizeof(n->name), "%s", name->name ? name->name : "-");
		snprintf(n->alias, sizeof(n->alias), "%s", name->alias ? name->alias : "-");
	}
	h->nnames++;
}

static inline void hear_row(void *arg, enum table_id t, const void *rec)
{
	struct heard *h = arg;
	uint64_t time;
	memcpy(&time, rec, sizeof(time));
	assert_true(time % 1000 == 0 && t < TABLES && t != TABLE_TRAFFIC && t != TABLE_IFCOUNTERS);
	if (h->nrows < COUNT_OF(h->rows)) {
		memcpy(&h->rows[h->nrows], rec, tables[t].rec_size);
		h->row_of[h->nrows] = t;
	}
	h->nrows++;
}

static inline void hear_text(void *arg, const struct wire_text *t)
{
	struct heard *h = arg;
	assert_int_equal(t->hash, text_hash(t->text, t->len));
	assert_true(t->len > 0 && t->len == strlen(t->text) && t->len < WIRE_TEXT);
	if (h->ntexts < COUNT_OF(h->texts)) {
		h->texts[h->ntexts].hash = t->hash;
		snprintf(h->texts[h->ntexts].text, WIRE_TEXT, "%s", t->text);
	}
	h->ntexts++;
}

#define EXPORTER 0xc0000201u /* 192.0.2.1 */
static const usec_t RECEIVED = 1790000000123456;

static inline struct heard *hear(void)
{
	struct heard *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	struct wire_sink sink = { .arg = h, .flow = hear_flow, .counters = hear_counters, .ifname = hear_name,
				  .row = hear_row, .text = hear_text };
	assert_int_equal(wire_new(&sink, &h->w), OK);
	h->from = (struct datagram){ .from = addr_v4(EXPORTER), .from_port = 50000, .received = RECEIVED };
	return h;
}

static inline void deaf(struct heard *h)
{
	wire_free(h->w);
	free(h);
}

static inline const struct wire_totals *totals(const struct heard *h)
{
	return wire_totals(h->w);
}

static inline uint64_t rejects(const struct heard *h, enum reject r)
{
	return totals(h)->rejects[r];
}

static inline uint64_t all_rejects(const struct heard *h)
{
	uint64_t n = 0;
	for (size_t r = 0; r < REJECTS; r++)
		n += totals(h)->rejects[r];
	return n;
}

/* The first len bytes as a datagram, in memory of exactly that size so that a sanitizer sees a
 * read past the end. */
static inline void feed_first(struct heard *h, const struct bytes *b, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	assert_non_null(exact);
	memcpy(exact, b->data, len);
	struct datagram d = h->from;
	d.data = exact;
	d.len = len;
	wire_decode(h->w, &d);
	free(exact);
}

static inline void feed(struct heard *h, const struct bytes *b)
{
	feed_first(h, b, b->len);
}

/* Every shorter beginning of a good datagram, each to ears of its own (and, with_state, all to
 * the same): decoded or refused, never read past its end. */
static inline void feed_prefixes(const struct bytes *b)
{
	struct heard *same = hear();
	for (size_t n = 0; n < b->len; n++) {
		struct heard *h = hear();
		feed_first(h, b, n);
		feed_first(same, b, n);
		assert_true(all_rejects(h) > 0 || totals(h)->datagrams == 1);
		deaf(h);
	}
	deaf(same);
}

/* One refusal, and this one. */
static inline void earns(struct heard *h, const struct bytes *b, enum reject why)
{
	uint64_t before = rejects(h, why), all = all_rejects(h);
	feed(h, b);
	if (rejects(h, why) != before + 1 || all_rejects(h) != all + 1)
		for (enum reject r = REJECT_NONE; r < REJECTS; r++)
			if (rejects(h, r))
				print_message("# %s %llu\n", reject_name(r), (unsigned long long)rejects(h, r));
	assert_int_equal(rejects(h, why), before + 1);
	assert_int_equal(all_rejects(h), all + 1);
}

static inline void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT];
	assert_string_equal(addr_format(a, text), want);
}

/* What a row's hash stands for; "-" for none. */
static inline void assert_text(const struct heard *h, uint64_t hash, const char *want)
{
	const char *got = hash ? "(not told)" : "-";
	for (size_t i = 0; hash && i < MIN(h->ntexts, COUNT_OF(h->texts)); i++)
		if (h->texts[i].hash == hash)
			got = h->texts[i].text;
	assert_string_equal(got, want);
}

/* The first row of a table. */
static inline const union any_rec *row_of(const struct heard *h, enum table_id t)
{
	for (size_t i = 0; i < MIN(h->nrows, COUNT_OF(h->rows)); i++)
		if (h->row_of[i] == t)
			return &h->rows[i];
	fail_msg("no row of %s", tables[t].name);
	return NULL;
}

/* An XDR string. */
static inline void put_string(struct bytes *b, const char *s)
{
	U32(b, strlen(s));
	put(b, s, strlen(s));
	while (b->len % 4)
		U8(b, 0);
}
