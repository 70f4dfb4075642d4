/* The door of wire/: bytes of a datagram in, records out.  Knows protocols, not the network.
 *
 * One struct wire per worker: it holds the templates, samplers, sequence numbers and counters
 * of refusals of the exporters it has heard.  Nothing is shared, nothing is global; one thread
 * at a time.
 *
 * Guarantees: no input makes it fail, read past the datagram, or grow past its ceilings
 * (wire/limits.h).  A refusal costs one named counter (rejects.def) and at most the rest of
 * the enclosing set, sample or datagram.  Records are given to the sink in datagram order;
 * data that came before its template is held (bounded) and given when the template comes. */
#pragma once
#include "base/buf.h"
#include "flow/flow.h"

/* One UDP payload, or one message of a stream.  `data` is borrowed for the call. */
struct datagram {
	const uint8_t *data;
	size_t len;
	struct addr from; /* the exporter */
	uint16_t from_port, to_port;
	uint32_t session; /* the connection it came by, which templates and sequence numbers belong to
			   * until wire_session_end(); 0 = by UDP */
	usec_t received; /* kernel's receive time, or the capture's */
};

/* What an export tells about an interface (sFlow port name, options data).  Text is borrowed
 * for the call and has been cleaned: valid UTF-8 without control characters, len > 0. */
struct wire_ifname {
	struct addr agent;
	uint32_t ifindex;
	const char *name, *alias; /* either may be NULL */
	uint64_t speed;           /* bit/s, 0 = not told */
	usec_t when;
};

/* A text that a row holds the hash of (T_TEXT in fields.def): borrowed for the call, valid UTF-8 without
 * control characters, 0 < len < WIRE_TEXT, followed by a zero byte.  Told before the first row that has its hash, and again after a minute. */
struct wire_text {
	uint64_t hash; /* text_hash() of it, not 0 */
	const char *text;
	size_t len;
	usec_t when;
};

enum { WIRE_TEXT = 256 };

/* Where records go; any of the functions may be NULL.  A callback that cannot take a record remembers
 * that itself. */
struct wire_sink {
	void *arg;
	void (*flow)(void *arg, const struct flow_rec *rec);
	void (*counters)(void *arg, const struct ifcounters_rec *rec);
	void (*ifname)(void *arg, const struct wire_ifname *name);
	void (*row)(void *arg, enum table_id t, const void *rec); /* of the other tables */
	void (*text)(void *arg, const struct wire_text *text);    /* before the row that has its hash */
};

enum reject {
#define REJECT(id, name, help) id,
#include "wire/rejects.def"
#undef REJECT
	REJECTS
};

/* sFlow that is stepped over, by the published names of structures and samples: no fault. */
enum skipped {
#define SKIPPED(kind, enterprise, number, name) SKIPPED_##name,
#include "wire/skipped.def"
#undef SKIPPED
	SKIPS
};
const char *skipped_name(enum skipped s); /* "extended_tcp_info" */

/* What was decoded, in the words of `weir import --json` (docs/import.md).  bytes and frames
 * are as exported: IPFIX elements 1 and 2, v1/v5/v7 dOctets and dPkts, sFlow frame_length and one
 * frame a flow sample; estimated_* are multiplied by the sampling rate known at the time. */
struct wire_totals {
	uint64_t datagrams; /* first bytes name a known export version, refused ones included */
	uint64_t flow_records, option_records, templates;
	uint64_t flow_samples, counter_samples, drop_samples;
	uint64_t bytes, frames, estimated_bytes, estimated_frames;
	uint64_t late_sets;                  /* data sets decoded when their template came at last; each was
					      * counted as nf.no_template before */
	uint64_t structures_skipped;         /* sFlow structures of types that are not decoded; no fault */
	uint64_t skipped[SKIPS];             /* the same by name, with samples of such types */
	/* By the sequence numbers of exporters and sources; what only came late is not lost. */
	uint64_t datagrams_lost;             /* sFlow, v9 */
	uint64_t records_lost;               /* v5, v7, IPFIX; samples of sFlow, those in lost datagrams included */
	uint64_t samples_dropped;            /* sFlow: taken, and left out by the agent for want of resources */
	uint64_t resets;                     /* a device or source began to count anew */
	uint64_t duplicates;                 /* datagrams that had come before; their records were given again */
	uint64_t rows;                       /* records given to sink->flow */
	uint64_t counter_rows;               /* records given to sink->counters */
	uint64_t other_rows;                 /* records given to sink->row */
	uint64_t bytes_by[8], frames_by[8];  /* by enum export_type, of records given to the sink */
	uint64_t rejects[REJECTS];
};

struct wire;

enum err wire_new(const struct wire_sink *sink, struct wire **ret) _must_check_;
void wire_free(struct wire *w);
DEFINE_FREEP(struct wire *, wire_free)

void wire_decode(struct wire *w, const struct datagram *d);
/* The sampling rate of an agent, for records that tell none and whose exporter told none otherwise:
 * NetFlow and IPFIX.  ifindex: of their input interface, 0 = all that have no rate of their own; rate 0
 * takes it back.  E_LIMIT, E_NOMEM. */
enum err wire_set_sampling(struct wire *w, const struct addr *agent, uint32_t ifindex, uint32_t rate) _must_check_;
/* Datagrams of this address go to several decoders from now on (sFlow, v5): no one of them sees its sequence
 * whole, so gaps, duplicates and drops of its samples are not counted; told.span is kept instead.  Any number
 * of times, at most WIRE_SHARED addresses: E_LIMIT. */
enum { WIRE_SHARED = 8 };
enum err wire_share(struct wire *w, const struct addr *from) _must_check_;
/* A connection is over: its templates and what waited for them are forgotten (RFC 7011 8.1), its
 * numbers are added to those of the same exporter and domain without a session. */
void wire_session_end(struct wire *w, uint32_t session);
const struct wire_totals *wire_totals(const struct wire *w); /* since wire_new or wire_totals_reset */
void wire_totals_reset(struct wire *w);                       /* templates stay */

/* How one source of exports fares: an observation domain, an engine, an sFlow sub-agent. */
struct wire_exporter {
	struct addr address; /* who sent the datagrams */
	struct addr agent;   /* who measured, where sFlow tells it; else the same */
	uint16_t version;    /* 1, 5, 7, 9; 10 = IPFIX; WIRE_SFLOW + 2, 4, 5 */
	uint32_t domain;
	uint32_t session;      /* of a connection that is open; 0 = by UDP, and all that ended */
	uint32_t samplingrate; /* the last one seen, 0 = not known */
	enum rate_from {       /* and who told it */
		RATE_UNKNOWN, RATE_HEADER, RATE_OPTIONS, RATE_CONFIGURED
	} rate_from;           /* RATE_HEADER: of the sample, record or datagram itself */
	uint64_t datagrams, records, samples; /* no datagrams: known by wire_load_templates() alone */
	uint64_t datagrams_lost, records_lost, samples_dropped, resets, duplicates; /* as in wire_totals */
	uint64_t templates;    /* known now */
	uint64_t templates_changed, templates_withdrawn; /* told anew, as others than before; taken back */
	uint64_t unread_sets;  /* data sets that came before their template (nf.no_template) */
	usec_t first_seen, last_seen;
	usec_t skew;           /* its clock when it sent the last message, less ours when that came */
	bool clock_told;       /* else it tells no time (sFlow), and skew is nothing */
	bool shared;           /* wire_share(): what was lost shows only when all decoders' spans are put together */
	struct wire_span {
		uint32_t end;     /* the number that should come next */
		uint64_t len;     /* numbers from the first to there */
		uint64_t heard;   /* so many of them were here: datagrams, of v5 records */
	} span;
};

enum { WIRE_SFLOW = 100 };

/* Two decoders' spans as one; when they do not lie near each other, the one that was heard last. */
struct wire_span wire_span_join(const struct wire_exporter *a, const struct wire_exporter *b);

/* Each source that was heard and not yet forgotten, in the order they were heard first.  Walks at
 * most MAX_DOMAINS_ALL of them; in the thread that decodes. */
void wire_exporters(const struct wire *w, void (*each)(void *arg, const struct wire_exporter *x), void *arg);

/* What exporters of v9 and IPFIX told once and tell again only after minutes: templates, sampling
 * rates, boot times.  A daemon saves them when it stops and loads them when it starts; what an
 * exporter tells meanwhile stands.  Loading checks everything as if a stranger had sent it and
 * counts nothing but nf.snapshot; several may be loaded, one after the other. */
enum err wire_save_templates(const struct wire *w, struct buf *b) _must_check_;
/* The same without sources that are known by loading alone: where several decoders have loaded one
 * snapshot, all but one of them save only what they heard themselves. */
enum err wire_save_heard(const struct wire *w, struct buf *b) _must_check_;
/* The templates that d's sender told of a domain in d's session (IPFIX): each as a set of a message (RFC 7011 3.3.2),
 * one after the other; none when it is not known. */
enum err wire_template_sets(const struct wire *w, const struct datagram *d, uint32_t domain, struct buf *b) _must_check_;
/* The same of one exporter, which will reach another decoder: to be loaded there, once that has forgotten what it
 * knows of him from before. */
enum err wire_save_exporter(const struct wire *w, const struct addr *from, struct buf *b) _must_check_;
void wire_forget_exporter(struct wire *w, const struct addr *from); /* v9 and IPFIX by UDP */
/* He has gone to another decoder: what still comes is decoded as ever, and nothing of his is saved here any more. */
void wire_leave_exporter(struct wire *w, const struct addr *from);
/* E_CORRUPT, E_VERSION: what was read before the fault stays. */
enum err wire_load_templates(struct wire *w, const uint8_t *data, size_t len) _must_check_;

const char *reject_name(enum reject r); /* "nf.set_short" */
const char *reject_help(enum reject r); /* one sentence for the operator */

/* -- one sampled packet header -------------------------------------------------------- */

/* Fills the packet fields of *rec (MACs, VLANs, addresses, ports, ...) from a frame that
 * begins with the given sFlow header protocol (1 Ethernet, 7 PPP, 11 IPv4, 12 IPv6, 13 MPLS, 15 IEEE 802.11).
 * What is cut off stays absent; a malformed layer is counted in w and decoding stops there. */
void packet_decode(struct wire *w, uint32_t header_protocol, const uint8_t *data, size_t len,
		   struct flow_rec *rec);

/* -- capture files ------------------------------------------------------------------- */

/* Reads pcap (usec, nsec, either byte order) and pcapng, with link types Ethernet (VLANs), raw IP,
 * Linux cooked v1/v2, loopback/null; gives UDP payloads, IPv4 and IPv6.  IP fragments and
 * everything not UDP are counted and skipped.  Nothing is read into memory as a whole. */
struct capture;

struct capture_stats {
	uint64_t packets, udp, not_udp, fragments, truncated; /* truncated: cut by the snap length */
};

/* E_IO (errno), E_CORRUPT "is no capture"; *why gets the reason. */
enum err capture_open(const char *path, struct capture **ret, struct problem *why) _must_check_;

/* The next UDP payload.  OK, or E_UNKNOWN at the clean end of the file, or E_CORRUPT when the
 * file ends inside a packet or block (whole packets before it were given).  d->data is valid
 * until the next call. */
enum err capture_next(struct capture *c, struct datagram *d, struct problem *why) _must_check_;
uint64_t capture_offset(const struct capture *c); /* bytes of the file used so far */
uint64_t capture_size(const struct capture *c);   /* 0 = not known (a pipe) */
const struct capture_stats *capture_stats(const struct capture *c);
void capture_close(struct capture *c);
DEFINE_FREEP(struct capture *, capture_close)

/* -- files of nfdump --------------------------------------------------------------------- */

/* What nfcapd, sfcapd and nfdump -w write: layouts 1 (nfdump 1.6) and 2 (1.7), as they are or packed by
 * LZO, LZ4 or zstd.  Counters come as they stand there: multiplied by the sampling rate where nfcapd knew
 * one (samplingrate is 1 then).  Both directions of a record are one row, of the first one's counters. */
struct nfdump;

/* E_UNKNOWN: no such file at all; E_VERSION: one that is not read (*why says what of it), E_CORRUPT, E_IO, E_NOMEM. */
enum err nfdump_open(const char *path, struct nfdump **ret, struct problem *why) _must_check_;
/* The next block is read, and its records given.  nfdump_next: OK, E_UNKNOWN at the clean end, or E_CORRUPT
 * (whole blocks before it were given). */
enum err nfdump_next(struct nfdump *n, struct problem *why) _must_check_;
void nfdump_decode(struct nfdump *n, struct wire *w);
uint64_t nfdump_offset(const struct nfdump *n);
uint64_t nfdump_size(const struct nfdump *n);
void nfdump_close(struct nfdump *n);
DEFINE_FREEP(struct nfdump *, nfdump_close)

/* The datagram begins like a known export: sFlow 2, 4, 5 or NetFlow 1, 5 to 9, IPFIX. */
bool wire_knows(const uint8_t *data, size_t len);
