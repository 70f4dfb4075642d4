/* The door of collect/: datagrams -> records -> batches -> sink, learning the model on the way.
 * It does not know the store: whoever calls gives a sink. */
#pragma once
#include "model/model.h"
#include "wire/wire.h"

struct batch_sink {
	void *arg;
	enum err (*put)(void *arg, const struct batch *b);
};

struct intake;

struct intake_options {
	usec_t shift;         /* added to every time: --rebase */
	size_t batch_rows;    /* 0 = 8192 */
};

/* m is learnt into.  Both borrowed until intake_free. */
enum err intake_new(const struct batch_sink *sink, struct model *m, const struct intake_options *opt,
		    struct intake **ret) _must_check_;
void intake_free(struct intake *in);
DEFINE_FREEP(struct intake *, intake_free)

/* The sink's first error, from then on; the records of a refused batch are lost to the caller. */
enum err intake_datagram(struct intake *in, const struct datagram *d) _must_check_;
enum err intake_flush(struct intake *in) _must_check_; /* hands the begun batches to the sink */
struct wire *intake_wire(struct intake *in);
usec_t intake_last_time(const struct intake *in); /* newest record time seen, unshifted; 0 = none */
/* Interfaces told of that the full model has no room for. */
uint64_t intake_unlearnt(const struct intake *in);

/* The next so many rows of each table go nowhere: they are where they belong already. */
void intake_skip(struct intake *in, const uint64_t rows[TABLES]);
void intake_skip_left(const struct intake *in, uint64_t ret_rows[TABLES]);
void intake_mute(struct intake *in, bool mute);   /* decode and learn, but hand nothing to the sink */
