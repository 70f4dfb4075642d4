/* What the sides of bench-query share: each is a process that answers a question a line on standard
 * input, so that all of them stay warm side by side.
 *
 *	asked     the question in the side's own words, one line
 *	answered  a line for each row, cells apart by tabs: numbers as whole numbers, an address as one
 *	          number of 128 bits, null as nothing; then "= WALL CPU", microseconds from the
 *	          question's plan to its finished table, without what it takes to write it out
 *
 * A failure is one line "! why".  Rows come from a weir store for every side. */
#pragma once
#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static inline void stop(const char *what, const char *why)
{
	fprintf(stderr, "bench-query: %s: %s\n", what, why);
	exit(1);
}

static inline void must(enum err e, const char *what, const struct problem *why)
{
	if (e != OK)
		stop(what, why && why->text[0] ? why->text : err_text(e));
}

struct timing {
	usec_t wall, cpu;
};

static inline struct timing timing_start(void)
{
	return (struct timing){ clock_monotonic(), clock_cpu() };
}

static inline void timing_say(struct timing t)
{
	printf("= %" PRId64 " %" PRId64 "\n", clock_monotonic() - t.wall, clock_cpu() - t.cpu);
	fflush(stdout);
}

/* Columns that the peers get, in this order; time becomes seconds and addresses 128 bits. */
static const int served_cols[] = {
	TR_time, TR_agent, TR_inputinterface, TR_outputinterface, TR_ipsource, TR_ipdestination, TR_protocol,
	TR_sourceport, TR_destinationport, TR_tcpflags, TR_tos, TR_vlansource, TR_vlandestination, TR_sourceas,
	TR_destinationas, TR_bytes, TR_frames, TR_samplingrate,
};
enum { SERVED = COUNT_OF(served_cols) };

/* One block of rows: numbers by column, or halves of addresses. */
struct served {
	size_t rows;
	uint64_t *num[SERVED];
	uint64_t *hi[SERVED], *lo[SERVED];
};

static inline void served_new(struct served *s)
{
	for (size_t c = 0; c < SERVED; c++) {
		s->num[c] = mem_new0(SEG_BLOCK, sizeof(uint64_t));
		s->hi[c] = mem_new0(SEG_BLOCK, sizeof(uint64_t));
		s->lo[c] = mem_new0(SEG_BLOCK, sizeof(uint64_t));
		if (!s->num[c] || !s->hi[c] || !s->lo[c])
			stop("rows", "out of memory");
	}
}

static inline void served_block(struct served *s, const struct seg *seg, size_t block)
{
	static uint32_t codes[SEG_BLOCK];
	s->rows = MIN((size_t)SEG_BLOCK, seg_rows(seg) - block * SEG_BLOCK);
	for (size_t c = 0; c < SERVED; c++) {
		size_t col = (size_t)served_cols[c];
		const struct seg_col *sc = seg_column(seg, col);
		if (tables[TABLE_TRAFFIC].cols[col].storage != ST_addr) {
			seg_uints(seg, col, block, s->num[c]);
			continue;
		}
		if (sc->kind == SEG_DICT)
			seg_codes(seg, col, block, codes);
		for (size_t i = 0; i < s->rows; i++) {
			const struct addr *a = sc->kind == SEG_DICT ? &sc->dict_addr[codes[i]] : &sc->addr;
			s->hi[c][i] = load_be64(a->b);
			s->lo[c][i] = load_be64(a->b + 8);
		}
	}
	for (size_t i = 0; i < s->rows; i++)
		s->num[0][i] /= (uint64_t)USEC_PER_SEC;
}

/* Every row of the store, block by block. */
static inline void served_rows(const char *folder, void (*take)(void *arg, const struct served *s), void *arg)
{
	struct store *st;
	struct snapshot sn;
	struct problem why = { 0 };
	struct served s;
	uint64_t cols = 0;
	served_new(&s);
	for (size_t c = 0; c < SERVED; c++)
		cols |= (uint64_t)1 << served_cols[c];
	must(store_open(folder, &st, &why), folder, &why);
	must(store_snapshot(st, TABLE_TRAFFIC, (struct span){ 0, INT64_MAX }, &sn), folder, NULL);
	for (size_t i = 0; i < sn.nseg; i++) {
		must(seg_prepare(sn.seg[i], cols), folder, NULL);
		for (size_t b = 0; b < seg_blocks(seg_rows(sn.seg[i])); b++) {
			served_block(&s, sn.seg[i], b);
			take(arg, &s);
		}
		seg_release(sn.seg[i]);
	}
	snapshot_free(&sn);
	store_close(st);
}

/* A line without its end; false at the end of input. */
static inline bool serve_line(char **line, size_t *room)
{
	ssize_t n = getline(line, room, stdin);
	if (n < 0)
		return false;
	(*line)[strcspn(*line, "\n")] = 0;
	return true;
}
