/* How far imports came: marks in the store, made durable together with the rows before them.
 *
 *	import/SHA256   complete
 *	                partial PACKETS SHIFT  SKIP...  TOTAL...          of each table, in their order
 *	import/open     SHA256 of the import that runs, or "-"
 *
 * When an import is killed, its last mark names the first PACKETS packets, but some rows behind
 * them may have reached the disk as well: the tables' journals are files of their own and are
 * written when they are full enough.  Each of them holds a beginning of the rows that were put
 * into it, in order.  So how many there are too many is known by counting: the rows in the store
 * now, less those it had at the mark (TOTAL, per table).  The next import, of whatever file, does
 * this first (import_settle), before it puts rows of its own, and writes the difference into
 * the mark as SKIP: so many rows are passed over when that file is continued.  Nothing is
 * missing then, and nothing is there twice. */
#include "app/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char open_key[] = "import/open";

static const char *mark_key(const char *sha, char buf[static 80])
{
	snprintf(buf, 80, "import/%s", sha);
	return buf;
}

/* "PACKETS SHIFT SKIP... TOTAL...".  A mark made when there were fewer tables has fewer numbers: of the
 * others nothing was stored then. */
static bool read_partial(const char *text, struct import_mark *m)
{
	int64_t n[2 + 2 * TABLES];
	size_t count = 0, known;
	for (char *end; count < COUNT_OF(n); text = end, count++) {
		n[count] = strtoll(text, &end, 10);
		if (end == text)
			break;
	}
	if (count < 4 || count % 2 || text[strspn(text, " ")])
		return false;
	known = (count - 2) / 2;
	m->packets = (uint64_t)n[0];
	m->shift = n[1];
	for (size_t t = 0; t < known; t++) {
		m->skip[t] = (uint64_t)n[2 + t];
		m->total[t] = (uint64_t)n[2 + known + t];
	}
	return true;
}

enum err import_read_mark(struct import *im, const char *sha, struct import_mark *ret)
{
	static const char partial[] = "partial ";
	_cleanup_(buf_free) struct buf value = { .ceiling = 4097 };
	char key[80];
	struct import_mark m = { 0 };
	enum err err = store_writer_read_mark(im->writer, mark_key(sha, key), &value);

	if (err == OK) {
		const char *text = buf_str(&value);
		size_t lead = strlen(partial);
		m.known = true;
		m.complete = STREQ(text, "complete");
		if (!m.complete && (strncmp(text, partial, lead) != 0 || !read_partial(text + lead, &m)))
			return E_CORRUPT;
	} else if (err != E_UNKNOWN) {
		return err;
	}
	*ret = m;
	return OK;
}

static enum err write_open(struct import *im, const char *sha)
{
	return store_mark(im->writer, open_key, sha, strlen(sha));
}

enum err import_write_mark(struct import *im, const char *sha, const struct import_mark *m)
{
	_cleanup_(buf_free) struct buf value = { .ceiling = 4096 };
	char key[80];
	if (m->complete) {
		buf_text(&value, "complete");
	} else {
		buf_printf(&value, "partial %" PRIu64 " %" PRId64, m->packets, m->shift);
		for (size_t t = 0; t < TABLES; t++)
			buf_printf(&value, " %" PRIu64, m->skip[t]);
		for (size_t t = 0; t < TABLES; t++)
			buf_printf(&value, " %" PRIu64, im->before[t] + im->rows[t]);
	}
	if (value.bad != OK)
		return value.bad;
	enum err err = store_mark(im->writer, mark_key(sha, key), value.data, value.len);
	return err == OK ? write_open(im, m->complete ? "-" : sha) : err;
}

static enum err count_rows(struct import *im, struct problem *why)
{
	struct store_info info;
	enum err err = store_info(im->store, &info, why);
	if (err != OK)
		return err;
	for (enum table_id t = 0; t < TABLES; t++)
		im->before[t] = info.table[t].segment_rows + info.table[t].journal_rows;
	return OK;
}

enum err import_settle(struct import *im, struct problem *why)
{
	_cleanup_(buf_free) struct buf sha = { .ceiling = 4097 };
	struct import_mark m;
	enum err err = count_rows(im, why);

	if (err != OK)
		return err;
	err = store_writer_read_mark(im->writer, open_key, &sha);
	if (err == E_UNKNOWN || (err == OK && STREQ(buf_str(&sha), "-")))
		return OK;
	if (err == OK)
		err = import_read_mark(im, buf_str(&sha), &m);
	if (err != OK)
		return err;
	for (enum table_id t = 0; t < TABLES; t++)
		m.skip[t] += im->before[t] - MIN(m.total[t], im->before[t]);
	/* Its new totals are those of now, so that settling it again finds nothing more; and it is no
	 * longer open, so that the rows of whoever writes next are not taken for its own. */
	if ((err = import_write_mark(im, buf_str(&sha), &m)) == OK)
		err = write_open(im, "-");
	return err == OK ? store_commit(im->writer) : err;
}
