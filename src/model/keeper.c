/* A mapping kept in force: where it is read from, when it is read again, and what stays when that
 * fails.
 *
 * Of a URL the last good document is kept in a folder, so that a server which is away, or gives
 * nonsense, does not take the customers away with it:
 *
 *	mapping-SHA256OFTHEURL.copy
 *	weir mapping copy 1
 *	URL
 *	ETAG
 *	LAST-MODIFIED
 *	(the document)
 *
 * It is written only after the document was found good, by rename. */
#include "model/customers.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/builder.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

enum { COPY_HEAD = 10000 }; /* bytes of a copy before the document */
static const char copy_mark[] = "weir mapping copy 1";

struct customers_keeper {
	const struct customers_source *from;
	pthread_mutex_t lock; /* of now */
	struct customers *now;
	struct net_known known; /* of now, when it came from a URL */
	struct stat file;       /* likewise, from a file */
	char copy[sizeof("mapping-.copy") + 64];
};

static bool is_url(const char *s)
{
	return strncasecmp(s, "http://", 7) == 0 || strncasecmp(s, "https://", 8) == 0;
}

enum err customers_keeper_new(const struct customers_source *from, struct customers_keeper **ret)
{
	uint8_t sum[crypto_hash_sha256_BYTES];
	char hex[65];
	struct customers_keeper *k = mem_new0(1, sizeof(*k));
	if (!k)
		return E_NOMEM;
	k->from = from;
	pthread_mutex_init(&k->lock, NULL);
	crypto_hash_sha256(sum, (const uint8_t *)from->from, strlen(from->from));
	snprintf(k->copy, sizeof(k->copy), "mapping-%s.copy", sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum)));
	*ret = k;
	return OK;
}

void customers_keeper_free(struct customers_keeper *k)
{
	if (!k)
		return;
	customers_free(k->now);
	pthread_mutex_destroy(&k->lock);
	mem_free(k);
}

struct customers *customers_current(struct customers_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	struct customers *c = k->now ? customers_take(k->now) : NULL;
	pthread_mutex_unlock(&k->lock);
	return c;
}

/* True when it is another mapping than before. */
static bool put_in_force(struct customers_keeper *k, struct customers *c)
{
	pthread_mutex_lock(&k->lock);
	struct customers *old = k->now;
	k->now = c;
	pthread_mutex_unlock(&k->lock);
	bool changed = !old || !STREQ(customers_digest(old), customers_digest(c));
	customers_free(old);
	return changed;
}

struct hearer {
	customers_say *say;
	void *arg;
};

static enum err read_text(struct customers_keeper *k, const struct buf *text, size_t skip, const struct hearer *h,
			  bool *ret_changed, struct problem *why)
{
	const struct customers_in in = { .name = k->from->from, .zone = k->from->zone, .options = k->from->options,
					 .say = h->say, .arg = h->arg };
	struct customers *c;
	enum err err = customers_read(&in, text->data ? text->data + skip : text->data, text->len - skip, &c, why);
	if (err == OK)
		*ret_changed = put_in_force(k, c);
	return err;
}

/* -- a file --------------------------------------------------------------------------------------------- */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum err refresh_file(struct customers_keeper *k, const struct hearer *h, bool *ret_changed, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_DOCUMENT };
	const char *from = k->from->from;
	struct stat st = { 0 };
	if (stat(from, &st) == 0 && k->now && S_ISREG(st.st_mode) && same_file(&st, &k->file))
		return OK;
	enum err err = file_read(from, &text);
	if (err != OK)
		return problem_set(why, err, "%s: %s", from,
				   err == E_IO ? strerror(errno) : err == E_LIMIT ? "larger than 64 MB" : err_text(err));
	if ((err = read_text(k, &text, 0, h, ret_changed, why)) == OK)
		k->file = st;
	return err;
}

/* -- a URL ---------------------------------------------------------------------------------------------- */

/* The next line of a copy's head, into `size` bytes; false: it is not there or too long. */
static bool head_line(const struct buf *text, size_t *at, char *ret, size_t size)
{
	const uint8_t *end = memchr(text->data + *at, '\n', text->len - *at);
	size_t len = end ? (size_t)(end - text->data) - *at : 0;
	if (!end || len >= size)
		return false;
	memcpy(ret, text->data + *at, len);
	ret[len] = 0;
	*at += len + 1;
	return true;
}

/* The kept document and where it begins in text; false: there is none, or not of this URL. */
static bool read_copy(const struct customers_keeper *k, struct buf *text, size_t *ret_at, struct net_known *ret)
{
	char line[COPY_HEAD];
	*ret = (struct net_known){ 0 };
	*ret_at = 0;
	return k->from->copies >= 0 && file_read_at(k->from->copies, k->copy, text) == OK && text->len &&
	       head_line(text, ret_at, line, sizeof(line)) && STREQ(line, copy_mark) &&
	       head_line(text, ret_at, line, sizeof(line)) && STREQ(line, k->from->from) &&
	       head_line(text, ret_at, ret->etag, sizeof(ret->etag)) &&
	       head_line(text, ret_at, ret->modified, sizeof(ret->modified));
}

/* A copy that cannot be written is no reason to refuse what came. */
static void write_copy(const struct customers_keeper *k, const struct buf *document)
{
	_cleanup_(buf_free) struct buf out = { .ceiling = MAX_DOCUMENT + COPY_HEAD };
	if (k->from->copies < 0 || strchr(k->from->from, '\n'))
		return;
	buf_printf(&out, "%s\n%s\n%s\n%s\n", copy_mark, k->from->from, k->known.etag, k->known.modified);
	buf_add(&out, document->data, document->len);
	if (!out.bad && file_write_at(k->from->copies, k->copy, out.data, out.len) != OK)
		errno = 0;
}

static enum err fetch(struct customers_keeper *k, const struct hearer *h, bool *ret_changed, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_DOCUMENT };
	const struct net_rules rules = { .max_bytes = MAX_DOCUMENT };
	struct net_known known = k->known;
	enum err err = net_fetch_known(k->from->from, &rules, &text, &known, why);
	if (err != OK || known.same)
		return err;
	if ((err = read_text(k, &text, 0, h, ret_changed, why)) != OK)
		return err;
	k->known = known;
	write_copy(k, &text);
	return OK;
}

static enum err refresh_copy(struct customers_keeper *k, const struct hearer *h, bool *ret_changed, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_DOCUMENT + COPY_HEAD };
	struct net_known known;
	struct stat st = { 0 };
	size_t at;
	if (fstatat(k->from->copies, k->copy, &st, 0) == 0 && k->now && same_file(&st, &k->file))
		return OK;
	if (!read_copy(k, &text, &at, &known))
		return problem_set(why, E_UNKNOWN, "%s: no copy is kept yet", k->from->from);
	enum err err = read_text(k, &text, at, h, ret_changed, why);
	if (err == OK)
		k->file = st;
	return err;
}

static enum err refresh_url(struct customers_keeper *k, const struct hearer *h, bool *ret_changed, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_DOCUMENT + COPY_HEAD };
	const struct hearer nobody = { 0 };
	struct net_known known;
	size_t at;
	bool first = !k->now, newer = false;
	/* With a copy in force already, a server that says "not changed" says it of that one. */
	if (first && read_copy(k, &text, &at, &known) && read_text(k, &text, at, &nobody, ret_changed, NULL) == OK)
		k->known = known;
	enum err err = fetch(k, h, &newer, why);
	*ret_changed |= newer;
	return err;
}

enum err customers_refresh(struct customers_keeper *k, customers_say *say, void *arg, bool *ret_changed,
			   struct problem *why)
{
	const struct hearer h = { say, arg };
	*ret_changed = false;
	if (!is_url(k->from->from))
		return refresh_file(k, &h, ret_changed, why);
	return k->from->copy_only ? refresh_copy(k, &h, ret_changed, why) : refresh_url(k, &h, ret_changed, why);
}

enum err customers_load(const char *file_or_url, const struct zone *zone, customers_say *say,
			void *arg, struct customers **ret, struct problem *why)
{
	const struct customers_source from = { .from = file_or_url, .zone = zone, .copies = -1 };
	_cleanup_(customers_keeper_freep) struct customers_keeper *k = NULL;
	bool changed;
	enum err err = customers_keeper_new(&from, &k);
	if (err != OK)
		return problem_set(why, err, "%s: %s", file_or_url, err_text(err));
	if ((err = customers_refresh(k, say, arg, &changed, why)) == OK)
		*ret = customers_current(k);
	return err;
}
