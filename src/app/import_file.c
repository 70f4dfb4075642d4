/* One capture into the store.
 *
 * How far an import came is a mark in the store, made durable together with the rows before it:
 *
 *	import/SHA256  =  "partial PACKETS SHIFT"  or  "complete PACKETS SHIFT"
 *
 * An interrupted import goes on behind PACKETS: the file is decoded from its start again, because
 * templates and sampling rates are learnt on the way, but rows of the first PACKETS go nowhere.
 * Rows are handed to the store between packets only, and a mark is written before each hand-over
 * is made durable, so that no packet is half in. */
#include "app/import.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMIT_PACKETS = 50000 }; /* done again at most when an import is interrupted */

/* -- before ---------------------------------------------------------------------------------- */

static enum err hash_file(int fd, char ret[static SHA_TEXT])
{
	crypto_hash_sha256_state sha;
	uint8_t piece[65536], sum[crypto_hash_sha256_BYTES];
	ssize_t n;

	crypto_hash_sha256_init(&sha);
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			return E_IO;
		if (n > 0)
			crypto_hash_sha256_update(&sha, piece, (size_t)n);
	}
	crypto_hash_sha256_final(&sha, sum);
	sodium_bin2hex(ret, SHA_TEXT, sum, sizeof(sum));
	return OK;
}

void import_probe(struct import_file *f)
{
	_cleanup_(capture_closep) struct capture *c = NULL;
	_cleanup_(fd_closep) int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		problem_set(&f->why, E_IO, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		problem_set(&f->why, E_IO, "is not a file");
	else if (capture_open(f->path, &c, &f->why) == OK && hash_file(fd, f->sha) != OK)
		problem_set(&f->why, E_IO, "%s", strerror(errno));
	f->usable = !f->why.text[0];
}

/* -- marks ------------------------------------------------------------------------------------- */

static const char *mark_key(const struct import_file *f, char buf[static 80])
{
	snprintf(buf, 80, "import/%s", f->sha);
	return buf;
}

enum err import_read_mark(struct import *im, const struct import_file *f, struct import_mark *ret)
{
	_cleanup_(buf_free) struct buf value = { .ceiling = 4097 };
	char key[80], word[16];
	struct import_mark m = { 0 };
	enum err err = store_writer_read_mark(im->writer, mark_key(f, key), &value);

	if (err == OK) {
		if (sscanf(buf_str(&value), "%15s %" SCNu64 " %" SCNd64, word, &m.packets, &m.shift) != 3)
			return E_CORRUPT;
		m.known = true;
		m.complete = STREQ(word, "complete");
	} else if (err != E_UNKNOWN) {
		return err;
	}
	*ret = m;
	return OK;
}

static enum err write_mark(struct import *im, const struct import_file *f, const char *word, uint64_t packets,
			   usec_t shift)
{
	char key[80], value[80];
	int n = snprintf(value, sizeof(value), "%s %" PRIu64 " %" PRId64, word, packets, shift);
	return store_mark(im->writer, mark_key(f, key), value, (size_t)n);
}

/* -- decoding ------------------------------------------------------------------------------------ */

static void show_progress(struct import *im, const struct import_file *f, const struct capture *c, const char *doing)
{
	usec_t now = im->progress ? clock_monotonic() : 0;
	uint64_t size = capture_size(c);
	if (!im->progress || !size || now - im->progress_at < USEC_PER_SEC / 10)
		return;
	im->progress_at = now;
	fprintf(stderr, "\r\033[K%s %.60s: %" PRIu64 " %%", doing, f->path, capture_offset(c) * 100 / size);
	fflush(stderr);
}

static void end_progress(struct import *im)
{
	if (im->progress && im->progress_at)
		fputs("\r\033[K", stderr);
	im->progress_at = 0;
}

static enum err drop_batch(void *arg, const struct batch *b)
{
	(void)arg, (void)b;
	return OK;
}

usec_t import_last_time(struct import *im, struct import_file *f)
{
	_cleanup_(capture_closep) struct capture *c = NULL;
	_cleanup_(intake_freep) struct intake *in = NULL;
	_cleanup_(model_freep) struct model *scratch = NULL;
	const struct batch_sink nowhere = { .put = drop_batch };
	struct datagram d;

	if (model_new(&scratch) != OK || intake_new(&nowhere, scratch, NULL, &in) != OK ||
	    capture_open(f->path, &c, NULL) != OK)
		return 0; /* said when the file is loaded */
	intake_mute(in, true);
	while (capture_next(c, &d, NULL) == OK && intake_datagram(in, &d) == OK)
		show_progress(im, f, c, "looking through");
	end_progress(im);
	return intake_last_time(in);
}

static enum err put_batch(void *arg, const struct batch *b)
{
	struct import *im = arg;
	enum err err = store_put(im->writer, b);
	if (err != OK)
		return err;
	im->rows[b->table->id] += b->n;
	for (size_t i = 0; i < b->n; i++) {
		usec_t t = (usec_t)batch_uint(b, b->table->time_col, i);
		im->stored.start = MIN(im->stored.start, t);
		im->stored.end = MAX(im->stored.end, t);
	}
	return OK;
}

/* What was decoded of the first `packets` packets becomes durable. */
static enum err commit(struct import *im, const struct import_file *f, struct intake *in, uint64_t packets,
		       const char *word)
{
	enum err err = intake_flush(in);
	if (err == OK)
		err = write_mark(im, f, word, packets, im->shift);
	return err == OK ? store_commit(im->writer) : err;
}

/* False with *ret_err OK: the file ends inside a packet; what was whole is in. */
static bool load_packets(struct import *im, struct import_file *f, struct intake *in, struct capture *c,
			 enum err *ret_err)
{
	struct datagram d;
	uint64_t packets = 0;
	enum err next, err = OK;

	while ((next = capture_next(c, &d, &f->why)) == OK) {
		if (packets++ == f->continued)
			intake_mute(in, false);
		if ((err = intake_datagram(in, &d)) != OK)
			break;
		if (packets % COMMIT_PACKETS == 0 && packets > f->continued &&
		    (err = commit(im, f, in, packets, "partial")) != OK)
			break;
		show_progress(im, f, c, "loading");
	}
	if (err == OK)
		err = commit(im, f, in, packets, "complete");
	*ret_err = err;
	return next == E_UNKNOWN;
}

static bool store_failed(struct import *im, enum err err)
{
	end_progress(im);
	log_error("%s: %s", im->store, err == E_IO ? strerror(errno) : err_text(err));
	return false;
}

bool import_load(struct import *im, struct import_file *f)
{
	_cleanup_(capture_closep) struct capture *c = NULL;
	_cleanup_(intake_freep) struct intake *in = NULL;
	const struct batch_sink sink = { .arg = im, .put = put_batch };
	const struct intake_options opt = { .shift = im->shift };
	struct import_mark mark;
	enum err err = import_read_mark(im, f, &mark);

	if (err != OK)
		return store_failed(im, err);
	if (mark.complete && !im->again) {
		f->refused = true;
		problem_set(&f->why, E_EXISTS, "imported already; --again imports it once more");
		return true;
	}
	f->continued = mark.known && !mark.complete ? mark.packets : 0;
	if (capture_open(f->path, &c, &f->why) != OK)
		return true;
	if ((err = intake_new(&sink, im->model, &opt, &in)) != OK)
		return store_failed(im, err);
	intake_mute(in, f->continued > 0);
	if (load_packets(im, f, in, c, &err))
		f->why.text[0] = 0;
	if (err != OK)
		return store_failed(im, err);
	end_progress(im);
	f->totals = *wire_totals(intake_wire(in));
	f->packets = *capture_stats(c);
	im->unlearnt += intake_unlearnt(in);
	return true;
}
