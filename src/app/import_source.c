/* What can be imported: files of packets, and files of nfdump.  A format is a row; import_file.c sees pieces
 * (a packet, a block) that it can count. */
#include "app/import.h"

struct source_format {
	enum err (*open)(const char *path, union source_at *ret, struct problem *why);
	enum err (*next)(union source_at *at, struct datagram *d, struct problem *why);
	enum err (*take)(union source_at *at, const struct datagram *d, struct intake *in);
	uint64_t (*offset)(const union source_at *at), (*size)(const union source_at *at);
	const struct capture_stats *(*packets)(const union source_at *at); /* NULL: it has none */
	void (*close)(union source_at *at);
};

/* -- captures ---------------------------------------------------------------------------------- */

static enum err capture_open_(const char *path, union source_at *ret, struct problem *why)
{
	return capture_open(path, &ret->capture, why);
}

static enum err capture_next_(union source_at *at, struct datagram *d, struct problem *why)
{
	return capture_next(at->capture, d, why);
}

static enum err capture_take(union source_at *at, const struct datagram *d, struct intake *in)
{
	(void)at;
	return intake_datagram(in, d);
}

static uint64_t capture_offset_(const union source_at *at)
{
	return capture_offset(at->capture);
}

static uint64_t capture_size_(const union source_at *at)
{
	return capture_size(at->capture);
}

static const struct capture_stats *capture_packets(const union source_at *at)
{
	return capture_stats(at->capture);
}

static void capture_close_(union source_at *at)
{
	capture_close(at->capture);
}

/* -- nfdump ------------------------------------------------------------------------------------ */

static enum err nfdump_open_(const char *path, union source_at *ret, struct problem *why)
{
	return nfdump_open(path, &ret->nfdump, why);
}

static enum err nfdump_next_(union source_at *at, struct datagram *d, struct problem *why)
{
	(void)d;
	return nfdump_next(at->nfdump, why);
}

static enum err nfdump_take(union source_at *at, const struct datagram *d, struct intake *in)
{
	(void)d;
	return intake_nfdump(in, at->nfdump);
}

static uint64_t nfdump_offset_(const union source_at *at)
{
	return nfdump_offset(at->nfdump);
}

static uint64_t nfdump_size_(const union source_at *at)
{
	return nfdump_size(at->nfdump);
}

static void nfdump_close_(union source_at *at)
{
	nfdump_close(at->nfdump);
}

/* Tried in this order; what the first does not know (E_UNKNOWN) is the next one's. */
static const struct source_format formats[] = {
	{ nfdump_open_, nfdump_next_, nfdump_take, nfdump_offset_, nfdump_size_, NULL, nfdump_close_ },
	{ capture_open_, capture_next_, capture_take, capture_offset_, capture_size_, capture_packets, capture_close_ },
};

/* -- either ------------------------------------------------------------------------------------ */

enum err source_open(const char *path, struct source *ret, struct problem *why)
{
	enum err err = E_UNKNOWN;
	for (size_t i = 0; i < COUNT_OF(formats) && err == E_UNKNOWN; i++) {
		struct source s = { .format = &formats[i] };
		err = s.format->open(path, &s.at, why);
		if (err == OK)
			*ret = s;
	}
	return err;
}

enum err source_next(struct source *s, struct problem *why)
{
	return s->format->next(&s->at, &s->datagram, why);
}

enum err source_take(struct source *s, struct intake *in)
{
	return s->format->take(&s->at, &s->datagram, in);
}

unsigned source_percent(const struct source *s)
{
	uint64_t size = s->format->size(&s->at);
	return size ? (unsigned)(s->format->offset(&s->at) * 100 / size) : 0;
}

const struct capture_stats *source_packets(const struct source *s)
{
	static const struct capture_stats none;
	return s->format->packets ? s->format->packets(&s->at) : &none;
}

void source_close(struct source *s)
{
	if (s->format)
		s->format->close(&s->at);
	s->format = NULL;
}
