/* DuckDB's side of bench-query (query_serve.h), through the C interface of its shared library:
 *
 *	query_duckdb LIBRARY DATABASE STORE OWNERS THREADS
 *
 * An absent DATABASE is filled with the rows of the store, in their order, and with OWNERS, lines of
 * agent as a number, port, customer.  A question is SQL over flows and owners. */
#include "query_serve.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* What of the interface is used, as its documentation has it. */
enum { TYPE_UTINYINT = 6, TYPE_USMALLINT = 7, TYPE_UINTEGER = 8, TYPE_UBIGINT = 9, TYPE_UHUGEINT = 32 };
struct duck_result {
	uint64_t one, two, three;
	void *four, *five, *six;
};
static struct {
	const char *(*library_version)(void);
	int (*open)(const char *path, void **ret);
	int (*connect)(void *db, void **ret);
	int (*query)(void *con, const char *sql, struct duck_result *ret);
	const char *(*result_error)(struct duck_result *r);
	uint64_t (*row_count)(struct duck_result *r);
	uint64_t (*column_count)(struct duck_result *r);
	char *(*value_varchar)(struct duck_result *r, uint64_t col, uint64_t row);
	void (*free)(void *p);
	void (*destroy_result)(struct duck_result *r);
	int (*appender_create)(void *con, const char *schema, const char *table, void **ret);
	int (*append_data_chunk)(void *appender, void *chunk);
	int (*appender_destroy)(void **appender);
	void *(*create_logical_type)(int type);
	void *(*create_data_chunk)(void **types, uint64_t n);
	void *(*data_chunk_get_vector)(void *chunk, uint64_t col);
	void *(*vector_get_data)(void *vector);
	void (*data_chunk_set_size)(void *chunk, uint64_t n);
	void (*data_chunk_reset)(void *chunk);
} duck;

static void find_functions(const char *library)
{
	void *lib = dlopen(library, RTLD_NOW);
	if (!lib)
		stop(library, dlerror());
#define FIND(name)                                                                                 \
	do {                                                                                       \
		void *f_ = dlsym(lib, "duckdb_" #name);                                            \
		if (!f_)                                                                           \
			stop(library, "has no duckdb_" #name);                                     \
		memcpy(&duck.name, &f_, sizeof(f_));                                               \
	} while (0)
	FIND(library_version); FIND(open); FIND(connect); FIND(query); FIND(result_error); FIND(row_count);
	FIND(column_count); FIND(value_varchar); FIND(free); FIND(destroy_result); FIND(appender_create);
	FIND(append_data_chunk); FIND(appender_destroy); FIND(create_logical_type); FIND(create_data_chunk);
	FIND(data_chunk_get_vector); FIND(vector_get_data); FIND(data_chunk_set_size); FIND(data_chunk_reset);
#undef FIND
}

static void run(void *con, const char *sql)
{
	struct duck_result r;
	if (duck.query(con, sql, &r))
		stop(sql, duck.result_error(&r));
	duck.destroy_result(&r);
}

/* -- loading ---------------------------------------------------------------------------------- */

/* By column of served_cols. */
static const struct {
	const char *name;
	int type;
} columns[SERVED] = {
	{ "ts", TYPE_UINTEGER }, { "agent", TYPE_UINTEGER }, { "inif", TYPE_UINTEGER }, { "outif", TYPE_UINTEGER },
	{ "src", TYPE_UHUGEINT }, { "dst", TYPE_UHUGEINT }, { "proto", TYPE_UTINYINT },
	{ "sport", TYPE_USMALLINT }, { "dport", TYPE_USMALLINT }, { "tcpflags", TYPE_USMALLINT }, { "tos", TYPE_UTINYINT },
	{ "vlanin", TYPE_USMALLINT }, { "vlanout", TYPE_USMALLINT }, { "srcas", TYPE_UINTEGER }, { "dstas", TYPE_UINTEGER },
	{ "bytes", TYPE_UINTEGER }, { "frames", TYPE_UINTEGER }, { "rate", TYPE_UINTEGER },
};

static const char *type_words(int type)
{
	return type == TYPE_UTINYINT ? "UTINYINT" : type == TYPE_USMALLINT ? "USMALLINT" : type == TYPE_UINTEGER ? "UINTEGER" :
	       type == TYPE_UBIGINT ? "UBIGINT" : "UHUGEINT";
}

struct load {
	void *appender, *chunk;
};

static void put_cell(void *data, int type, const struct served *s, size_t c, size_t from, size_t i)
{
	uint64_t v = c == 1 ? (uint32_t)s->lo[c][from + i] : s->num[c][from + i];
	switch (type) {
	case TYPE_UTINYINT:  ((uint8_t *)data)[i] = (uint8_t)v; break;
	case TYPE_USMALLINT: ((uint16_t *)data)[i] = (uint16_t)v; break;
	case TYPE_UINTEGER:  ((uint32_t *)data)[i] = (uint32_t)v; break;
	case TYPE_UBIGINT:   ((uint64_t *)data)[i] = v; break;
	default:
		((uint64_t *)data)[i * 2] = s->lo[c][from + i];
		((uint64_t *)data)[i * 2 + 1] = s->hi[c][from + i];
	}
}

static void take(void *arg, const struct served *s)
{
	enum { VECTOR = 2048 };
	struct load *l = arg;
	for (size_t from = 0; from < s->rows; from += VECTOR) {
		size_t n = MIN(s->rows - from, (size_t)VECTOR);
		duck.data_chunk_reset(l->chunk);
		for (size_t c = 0; c < SERVED; c++) {
			void *data = duck.vector_get_data(duck.data_chunk_get_vector(l->chunk, c));
			for (size_t i = 0; i < n; i++)
				put_cell(data, columns[c].type, s, c, from, i);
		}
		duck.data_chunk_set_size(l->chunk, n);
		if (duck.append_data_chunk(l->appender, l->chunk))
			stop("duckdb", "append failed");
	}
}

static void fill(void *con, const char *store, const char *owners)
{
	char sql[4096], *at = sql;
	void *types[SERVED];
	struct load l = { 0 };
	at += sprintf(at, "CREATE TABLE flows (");
	for (size_t c = 0; c < SERVED; c++) {
		types[c] = duck.create_logical_type(columns[c].type);
		at += sprintf(at, "%s%s %s NOT NULL", c ? ", " : "", columns[c].name, type_words(columns[c].type));
	}
	sprintf(at, ")");
	run(con, sql);
	if (duck.appender_create(con, NULL, "flows", &l.appender))
		stop("duckdb", "no appender");
	l.chunk = duck.create_data_chunk(types, SERVED);
	served_rows(store, take, &l);
	if (duck.appender_destroy(&l.appender))
		stop("duckdb", "append failed");
	snprintf(sql, sizeof(sql),
		 "CREATE TABLE owners AS SELECT * FROM read_csv('%s', columns={'agent':'UINTEGER','port':'UINTEGER','customer':'UINTEGER'})",
		 owners);
	run(con, sql);
	run(con, "CHECKPOINT");
}

/* -- questions ---------------------------------------------------------------------------------- */

static void answer_question(void *con, const char *sql)
{
	struct duck_result r;
	struct timing start = timing_start();
	int bad = duck.query(con, sql, &r);
	struct timing end = { clock_monotonic() - start.wall, clock_cpu() - start.cpu };
	for (uint64_t row = 0; !bad && row < duck.row_count(&r); row++) {
		for (uint64_t c = 0; c < duck.column_count(&r); c++) {
			char *text = duck.value_varchar(&r, c, row);
			printf("%s%s", c ? "\t" : "", text ? text : "");
			duck.free(text);
		}
		putchar('\n');
	}
	if (bad)
		printf("! %s\n", strtok((char *)(uintptr_t)duck.result_error(&r), "\n"));
	else
		printf("= %" PRId64 " %" PRId64 "\n", end.wall, end.cpu);
	fflush(stdout);
	duck.destroy_result(&r);
}

int main(int argc, char **argv)
{
	void *db = NULL, *con = NULL;
	char *line = NULL, threads[64];
	size_t room = 0;
	if (argc != 6)
		stop("usage", "query_duckdb LIBRARY DATABASE STORE OWNERS THREADS");
	bool there = access(argv[2], F_OK) == 0;
	find_functions(argv[1]);
	if (duck.open(argv[2], &db) || duck.connect(db, &con))
		stop("duckdb", argv[2]);
	snprintf(threads, sizeof(threads), "SET threads = %d", atoi(argv[5]));
	run(con, threads);
	if (!there)
		fill(con, argv[3], argv[4]);
	printf("DuckDB %s, a database file, threads = %d\n", duck.library_version(), atoi(argv[5]));
	fflush(stdout);
	while (serve_line(&line, &room))
		answer_question(con, line);
	return 0;
}
