/* How fast datagrams become records: decodes a capture again and again and prints records per
 * CPU second.  decode FILE [SECONDS]
 *
 * The capture is read into memory first and the sink only adds up, so what is measured is
 * wire/ alone.  Records are flow samples, flow records and counter samples. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/wire.h"

struct recording {
	struct datagram *at;
	size_t n, cap, bytes;
};

static bool keep(struct recording *r, const struct datagram *d)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 1024;
		struct datagram *at = mem_array(r->at, cap, sizeof(*at));
		if (!at)
			return false;
		r->at = at;
		r->cap = cap;
	}
	uint8_t *copy = mem_alloc(d->len + 1);
	if (!copy)
		return false;
	memcpy(copy, d->data, d->len);
	r->at[r->n] = *d;
	r->at[r->n++].data = copy;
	r->bytes += d->len;
	return true;
}

static void add_up(void *arg, const struct flow_rec *rec)
{
	*(uint64_t *)arg += rec->bytes;
}

int main(int argc, char **argv)
{
	_cleanup_(capture_closep) struct capture *c = NULL;
	_cleanup_(wire_freep) struct wire *w = NULL;
	struct recording r = { 0 };
	struct problem why;
	struct datagram d;
	uint64_t sum = 0, rounds = 0;
	struct wire_sink sink = { .arg = &sum, .flow = add_up };
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 2.0;
	enum err e = OK;

	if (argc < 2 || capture_open(argv[1], &c, &why) != OK) {
		fprintf(stderr, "usage: decode FILE [SECONDS]: %s\n", argc < 2 ? "no file" : why.text);
		return 2;
	}
	while (e == OK && (e = capture_next(c, &d, &why)) == OK)
		if (!keep(&r, &d))
			e = E_NOMEM;
	if (e != E_UNKNOWN || !r.n || wire_new(&sink, &w) != OK) {
		fprintf(stderr, "%s: nothing to measure\n", argv[1]);
		return 1;
	}
	usec_t start = clock_cpu(), used = 0;
	size_t batch = 1 + 10000 / r.n; /* rounds between two looks at the clock */
	for (; (double)used < seconds * 1e6; used = clock_cpu() - start, rounds += batch)
		for (size_t k = 0; k < batch; k++)
			for (size_t i = 0; i < r.n; i++)
				wire_decode(w, &r.at[i]);

	const struct wire_totals *t = wire_totals(w);
	double records = (double)(t->flow_samples + t->flow_records + t->counter_samples), s = (double)used / 1e6;
	printf("%s: %.2f M records/CPU-s, %.1f ns each; %.2f M datagrams/CPU-s, %.0f MB/s (%" PRIu64 " rounds, sum %" PRIu64 ")\n",
	       argv[1], records / s / 1e6, s / records * 1e9, (double)t->datagrams / s / 1e6,
	       (double)r.bytes * (double)rounds / s / 1e6, rounds, sum);
	for (size_t i = 0; i < r.n; i++)
		free((void *)(uintptr_t)r.at[i].data);
	free(r.at);
	return 0;
}
