/* Opening the folder, and bringing its file up to the schema this program knows. */
#include "base/file.h"
#include "base/mem.h"
#include "state/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	int version;
	const char *sql;
} schema[] = {
#define SCHEMA(version, sql) { version, sql },
#include "state/schema.def"
#undef SCHEMA
};

static const struct {
	const char *name, *help;
} roles[] = {
#define ROLE(id, name, help) [id] = { name, help },
#include "state/roles.def"
#undef ROLE
};

const char *role_name(enum who_role r)
{
	return roles[r].name;
}

const char *role_help(enum who_role r)
{
	return roles[r].help;
}

enum err role_parse(const char *text, enum who_role *ret)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++)
		if (STREQ(text, roles[i].name)) {
			*ret = (enum who_role)i;
			return OK;
		}
	return E_UNKNOWN;
}

const char *state_why(const struct state *s)
{
	return s->why;
}

const char *state_folder(const struct state *s)
{
	return s->folder;
}

static enum err version(struct state *s, int *ret)
{
	struct sql q = sql_of(s, "PRAGMA user_version");
	int v = sql_row(&q) ? (int)sql_int_at(&q, 0) : 0;
	enum err err = sql_end(&q);
	if (err == OK)
		*ret = v;
	return err;
}

static enum err upgrade(struct state *s, int from)
{
	enum err err = OK;
	char pragma[48];
	for (size_t i = 0; i < COUNT_OF(schema) && err == OK; i++) {
		if (schema[i].version <= from)
			continue;
		err = sql_err(s, sqlite3_exec(s->db, schema[i].sql, NULL, NULL, NULL));
		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", schema[i].version);
		if (err == OK)
			err = sql_err(s, sqlite3_exec(s->db, pragma, NULL, NULL, NULL));
	}
	return err;
}

/* Two processes may find an old file at once: the version counts under the lock. */
static enum err bring_up(struct state *s, struct problem *why)
{
	int v, newest = schema[COUNT_OF(schema) - 1].version;
	enum err err = version(s, &v);
	if (err != OK || v == newest)
		return err;
	if ((err = sql_begin(s)) != OK)
		return err;
	if ((err = version(s, &v)) == OK && v > newest)
		err = problem_set(why, E_VERSION, "\"%s/state.db\" has version %d, made by a newer weir; this one knows %d",
				  s->folder, v, newest);
	if (err == OK)
		err = upgrade(s, v);
	return sql_commit(s, err);
}

static struct sql objects_of(struct state *s)
{
	return sql_of(s, "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name");
}

/* Side by side with an empty file of our own. */
enum err schema_check(struct state *s, struct problem *why)
{
	struct state ours = { 0 };
	enum err err = sql_err(&ours, sqlite3_open(":memory:", &ours.db));
	if (err == OK)
		err = upgrade(&ours, 0);
	struct sql is = objects_of(s), want = objects_of(&ours);
	while (err == OK) {
		bool more = sql_row(&is), wanted = sql_row(&want);
		if (!more && !wanted)
			break;
		if (!more || !wanted || !STREQ(sql_text_at(&is, 0), sql_text_at(&want, 0)) ||
		    !STREQ(sql_text_at(&is, 1), sql_text_at(&want, 1)))
			err = problem_set(why, E_CORRUPT, "the state file is not laid out as weir does: see its %.200s",
					  sql_text_at(more ? &is : &want, 0));
	}
	enum err end = sql_end(&is), ended = sql_end(&want);
	sqlite3_close(ours.db);
	return err != OK ? err : end != OK ? end : ended;
}

static enum err open_db(struct state *s, struct problem *why)
{
	static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
				      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";
	char path[4096];
	if ((size_t)snprintf(path, sizeof(path), "%s/state.db", s->folder) >= sizeof(path))
		return problem_set(why, E_LIMIT, "the state folder's name is too long");
	/* SQLite would make it readable by the group, but not writable.  Only when new: to close a file that
	 * is open elsewhere in this process would end that one's locks. */
	fd_close(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660));
	int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, NULL);
	if (rc != SQLITE_OK)
		return sql_err(s, rc);
	sqlite3_busy_timeout(s->db, 5000);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* We have none; whoever plants one would have it run with each row that is written. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	rc = sqlite3_exec(s->db, pragmas, NULL, NULL, NULL);
	return rc == SQLITE_OK ? bring_up(s, why) : sql_err(s, rc);
}

enum err state_open(const char *folder, struct state **ret, struct problem *why)
{
	if (sodium_init() < 0)
		return problem_set(why, E_IO, "no source of randomness");
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return problem_set(why, E_IO, "state folder \"%s\": %s", folder, strerror(errno));
	/* SQLite follows no links anywhere in the path it is given, so give it the real one. */
	char *real = realpath(folder, NULL);
	if (!real)
		return problem_set(why, E_IO, "state folder \"%s\": %s", folder, strerror(errno));
	struct state *s = mem_new0(1, sizeof(*s));
	char *name = s ? mem_strdup(real) : NULL;
	free(real);
	if (!name) {
		mem_free(s);
		return E_NOMEM;
	}
	s->folder = name;
	if (why)
		why->text[0] = 0;
	mode_t mask = umask(0007); /* the file is its owner's and group's alone */
	enum err err = open_db(s, why);
	umask(mask);
	if (err == OK) {
		*ret = s;
		return OK;
	}
	if (why && !why->text[0])
		problem_set(why, err, "state folder \"%s\": %s", folder, s->why[0] ? s->why : err_text(err));
	state_close(s);
	return err;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	mem_free(s->folder);
	mem_free(s);
}
