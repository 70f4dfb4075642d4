/* Inside rest/. */
#pragma once
#include "rest/rest.h"

#include "base/map.h"

#include <pthread.h>
#include <sys/stat.h>

/* A script's head, read; texts are one block's. */
struct head {
	char *text; /* what the members point into */
#define HEAD(key, help) const char *key;
#include "rest/heads.def"
#undef HEAD
	unsigned ttl_s;
	struct prefix *clients; /* NULL: all */
	size_t nclients;
	char wrong[240];
};

/* The lines of comments a script begins with.  What is wrong is kept in ret->wrong: such a script is listed
 * and does not run.  E_NOMEM. */
enum err head_read(const char *file, const char *source, size_t len, struct head *ret) _must_check_;
void head_free(struct head *h);
const char *format_type(const char *format); /* media type, or NULL */
bool list_has(const char *list, const char *word); /* "a, b" has b */

/* One file.  Kept while something runs it. */
struct script {
	char name[REST_NAME];
	unsigned users;
	char *source;
	size_t len;
	uint8_t digest[32];
	struct stat file;
	struct head head;
};

struct stats { /* outlive a change of the file */
	uint64_t runs, hits, errors;
	usec_t took, cpu, last;
};

struct answer_kept { /* in the cache */
	struct answer_kept *newer, *older;
	uint8_t key[32];
	struct buf body;
	usec_t made;       /* monotonic */
	unsigned ttl_s;
};

struct run {
	struct run *next;
	uint64_t id;
	const struct rest_caller *caller;
	char name[REST_NAME];
	usec_t started;
	volatile bool stop;
};

struct rest {
	struct rest_options opt;
	pthread_mutex_t lock; /* everything below */
	struct map stats;     /* name -> struct stats */
	struct map cache;     /* key -> struct answer_kept */
	struct answer_kept *newest, *oldest;
	size_t cache_bytes;
	struct run *running;
	uint64_t last_id;
};

/* library.c: E_UNKNOWN for a name that is none or has no file.  The caller ends it with script_drop. */
enum err script_load(const struct rest *r, const char *name, struct script *ret) _must_check_;
void script_drop(struct script *s);
bool script_name_good(const char *name);

/* cache.c; under the lock.  get: true and the answer's bytes appended. */
bool cache_get(struct rest *r, const uint8_t key[static 32], struct buf *out, unsigned *ret_age_s);
void cache_put(struct rest *r, const uint8_t key[static 32], const struct buf *body, unsigned ttl_s);
void cache_free(struct rest *r);
