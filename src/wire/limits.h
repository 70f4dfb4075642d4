/* Everything in wire/ that a stranger can grow, and how far. */
#pragma once

enum {
	MAX_LAYERS = 16,  /* VLAN tags, labels, extension headers ... in one packet */
	MAX_NAME = 256,   /* bytes of a name or another text, with the zero byte */

	MAX_CONFIGURED_RATES = 65536, /* ours, not strangers' */
	MAX_EXPORTERS = 16384,        /* addresses that send */
	MAX_DOMAINS = 4096,           /* observation domains, engines, sFlow agents of an exporter */
	MAX_DOMAINS_ALL = 65536,      /* of all exporters */
	MAX_SOURCE_SLOTS = 16384,     /* places for sFlow data sources of an agent; half of them are used */
	MAX_SOURCE_SLOTS_ALL = 2 << 20, /* the same, of all agents (32 MB) */
	MAX_APPLICATIONS = 16384,     /* names of applications, of a domain */
	MAX_APPLICATIONS_ALL = 131072, /* the same, of all exporters (some 40 MB) */
	MAX_LISTS = 4,                /* lists of records inside a record (RFC 6313) that are read */
	MAX_LIST_DEPTH = 3,           /* lists inside lists */
	MAX_TEMPLATES = 4096,         /* of a domain */
	MAX_TEMPLATE_FIELDS = 1024,   /* of a template */
	MAX_TEMPLATE_BYTES = 64 << 20, /* all templates of all exporters */
	MAX_SAMPLERS = 4096,          /* sampling rates by sampler, selector or interface, of a domain */
	MAX_SAMPLERS_ALL = 262144,    /* the same, of all exporters */

	MAX_HELD_SETS = 1024,          /* data sets that wait for their template, of an exporter */
	MAX_HELD_BYTES = 1 << 20,      /* their bytes, of an exporter */
	MAX_HELD_BYTES_ALL = 64 << 20, /* their bytes, of all exporters */
};

/* A record's time against the time it came.  In seconds. */
enum { TIME_AHEAD = 10 * 60 };
/* Later no clock can mean; what is added to a time, or rounded up, stays in 64 bits. */
#define TIME_MOST (INT64_MAX / 4)
/* Before this a capture's clock, or ours, was not set: 2001. */
#define A_CLOCK_THAT_RUNS ((usec_t)1000000000 * USEC_PER_SEC)

/* What nobody has needed for so long goes, by the receive time of datagrams.  In seconds. */
enum {
	SWEEP_EVERY = 60,
	HELD_AGE = 30 * 60,       /* a data set that waits: exporters send templates again within this */
	IDLE_AGE = 24 * 60 * 60,  /* a source that is silent, with its templates */
	IDLE_AGE_FULL = 10 * 60,  /* the same, when there is no room for another one */
};

enum {
	PCAP_PACKET = 262144,     /* longest packet of a capture file, libpcap's own ceiling */
	PCAP_BLOCK = 1 << 20,     /* longest pcapng block that is read; longer ones of unknown type are skipped */
	PCAP_INTERFACES = 4096,   /* of a pcapng section */

	NFDUMP_BLOCK = 16 << 20,  /* of a file of nfdump, before and after unpacking; nfcapd's own end at 5 MB */
	NFDUMP_EXPORTERS = 65536, /* that such a file numbers */
	NFDUMP_MAPS = 65536,      /* likewise */
	NFDUMP_PIECES = 64,       /* of a record */
};
