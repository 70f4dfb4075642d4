/* Fuzz: what is passed on of a datagram is a datagram, not longer, and passed on whole when it comes again. */
#include <assert.h>
#include <stdlib.h>

#include "wire/sflow_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool flow(void *arg _unused_, const struct flow_rec *rec)
{
	return rec->ipsource.b[15] % 2 == 0;
}

static bool counters(void *arg _unused_, const struct ifcounters_rec *rec)
{
	return rec->interface % 2 == 0;
}

static bool row(void *arg _unused_, enum table_id t, const void *rec _unused_)
{
	return t != TABLE_VM;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sflow_keep keep = { .flow = flow, .counters = counters, .row = row };
	struct buf once = { 0 }, twice = { 0 };
	struct sflow_sieve *s;
	unsigned n, again;
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact || sflow_sieve_new(&keep, &s) != OK) {
		free(exact);
		return 0;
	}
	memcpy(exact, data, size);
	struct datagram d = { .data = exact, .len = size, .from = addr_v4(0xc0000201), .received = 1790000000 * USEC_PER_SEC };
	if (sflow_sieve(s, &d, &once, &n) == OK) {
		assert(once.len <= size && (n > 0) == (once.len > 0));
		d.data = once.data;
		d.len = once.len;
		if (n && sflow_sieve(s, &d, &twice, &again) == OK)
			assert(again == n && twice.len == once.len);
	}
	buf_free(&once);
	buf_free(&twice);
	sflow_sieve_free(s);
	free(exact);
	return 0;
}
