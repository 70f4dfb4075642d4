/* Inside of nfdump.c (the file: blocks) and nfdump_record.c (a block: records). */
#pragma once
#include "wire/inside.h"

enum nfdump_layout { NFDUMP_OLD = 1, NFDUMP_NEW = 2 }; /* as the file's header says */

enum { NFDUMP_IDS = 192 };

/* Which pieces behind the first three a record of layout 1 has, in their order. */
struct nfdump_map {
	uint16_t n, id[NFDUMP_PIECES];
};

struct nfdump_exporter {
	struct addr addr;
	uint32_t version, domain;
};

struct nfdump {
	int fd;
	enum nfdump_layout layout;
	bool sfcapd;            /* who made it */
	unsigned compression;   /* enum nfdump_packed, of its blocks */
	uint64_t offset, size;  /* of the next block; of the file */
	uint32_t done, blocks;  /* blocks that were read; that there are */
	uint8_t *packed, *plain; /* NFDUMP_BLOCK bytes each: a block as it lies there; its records */
	size_t len;             /* of plain */
	uint32_t records;       /* that the block says it has */
	struct nfdump_exporter *exporter; /* NFDUMP_EXPORTERS, by the file's own number */
	struct nfdump_map **map; /* NFDUMP_MAPS, likewise; NULL: not told */
	uint8_t first[NFDUMP_IDS]; /* row of nfdump.def that begins a piece */
};

void nfdump_index(struct nfdump *n); /* fills first */
