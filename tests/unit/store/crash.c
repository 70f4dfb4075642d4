/* One writer and many readers, and a writer that is killed at any moment.
 *
 * Row i of each table says so in its columns (bytes or ifinoctets = i + 1, the rest follows from
 * i), so whoever reads rows can tell whether they are the first n, each once. */
#include "store/kit.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static const usec_t first_time = 1764000000 * USEC_PER_SEC;

static void fill_row(enum table_id table, uint64_t i, void *rec)
{
	uint32_t h = (uint32_t)(i * 0x9e3779b9u);
	if (table == TABLE_TRAFFIC) {
		*(struct flow_rec *)rec =
			(struct flow_rec){ .time = (uint64_t)first_time + i * 1000,
					   .agent = addr_v4(1 + h % 3),
					   .bytes = i + 1,
					   .ipsource = addr_v4(h),
					   .ipdestination = addr_v4(h >> 20),
					   .frames = 1,
					   .sourceport = (uint16_t)h,
					   .inputinterface = h % 48,
					   .samplingrate = 512 };
	} else {
		*(struct ifcounters_rec *)rec =
			(struct ifcounters_rec){ .time = (uint64_t)first_time + i * 1000,
						 .agent = addr_v4(1 + h % 3),
						 .ifinoctets = i + 1,
						 .interface = h % 48 };
	}
}

/* Puts rows from..to of a table. */
static enum err put_rows(struct store_writer *w, enum table_id table, uint64_t from, uint64_t to)
{
	struct batch *b;
	union {
		struct flow_rec flow;
		struct ifcounters_rec counters;
	} rec;
	assert_int_equal(batch_new(&tables[table], to - from, &b), OK);
	for (uint64_t i = from; i < to; i++) {
		fill_row(table, i, &rec);
		batch_push(b, &rec);
	}
	enum err e = store_put(w, b);
	batch_free(b);
	return e;
}

/* How many rows a table has, after seeing that they are the first ones, each once and whole. */
static uint64_t count_rows(struct store *s, enum table_id table)
{
	static uint64_t uints[SEG_BLOCK], times[SEG_BLOCK];
	static uint32_t codes[SEG_BLOCK];
	size_t counter = table == TABLE_TRAFFIC ? (size_t)TR_bytes : (size_t)IF_ifinoctets;
	struct snapshot sn;
	uint64_t n = 0;
	assert_int_equal(store_snapshot(s, table, kit_always, &sn), OK);
	assert_int_equal(sn.ngap, 0);
	for (size_t k = 0; k < sn.nseg; k++) {
		struct seg *seg = sn.seg[k];
		assert_int_equal(seg_prepare(seg, UINT64_MAX), OK);
		for (size_t block = 0; block < seg_blocks(seg_rows(seg)); block++) {
			size_t rows = MIN(seg_rows(seg) - block * SEG_BLOCK, (size_t)SEG_BLOCK);
			seg_uints(seg, counter, block, uints);
			seg_uints(seg, tables[table].time_col, block, times);
			const struct seg_col *source =
				table == TABLE_TRAFFIC ? seg_column(seg, TR_ipsource) : NULL;
			if (source && source->kind == SEG_DICT)
				seg_codes(seg, TR_ipsource, block, codes);
			for (size_t i = 0; i < rows; i++, n++) {
				struct flow_rec want;
				assert_int_equal(uints[i], n + 1);
				assert_int_equal(times[i], (uint64_t)first_time + n * 1000);
				if (!source)
					continue;
				fill_row(TABLE_TRAFFIC, n, &want);
				assert_true(addr_equal(&want.ipsource,
						       source->kind == SEG_DICT
							       ? &source->dict_addr[codes[i]]
							       : &source->addr));
			}
		}
	}
	snapshot_free(&sn);
	return n;
}

static uint64_t read_mark(struct store *s)
{
	struct buf b = { 0 };
	uint64_t v = 0;
	enum err e = store_read_mark(s, "rows", &b);
	assert_true(e == OK || e == E_UNKNOWN);
	if (e == OK) {
		assert_int_equal(b.len, sizeof(v));
		memcpy(&v, b.data, sizeof(v));
	}
	buf_free(&b);
	return v;
}

/* A child that goes on where the store ends: puts, marks, commits, seals, and tells its parent
 * through the pipe how far it has committed. */
static void write_until_killed(const char *folder, int pipe_fd, uint64_t seed)
{
	struct kit_rng rng = { seed };
	struct store_options opt = { .seal_rows = 700, .no_sync = seed % 2 };
	struct store_writer *w;
	struct store *s;
	if (store_write_open(folder, &opt, &w, NULL) != OK || store_open(folder, &s, NULL) != OK)
		_exit(2);
	uint64_t traffic = count_rows(s, TABLE_TRAFFIC), counters = count_rows(s, TABLE_IFCOUNTERS);
	store_close(s);
	for (;;) {
		uint64_t n = 1 + kit_below(&rng, 300);
		if (put_rows(w, TABLE_IFCOUNTERS, counters, counters + n / 4 + 1) != OK ||
		    put_rows(w, TABLE_TRAFFIC, traffic, traffic + n) != OK)
			_exit(3);
		traffic += n;
		counters += n / 4 + 1;
		uint64_t mark = traffic << 32 | counters;
		if (store_mark(w, "rows", &mark, sizeof(mark)) != OK)
			_exit(4);
		if (kit_below(&rng, 4) == 0)
			continue;
		if ((kit_below(&rng, 12) == 0 ? store_seal(w) : store_commit(w)) != OK)
			_exit(5);
		if (write(pipe_fd, &mark, sizeof(mark)) != sizeof(mark))
			_exit(6);
	}
}

static void a_killed_writer_loses_nothing_it_has_committed(void **state)
{
	(void)state;
	char folder[256];
	struct kit_rng rng = { 17 };
	kit_folder(folder);
	for (uint64_t round = 0; round < 30; round++) {
		int fd[2], status;
		uint64_t committed = 0, word;
		assert_int_equal(pipe(fd), 0);
		pid_t pid = fork();
		if (pid == 0) {
			close(fd[0]);
			write_until_killed(folder, fd[1], round + 1);
		}
		close(fd[1]);
		nanosleep(&(struct timespec){ .tv_nsec = (long)kit_below(&rng, 40000000) }, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		while (read(fd[0], &word, sizeof(word)) == sizeof(word))
			committed = word;
		close(fd[0]);

		/* As the crash has left it, and as the next writer puts it right. */
		for (int recovered = 0; recovered < 2; recovered++) {
			struct store *s;
			struct store_writer *w = NULL;
			enum err e = store_open(folder, &s, NULL);
			if (e == E_UNKNOWN && !committed)
				break; /* killed before there was a store */
			assert_int_equal(e, OK);
			kit_check_clean(folder);
			uint64_t traffic = count_rows(s, TABLE_TRAFFIC),
				 counters = count_rows(s, TABLE_IFCOUNTERS);
			assert_true(traffic >= committed >> 32 && counters >= (uint32_t)committed);
			uint64_t mark = read_mark(s);
			assert_true(mark >= committed && traffic >= mark >> 32 &&
				    counters >= (uint32_t)mark);
			store_close(s);
			if (recovered)
				continue;
			assert_int_equal(
				store_write_open(folder, &(struct store_options){ .no_sync = true },
						 &w, NULL),
				OK);
			assert_int_equal(store_write_close(w), OK);
		}
	}
	kit_remove(folder);
}

static void readers_see_a_growing_prefix_while_the_writer_writes(void **state)
{
	(void)state;
	char folder[256];
	int status = 0;
	struct store_writer *w;
	struct store *s;
	kit_folder(folder);
	assert_int_equal(
		store_write_open(folder,
				 &(struct store_options){ .seal_rows = 900, .no_sync = true }, &w,
				 NULL),
		OK);
	assert_int_equal(store_open(folder, &s, NULL), OK);
	pid_t pid = fork();
	if (pid == 0) {
		for (uint64_t i = 0; i < 20000; i += 100)
			if (put_rows(w, TABLE_TRAFFIC, i, i + 100) != OK || store_commit(w) != OK)
				_exit(1);
		_exit(0);
	}
	uint64_t before = 0, looks = 0;
	for (bool alive = true; alive; looks++) {
		alive = waitpid(pid, &status, WNOHANG) == 0;
		uint64_t n = count_rows(s, TABLE_TRAFFIC);
		assert_true(n >= before && n % 100 == 0);
		before = n;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(before, 20000);
	assert_true(looks > 3);
	store_close(s);
	store_write_abandon(w);
	kit_remove(folder);
}

static void a_second_writer_is_refused_by_the_pid_of_the_first(void **state)
{
	(void)state;
	char folder[256], expect[64];
	struct store_writer *w, *second = NULL;
	struct problem why;
	struct store_info info;
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	assert_int_equal(store_write_open(folder, NULL, &second, &why), E_BUSY);
	snprintf(expect, sizeof(expect), "in use by pid %d", (int)getpid());
	assert_string_equal(why.text, expect);
	assert_null(second);
	assert_int_equal(store_info(folder, &info, &why), OK);
	assert_true(info.writer_alive);
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_info(folder, &info, &why), OK);
	assert_false(info.writer_alive);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	assert_int_equal(store_write_close(w), OK);
	kit_remove(folder);
}

static void folders_that_are_no_store(void **state)
{
	(void)state;
	char folder[256], file[300];
	struct store *s;
	struct store_info info;
	struct store_writer *w;
	struct problem why;
	kit_folder(folder);
	assert_int_equal(store_open(folder, &s, &why), E_UNKNOWN); /* absent */
	assert_int_equal(store_info(folder, &info, &why), E_UNKNOWN);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(store_open(folder, &s, &why), E_UNKNOWN); /* empty */
	assert_int_equal(store_check(folder, kit_say, NULL), OK);
	snprintf(file, sizeof(file), "%s/letter.txt", folder);
	fclose(fopen(file, "w"));
	assert_int_equal(store_write_open(folder, NULL, &w, &why), E_EXISTS); /* other things */
	assert_string_equal(why.text, "the folder holds other things: 'letter.txt'");
	assert_int_equal(unlink(file), 0);

	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	assert_int_equal(put_rows(w, TABLE_TRAFFIC, 0, 5), OK);
	assert_int_equal(store_write_close(w), OK);
	snprintf(file, sizeof(file), "%s/STORE", folder);
	assert_int_equal(unlink(file), 0); /* data, but no STORE: never made anew */
	assert_int_equal(store_open(folder, &s, &why), E_CORRUPT);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), E_CORRUPT);
	kit_remove(folder);
}

static void a_newer_store_is_refused(void **state)
{
	(void)state;
	char folder[256], file[300], line[200] = "weir-store 2\ncreated 1 weir 9\n";
	struct store *s;
	struct store_writer *w;
	struct problem why;
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	assert_int_equal(store_write_close(w), OK);
	snprintf(file, sizeof(file), "%s/STORE", folder);
	snprintf(line + strlen(line), 100, "end %08x\nwriter 0000000000\n",
		 crc32c(0, line, strlen(line)));
	FILE *f = fopen(file, "w");
	fputs(line, f);
	fclose(f);
	assert_int_equal(store_open(folder, &s, &why), E_VERSION);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), E_VERSION);
	assert_string_equal(why.text, "STORE: made by a newer version");
	kit_remove(folder);
}

static void marks_are_remembered_in_journal_and_manifest(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w;
	struct store *s;
	struct buf b = { 0 };
	char big[4097] = { 1 };
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, &w, NULL), OK);
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_read_mark(s, "import a.pcap", &b), E_UNKNOWN);
	assert_int_equal(store_mark(w, "import a.pcap", "12", 2), OK);
	assert_int_equal(store_mark(w, "import a.pcap", "345", 3), OK);
	assert_int_equal(store_mark(w, "empty", NULL, 0), OK);
	assert_int_equal(store_mark(w, "big", big, 4096), OK);
	assert_int_equal(store_mark(w, "big", big, 4097), E_RANGE);
	assert_int_equal(store_mark(w, "", "x", 1), E_RANGE);
	assert_int_equal(store_mark(w, "two\nlines", "x", 1), E_RANGE);
	for (int i = 0; i < 3; i++) { /* journal; sealed; journal again over sealed */
		assert_int_equal(i == 1 ? store_seal(w) : store_commit(w), OK);
		buf_reset(&b);
		assert_int_equal(store_read_mark(s, "import a.pcap", &b), OK);
		assert_string_equal(buf_str(&b), i == 2 ? "6" : "345");
		buf_reset(&b);
		assert_int_equal(store_read_mark(s, "empty", &b), OK);
		assert_int_equal(b.len, 0);
		buf_reset(&b);
		assert_int_equal(store_writer_read_mark(w, "big", &b), OK);
		assert_int_equal(b.len, 4096);
		if (i == 1) {
			assert_int_equal(store_mark(w, "import a.pcap", "6", 1), OK);
			assert_int_equal(store_commit(w), OK);
		}
	}
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_write_open(folder, NULL, &w, NULL), OK);
	buf_reset(&b);
	assert_int_equal(store_writer_read_mark(w, "import a.pcap", &b), OK);
	assert_string_equal(buf_str(&b), "6");
	assert_int_equal(store_write_close(w), OK);
	kit_check_clean(folder);
	store_close(s);
	buf_free(&b);
	kit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(a_killed_writer_loses_nothing_it_has_committed),
	  cmocka_unit_test(readers_see_a_growing_prefix_while_the_writer_writes),
	  cmocka_unit_test(a_second_writer_is_refused_by_the_pid_of_the_first),
	  cmocka_unit_test(folders_that_are_no_store), cmocka_unit_test(a_newer_store_is_refused),
	  cmocka_unit_test(marks_are_remembered_in_journal_and_manifest))
