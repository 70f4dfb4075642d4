/* What customers use, and the bounds on it: see state.h.
 *
 * How many run at once is counted by locks on files slots/HASH.N: who holds one runs.  The kernel gives
 * them back when a process ends, however it ends. */
#include "base/file.h"
#include "base/mem.h"
#include "state/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

const struct quota_row quota_rows[] = {
#define QUOTA(name, fallback, unit, help) { #name, unit, help, fallback, offsetof(struct quota, name) },
#include "state/quotas.def"
#undef QUOTA
};
const size_t nquota_rows = COUNT_OF(quota_rows);

struct quota_ticket {
	struct state *s;
	char *customer;
	usec_t hour;
	int slot;        /* locked; -1 = no bound, so none */
	unsigned beside;
};

enum { MAX_CONCURRENT = 1000 };

static usec_t hour_of(usec_t t)
{
	return t - t % USEC_PER_HOUR;
}

enum err usage_get(struct state *s, const char *customer, usec_t now, struct usage *ret)
{
	struct usage u = { 0 };
	struct sql q = sql_of(s, "SELECT queries, cpu_ms, nrows FROM usage WHERE customer = ? AND hour = ?");
	sql_text(&q, customer);
	sql_int(&q, hour_of(now));
	if (sql_row(&q))
		u = (struct usage){ (uint64_t)sql_int_at(&q, 0), (uint64_t)sql_int_at(&q, 1), (uint64_t)sql_int_at(&q, 2) };
	enum err err = sql_end(&q);
	if (err == OK)
		*ret = u;
	return err;
}

static enum err add(struct state *s, const char *customer, usec_t hour, const struct usage *u)
{
	struct sql q = sql_of(s, "INSERT INTO usage VALUES (?, ?, ?, ?, ?) ON CONFLICT (customer, hour) DO UPDATE SET"
				 " queries = queries + excluded.queries, cpu_ms = cpu_ms + excluded.cpu_ms,"
				 " nrows = nrows + excluded.nrows");
	sql_text(&q, customer);
	sql_int(&q, hour);
	sql_int(&q, (int64_t)MIN(u->queries, (uint64_t)INT64_MAX / 2));
	sql_int(&q, (int64_t)MIN(u->cpu_ms, (uint64_t)INT64_MAX / 2));
	sql_int(&q, (int64_t)MIN(u->rows, (uint64_t)INT64_MAX / 2));
	return sql_do(&q);
}

/* Months of it are of use to nobody. */
static enum err forget_old(struct state *s, usec_t hour)
{
	struct sql q = sql_of(s, "DELETE FROM usage WHERE hour < ?");
	sql_int(&q, hour - 90 * USEC_PER_DAY);
	return sql_do(&q);
}

static enum err over(const char *name, uint64_t used, uint64_t bound, usec_t now, struct problem *why)
{
	usec_t left = (hour_of(now) + USEC_PER_HOUR - now + USEC_PER_MIN - 1) / USEC_PER_MIN;
	return problem_set(why, E_LIMIT, "this hour's quota is used up (%s: %" PRIu64 " of %" PRIu64 "); free again in %d min",
			   name, used, bound, (int)left);
}

static enum err charge(struct state *s, const char *customer, const struct quota *q, usec_t now, struct problem *why)
{
	static const struct usage one = { .queries = 1 };
	struct usage u = { 0 };
	enum err err = sql_begin(s);
	if (err != OK)
		return err;
	err = usage_get(s, customer, now, &u);
	if (err == OK && q->queries && u.queries >= q->queries)
		err = over("queries", u.queries, q->queries, now, why);
	if (err == OK && q->cpu_ms && u.cpu_ms >= q->cpu_ms)
		err = over("cpu_ms", u.cpu_ms, q->cpu_ms, now, why);
	if (err == OK && q->rows && u.rows >= q->rows)
		err = over("rows", u.rows, q->rows, now, why);
	if (err == OK && !u.queries)
		err = forget_old(s, hour_of(now));
	if (err == OK)
		err = add(s, customer, hour_of(now), &one);
	return sql_commit(s, err);
}

/* A customer's id may hold any character: the file is named by its hash. */
static enum err take_slot(const struct state *s, const char *customer, uint64_t most, struct quota_ticket *ret)
{
	uint8_t hash[16];
	char hex[33], path[4096];
	if ((size_t)snprintf(path, sizeof(path), "%s/slots", s->folder) >= sizeof(path))
		return E_LIMIT;
	if (mkdir(path, 0770) < 0 && errno != EEXIST)
		return E_IO;
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)customer, strlen(customer), NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	for (uint64_t i = 0; i < MIN(most, (uint64_t)MAX_CONCURRENT); i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/slots/%s.%" PRIu64, s->folder, hex, i) >= sizeof(path))
			return E_LIMIT;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
		if (fd < 0)
			return E_IO;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			ret->slot = fd;
			ret->beside = (unsigned)i;
			return OK;
		}
		fd_close(fd);
	}
	return E_BUSY;
}

static void ticket_free(struct quota_ticket *t)
{
	fd_close(t->slot);
	mem_free(t->customer);
	mem_free(t);
}

enum err quota_begin(struct state *s, const char *customer, const struct quota *q, usec_t now, struct quota_ticket **ret,
		     struct problem *why)
{
	struct quota_ticket *t = mem_new0(1, sizeof(*t));
	if (!t)
		return E_NOMEM;
	*t = (struct quota_ticket){ .s = s, .customer = mem_strdup(customer), .hour = hour_of(now), .slot = -1 };
	enum err err = t->customer ? OK : E_NOMEM;
	if (err == OK && q->concurrent && (err = take_slot(s, customer, q->concurrent, t)) == E_BUSY)
		err = problem_set(why, E_LIMIT, "%" PRIu64 " queries run already, as many as may at once", q->concurrent);
	else if (err == E_IO)
		problem_set(why, err, "\"%s/slots\": %s", s->folder, strerror(errno));
	if (err == OK)
		err = charge(s, customer, q, now, why);
	if (err == OK)
		*ret = t;
	else
		ticket_free(t);
	return err;
}

unsigned quota_beside(const struct quota_ticket *t)
{
	return t->beside;
}

enum err quota_end(struct quota_ticket *t, const struct usage *used)
{
	const struct usage more = { .cpu_ms = used->cpu_ms, .rows = used->rows };
	enum err err = add(t->s, t->customer, t->hour, &more);
	ticket_free(t);
	return err;
}
