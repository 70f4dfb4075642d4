/* One file into the store: a capture, or one of nfdump.
 *
 * An interrupted import goes on where its mark says (import_mark.c).  The file is decoded from its
 * start again, because templates and sampling rates are learnt on the way, but what is in the
 * store already goes nowhere. */
#include "app/import.h"
#include "app/mark.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMIT_ROWS = 250000 }; /* decoded again at most when an import is interrupted */

/* -- before ---------------------------------------------------------------------------------- */

DEFINE_FREEP(EVP_MD_CTX *, EVP_MD_CTX_free)

/* libcrypto has SHA-256 by the processor's own instructions: 1.2 GB in 0.8 s of CPU instead of 4.3 s. */
static enum err hash_file(int fd, char ret[static SHA_TEXT])
{
	_cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *sha = EVP_MD_CTX_new();
	uint8_t piece[65536], sum[32];
	ssize_t n;

	if (!sha || !EVP_DigestInit_ex(sha, EVP_sha256(), NULL))
		return E_NOMEM;
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno != EINTR)
			return E_IO;
		if (n > 0)
			EVP_DigestUpdate(sha, piece, (size_t)n);
	}
	EVP_DigestFinal_ex(sha, sum, NULL);
	sodium_bin2hex(ret, SHA_TEXT, sum, sizeof(sum));
	return OK;
}

void import_probe(struct import_file *f)
{
	_cleanup_(source_close) struct source s = { 0 };
	_cleanup_(fd_closep) int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		problem_set(&f->why, E_IO, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		problem_set(&f->why, E_IO, "is not a file");
	else if (source_open(f->path, &s, &f->why) == OK && hash_file(fd, f->sha) != OK)
		problem_set(&f->why, E_IO, "%s", strerror(errno));
	f->usable = !f->why.text[0];
}

/* -- decoding ------------------------------------------------------------------------------------
 */

static void show_progress(struct import *im, const struct import_file *f, const struct source *s,
			  const char *doing)
{
	usec_t now = im->progress ? clock_monotonic() : 0;
	if (!im->progress || now - im->progress_at < USEC_PER_SEC / 10)
		return;
	im->progress_at = now;
	fprintf(stderr, "\r\033[K%s %.60s: %u %%", doing, f->path, source_percent(s));
	fflush(stderr);
}

static void end_progress(struct import *im)
{
	if (im->progress && im->progress_at)
		fputs("\r\033[K", stderr);
	im->progress_at = 0;
}

static enum err drop_batch(void *arg, struct batch *b)
{
	(void)arg, (void)b;
	return OK;
}

usec_t import_last_time(struct import *im, struct import_file *f)
{
	_cleanup_(source_close) struct source s = { 0 };
	_cleanup_(intake_freep) struct intake *in = NULL;
	_cleanup_(model_freep) struct model *scratch = NULL;
	const struct batch_sink nowhere = { .put = drop_batch };

	if (model_new(&scratch) != OK || intake_new(&nowhere, scratch, NULL, &in) != OK ||
	    source_open(f->path, &s, NULL) != OK)
		return 0; /* said when the file is loaded */
	intake_mute(in, true);
	while (source_next(&s, NULL) == OK && source_take(&s, in) == OK)
		show_progress(im, f, &s, "looking through");
	end_progress(im);
	return intake_last_time(in);
}

static enum err put_batch(void *arg, struct batch *b)
{
	struct import *im = arg;
	if (!marking_rows(im->marking, b))
		return E_NOMEM;
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

static uint64_t rows_put(const struct import *im)
{
	uint64_t n = 0;
	for (size_t t = 0; t < TABLES; t++)
		n += im->rows[t];
	return n;
}

/* What was decoded of the first `packets` pieces becomes durable, and that it did. */
static enum err commit(struct import *im, const struct import_file *f, struct intake *in,
		       struct import_mark *m)
{
	enum err err = intake_flush(in);
	intake_skip_left(in, m->skip);
	if (err == OK && m->complete &&
	    model_changed(im->model)) /* else it would never be read again */
		err = model_save(im->model, store_writer_folder(im->writer));
	if (err == OK)
		err = import_write_mark(im, f->sha, m);
	return err == OK ? store_commit(im->writer) : err;
}

static enum err begin(struct import *im, const struct import_file *f, struct intake *in,
		      struct import_mark *m)
{
	m->packets = f->continued;
	enum err err = commit(im, f, in, m);
	m->packets = 0;
	return err;
}

/* f->why: "" when the file was read to its end; what was whole is in, in any case. */
static enum err load_pieces(struct import *im, struct import_file *f, struct intake *in,
			    struct source *s)
{
	struct import_mark mark = { .shift = im->shift };
	uint64_t committed = rows_put(im);
	enum err next, err;

	/* So that rows which come to the disk before the first commit are known as this file's. */
	if ((err = begin(im, f, in, &mark)) != OK)
		return err;
	while ((next = source_next(s, &f->why)) == OK) {
		if (mark.packets++ == f->continued)
			intake_mute(in, false);
		if ((err = source_take(s, in)) != OK)
			return err;
		if (rows_put(im) - committed >= COMMIT_ROWS) {
			if ((err = commit(im, f, in, &mark)) != OK)
				return err;
			committed = rows_put(im);
		}
		show_progress(im, f, s, "loading");
	}
	if (next == E_UNKNOWN)
		f->why.text[0] = 0;
	mark.complete = true;
	return commit(im, f, in, &mark);
}

static bool store_failed(struct import *im, enum err err)
{
	end_progress(im);
	log_error("%s: %s", im->store, err == E_IO ? strerror(errno) : err_text(err));
	return false;
}

bool import_load(struct import *im, struct import_file *f)
{
	_cleanup_(source_close) struct source s = { 0 };
	_cleanup_(intake_freep) struct intake *in = NULL;
	const struct batch_sink sink = { .arg = im, .put = put_batch };
	const struct intake_options opt = { .shift = im->shift };
	struct import_mark mark;
	enum err err = import_read_mark(im, f->sha, &mark);

	if (err != OK)
		return store_failed(im, err);
	if (mark.complete && !im->again) {
		f->refused = true;
		problem_set(&f->why, E_EXISTS, "imported already; --again imports it once more");
		return true;
	}
	f->continued = mark.complete ? 0 : mark.packets;
	if (source_open(f->path, &s, &f->why) != OK)
		return true;
	if ((err = intake_new(&sink, im->model, &opt, &in)) != OK)
		return store_failed(im, err);
	intake_mute(in, true);
	if (!mark.complete)
		intake_skip(in, mark.skip);
	if ((err = load_pieces(im, f, in, &s)) != OK)
		return store_failed(im, err);
	end_progress(im);
	f->totals = *wire_totals(intake_wire(in));
	f->packets = *source_packets(&s);
	im->unlearnt += intake_unlearnt(in);
	return true;
}
