/* What the store costs: puts N made-up rows, seals them, reads columns back, compacts them, reads
 * columns back, looks addresses up in the index.  Prints CPU time.
 *
 *	make BUILD=build build/libstore.a build/libflow.a build/libbase.a
 *	cc -std=gnu17 -D_GNU_SOURCE -O2 -g -Isrc -o build/bench-store tests/bench/store.c
 *build/libstore.a \ build/libflow.a build/libbase.a -lzstd -llz4 -lm build/bench-store [ROWS
 *[FOLDER [BATCH]]]
 *
 * The rows: five switches of 48 ports that sample 1 in 1000; 60,000 local and 300,000 remote
 * addresses, popular ones more often (a Zipf-like spread), a tenth of them IPv6; one port of each
 * pair a well-known one; two sizes of frames and what lies between; one minute a million rows. */
#include "base/clock.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { AGENTS = 5, PORTS = 48, LOCAL = 60000, REMOTE = 300000 };

static uint64_t rng_state = 42;

static uint64_t rnd(void)
{
	uint64_t z = rng_state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static double unit(void)
{
	return (double)(rnd() >> 11) * 0x1p-53;
}

/* Rank of 0..n-1, rank r about as often as 1/(r+1). */
static uint32_t zipf(uint32_t n)
{
	return (uint32_t)(exp(unit() * log((double)n)) - 1.0 + 1e-9) % n;
}

static uint32_t scramble(uint32_t v)
{
	v = (v ^ v >> 16) * 0x7feb352du;
	v = (v ^ v >> 15) * 0x846ca68bu;
	return v ^ v >> 16;
}

static struct addr address(bool local, uint32_t rank)
{
	uint32_t h = scramble(rank * 2 + local);
	struct addr a = { { 0x20, 0x01, 0x0d, 0xb8 } };
	if (h % 10 == 0) {
		store_be32(a.b + 4, local ? rank % 64 : scramble(rank) % 5000);
		store_be64(a.b + 8, local ? rank : h * (uint64_t)0x9e3779b97f4a7c15u);
		return a;
	}
	/* local: 16 blocks of /20; remote: clusters of /24 all over */
	return addr_v4(local ? 0xc6330000u + rank : (scramble(rank / 40) & 0xdfffff00u) + h % 256);
}

static void make_row(struct flow_rec *r, usec_t time, uint32_t datagram)
{
	static const uint16_t services[] = { 443, 443, 443, 443,  80,  53,
					     22,  25,  993, 3389, 123, 8080 };
	memset(r, 0, sizeof(*r));
	bool inbound = rnd() % 10 < 6;
	uint32_t agent = scramble(datagram) % AGENTS, l = zipf(LOCAL), o = zipf(REMOTE);
	struct addr local = address(true, l), remote = address(false, o);
	uint32_t port = 1 + scramble(l) % (PORTS - 2);
	bool v6 = !addr_is_v4(&local);
	if (v6 != !addr_is_v4(&remote))
		remote = address(false, o + 1), v6 = !addr_is_v4(&remote);
	r->time = (uint64_t)time;
	r->agent = addr_v4(0x0a000001 + agent);
	r->exporttype = EXPORT_SFLOW;
	r->inputinterface = inbound ? PORTS : port;
	r->outputinterface = inbound ? port : PORTS;
	r->datasource = r->inputinterface;
	r->samplingrate = 1000;
	r->direction = DIR_INGRESS;
	r->ipsource = inbound ? remote : local;
	r->ipdestination = inbound ? local : remote;
	r->macsource = inbound ? 0x02000000ff00u + agent : 0x020000000000u + l;
	r->macdestination = inbound ? 0x020000000000u + l : 0x02000000ff00u + agent;
	r->ethertype = v6 ? 0x86dd : 0x0800;
	r->vlansource = r->vlandestination = (uint16_t)(100 + port);
	uint64_t kind = rnd() % 100;
	r->protocol = kind < 84 ? 6 : kind < 98 ? 17 : v6 ? 58 : 1;
	uint16_t service = services[rnd() % COUNT_OF(services)],
		 client = (uint16_t)(32768 + rnd() % 28232);
	bool to_server = rnd() % 2;
	if (kind < 98) {
		r->sourceport = to_server ? client : service;
		r->destinationport = to_server ? service : client;
	} else {
		r->icmptype = 0x0800;
	}
	r->tos = rnd() % 10 ? 0 : 0x28;
	r->ttl = (uint8_t)(inbound ? 40 + rnd() % 20 : 64);
	r->tcpflags = r->protocol == 6 ? (rnd() % 12 ? 0x10 : 0x18) : 0;
	r->bytes = rnd() % 3 ? 1518 : rnd() % 2 ? 64 + rnd() % 30 : 64 + rnd() % 1454;
	r->frames = 1;
}

static double seconds_since(usec_t start)
{
	return (double)(clock_cpu() - start) / 1e6;
}

static void stop(enum err e, const char *what)
{
	if (e == OK)
		return;
	fprintf(stderr, "%s: %s\n", what, err_text(e));
	exit(1);
}

struct walk {
	uint64_t rows, dict;
	double prepare, decode;
};

/* One column of one segment: prepare, decode all blocks a few times, release. */
static void walk(struct seg *s, size_t col, struct walk *w)
{
	static uint32_t codes[SEG_BLOCK];
	static uint64_t uints[SEG_BLOCK];
	enum { ROUNDS = 5 };
	usec_t start = clock_cpu();
	stop(seg_prepare(s, (uint64_t)1 << col), "prepare");
	w->prepare += seconds_since(start);
	const struct seg_col *c = seg_column(s, col);
	w->rows += seg_rows(s);
	w->dict += c->kind == SEG_DICT ? c->dict_n : 0;
	start = clock_cpu();
	for (int round = 0; round < ROUNDS && c->kind != SEG_CONST; round++)
		for (size_t b = 0; b < seg_blocks(seg_rows(s)); b++) {
			if (c->kind == SEG_DICT)
				seg_codes(s, col, b, codes);
			else
				seg_uints(s, col, b, uints);
		}
	w->decode += seconds_since(start) / ROUNDS;
	seg_release(s);
}

static void read_back(const char *folder)
{
	struct store *s;
	struct snapshot sn;
	struct problem why;
	stop(store_open(folder, &s, &why), why.text);
	stop(store_snapshot(s, TABLE_TRAFFIC, (struct span){ 0, INT64_MAX }, &sn), "snapshot");
	printf("%-16s %10s %12s %12s\n", "column", "values", "prepare ms/M", "decode M/s");
	for (size_t c = 0; c < TR_COLS; c++) {
		struct walk w = { 0 };
		for (size_t i = 0; i < sn.nseg; i++)
			walk(sn.seg[i], c, &w);
		if (w.dict || w.decode > 1e-5)
			printf("%-16s %10llu %12.3f %12.0f\n", tables[0].cols[c].name,
			       (unsigned long long)w.dict, w.prepare * 1e9 / (double)w.rows,
			       (double)w.rows / w.decode / 1e6);
	}
	snapshot_free(&sn);
	store_close(s);
}

/* Every code of a column looked up in the index of each segment. */
static void look_up(const char *folder, size_t col)
{
	struct store *s;
	struct snapshot sn;
	uint64_t codes = 0, blocks, all = 0, held = 0;
	double prepare = 0, look = 0;
	stop(store_open(folder, &s, NULL), "open");
	stop(store_snapshot(s, TABLE_TRAFFIC, (struct span){ 0, INT64_MAX }, &sn), "snapshot");
	for (size_t i = 0; i < sn.nseg; i++) {
		stop(seg_prepare(sn.seg[i], (uint64_t)1 << col), "prepare");
		usec_t start = clock_cpu();
		stop(seg_prepare_index(sn.seg[i], col), "index");
		prepare += seconds_since(start);
		start = clock_cpu();
		uint32_t n = seg_column(sn.seg[i], col)->dict_n;
		for (uint32_t code = 0; code < n; code++)
			if (seg_addr_blocks(sn.seg[i], col, code, &blocks)) {
				codes++;
				held += (uint64_t)__builtin_popcountll(blocks);
				all += seg_blocks(seg_rows(sn.seg[i]));
			}
		look += seconds_since(start);
		seg_release(sn.seg[i]);
	}
	if (codes)
		printf("index of %s: %.1f ms to prepare, %.0f ns a look-up, %.1f %% of the "
		       "blocks\n",
		       tables[0].cols[col].name, prepare * 1e3, look * 1e9 / (double)codes,
		       100.0 * (double)held / (double)all);
	snapshot_free(&sn);
	store_close(s);
}

static void compact(const char *folder)
{
	struct store_writer *w;
	struct problem why;
	struct compact_report r;
	struct compact_options all = { .open_hours = true, .no_grace = true };
	stop(store_write_open(folder, &(struct store_options){ .no_sync = true }, &w, &why),
	     why.text);
	usec_t start = clock_cpu();
	stop(store_compact(w, clock_now(), &all, &r), "compact");
	printf("compacted %llu rows: %.0f ns/row; %.2f bytes/row became %.2f in %zu segments\n",
	       (unsigned long long)r.rows, seconds_since(start) * 1e9 / (double)r.rows,
	       (double)r.bytes_in / (double)r.rows, (double)r.bytes_out / (double)r.rows,
	       r.segments_out);
	stop(store_write_close(w), "close");
}

int main(int argc, char **argv)
{
	size_t rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 4000000;
	const char *folder = argc > 2 ? argv[2] : "/tmp/weir-bench-store";
	size_t batch_rows = argc > 3 ? strtoul(argv[3], NULL, 10) : 1024;
	struct store_options opt = { .no_sync = true };
	struct store_writer *w;
	struct problem why;
	struct batch *b;
	struct store_info info;
	struct flow_rec r;
	double put = 0;
	usec_t time = 1764000000 * USEC_PER_SEC;
	stop(store_write_open(folder, &opt, &w, &why), why.text);
	stop(batch_new(&tables[TABLE_TRAFFIC], batch_rows, &b), "batch");
	for (size_t done = 0; done < rows;) {
		for (; b->n < b->cap && done < rows; done++) {
			make_row(&r, time + (usec_t)(done / 7 * 7 * 60 / 1000) * 1000,
				 (uint32_t)(done / 7));
			batch_push(b, &r);
		}
		usec_t start = clock_cpu();
		stop(store_put(w, b), "put");
		put += seconds_since(start);
		batch_reset(b);
	}
	usec_t start = clock_cpu();
	stop(store_seal(w), "seal");
	put += seconds_since(start);
	batch_free(b);
	stop(store_write_close(w), "close");
	stop(store_info(folder, &info, &why), why.text);
	const struct store_table_info *t = &info.table[TABLE_TRAFFIC];
	printf("%zu rows: put and seal %.3f s, %.0f ns/row, %.2f M rows per CPU-second; %.2f "
	       "bytes/row in %llu segments\n",
	       rows, put, put * 1e9 / (double)rows, (double)rows / put / 1e6,
	       (double)t->segment_bytes / (double)t->segment_rows, (unsigned long long)t->segments);
	read_back(folder);
	compact(folder);
	read_back(folder);
	look_up(folder, TR_ipsource);
	look_up(folder, TR_ipdestination);
	return 0;
}
