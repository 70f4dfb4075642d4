/* What a template's program fills: the row, and beside it what rows are made from.
 * A record's memory is zero before the program runs; zero means "not told". */
#pragma once
#include "wire/inside.h"

struct aside {
	usec_t start, end, seen, boot;       /* absolute */
	uint32_t first_uptime, last_uptime;  /* ms since boot */
	uint32_t start_ago_us, end_ago_us;   /* before the export */
	uint32_t duration_ms;
	uint32_t interval, packet_interval, packet_space, sample_size, population, one_in;
	uint64_t duration_us, sampler;
	uint64_t reverse_bytes, reverse_frames;
	uint16_t reverse_tcpflags;
	uint8_t reverse_tos;
	uint32_t section_length;
	uint32_t sequence;            /* of selectors, RFC 5477 */
	struct cur frame, packet;     /* sampled headers, from Ethernet or from IP */
	/* From here on what few templates have (struct template, `more`). */
	struct cur name, description; /* texts, as they came */
	struct cur user, url, urlhost, ssid, application, application_name, labels, communities;
	struct list {
		struct cur body;
		enum list_kind { LIST_OF_VALUES, LIST_OF_RECORDS, LIST_OF_LISTS } kind; /* RFC 6313 4.5 */
	} list[MAX_LISTS];
	uint32_t lists;
};

#define ASIDE_USUAL offsetof(struct aside, name)

struct record {
	struct flow_rec row;
	struct aside x;
};
