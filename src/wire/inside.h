/* Inside wire/: what its files share.  Nobody outside includes this.
 *
 *	wire.c      which protocol is it (versions.def); giving records to the sink, totals
 *	sflow.c     sFlow datagrams and counter samples; sflow_flow.c flow samples, sflow_usual.h nearly all of them;
 *	            sflow4.c v2 and v4
 *	netflow5.c  NetFlow v1, v5, v7 -> rows; netflow8.c v8
 *	ipfix.c     NetFlow v9, IPFIX: messages, sets, templates and data of an exporter
 *	packet.c    a sampled header -> the packet fields of a row
 *	exporter.c  who exports; learned.c what he told once: templates, rates; held.c what waits for them
 *	numbers.c   sequence numbers of domains and data sources, by the rules of sequence.c
 *	snapshot.c  templates, from one run to the next
 *	pcap.c      capture files -> datagrams
 */
#pragma once
#include "base/cursor.h"
#include "wire/limits.h"
#include "base/map.h"
#include "wire/wire.h"

struct exporters;

/* A text that was made of something else: what of, by hash, its own hash, and when it was told. */
struct remembered_text {
	uint64_t raw, hash;
	usec_t told;
};

enum { REMEMBERED_TEXTS = 1024 };

struct wire {
	struct wire_sink sink;
	struct wire_totals totals;
	struct exporters *exporters; /* who was heard; made with the first of them */
	struct addr shared[WIRE_SHARED]; /* nshared of them */
	size_t nshared;
	struct remembered_text remembered[REMEMBERED_TEXTS];
	struct flow_rec usual; /* of sflow_usual.h */
	struct map configured; /* by struct configured_key: sampling rates, for who tells none */
};

/* Their mistake: a number.  False, so that a refusal can be one statement. */
static inline bool reject(struct wire *w, enum reject why)
{
	w->totals.rejects[why]++;
	return false;
}

/* Records hold whole milliseconds. */
static inline uint64_t whole_ms(usec_t t)
{
	return t < 0 ? 0 : (uint64_t)(t - t % 1000);
}

/* What wire_set_sampling() said of the interface, else of the whole agent; 0 = nothing. */
uint32_t configured_rate(const struct wire *w, const struct addr *agent, uint32_t ifindex);

/* Behind this a row has what few exports tell. */
#define ROW_USUAL offsetof(struct flow_rec, usersource)

/* For what is zeroed with every sample: compilers make one large memset of constant length a string
 * instruction, whose start alone takes longer than these stores. */
static inline __attribute__((always_inline)) void zero_fast(void *at, size_t len)
{
	uint8_t *p = at;
	for (; len >= 64; p += 64, len -= 64)
		memset(p, 0, 64);
	if (len & 32)
		memset(p, 0, 32), p += 32;
	if (len & 16)
		memset(p, 0, 16), p += 16;
	if (len & 8)
		memset(p, 0, 8), p += 8;
	memset(p, 0, len & 7);
}

/* Hand over a finished record and count it. */
static inline void give_flow(struct wire *w, const struct flow_rec *rec)
{
	w->totals.rows++;
	w->totals.bytes_by[rec->exporttype] += rec->bytes;
	w->totals.frames_by[rec->exporttype] += rec->frames;
	if (w->sink.flow)
		w->sink.flow(w->sink.arg, rec);
}
void give_counters(struct wire *w, const struct ifcounters_rec *rec);
void give_row(struct wire *w, enum table_id t, const void *rec);
/* Cleans a text, tells it and gives its hash for the row; 0 when nothing is left of it. */
uint64_t give_text(struct wire *w, const void *data, size_t len, usec_t when);

/* sFlow header protocols, as far as packet_decode() knows them. */
enum header_protocol {
	HEADER_PROTOCOL_ETHERNET = 1,
	HEADER_PROTOCOL_PPP = 7,
	HEADER_PROTOCOL_IPV4 = 11,
	HEADER_PROTOCOL_IPV6 = 12,
	HEADER_PROTOCOL_MPLS = 13,
	HEADER_PROTOCOL_POS = 14,       /* PPP over SONET */
	HEADER_PROTOCOL_80211 = 15,
	HEADER_PROTOCOL_80211_AMPDU = 16,
	HEADER_PROTOCOL_80211_AMSDU = 17,
	HEADER_PROTOCOL_LLC = 1 << 16,  /* ours: what follows a MAC header */
};

/* A text as an export gave it, made fit for wire_ifname: valid UTF-8, control characters
 * and bytes that are no UTF-8 replaced by "?", blanks at the ends cut, at most size - 1
 * bytes.  Returns buf, or NULL when nothing is left. */
const char *clean_text(const uint8_t *data, size_t len, char *buf, size_t size);

/* One datagram of the version its row in versions.def names. */
void sflow2_decode(struct wire *w, const struct datagram *d);
void sflow4_decode(struct wire *w, const struct datagram *d);
void sflow5_decode(struct wire *w, const struct datagram *d);
void netflow1_decode(struct wire *w, const struct datagram *d);
void netflow5_decode(struct wire *w, const struct datagram *d);
void netflow7_decode(struct wire *w, const struct datagram *d);
void netflow8_decode(struct wire *w, const struct datagram *d);
void netflow9_decode(struct wire *w, const struct datagram *d);
void ipfix_decode(struct wire *w, const struct datagram *d);

void exporters_free(struct exporters *all);
