/* Inside of `weir import`: cmd_import.c runs the command, import_file.c loads one file,
 * import_source.c knows what it can be, import_mark.c remembers how far it came, import_report.c says what came of it. */
#pragma once
#include "app/config.h"
#include "collect/collect.h"
#include "store/store.h"

enum { SHA_TEXT = 65 };

/* What the store remembers of a file (import_mark.c). */
struct import_mark {
	bool known, complete;
	uint64_t packets;       /* pieces of the file (UDP payloads, blocks) whose rows are all in the store */
	uint64_t skip[TABLES];  /* rows of the packets behind those that are in it too */
	uint64_t total[TABLES]; /* rows that the store had then, from whomever */
	usec_t shift;           /* that was used */
};

struct import_file {
	const char *path;
	char sha[SHA_TEXT];
	struct problem why; /* why it failed; "" when it did not */
	bool usable;        /* could be opened and is a capture */
	bool refused;       /* imported before */
	uint64_t continued; /* pieces that an interrupted import had done */
	struct wire_totals totals;
	struct capture_stats packets;
};

struct import {
	struct import_file *file;
	size_t nfiles;
	bool again, progress;
	usec_t shift;

	struct store_writer *writer;
	struct model *model;
	struct marking *marking;
	const struct zone *zone;
	const char *store; /* folder, for messages */

	uint64_t before[TABLES]; /* rows in the store when it was opened */
	uint64_t rows[TABLES];   /* stored by this command */
	struct span stored;      /* first and last time of stored rows; start > end: none */
	uint64_t unlearnt;       /* interfaces the model has no room for */
	usec_t progress_at;
};

/* -- import_source.c: a file by pieces (packets, blocks of nfdump) */
struct source {
	const struct source_format *format; /* NULL: not open */
	union source_at {
		struct capture *capture;
		struct nfdump *nfdump;
	} at;
	struct datagram datagram; /* of a capture: what source_next() has read */
};

/* As capture_open() and capture_next(). */
enum err source_open(const char *path, struct source *ret, struct problem *why) _must_check_;
enum err source_next(struct source *s, struct problem *why) _must_check_;
/* What that was goes in; the sink's first error. */
enum err source_take(struct source *s, struct intake *in) _must_check_;
unsigned source_percent(const struct source *s);
const struct capture_stats *source_packets(const struct source *s);
void source_close(struct source *s);

/* -- import_file.c: false when all must stop (the store failed); it has been said then */

/* Open it once, so that a file that is no capture is known before anything is written, and
 * take its SHA-256. */
void import_probe(struct import_file *f);

/* The newest record time of a file, 0 when there is none. */
usec_t import_last_time(struct import *im, struct import_file *f);
bool import_load(struct import *im, struct import_file *f);

/* -- import_mark.c */

/* First thing with an opened store, for whoever will put rows: find out what an interrupted import
 * left behind.  Wants im->writer and im->store. */
enum err import_settle(struct import *im, struct problem *why) _must_check_;
enum err import_read_mark(struct import *im, const char *sha, struct import_mark *ret) _must_check_;
enum err import_write_mark(struct import *im, const char *sha,
			   const struct import_mark *m) _must_check_;

/* -- import_report.c */
void import_sum(const struct import *im, struct wire_totals *ret);
bool import_print_json(const struct import *im);
void import_print(const struct import *im);
