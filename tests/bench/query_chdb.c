/* chDB's side of bench-query (query_serve.h), through the C interface of its shared library:
 *
 *	query_chdb LIBRARY FOLDER STORE OWNERS THREADS
 *
 * An absent FOLDER is filled with the rows of the store and with OWNERS, lines of agent as a
 * number, port, customer.  A question is SQL over flows and owners. */
#include "query_serve.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What of the interface is used, as its documentation has it. */
static struct {
	void **(*connect)(int argc, char **argv);
	void *(*query)(void *con, const char *sql, const char *format);
	char *(*result_buffer)(void *r);
	size_t (*result_length)(void *r);
	const char *(*result_error)(void *r);
	void (*destroy_query_result)(void *r);
} chdb;

static void find_functions(const char *library)
{
	void *lib = dlopen(library, RTLD_NOW);
	if (!lib)
		stop(library, dlerror());
#define FIND(name)                                                                                 \
	do {                                                                                       \
		void *f_ = dlsym(lib, "chdb_" #name);                                              \
		if (!f_)                                                                           \
			stop(library, "has no chdb_" #name);                                       \
		memcpy(&chdb.name, &f_, sizeof(f_));                                               \
	} while (0)
	FIND(connect); FIND(query); FIND(result_buffer); FIND(result_length); FIND(result_error); FIND(destroy_query_result);
#undef FIND
}

static void run(void *con, const char *sql)
{
	void *r = chdb.query(con, sql, "TabSeparated");
	const char *why = chdb.result_error(r);
	if (why)
		stop(sql, why);
	chdb.destroy_query_result(r);
}

/* -- loading: a file of rows per block, in RowBinary ------------------------------------------------ */

static const struct {
	const char *name, *type;
	unsigned bytes;
} columns[SERVED] = {
	{ "ts", "UInt32", 4 }, { "agent", "UInt32", 4 }, { "inif", "UInt32", 4 }, { "outif", "UInt32", 4 },
	{ "src", "UInt128", 16 }, { "dst", "UInt128", 16 }, { "proto", "UInt8", 1 },
	{ "sport", "UInt16", 2 }, { "dport", "UInt16", 2 }, { "tcpflags", "UInt16", 2 }, { "tos", "UInt8", 1 },
	{ "vlanin", "UInt16", 2 }, { "vlanout", "UInt16", 2 }, { "srcas", "UInt32", 4 }, { "dstas", "UInt32", 4 },
	{ "bytes", "UInt32", 4 }, { "frames", "UInt32", 4 }, { "rate", "UInt32", 4 },
};

struct load {
	void *con;
	char file[512], structure[1024];
	FILE *f;
	size_t rows;
};

static void insert(struct load *l)
{
	char sql[2048];
	if (!l->rows)
		return;
	if (fclose(l->f))
		stop(l->file, "cannot be written");
	snprintf(sql, sizeof(sql), "INSERT INTO flows SELECT * FROM file('%s', RowBinary, '%s')", l->file, l->structure);
	run(l->con, sql);
	unlink(l->file);
	l->rows = 0;
}

static void take(void *arg, const struct served *s)
{
	enum { TOGETHER = 2000000 };
	struct load *l = arg;
	if (!l->rows && !(l->f = fopen(l->file, "w")))
		stop(l->file, "cannot be made");
	for (size_t i = 0; i < s->rows; i++)
		for (size_t c = 0; c < SERVED; c++) {
			uint64_t v[2] = { c == 1 || columns[c].bytes == 16 ? s->lo[c][i] : s->num[c][i], s->hi[c][i] };
			fwrite(v, columns[c].bytes, 1, l->f);
		}
	l->rows += s->rows;
	if (l->rows >= TOGETHER)
		insert(l);
}

static void fill(void *con, const char *folder, const char *store, const char *owners)
{
	char sql[2048];
	struct load l = { .con = con };
	for (size_t c = 0; c < SERVED; c++)
		sprintf(l.structure + strlen(l.structure), "%s%s %s", c ? ", " : "", columns[c].name, columns[c].type);
	snprintf(sql, sizeof(sql), "CREATE TABLE flows (%s) ENGINE = MergeTree ORDER BY (intDiv(ts, 3600), agent, inif, ts)", l.structure);
	run(con, sql);
	snprintf(l.file, sizeof(l.file), "%s.rows", folder);
	served_rows(store, take, &l);
	insert(&l);
	run(con, "OPTIMIZE TABLE flows FINAL");
	run(con, "CREATE TABLE owners (agent UInt32, port UInt32, customer UInt32) ENGINE = MergeTree ORDER BY (agent, port)");
	snprintf(sql, sizeof(sql), "INSERT INTO owners SELECT * FROM file('%s', CSV, 'agent UInt32, port UInt32, customer UInt32')", owners);
	run(con, sql);
}

/* -- questions ---------------------------------------------------------------------------------- */

static void answer_question(void *con, const char *sql, const char *threads)
{
	char *whole = mem_alloc(strlen(sql) + 64);
	sprintf(whole, "%s SETTINGS max_threads = %s", sql, threads);
	struct timing start = timing_start();
	void *r = chdb.query(con, whole, "TabSeparated");
	struct timing end = { clock_monotonic() - start.wall, clock_cpu() - start.cpu };
	const char *why = chdb.result_error(r);
	if (why) {
		printf("! %.200s\n", why);
	} else {
		fwrite(chdb.result_buffer(r), 1, chdb.result_length(r), stdout);
		printf("= %" PRId64 " %" PRId64 "\n", end.wall, end.cpu);
	}
	fflush(stdout);
	chdb.destroy_query_result(r);
	mem_free(whole);
}

int main(int argc, char **argv)
{
	char *line = NULL, path[512];
	size_t room = 0;
	if (argc != 6)
		stop("usage", "query_chdb LIBRARY FOLDER STORE OWNERS THREADS");
	bool there = access(argv[2], F_OK) == 0;
	find_functions(argv[1]);
	snprintf(path, sizeof(path), "--path=%s", argv[2]);
	char *args[] = { argv[0], path };
	void **con = chdb.connect(2, args);
	if (!con || !*con)
		stop("chdb", argv[2]);
	if (!there)
		fill(*con, argv[2], argv[3], argv[4]);
	void *r = chdb.query(*con, "SELECT version()", "TabSeparated");
	printf("chDB, engine %.*s, MergeTree, max_threads = %s\n", (int)strcspn(chdb.result_buffer(r), "\n"), chdb.result_buffer(r), argv[5]);
	fflush(stdout);
	chdb.destroy_query_result(r);
	while (serve_line(&line, &room))
		answer_question(*con, line, argv[5]);
	return 0;
}
