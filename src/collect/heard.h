/* Who was heard, and what of it was lost on the way: sequence numbers of exporters.
 *
 *	protocol   a source is                the sequence counts
 *	sFlow      agent and sub-agent        datagrams
 *	v5         engine                     flows
 *	v9         source id                  datagrams
 *	IPFIX      observation domain         data records before this message
 *
 * What an IPFIX message counts for is known only when all of it was decoded; when something of
 * it was not, the next message begins the count anew instead of showing a gap that is none. */
#pragma once
#include "base/map.h"
#include "collect/collect.h"

enum { MAX_HEARD = 16384, MAX_SOURCES = 65536 }; /* of a worker; more are counted together */

struct heard {
	struct map exporters, sources;
	uint64_t full;
};

void heard_init(struct heard *h);
void heard_free(struct heard *h);

/* After d was decoded: before and after are wire's totals then. */
struct heard_step {
	uint64_t rows, records, doubts; /* records: of flows and options; doubts: refusals and late sets */
};
struct heard_step heard_step(const struct wire_totals *t);
void heard_note(struct heard *h, const struct datagram *d, const struct heard_step *before,
		const struct heard_step *after);

void heard_walk(const struct heard *h, const struct heard_sink *sink);
