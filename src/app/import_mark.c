/* How far imports came: marks in the store, made durable together with the rows before them.
 *
 *	import/SHA256   complete
 *	                partial PACKETS SHIFT  SKIP SKIP  TOTAL TOTAL
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

static const char open_key[] = "import/open";

static const char *mark_key(const char *sha, char buf[static 80])
{
	snprintf(buf, 80, "import/%s", sha);
	return buf;
}

enum err import_read_mark(struct import *im, const char *sha, struct import_mark *ret)
{
	_cleanup_(buf_free) struct buf value = { .ceiling = 4097 };
	char key[80];
	struct import_mark m = { 0 };
	_Static_assert(TABLES == 2, "the mark has a number for each table");
	enum err err = store_writer_read_mark(im->writer, mark_key(sha, key), &value);

	if (err == OK) {
		m.known = true;
		m.complete = STREQ(buf_str(&value), "complete");
		if (!m.complete && sscanf(buf_str(&value),
					  "partial %" SCNu64 " %" SCNd64 " %" SCNu64 " %" SCNu64
					  " %" SCNu64 " %" SCNu64,
					  &m.packets, &m.shift, &m.skip[0], &m.skip[1], &m.total[0],
					  &m.total[1]) != 6)
			return E_CORRUPT;
	} else if (err != E_UNKNOWN) {
		return err;
	}
	*ret = m;
	return OK;
}

enum err import_write_mark(struct import *im, const char *sha, const struct import_mark *m)
{
	char key[80], value[160] = "complete";
	if (!m->complete)
		snprintf(value, sizeof(value),
			 "partial %" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			 " %" PRIu64,
			 m->packets, m->shift, m->skip[0], m->skip[1], im->before[0] + im->rows[0],
			 im->before[1] + im->rows[1]);
	enum err err = store_mark(im->writer, mark_key(sha, key), value, strlen(value));
	if (err != OK)
		return err;
	const char *running = m->complete ? "-" : sha;
	return store_mark(im->writer, open_key, running, strlen(running));
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
	/* Its new totals are those of now, so that settling it again finds nothing more. */
	if ((err = import_write_mark(im, buf_str(&sha), &m)) != OK)
		return err;
	return store_commit(im->writer);
}
