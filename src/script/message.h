/* Messages between broker, worker and drawing child: frames, and the fields in them.
 *
 *	offset 0  u32  length of the payload       at most the ceiling of the kind's row
 *	       4  u16  kind                        message.def, counted from 1
 *	       6  u16  zero
 *	       8       payload
 *
 * All numbers little-endian.  A text is u32 length + 1 and its bytes; 0 is "left out".  The broker
 * reads what a script may have forged: frame_cut() and the readers below believe nothing, and
 * whatever they refuse ends the worker. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "query/query.h"

enum message_to { TO_WORKER, TO_BROKER, TO_DRAWER, FROM_DRAWER };

enum message_kind {
	MSG_NONE,
#define MESSAGE(id, to, ceiling, help) MSG_##id,
#include "script/message.def"
#undef MESSAGE
	MSG_KINDS
};

enum {
	FRAME_HEADER = 8,
	MAX_REQUESTS = 4096, /* in one QUERIES */
	MAX_PARAMS = 256,    /* of one request */
	MAX_INPUTS = 1024,
	MAX_LOCATE = 100000, /* addresses in one LOCATE */
	MAX_PARTS = 4096,    /* tables in one RESULTS */
	INLINE_RESULTS = 64 * 1024,
};

const char *message_name(enum message_kind kind);

/* -- frames -------------------------------------------------------------------------------- */

struct message {
	enum message_kind kind;
	struct cur body;     /* borrowed from what was received */
	int fd;              /* sent with it; -1 = none; the receiver closes it */
};

/* Cut the first frame out of received bytes.  FRAME_MORE: not all there yet.  FRAME_BAD: unknown
 * kind, wrong direction, longer than the row allows, or a header that is none. */
enum frame_state { FRAME_MORE, FRAME_WHOLE, FRAME_BAD };
enum frame_state frame_cut(struct cur *in, enum message_to to, struct message *ret);

/* A frame is begun, gets its fields with buf_*() and put_*(), and is ended. */
void frame_begin(struct buf *out, enum message_kind kind);
enum err frame_end(struct buf *out) _must_check_; /* E_LIMIT: longer than the row allows */

/* -- fields -------------------------------------------------------------------------------- */

void put_text(struct buf *out, const char *s, size_t len); /* NULL = left out */
void put_string(struct buf *out, const char *s);           /* NULL = left out */

/* A text as a C string in the arena; NULL when left out.  The cursor goes bad on a zero byte inside,
 * on a length beyond it, and when the arena is full. */
char *get_text(struct cur *c, struct arena *a);
struct cur get_bytes(struct cur *c);                       /* the same without copying; zero bytes allowed */
bool message_end(const struct cur *c);                     /* read to its end, nothing bad */

/* -- payloads that take more than a line ------------------------------------------------------- */

/* QUERIES and EXPLAIN: u8 stream, u16 count, requests. */
struct queries {
	bool stream;         /* one request, the answer in parts of at most STREAM_ROWS rows */
	struct request *rq;  /* in the arena */
	size_t n;
};
enum { STREAM_ROWS = 4096 };
void put_queries(struct buf *out, const struct queries *q);
enum err get_queries(struct cur *c, struct arena *a, struct queries *ret) _must_check_;

/* LOCATE: u8 what, u32 count, texts; the answer is one column of texts in their order, null = not known. */
enum locate { LOCATE_PORT, LOCATE_OTHER, LOCATE_NAME, LOCATES }; /* "agent>ifIndex"; IP of a MAC and back; DNS */

/* END: how a script ended. */
struct script_end {
	enum end_how { END_OK, END_EXIT, END_FAILED } how;
	int code;            /* END_EXIT: 0..255 */
	const char *message, *file, *source;
	unsigned line, column;
};
void put_end(struct buf *out, const struct script_end *end);
enum err get_end(struct cur *c, struct arena *a, struct script_end *ret) _must_check_;

/* RESULTS: u8 in memfd, u16 parts, u64 length of each, then (when not in a memfd) the parts. */
struct results {
	bool in_memfd;
	size_t n;
	uint64_t len[MAX_PARTS];
	struct cur rest;
};
enum err get_results(struct cur *c, struct results *ret) _must_check_;
