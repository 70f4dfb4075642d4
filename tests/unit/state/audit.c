/* The audit chain and the quotas. */
#include "scratch.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

static void write_rows(struct state *s, int n)
{
	for (int i = 0; i < n; i++) {
		char what[32];
		snprintf(what, sizeof(what), "query %d", i);
		const struct audit row = { .time = NOW + i, .who = i % 2 ? "alice" : "bob", .role = "customer", .customer = "1001",
					   .from = "192.0.2.1", .action = "query", .what = what, .outcome = "ok", .rows = i, .usec = 5 };
		assert_int_equal(audit_add(s, &row), OK);
	}
}

static void tamper(const char *sql)
{
	char path[128];
	sqlite3 *db;
	snprintf(path, sizeof(path), "%s/state.db", scratch);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void the_chain_holds(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	struct audit_head head;
	int64_t n;
	assert_int_equal(audit_verify(s, NULL, &n, &why), OK);
	assert_int_equal(n, 0);
	write_rows(s, 20);
	assert_int_equal(audit_head(s, &head.seq, head.hash), OK);
	assert_int_equal(head.seq, 20);
	write_rows(s, 5);
	assert_int_equal(audit_verify(s, &head, &n, &why), OK);
	assert_int_equal(n, 25);
	scratch_close(s);
}

static void what_is_changed_shows(void **st)
{
	(void)st;
	static const struct {
		const char *sql, *want;
	} cases[] = {
		{ "UPDATE audit SET what = 'nothing' WHERE seq = 7", "row 7 of the audit log is not as it was written" },
		{ "UPDATE audit SET nrows = 0 WHERE seq = 20", "row 20 of the audit log is not as it was written" },
		{ "UPDATE audit SET time = time + 1 WHERE seq = 1", "row 1 of the audit log is not as it was written" },
		{ "UPDATE audit SET who = 'querybob', action = '' WHERE seq = 3", "row 3 of the audit log is not as it was written" },
		{ "DELETE FROM audit WHERE seq = 9", "row 9 of the audit log is missing; row 10 follows" },
		{ "DELETE FROM audit WHERE seq = 1", "row 1 of the audit log is missing; row 2 follows" },
		{ "UPDATE audit SET hash = zeroblob(3) WHERE seq = 4", "row 4 of the audit log is not as it was written" },
		{ "UPDATE audit SET who = who || char(0) WHERE seq = 6", "row 6 of the audit log is not as it was written" },
		{ "DELETE FROM audit WHERE seq > 15", "the audit log ends at row 15, before row 20 whose hash was kept" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct state *s = scratch_open();
		struct problem why = { 0 };
		struct audit_head head;
		int64_t n;
		write_rows(s, 20);
		assert_int_equal(audit_head(s, &head.seq, head.hash), OK);
		tamper(cases[i].sql);
		assert_int_equal(audit_verify(s, &head, &n, &why), E_CORRUPT);
		assert_string_equal(why.text, cases[i].want);
		scratch_close(s);
	}
}

/* What would swallow rows to come: the chain of those that are left would still hold. */
static void what_is_planted_shows(void **st)
{
	(void)st;
	static const struct {
		const char *sql, *want;
		enum err added; /* what a further row is met with */
	} cases[] = {
		{ "CREATE TRIGGER quiet BEFORE INSERT ON audit WHEN new.who = 'alice' BEGIN SELECT RAISE(IGNORE); END",
		  "the state file is not laid out as weir does: see its trigger quiet", OK },
		{ "CREATE UNIQUE INDEX quiet ON audit (what)", "the state file is not laid out as weir does: see its index quiet", E_EXISTS },
		{ "CREATE TABLE more (x)", "the state file is not laid out as weir does: see its table more", OK },
		{ "DROP INDEX audit_time", "the state file is not laid out as weir does: see its index once_expires", OK },
		{ "ALTER TABLE audit RENAME TO kept; CREATE VIEW audit AS SELECT * FROM kept WHERE who <> 'alice'",
		  "the state file is not laid out as weir does: see its index audit_time", E_IO },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct state *s = scratch_open();
		struct problem why = { 0 };
		int64_t n;
		write_rows(s, 2);
		state_close(s);
		tamper(cases[i].sql);
		assert_int_equal(state_open(scratch, &s, &why), OK);
		const struct audit row = { .time = NOW, .who = "alice", .role = "", .customer = "", .from = "", .action = "", .what = "query 0", .outcome = "" };
		assert_int_equal(audit_add(s, &row), cases[i].added);
		assert_int_equal(audit_verify(s, NULL, &n, &why), E_CORRUPT);
		assert_string_equal(why.text, cases[i].want);
		scratch_close(s);
	}
}

/* UNIQUE ... ON CONFLICT IGNORE lets an INSERT do nothing, and says that it went well. */
static void a_row_that_is_swallowed_is_not_written(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	int64_t n;
	state_close(s);
	tamper("DROP TABLE audit; CREATE TABLE audit (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL UNIQUE ON CONFLICT IGNORE,"
	       " role TEXT NOT NULL, customer TEXT NOT NULL, origin TEXT NOT NULL, action TEXT NOT NULL, what TEXT NOT NULL,"
	       " outcome TEXT NOT NULL, nrows INTEGER NOT NULL, usec INTEGER NOT NULL, hash BLOB NOT NULL) STRICT");
	assert_int_equal(state_open(scratch, &s, &why), OK);
	const struct audit row = { .time = NOW, .who = "alice", .role = "", .customer = "", .from = "", .action = "", .what = "", .outcome = "" };
	assert_int_equal(audit_add(s, &row), OK);
	assert_int_equal(audit_add(s, &row), E_CORRUPT);
	assert_int_equal(audit_verify(s, NULL, &n, &why), E_CORRUPT);
	scratch_close(s);
}

/* Who rewrites the whole chain is found out by a head kept elsewhere. */
static void a_new_chain_is_not_the_one_that_was_kept(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	struct audit_head head;
	int64_t n;
	write_rows(s, 3);
	assert_int_equal(audit_head(s, &head.seq, head.hash), OK);
	tamper("DELETE FROM audit");
	write_rows(s, 2);
	write_rows(s, 3);
	assert_int_equal(audit_verify(s, NULL, &n, &why), OK);
	assert_int_equal(audit_verify(s, &head, &n, &why), E_CORRUPT);
	assert_string_equal(why.text, "row 3 of the audit log is not the one whose hash was kept");
	scratch_close(s);
}

static void count_row(void *arg, const struct audit *row)
{
	int64_t *sum = arg;
	*sum = *sum * 100 + row->seq;
}

static void rows_are_shown_by_who_and_when(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	int64_t seen = 0;
	write_rows(s, 10);
	assert_int_equal(audit_each(s, &(struct audit_filter){ .who = "alice", .last = 3 }, count_row, &seen), OK);
	assert_int_equal(seen, 60810);
	seen = 0;
	assert_int_equal(audit_each(s, &(struct audit_filter){ .when = { NOW + 2, NOW + 4 } }, count_row, &seen), OK);
	assert_int_equal(seen, 304);
	seen = 0;
	assert_int_equal(audit_each(s, &(struct audit_filter){ .customer = "1002" }, count_row, &seen), OK);
	assert_int_equal(seen, 0);
	scratch_close(s);
}

/* Processes that write at the same time make one chain. */
static void two_writers_make_one_chain(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	int64_t n;
	int status;
	state_close(s);
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			struct state *mine;
			if (state_open(scratch, &mine, NULL) != OK)
				_exit(1);
			write_rows(mine, 25);
			state_close(mine);
			_exit(0);
		}
	for (int i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(state_open(scratch, &s, &why), OK);
	assert_int_equal(audit_verify(s, NULL, &n, &why), OK);
	assert_int_equal(n, 100);
	scratch_close(s);
}

/* A writer that is killed at any moment: the chain ends with a whole row. */
static void a_crash_leaves_a_whole_chain(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	struct audit_head head = { 0 };
	int64_t n = 0, before;
	int status;
	state_close(s);
	for (int i = 0; i < 12; i++) {
		pid_t child = fork();
		if (child == 0) {
			if (state_open(scratch, &s, &why) == OK)
				write_rows(s, 1000000);
			_exit(1);
		}
		usleep((useconds_t)(500 + i * i * 700));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		before = n;
		assert_int_equal(state_open(scratch, &s, &why), OK);
		assert_int_equal(audit_verify(s, head.seq ? &head : NULL, &n, &why), OK);
		assert_true(n >= before);
		assert_int_equal(audit_head(s, &head.seq, head.hash), OK);
		assert_int_equal(head.seq, n);
		state_close(s);
	}
	assert_true(n > 0);
	scratch_close(NULL);
}

/* Names are a stranger's: none of them makes a row of its own, or one that is not shown. */
static void show_clean(void *arg, const struct audit *row)
{
	snprintf(arg, 200, "%s|%s|%s", row->who, row->customer, row->from);
}

static void strange_texts_are_one_clean_line(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	int64_t n;
	char shown[200];
	assert_int_equal(audit_add(s, &(struct audit){ .who = "x\n     9  forged", .role = "", .customer = "\xff\xc2\x9b", .from = "\x1b[2J\xe2\x80\xae",
						       .action = "login", .what = "", .outcome = "" }), OK);
	assert_int_equal(audit_each(s, &(struct audit_filter){ 0 }, show_clean, shown), OK);
	assert_string_equal(shown, "x?     9  forged|??|?[2J?");
	assert_int_equal(audit_verify(s, NULL, &n, &why), OK);
	scratch_close(s);
}

static void long_texts_are_cut_and_still_verify(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	struct problem why = { 0 };
	int64_t n;
	char *what = malloc(100000);
	memset(what, 'x', 99999);
	memcpy(what, "a\nb\x80", 4);
	what[99999] = 0;
	assert_int_equal(audit_add(s, &(struct audit){ .who = "", .role = "", .customer = "", .from = "", .action = "query",
						       .what = what, .outcome = "ok" }), OK);
	free(what);
	assert_int_equal(audit_verify(s, NULL, &n, &why), OK);
	scratch_close(s);
}

/* -- quotas ---------------------------------------------------------------------------------------- */

static void an_hours_quota_ends_and_comes_back(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	const struct quota q = { .queries = 2 };
	struct quota_ticket *t;
	struct problem why = { 0 };
	for (int i = 0; i < 2; i++) {
		assert_int_equal(quota_begin(s, "1001", &q, NOW, &t, &why), OK);
		assert_int_equal(quota_end(t, &(struct usage){ .cpu_ms = 7, .rows = 100 }), OK);
	}
	assert_int_equal(quota_begin(s, "1001", &q, NOW + 20 * USEC_PER_MIN, &t, &why), E_LIMIT);
	assert_string_equal(why.text, "this hour's quota is used up (queries: 2 of 2); free again in 40 min");
	assert_int_equal(quota_begin(s, "1002", &q, NOW, &t, &why), OK); /* another's is another's */
	assert_int_equal(quota_end(t, &(struct usage){ 0 }), OK);
	struct usage u;
	assert_int_equal(usage_get(s, "1001", NOW, &u), OK);
	assert_int_equal(u.cpu_ms, 14);
	assert_int_equal(u.rows, 200);
	assert_int_equal(quota_begin(s, "1001", &q, NOW + USEC_PER_HOUR, &t, &why), OK);
	assert_int_equal(quota_end(t, &(struct usage){ 0 }), OK);
	const struct quota rows = { .rows = 200 };
	assert_int_equal(quota_begin(s, "1001", &rows, NOW, &t, &why), E_LIMIT);
	assert_string_equal(why.text, "this hour's quota is used up (rows: 200 of 200); free again in 60 min");
	const struct quota cpu = { .cpu_ms = 14 };
	assert_int_equal(quota_begin(s, "1001", &cpu, NOW, &t, &why), E_LIMIT);
	assert_string_equal(why.text, "this hour's quota is used up (cpu_ms: 14 of 14); free again in 60 min");
	scratch_close(s);
}

static void so_many_run_at_once(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	const struct quota q = { .concurrent = 2 };
	struct quota_ticket *a, *b, *c;
	struct problem why = { 0 };
	assert_int_equal(quota_begin(s, "10/01", &q, NOW, &a, &why), OK);
	assert_int_equal(quota_begin(s, "10/01", &q, NOW, &b, &why), OK);
	assert_int_equal(quota_begin(s, "10/01", &q, NOW, &c, &why), E_LIMIT);
	assert_string_equal(why.text, "2 queries run already, as many as may at once");
	assert_int_equal(quota_begin(s, "1002", &q, NOW, &c, &why), OK);
	assert_int_equal(quota_end(c, &(struct usage){ 0 }), OK);
	assert_int_equal(quota_end(a, &(struct usage){ 0 }), OK);
	assert_int_equal(quota_begin(s, "10/01", &q, NOW, &a, &why), OK);
	assert_int_equal(quota_end(a, &(struct usage){ 0 }), OK);
	assert_int_equal(quota_end(b, &(struct usage){ 0 }), OK);
	scratch_close(s);
}

/* A process that is killed gives its place back. */
static void a_crash_leaves_nothing_taken(void **st)
{
	(void)st;
	struct state *s = scratch_open();
	const struct quota q = { .concurrent = 1 };
	struct quota_ticket *t;
	struct problem why = { 0 };
	int status, told[2];
	char byte;
	assert_int_equal(pipe(told), 0);
	state_close(s);
	pid_t child = fork();
	if (child == 0) {
		if (state_open(scratch, &s, NULL) != OK || quota_begin(s, "1001", &q, NOW, &t, &why) != OK)
			_exit(1);
		byte = 1;
		if (write(told[1], &byte, 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(told[0], &byte, 1), 1);
	assert_int_equal(state_open(scratch, &s, &why), OK);
	assert_int_equal(quota_begin(s, "1001", &q, NOW, &t, &why), E_LIMIT);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(quota_begin(s, "1001", &q, NOW, &t, &why), OK);
	assert_int_equal(quota_end(t, &(struct usage){ 0 }), OK);
	close(told[0]);
	close(told[1]);
	scratch_close(s);
}

UNIT_MAIN(cmocka_unit_test(the_chain_holds), cmocka_unit_test(what_is_changed_shows),
	  cmocka_unit_test(what_is_planted_shows), cmocka_unit_test(a_row_that_is_swallowed_is_not_written),
	  cmocka_unit_test(a_crash_leaves_a_whole_chain), cmocka_unit_test(strange_texts_are_one_clean_line),
	  cmocka_unit_test(a_new_chain_is_not_the_one_that_was_kept), cmocka_unit_test(rows_are_shown_by_who_and_when),
	  cmocka_unit_test(two_writers_make_one_chain), cmocka_unit_test(long_texts_are_cut_and_still_verify),
	  cmocka_unit_test(an_hours_quota_ends_and_comes_back), cmocka_unit_test(so_many_run_at_once),
	  cmocka_unit_test(a_crash_leaves_nothing_taken))
